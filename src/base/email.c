#include "base/email.h"
#include "base/buffer.h"
#include "base/domain.h"
#include <stdlib.h>
#include <unicase.h>
#include <unictype.h>
#include <uninorm.h>
#include <unistr.h>

// The longest trimmed input worth looking at: a local part and a domain in characters of four
// octets each. What is longer is refused at once (CWE-1333).
enum { INPUT_MAX = EMAIL_LOCAL_MAX + 1 + 4 * EMAIL_MAX };

// RFC 5322 3.2.3 atext, the ASCII part.
static bool is_ascii_atext(ucs4_t c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           (c != 0 && c < 0x80 && strchr("!#$%&'*+-/=?^_`{|}~", (int)c));
}

// Something that a mail system or a reader may take for another character: its compatibility form
// differs (full-width letters, ligatures, U+017F), it is a singleton such as U+212A, or it changes
// to ASCII with its case (U+0130, U+0131). The letter's real owner is somebody else: GitHub's reset
// bug of 2019. RFC 8264 9.17 excludes compatibility characters from identifiers likewise.
static bool is_another_in_disguise(ucs4_t c) {
    uint32_t canonical[32], compatible[32]; // the longest decomposition has 18
    size_t canonical_count = 32;
    size_t compatible_count = 32;
    if (u32_normalize(UNINORM_NFC, &c, 1, canonical, &canonical_count) != canonical ||
        u32_normalize(UNINORM_NFKC, &c, 1, compatible, &compatible_count) != compatible) {
        return true;
    }
    return u32_cmp2(canonical, canonical_count, compatible, compatible_count) != 0 ||
           (canonical_count == 1 && canonical[0] != c) || uc_tolower(c) < 0x80 ||
           uc_toupper(c) < 0x80;
}

// RFC 6532 3.2 adds all of Unicode to atext; these are the characters that a person can see.
static bool is_unicode_atext(ucs4_t c) {
    const uint32_t unseen = UC_CATEGORY_MASK_C | UC_CATEGORY_MASK_Z;
    return !uc_is_general_category_withtable(c, unseen) &&
           !uc_is_property_default_ignorable_code_point(c) && !uc_is_property_bidi_control(c) &&
           !is_another_in_disguise(c);
}

// dot-atom-text. A combining mark at the start of an atom would be drawn onto the dot before it.
static bool is_dot_atom(str_t local) {
    bool is_at_start = true;
    for (size_t i = 0; i < local.len;) {
        ucs4_t c;
        i += (size_t)u8_mbtouc(&c, (const uint8_t *)local.ptr + i, local.len - i);
        if (c == '.') {
            if (is_at_start) {
                return false;
            }
            is_at_start = true;
            continue;
        }
        if (!(c < 0x80 ? is_ascii_atext(c) : is_unicode_atext(c)) ||
            (is_at_start && uc_is_general_category_withtable(c, UC_CATEGORY_MASK_M))) {
            return false;
        }
        is_at_start = false;
    }
    return !is_at_start;
}

typedef struct {
    uint32_t text[4 * EMAIL_LOCAL_MAX];
    size_t len;
} wide_t;

static bool wide_compose(wide_t *wide) {
    wide_t composed;
    composed.len = sizeof composed.text / sizeof *composed.text;
    uint32_t *result =
        u32_normalize(UNINORM_NFC, wide->text, wide->len, composed.text, &composed.len);
    if (result != composed.text) {
        free(result);
        return false;
    }
    *wide = composed;
    return true;
}

// Composition makes a disguise of plain letters: I and U+0307 become U+0130, whose lower case is i.
static bool wide_has_disguise(const wide_t *wide) {
    for (size_t i = 0; i < wide->len; i++) {
        if (wide->text[i] >= 0x80 && is_another_in_disguise(wide->text[i])) {
            return true;
        }
    }
    return false;
}

