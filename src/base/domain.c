#include "base/domain.h"
#include "base/buffer.h"
#include "base/domain_rules.h"
#include <idn2.h>
#include <libpsl.h>
#include <uninorm.h>
#include <unistr.h>

// The longest spelling of a name of 253 octets: all of it in characters of four octets. What is
// longer is refused before it is looked at (CWE-1333).
enum { INPUT_MAX = 4 * DOMAIN_MAX };

// IDN2_NO_TR46 and IDN2_NO_ALABEL_ROUNDTRIP are not given: A-labels are decoded and compared.
static const int IDN_FLAGS = IDN2_NFC_INPUT | IDN2_NONTRANSITIONAL | IDN2_USE_STD3_ASCII_RULES;

static bool is_ldh(ucs4_t c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-';
}

// libidn2 2.3.3 with IDN2_USE_STD3_ASCII_RULES does not refuse what UTS #46 calls disallowed_STD3:
// it drops it, so that "a_b.com", "a/b.com" and even "a\uFF20b.com" come out as "ab.com", which is
// somebody else's domain. So every ASCII character, and every ASCII character in the compatibility
// decomposition of another one, must be a letter, digit, hyphen or, as itself or as one of the four
// separators of UTS #46 4 step 3, a dot.
static bool is_std3(ucs4_t c) {
    if (c == '.' || c == 0x3002 || c == 0xFF0E || c == 0xFF61) {
        return true;
    }
    uint32_t parts[32]; // the longest decomposition has 18
    size_t count = sizeof parts / sizeof *parts;
    if (u32_normalize(UNINORM_NFKD, &c, 1, parts, &count) != parts) {
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        if (parts[i] < 0x80 && !is_ldh(parts[i])) {
            return false;
        }
    }
    return true;
}

static bool is_input_std3(str_t input) {
    for (size_t i = 0; i < input.len;) {
        ucs4_t c;
        i += (size_t)u8_mbtouc(&c, (const uint8_t *)input.ptr + i, input.len - i);
        if (!is_std3(c)) {
            return false;
        }
    }
    return true;
}

static result_t idn_failed(int reason, err_t *err) {
    if (reason == IDN2_MALLOC) {
        return FAIL(err, INTERNAL, "out_of_memory", "no memory to map a domain name");
    }
    return FAIL(err, BAD_REQUEST, "invalid_domain", "domain name: %s", idn2_strerror(reason));
}

static result_t idn_to_ascii(arena_t *arena, str_t input, str_t *out, err_t *err) {
    uint8_t *mapped = NULL;
    const int reason = idn2_lookup_u8((const uint8_t *)arena_c(arena, input), &mapped, IDN_FLAGS);
    if (reason != IDN2_OK) {
        return idn_failed(reason, err);
    }
    *out = arena_dup(arena, str_from_c((const char *)mapped));
    idn2_free(mapped);
    return OK;
}

static result_t idn_to_unicode(arena_t *arena, str_t ascii, str_t *out, err_t *err) {
    char *mapped = NULL;
    const int reason = idn2_to_unicode_8z8z(arena_c(arena, ascii), &mapped, IDN_FLAGS);
    if (reason != IDN2_OK) {
        return idn_failed(reason, err);
    }
    *out = arena_dup(arena, str_from_c(mapped));
    idn2_free(mapped);
    return OK;
}

static bool is_dns_name(str_t name) {
    if (name.len > DOMAIN_MAX || str_find(name, '.') == name.len) {
        return false;
    }
    str_t label = STR("");
    while (domain_next_label(&name, &label)) {
        if (!domain_label_is_ldh(label)) {
            return false;
        }
    }
    return !domain_label_is_number(label); // the last one
}

// What libidn2 maps is mapped back and again: a name that does not come out as itself, or whose
// Unicode form breaks the Bidi rule over all labels (libidn2 looks at each label alone), has a
// second spelling somewhere and is refused.
static result_t domain_verify(arena_t *arena, str_t ascii, err_t *err) {
    str_t unicode = STR("");
    str_t again = STR("");
    TRY(idn_to_unicode(arena, ascii, &unicode, err));
    if (!domain_bidi_is_valid(unicode)) {
        return FAIL(err, BAD_REQUEST, "invalid_domain", "domain name breaks the Bidi rule");
    }
    TRY(idn_to_ascii(arena, unicode, &again, err));
    if (!str_eq(ascii, again)) {
        return FAIL(err, BAD_REQUEST, "invalid_domain", "domain name has no stable form");
    }
    return OK;
}

result_t domain_normalise(arena_t *arena, str_t input, str_t *out, err_t *err) {
    if (input.len == 0 || input.len > INPUT_MAX) {
        return FAIL(err, BAD_REQUEST, "invalid_domain", "domain name of %zu octets", input.len);
    }
    if (!str_is_utf8(input) || !is_input_std3(input)) {
        return FAIL(err, BAD_REQUEST, "invalid_domain", "domain name with a forbidden character");
    }
    str_t ascii = STR("");
    TRY(idn_to_ascii(arena, input, &ascii, err));
    ascii = str_ends(ascii, STR(".")) ? str_sub(ascii, 0, ascii.len - 1) : ascii;
    if (!is_dns_name(ascii)) {
        return FAIL(err, BAD_REQUEST, "invalid_domain", "not a domain name of two or more labels");
    }
    TRY(domain_verify(arena, ascii, err));
    *out = arena_dup(arena, ascii);
    return OK;
}

str_t domain_display(arena_t *arena, str_t normal) {
    buf_t buf = buf_new(arena, normal.len + 1);
    str_t label;
    for (str_t rest = normal; domain_next_label(&rest, &label);) {
        str_t unicode = STR("");
        const bool is_shown = idn_to_unicode(arena, label, &unicode, NULL) == OK &&
                              !domain_label_may_deceive(unicode);
        buf_add_c(&buf, buf.len ? "." : "");
        buf_add(&buf, is_shown ? unicode : label);
    }
    return buf_str(&buf);
}

bool domain_is_public_suffix(str_t normal) {
    const psl_ctx_t *list = psl_builtin();
    char name[DOMAIN_MAX + 1] = "";
    if (!list || normal.len == 0 || normal.len > DOMAIN_MAX) {
        return true; // nothing can be said, so nobody may own it
    }
    memcpy(name, normal.ptr, normal.len);
    return psl_is_public_suffix(list, name);
}
