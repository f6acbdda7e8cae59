// Slices: text and octets by value. A slice never owns what it points to; it lives as long as the
// arena or object that it was cut from. C strings are met only at the borders of libraries.
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

typedef struct {
    const char *ptr;
    size_t len;
} str_t;

typedef struct {
    const uint8_t *ptr;
    size_t len;
} bytes_t;

// Several values of octets, in the order that counts; not its owner either.
typedef struct {
    const bytes_t *items;
    size_t count;
} bytes_list_t;

// A key, code or token. A type of its own so that no formatter, log field or view takes it by
// accident. Its memory is wiped with the arena that holds it.
typedef struct {
    const uint8_t *ptr;
    size_t len;
} secret_t;

#define STR(literal) ((str_t){(literal), sizeof(literal) - 1})
#define STR_NONE ((str_t){0})
// For printf's "%.*s".
#define STR_ARG(s) (int)(s).len, (s).ptr ? (s).ptr : ""

static inline str_t str_from_c(const char *c) {
    return (str_t){c, c ? strlen(c) : 0};
}

static inline bytes_t str_bytes(str_t s) {
    return (bytes_t){(const uint8_t *)s.ptr, s.len};
}

static inline bytes_t secret_bytes(secret_t s) {
    return (bytes_t){s.ptr, s.len};
}

static inline secret_t secret_from_str(str_t s) {
    return (secret_t){(const uint8_t *)s.ptr, s.len};
}

// The text of a secret that has to be written out (a cookie, a mail, a token response). Each use
// is a place to look at in a review.
static inline str_t secret_reveal(secret_t s) {
    return (str_t){(const char *)s.ptr, s.len};
}

static inline bool str_is_empty(str_t s) {
    return s.len == 0;
}

// Byte equality in variable time: never for secrets (crypto/hash.h has secret_equal).
static inline bool str_eq(str_t a, str_t b) {
    return a.len == b.len && (a.len == 0 || memcmp(a.ptr, b.ptr, a.len) == 0);
}

static inline bool str_starts(str_t s, str_t prefix) {
    return s.len >= prefix.len && str_eq((str_t){s.ptr, prefix.len}, prefix);
}

static inline bool str_ends(str_t s, str_t suffix) {
    return suffix.len == 0 || (s.len >= suffix.len &&
                               memcmp(s.ptr + (s.len - suffix.len), suffix.ptr, suffix.len) == 0);
}

// The slice [begin, end), both cut to the length of s.
static inline str_t str_sub(str_t s, size_t begin, size_t end) {
    end = end > s.len ? s.len : end;
    begin = begin > end ? end : begin;
    // An offset to a null pointer, even of 0, is undefined in C.
    return (str_t){begin ? s.ptr + begin : s.ptr, end - begin};
}

// ASCII only, as protocol names want it.
bool str_eq_nocase(str_t a, str_t b);

// Index of the first `c`, or s.len.
size_t str_find(str_t s, char c);

// Index of the last `c`, or s.len.
size_t str_find_last(str_t s, char c);

// True if `list`, separated by single spaces, holds `word` (RFC 6749 3.3 scope syntax).
bool str_list_has(str_t list, str_t word);

// Cuts the next word off a space separated list; false when none is left. Runs of spaces count as
// one.
bool str_next_word(str_t *rest, str_t *out_word);

// ASCII white space (space, tab, CR, LF) off both ends.
str_t str_trim(str_t s);

// Strict decimal, no sign, no leading '+', at most `max`; false otherwise and `out` untouched.
bool str_to_u64(str_t s, uint64_t max, uint64_t *out);

// Well-formed UTF-8 (RFC 3629: no overlong forms, no surrogates, at most U+10FFFF) without NUL.
bool str_is_utf8(str_t s);

// True if any octet is a C0 control or DEL (CR and LF included), or the text holds U+2028/2029 or
// C1.
bool str_has_control(str_t s);
