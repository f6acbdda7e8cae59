#include "view/escape.h"
#include "base/encode.h"

static bool octet_is_control(unsigned char c) {
    return c < 0x20 || c == 0x7f;
}

static const char *html_entity(char c) {
    switch (c) {
    case '&':
        return "&amp;";
    case '<':
        return "&lt;";
    case '>':
        return "&gt;";
    case '"':
        return "&quot;";
    case '\'':
        return "&#39;";
    default:
        return NULL;
    }
}

void escape_html(buf_t *out, str_t text) {
    const bool is_utf8 = str_is_utf8(text);
    for (size_t i = 0; i < text.len; i++) {
        const char c = text.ptr[i];
        const char *entity = html_entity(c);
        if (entity) {
            buf_add_c(out, entity);
        } else if (octet_is_control((unsigned char)c)) {
            buf_add_char(out, ' ');
        } else {
            buf_add_char(out, !is_utf8 && (unsigned char)c > 0x7f ? '?' : c);
        }
    }
}

void escape_query(buf_t *out, str_t text) {
    form_encode_to(out, text);
}

// The length of the character at `text` if it steers direction: U+061C, U+200E, U+200F,
// U+202A-202E, U+2066-2069 (UAX #9 2). 0 otherwise. The text is UTF-8.
static size_t direction_length(str_t text) {
    if (str_starts(text, STR("\xd8\x9c"))) {
        return 2;
    }
    if (text.len < 3 || (unsigned char)text.ptr[0] != 0xe2) {
        return 0;
    }
    const unsigned char second = (unsigned char)text.ptr[1];
    const unsigned char third = (unsigned char)text.ptr[2];
    const bool is_mark = second == 0x80 && (third == 0x8e || third == 0x8f);
    const bool is_embedding = second == 0x80 && third >= 0xaa && third <= 0xae;
    const bool is_isolate = second == 0x81 && third >= 0xa6 && third <= 0xa9;
    return is_mark || is_embedding || is_isolate ? 3 : 0;
}

// The length of the control at `text`: C0, DEL, C1, U+2028 and U+2029. 0 otherwise.
static size_t control_length(str_t text) {
    if (octet_is_control((unsigned char)text.ptr[0])) {
        return 1;
    }
    if (str_starts(text, STR("\xe2\x80\xa8")) || str_starts(text, STR("\xe2\x80\xa9"))) {
        return 3;
    }
    const bool is_c1 =
        text.len >= 2 && (unsigned char)text.ptr[0] == 0xc2 && (unsigned char)text.ptr[1] < 0xa0;
    return is_c1 ? 2 : 0;
}

void escape_plain(buf_t *out, str_t text) {
    const bool is_utf8 = str_is_utf8(text);
    size_t i = 0;
    while (i < text.len) {
        const str_t rest = str_sub(text, i, text.len);
        const size_t control = control_length(rest);
        const size_t direction = is_utf8 ? direction_length(rest) : 0;
        if (control) {
            buf_add_char(out, ' ');
        } else if (!direction) {
            buf_add_char(out, !is_utf8 && (unsigned char)rest.ptr[0] > 0x7f ? '?' : rest.ptr[0]);
        }
        i += control ? control : direction ? direction : 1;
    }
}

bool escape_url_is_safe(str_t url) {
    for (size_t i = 0; i < url.len; i++) {
        if (octet_is_control((unsigned char)url.ptr[i]) || url.ptr[i] == ' ') {
            return false;
        }
    }
    if (str_starts(url, STR("/"))) {
        return url.len == 1 || (url.ptr[1] != '/' && url.ptr[1] != '\\');
    }
    return str_eq_nocase(str_sub(url, 0, 8), STR("https://")) ||
           str_eq_nocase(str_sub(url, 0, 7), STR("http://"));
}
