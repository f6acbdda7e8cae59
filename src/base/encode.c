#include "base/encode.h"

static const char BASE64[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
static const char BASE64URL[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
static const char HEX[] = "0123456789abcdef";
static const char HEX_UPPER[] = "0123456789ABCDEF";

// Up to three octets to two, three or four letters; returns how many.
static size_t base64_group(const uint8_t *in, size_t in_len, const char *alphabet, char *out) {
    const uint32_t bits = (uint32_t)in[0] << 16 | (in_len > 1 ? (uint32_t)in[1] << 8 : 0) |
                          (in_len > 2 ? (uint32_t)in[2] : 0);
    for (size_t i = 0; i <= in_len; i++) {
        out[i] = alphabet[bits >> (18 - 6 * i) & 63];
    }
    return in_len + 1;
}

static str_t base64_write(arena_t *arena, bytes_t data, const char *alphabet, bool is_padded) {
    char *text = arena_alloc_array(arena, data.len / 3 + 2, 4);
    size_t len = 0;
    for (size_t at = 0; at < data.len; at += 3) {
        const size_t left = data.len - at;
        len += base64_group(data.ptr + at, left < 3 ? left : 3, alphabet, text + len);
    }
    while (is_padded && len % 4) {
        text[len++] = '=';
    }
    return (str_t){text, len};
}

str_t base64url_encode(arena_t *arena, bytes_t data) {
    return base64_write(arena, data, BASE64URL, false);
}

str_t base64_encode(arena_t *arena, bytes_t data) {
    return base64_write(arena, data, BASE64, true);
}

// The value of a letter of the alphabet that ends with `last_two`, or -1.
static int base64_value(char c, const char *last_two) {
    if (c >= 'A' && c <= 'Z') {
        return c - 'A';
    }
    if (c >= 'a' && c <= 'z') {
        return c - 'a' + 26;
    }
    if (c >= '0' && c <= '9') {
        return c - '0' + 52;
    }
    return c == last_two[0] ? 62 : c == last_two[1] ? 63 : -1;
}

// `text` without padding. RFC 4648 3.5: spare bits must be zero, or one value had several texts.
static bool base64_read(arena_t *arena, str_t text, const char *last_two, bytes_t *out) {
    if (text.len % 4 == 1) {
        return false;
    }
    uint8_t *data = arena_alloc(arena, text.len / 4 * 3 + 3);
    size_t len = 0;
    uint32_t bits = 0;
    unsigned held = 0;
    for (size_t i = 0; i < text.len; i++) {
        const int value = base64_value(text.ptr[i], last_two);
        if (value < 0) {
            return false;
        }
        bits = bits << 6 | (uint32_t)value;
        held += 6;
        if (held >= 8) {
            held -= 8;
            data[len++] = (uint8_t)(bits >> held);
            bits &= (1U << held) - 1;
        }
    }
    if (bits != 0) {
        return false;
    }
    *out = (bytes_t){data, len};
    return true;
}

bool base64url_decode(arena_t *arena, str_t text, bytes_t *out) {
    return base64_read(arena, text, "-_", out);
}

bool base64_decode(arena_t *arena, str_t text, bytes_t *out) {
    if (text.len % 4 != 0) {
        return false;
    }
    const size_t padding = str_ends(text, STR("==")) ? 2 : str_ends(text, STR("=")) ? 1 : 0;
    return base64_read(arena, str_sub(text, 0, text.len - padding), "+/", out);
}

str_t hex_encode(arena_t *arena, bytes_t data) {
    char *text = arena_alloc_array(arena, data.len + 1, 2);
    for (size_t i = 0; i < data.len; i++) {
        text[2 * i] = HEX[data.ptr[i] >> 4];
        text[2 * i + 1] = HEX[data.ptr[i] & 15];
    }
    return (str_t){text, 2 * data.len};
}

// Lower case only: one text for one value.
static int hex_value(char c) {
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool hex_decode(arena_t *arena, str_t text, bytes_t *out) {
    if (text.len % 2) {
        return false;
    }
    uint8_t *data = arena_alloc(arena, text.len / 2);
    for (size_t i = 0; i < text.len / 2; i++) {
        const int high = hex_value(text.ptr[2 * i]);
        const int low = hex_value(text.ptr[2 * i + 1]);
        if (high < 0 || low < 0) {
            return false;
        }
        data[i] = (uint8_t)(high << 4 | low);
    }
    *out = (bytes_t){data, text.len / 2};
    return true;
}

static int percent_digit(char c) {
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    if (c >= 'a' && c <= 'f') {
        return c - 'a' + 10;
    }
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

// The octet that a '%' at `i` stands for, or -1.
static int percent_octet(str_t text, size_t i) {
    if (text.len - i < 3) {
        return -1;
    }
    const int high = percent_digit(text.ptr[i + 1]);
    const int low = percent_digit(text.ptr[i + 2]);
    return high < 0 || low < 0 ? -1 : high << 4 | low;
}

bool percent_decode(arena_t *arena, str_t text, str_t *out) {
    char *decoded = arena_alloc(arena, text.len + 1);
    size_t len = 0;
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] != '%') {
            decoded[len++] = text.ptr[i];
            continue;
        }
        const int octet = percent_octet(text, i);
        if (octet < 0) {
            return false;
        }
        decoded[len++] = (char)octet;
        i += 2;
    }
    *out = (str_t){decoded, len};
    return true;
}

static bool is_form_safe(char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '*' ||
           c == '-' || c == '.' || c == '_';
}

void form_encode_to(buf_t *buf, str_t s) {
    for (size_t i = 0; i < s.len; i++) {
        const char c = s.ptr[i];
        if (is_form_safe(c)) {
            buf_add_char(buf, c);
        } else if (c == ' ') {
            buf_add_char(buf, '+');
        } else {
            buf_add_char(buf, '%');
            buf_add_char(buf, HEX_UPPER[(uint8_t)c >> 4]);
            buf_add_char(buf, HEX_UPPER[(uint8_t)c & 15]);
        }
    }
}
