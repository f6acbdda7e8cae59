#include "protocol/oidc/text.h"
#include "base/buffer.h"

// The octets of the character that begins with `lead`; the text is known to be UTF-8.
static size_t char_len(char lead) {
    const unsigned char c = (unsigned char)lead;
    return c < 0x80 ? 1 : c < 0xe0 ? 2 : c < 0xf0 ? 3 : 4;
}

// U+061C, U+200E, U+200F, U+202A-202E and U+2066-2069 reorder what stands around them: with these a
// provider's text could show itself as another text of the page.
static bool is_bidi_control(str_t c) {
    static const char *const MARKS[] = {
        "\xd8\x9c",     "\xe2\x80\x8e", "\xe2\x80\x8f", "\xe2\x80\xaa",
        "\xe2\x80\xab", "\xe2\x80\xac", "\xe2\x80\xad", "\xe2\x80\xae",
        "\xe2\x81\xa6", "\xe2\x81\xa7", "\xe2\x81\xa8", "\xe2\x81\xa9",
    };
    for (size_t i = 0; i < sizeof(MARKS) / sizeof(MARKS[0]); i++) {
        if (str_eq(c, str_from_c(MARKS[i]))) {
            return true;
        }
    }
    return false;
}

str_t oidc_text_clean(arena_t *arena, str_t text, size_t max) {
    buf_t buf = buf_new(arena, text.len < max ? text.len : max);
    size_t len = 0;
    for (size_t at = 0; at < text.len; at += len) {
        len = char_len(text.ptr[at]);
        const str_t c = str_sub(text, at, at + len);
        if (str_has_control(c) || is_bidi_control(c)) {
            continue;
        }
        if (buf.len + c.len > max) {
            break;
        }
        buf_add(&buf, c);
    }
    return buf_str(&buf);
}
