#include "base/str.h"
#include <unistr.h>

static char ascii_lower(char c) {
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

bool str_eq_nocase(str_t a, str_t b) {
    if (a.len != b.len) {
        return false;
    }
    for (size_t i = 0; i < a.len; i++) {
        if (ascii_lower(a.ptr[i]) != ascii_lower(b.ptr[i])) {
            return false;
        }
    }
    return true;
}

size_t str_find(str_t s, char c) {
    const char *at = s.len ? memchr(s.ptr, c, s.len) : NULL;
    return at ? (size_t)(at - s.ptr) : s.len;
}

size_t str_find_last(str_t s, char c) {
    const char *at = s.len ? memrchr(s.ptr, c, s.len) : NULL;
    return at ? (size_t)(at - s.ptr) : s.len;
}

bool str_next_word(str_t *rest, str_t *out_word) {
    size_t begin = 0;
    while (begin < rest->len && rest->ptr[begin] == ' ') {
        begin++;
    }
    const str_t from_word = str_sub(*rest, begin, rest->len);
    if (str_is_empty(from_word)) {
        *rest = from_word;
        return false;
    }
    const size_t end = str_find(from_word, ' ');
    *out_word = str_sub(from_word, 0, end);
    *rest = str_sub(from_word, end, from_word.len);
    return true;
}

bool str_list_has(str_t list, str_t word) {
    str_t each;
    while (str_next_word(&list, &each)) {
        if (str_eq(each, word)) {
            return true;
        }
    }
    return false;
}

static bool is_space(char c) {
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

str_t str_trim(str_t s) {
    size_t begin = 0;
    size_t end = s.len;
    while (begin < end && is_space(s.ptr[begin])) {
        begin++;
    }
    while (end > begin && is_space(s.ptr[end - 1])) {
        end--;
    }
    return str_sub(s, begin, end);
}

bool str_to_u64(str_t s, uint64_t max, uint64_t *out) {
    uint64_t value = 0;
    for (size_t i = 0; i < s.len; i++) {
        uint64_t next;
        if (s.ptr[i] < '0' || s.ptr[i] > '9' || __builtin_mul_overflow(value, 10, &next) ||
            __builtin_add_overflow(next, (uint64_t)(s.ptr[i] - '0'), &next) || next > max) {
            return false;
        }
        value = next;
    }
    if (s.len == 0) {
        return false;
    }
    *out = value;
    return true;
}

bool str_is_utf8(str_t s) {
    return s.len == 0 || (!memchr(s.ptr, '\0', s.len) && !u8_check((const uint8_t *)s.ptr, s.len));
}

// The octets behind position `i` that make it a C1 control or a line separator of Unicode.
static bool is_wide_control(str_t s, size_t i) {
    const uint8_t *u = (const uint8_t *)s.ptr + i;
    const size_t left = s.len - i;
    if (left >= 2 && u[0] == 0xC2) {
        return u[1] >= 0x80 && u[1] <= 0x9F;
    }
    return left >= 3 && u[0] == 0xE2 && u[1] == 0x80 && (u[2] == 0xA8 || u[2] == 0xA9);
}

bool str_has_control(str_t s) {
    for (size_t i = 0; i < s.len; i++) {
        const uint8_t c = (uint8_t)s.ptr[i];
        if (c < 0x20 || c == 0x7F || is_wide_control(s, i)) {
            return true;
        }
    }
    return false;
}
