#include "base/buffer.h"
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

enum { CAPACITY_MIN = 32 };

buf_t buf_new(arena_t *arena, size_t capacity_hint) {
    const size_t capacity = capacity_hint < CAPACITY_MIN ? CAPACITY_MIN : capacity_hint;
    return (buf_t){.arena = arena, .ptr = arena_alloc(arena, capacity), .capacity = capacity};
}

// Room for `more` octets and a NUL. The old place stays in the arena until its end: doubling keeps
// the sum below twice the text.
static void buf_reserve(buf_t *buf, size_t more) {
    size_t need;
    if (__builtin_add_overflow(buf->len, more, &need) || need > SIZE_MAX / 4) {
        abort();
    }
    if (need < buf->capacity) {
        return;
    }
    const size_t doubled = buf->capacity * 2;
    const size_t capacity = doubled > need ? doubled : need + 1;
    char *grown = arena_alloc(buf->arena, capacity);
    if (buf->len) {
        memcpy(grown, buf->ptr, buf->len);
    }
    buf->ptr = grown;
    buf->capacity = capacity;
}

void buf_add(buf_t *buf, str_t s) {
    buf_reserve(buf, s.len);
    if (s.len) {
        memcpy(buf->ptr + buf->len, s.ptr, s.len);
    }
    buf->len += s.len;
    buf->ptr[buf->len] = '\0';
}

void buf_add_c(buf_t *buf, const char *c) {
    buf_add(buf, str_from_c(c));
}

void buf_add_char(buf_t *buf, char c) {
    buf_add(buf, (str_t){&c, 1});
}

void buf_add_u64(buf_t *buf, uint64_t value) {
    char digits[20]; // UINT64_MAX has 20 digits
    size_t at = sizeof digits;
    do {
        digits[--at] = (char)('0' + value % 10);
        value /= 10;
    } while (value);
    buf_add(buf, (str_t){digits + at, sizeof digits - at});
}

void buf_add_format(buf_t *buf, const char *format, ...) {
    va_list args;
    va_start(args, format);
    va_list again;
    va_copy(again, args);
    const int len = vsnprintf(NULL, 0, format, args);
    va_end(args);
    assert(len >= 0);
    if (len > 0) {
        buf_reserve(buf, (size_t)len);
        vsnprintf(buf->ptr + buf->len, (size_t)len + 1, format, again);
        buf->len += (size_t)len;
    }
    va_end(again);
}

str_t buf_str(const buf_t *buf) {
    return (str_t){buf->ptr, buf->len};
}
