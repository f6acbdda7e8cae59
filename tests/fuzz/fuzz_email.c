// Email addresses and domain names: normal forms are stable, clean, within their limits, and every
// form we show or send to leads back to the same key.
#include "base/domain.h"
#include "base/email.h"
#include "fuzz.h"

static void check_domain(arena_t *arena, str_t normal) {
    str_t again;
    FUZZ_ASSERT(domain_normalise(arena, normal, &again, NULL) == OK && str_eq(normal, again));
    FUZZ_ASSERT(normal.len <= 253 && str_find(normal, '.') < normal.len);
    for (size_t i = 0; i < normal.len; i++) {
        const char c = normal.ptr[i];
        FUZZ_ASSERT((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.');
    }
    const str_t shown = domain_display(arena, normal);
    FUZZ_ASSERT(str_is_utf8(shown) && !str_has_control(shown));
    FUZZ_ASSERT(domain_normalise(arena, shown, &again, NULL) == OK && str_eq(normal, again));
    (void)domain_is_public_suffix(normal);
}

// P-OTP-14: ASCII case never makes another account.
static str_t swap_case(arena_t *arena, str_t s) {
    char *text = arena_alloc(arena, s.len);
    for (size_t i = 0; i < s.len; i++) {
        const char c = s.ptr[i];
        const bool is_letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        text[i] = is_letter ? (char)(c ^ 0x20) : c;
    }
    return (str_t){text, s.len};
}

static bool is_ascii(str_t s) {
    for (size_t i = 0; i < s.len; i++) {
        if ((uint8_t)s.ptr[i] >= 0x80) {
            return false;
        }
    }
    return true;
}

static void check_email(arena_t *arena, str_t input, const email_t *email) {
    email_t again;
    FUZZ_ASSERT(email->normal.len <= EMAIL_MAX && email->display.len <= EMAIL_MAX);
    FUZZ_ASSERT(email->local.len > 0 && email->local.len <= EMAIL_LOCAL_MAX);
    FUZZ_ASSERT(str_is_utf8(email->normal) && !str_has_control(email->normal));
    FUZZ_ASSERT(str_is_utf8(email->display) && !str_has_control(email->display));
    FUZZ_ASSERT(email_parse(arena, email->normal, &again, NULL) == OK);
    FUZZ_ASSERT(str_eq(email->normal, again.normal) && str_eq(email->normal, again.display));
    FUZZ_ASSERT(email_parse(arena, email->display, &again, NULL) == OK);
    FUZZ_ASSERT(str_eq(email->normal, again.normal) && str_eq(email->display, again.display));
    FUZZ_ASSERT(email_parse(arena, swap_case(arena, input), &again, NULL) == OK);
    FUZZ_ASSERT(str_eq(email->normal, again.normal));
    // P-OTP-12: no other character becomes a letter of a plain address.
    FUZZ_ASSERT(email->is_utf8 == !is_ascii(email->local));
    FUZZ_ASSERT(email_mailbox(arena, email).len <= email->normal.len);
    check_domain(arena, email->domain);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    arena_t *arena = arena_new(FUZZ_ARENA_MAX);
    const str_t input = fuzz_text(data, size);
    email_t email;
    str_t domain;
    const result_t as_email = email_parse(arena, input, &email, NULL);
    FUZZ_ASSERT(as_email == OK || as_email == BAD_REQUEST);
    if (as_email == OK) {
        check_email(arena, input, &email);
    }
    const result_t as_domain = domain_normalise(arena, input, &domain, NULL);
    FUZZ_ASSERT(as_domain == OK || as_domain == BAD_REQUEST);
    if (as_domain == OK) {
        check_domain(arena, domain);
    }
    arena_free(&arena);
    return 0;
}
