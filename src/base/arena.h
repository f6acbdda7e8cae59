// One arena a request: allocation by a pointer bump, freed in one go after the last byte. The
// memory is wiped before it is returned, so secrets die with their request. One thread at a time.
#pragma once
#include "base/str.h"
#include <stdarg.h>

typedef struct arena arena_t;

// `max` bytes is what a well-behaved user of this arena needs (4 MiB for a request). An arena that
// has given out more says so by arena_is_over, and its owner refuses the work; 16 times `max` is a
// programmer's mistake and ends the process, as does a failing malloc. Owner frees.
arena_t *arena_new(size_t max);
void arena_free(arena_t **arena);

// Forgets and wipes all that was allocated and keeps the first block for the next use.
void arena_reset(arena_t *arena);

bool arena_is_over(const arena_t *arena);
size_t arena_used(const arena_t *arena);

// Zeroed, aligned for any type. Never NULL; a size of 0 gives a valid pointer.
void *arena_alloc(arena_t *arena, size_t size);

#define ARENA_NEW(arena, type) ((type *)arena_alloc((arena), sizeof(type)))
#define ARENA_ARRAY(arena, type, count) ((type *)arena_alloc_array((arena), (count), sizeof(type)))

// As arena_alloc for count * size; an overflow ends the process.
void *arena_alloc_array(arena_t *arena, size_t count, size_t size);

// A copy with a NUL behind it.
str_t arena_dup(arena_t *arena, str_t s);
bytes_t arena_dup_bytes(arena_t *arena, bytes_t b);

// A NUL-terminated copy for a library. A NUL inside `s` would cut it short there: the caller has
// refused such input before (str_is_utf8).
const char *arena_c(arena_t *arena, str_t s);

str_t arena_format(arena_t *arena, const char *format, ...) __attribute__((format(printf, 2, 3)));