// A dot above a letter that has its own (i, j; After_Soft_Dotted of the Unicode Standard 3.13) is
// not seen, and the upper case of the two is U+0130.
static bool wide_has_second_dot(const wide_t *wide) {
    bool is_on_dot = false;
    for (size_t i = 0; i < wide->len; i++) {
        const ucs4_t c = wide->text[i];
        const int class = uc_combining_class(c);
        if (c == 0x307 && is_on_dot) {
            return true;
        }
        if (class == UC_CCC_NR || class == UC_CCC_A) {
            is_on_dot = uc_is_property_soft_dotted(c);
        }
    }
    return false;
}

// NFC, simple case folding, and NFC again: folding can make a pair that composes (H and U+0331).
// Lower case of upper case joins exactly the characters that CaseFolding.txt joins by its C and S
// mappings; u32_casefold would be full folding, which joins "ss" with U+00DF, two mailboxes.
static bool local_normalise(arena_t *arena, str_t local, str_t *out) {
    wide_t wide;
    wide.len = sizeof wide.text / sizeof *wide.text;
    if (u8_to_u32((const uint8_t *)local.ptr, local.len, wide.text, &wide.len) != wide.text ||
        !wide_compose(&wide) || wide_has_disguise(&wide)) {
        return false;
    }
    for (size_t i = 0; i < wide.len; i++) {
        wide.text[i] = uc_tolower(uc_toupper(wide.text[i]));
    }
    if (!wide_compose(&wide) || wide_has_second_dot(&wide)) {
        return false;
    }
    uint8_t *text = arena_alloc(arena, EMAIL_LOCAL_MAX + 1);
    size_t len = EMAIL_LOCAL_MAX;
    uint8_t *result = u32_to_u8(wide.text, wide.len, text, &len);
    if (result != text) {
        free(result);
        return false;
    }
    *out = (str_t){(const char *)text, len};
    return true;
}

static bool is_ascii(str_t s) {
    for (size_t i = 0; i < s.len; i++) {
        if ((uint8_t)s.ptr[i] >= 0x80) {
            return false;
        }
    }
    return true;
}

result_t email_parse(arena_t *arena, str_t input, email_t *out, err_t *err) {
    const str_t text = str_trim(input);
    const size_t at = text.len > INPUT_MAX ? text.len : str_find_last(text, '@');
    if (at == text.len) {
        return FAIL(err, BAD_REQUEST, "invalid_email", "not an email address of a sane length");
    }
    const str_t typed = str_sub(text, 0, at);
    str_t local, domain;
    if (typed.len > EMAIL_LOCAL_MAX || !str_is_utf8(typed) || !is_dot_atom(typed) ||
        !local_normalise(arena, typed, &local)) {
        return FAIL(err, BAD_REQUEST, "invalid_email", "unusable part before the @");
    }
    TRY(domain_normalise(arena, str_sub(text, at + 1, text.len), &domain, err));
    const str_t normal = arena_format(arena, "%.*s@%.*s", STR_ARG(local), STR_ARG(domain));
    const str_t display = arena_format(arena, "%.*s@%.*s", STR_ARG(typed), STR_ARG(domain));
    if (normal.len > EMAIL_MAX || display.len > EMAIL_MAX) {
        return FAIL(err, BAD_REQUEST, "invalid_email", "email address of %zu octets", display.len);
    }
    *out = (email_t){
        .normal = normal,
        .display = display,
        .local = str_sub(normal, 0, local.len),
        .domain = str_sub(normal, local.len + 1, normal.len),
        .is_utf8 = !is_ascii(typed),
    };
    return OK;
}

str_t email_mailbox(arena_t *arena, const email_t *email) {
    const bool is_gmail =
        str_eq(email->domain, STR("gmail.com")) || str_eq(email->domain, STR("googlemail.com"));
    const size_t plus = str_find(email->local, '+');
    const str_t base = str_sub(email->local, 0, plus ? plus : email->local.len);
    buf_t buf = buf_new(arena, email->normal.len + 1);
    for (size_t i = 0; i < base.len; i++) {
        if (base.ptr[i] != '.' || !is_gmail) {
            buf_add_char(&buf, base.ptr[i]);
        }
    }
    buf_add_char(&buf, '@');
    buf_add(&buf, is_gmail ? STR("gmail.com") : email->domain);
    return buf_str(&buf);
}
