// Text that grows, on an arena. Owned by the arena; one thread at a time.
#pragma once
#include "base/arena.h"

typedef struct {
    arena_t *arena;
    char *ptr;
    size_t len;
    size_t capacity;
} buf_t;

buf_t buf_new(arena_t *arena, size_t capacity_hint);
void buf_add(buf_t *buf, str_t s);
void buf_add_c(buf_t *buf, const char *c);
void buf_add_char(buf_t *buf, char c);
void buf_add_u64(buf_t *buf, uint64_t value);
void buf_add_format(buf_t *buf, const char *format, ...) __attribute__((format(printf, 2, 3)));

// What was written so far, NUL-terminated; valid until the next add.
str_t buf_str(const buf_t *buf);
