#include "base/arena.h"
#include <stdalign.h>
#include <stdio.h>
#include <stdlib.h>

// A bump allocator hides overruns from AddressSanitizer, so in its builds all that was not given
// out is poisoned and each allocation is followed by a gap.
#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define ARENA_ASAN 1
#endif
#elif defined(__SANITIZE_ADDRESS__)
#define ARENA_ASAN 1
#endif
#ifdef ARENA_ASAN
#include <sanitizer/asan_interface.h>
enum { GAP = 16 };
#else
#define ASAN_POISON_MEMORY_REGION(begin, size) ((void)(begin), (void)(size))
#define ASAN_UNPOISON_MEMORY_REGION(begin, size) ((void)(begin), (void)(size))
enum { GAP = 0 };
#endif

enum {
    ALIGNMENT = alignof(max_align_t),
    FIRST_BLOCK = 16 * 1024,
    LARGEST_SHARED_BLOCK = 256 * 1024,
    MISTAKE_FACTOR = 16,
};

typedef struct block {
    struct block *next;
    size_t capacity;
    size_t used;
    alignas(max_align_t) unsigned char data[];
} block_t;

struct arena {
    block_t *current; // newest first
    block_t *first;   // kept by a reset
    size_t max;
    size_t used;
};

static void __attribute__((noreturn)) arena_die(const char *why) {
    fprintf(stderr, "gatehouse: arena: %s\n", why);
    abort();
}

static block_t *block_new(size_t capacity) {
    block_t *block = calloc(1, sizeof *block + capacity);
    if (!block) {
        arena_die("out of memory");
    }
    block->capacity = capacity;
    ASAN_POISON_MEMORY_REGION(block->data, capacity);
    return block;
}

static void block_wipe(block_t *block) {
    ASAN_UNPOISON_MEMORY_REGION(block->data, block->capacity);
    explicit_bzero(block->data, block->used);
    block->used = 0;
}

arena_t *arena_new(size_t max) {
    arena_t *arena = calloc(1, sizeof *arena);
    if (!arena) {
        arena_die("out of memory");
    }
    arena->max = max;
    arena->first = block_new(FIRST_BLOCK);
    arena->current = arena->first;
    return arena;
}

void arena_reset(arena_t *arena) {
    while (arena->current != arena->first) {
        block_t *block = arena->current;
        arena->current = block->next;
        block_wipe(block);
        free(block);
    }
    block_wipe(arena->first);
    ASAN_POISON_MEMORY_REGION(arena->first->data, arena->first->capacity);
    arena->used = 0;
}

void arena_free(arena_t **arena) {
    if (!*arena) {
        return;
    }
    arena_reset(*arena);
    ASAN_UNPOISON_MEMORY_REGION((*arena)->first->data, (*arena)->first->capacity);
    free((*arena)->first);
    free(*arena);
    *arena = NULL;
}

bool arena_is_over(const arena_t *arena) {
    return arena->used > arena->max;
}

size_t arena_used(const arena_t *arena) {
    return arena->used;
}

// Blocks double up to a limit, so that a large request costs few mallocs and a small one none.
static void arena_grow(arena_t *arena, size_t need) {
    size_t capacity = arena->current->capacity * 2;
    capacity = capacity > LARGEST_SHARED_BLOCK ? LARGEST_SHARED_BLOCK : capacity;
    block_t *block = block_new(capacity < need ? need : capacity);
    block->next = arena->current;
    arena->current = block;
}

void *arena_alloc(arena_t *arena, size_t size) {
    if (size > SIZE_MAX / 4) {
        arena_die("absurd size");
    }
    const size_t step = (size + ALIGNMENT - (size ? 1 : 0)) / ALIGNMENT * ALIGNMENT;
    arena->used += step;
    if (arena->used / MISTAKE_FACTOR > arena->max) {
        arena_die("far over its maximum");
    }
    if (step + GAP > arena->current->capacity - arena->current->used) {
        arena_grow(arena, step + GAP);
    }
    block_t *block = arena->current;
    void *memory = block->data + block->used;
    block->used += step + GAP;
    ASAN_UNPOISON_MEMORY_REGION(memory, size);
    return memory;
}

void *arena_alloc_array(arena_t *arena, size_t count, size_t size) {
    size_t total;
    if (__builtin_mul_overflow(count, size, &total)) {
        arena_die("absurd size");
    }
    return arena_alloc(arena, total);
}

str_t arena_dup(arena_t *arena, str_t s) {
    return (str_t){arena_c(arena, s), s.len};
}

bytes_t arena_dup_bytes(arena_t *arena, bytes_t b) {
    return str_bytes(arena_dup(arena, (str_t){(const char *)b.ptr, b.len}));
}

const char *arena_c(arena_t *arena, str_t s) {
    char *copy = arena_alloc(arena, s.len + 1);
    if (s.len) {
        memcpy(copy, s.ptr, s.len);
    }
    return copy;
}

str_t arena_format(arena_t *arena, const char *format, ...) {
    va_list args;
    va_start(args, format);
    va_list again;
    va_copy(again, args);
    const int len = vsnprintf(NULL, 0, format, args);
    va_end(args);
    if (len < 0) {
        arena_die("bad format");
    }
    char *text = arena_alloc(arena, (size_t)len + 1);
    vsnprintf(text, (size_t)len + 1, format, again);
    va_end(again);
    return (str_t){text, (size_t)len};
}
