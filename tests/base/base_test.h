// What the tests of base/ share: an arena for each test and comparisons that print what came.
#pragma once
#include "base/arena.h"
#include <criterion/criterion.h>

static arena_t *arena;

static inline void setup(void) {
    arena = arena_new(4 * 1024 * 1024);
}

static inline void teardown(void) {
    arena_free(&arena);
}

#define BASE_SUITE(name) TestSuite(name, .init = setup, .fini = teardown)

#define assert_str(actual, expected)                                                               \
    do {                                                                                           \
        const str_t actual_ = (actual);                                                            \
        const str_t expected_ = (expected);                                                        \
        cr_assert(str_eq(actual_, expected_), "got \"%.*s\", expected \"%.*s\"", STR_ARG(actual_), \
                  STR_ARG(expected_));                                                             \
    } while (0)

#define assert_text(actual, literal) assert_str(actual, STR(literal))

// A text of `count` times `unit` in the arena.
static inline str_t repeat(str_t unit, size_t count) {
    char *text = arena_alloc(arena, unit.len * count + 1);
    for (size_t i = 0; i < count; i++) {
        memcpy(text + i * unit.len, unit.ptr, unit.len);
    }
    return (str_t){text, unit.len * count};
}
