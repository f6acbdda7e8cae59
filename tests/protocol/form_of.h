// Requests as texts: what the tests of this folder parse from.
#pragma once
#include "base/form.h"
#include <criterion/criterion.h>

enum { TEST_ARENA_MAX = 1024 * 1024 };

static inline form_t form_of(arena_t *arena, const char *text) {
    form_t form;
    cr_assert_eq(form_parse(arena, str_from_c(text), &form, NULL), OK, "not a form: %s", text);
    return form;
}

// `count` times `c`.
static inline str_t text_of(arena_t *arena, char c, size_t count) {
    char *text = arena_alloc(arena, count + 1);
    memset(text, c, count);
    return (str_t){text, count};
}

#define ASSERT_STR(actual, expected)                                                               \
    do {                                                                                           \
        const str_t actual_ = (actual);                                                            \
        cr_assert(str_eq(actual_, str_from_c(expected)), "%s: \"%.*s\" is not \"%s\"", #actual,    \
                  STR_ARG(actual_), expected);                                                     \
    } while (0)

// `error` NULL: no defect.
#define ASSERT_DEFECT(defect, expected_, of)                                                       \
    do {                                                                                           \
        const char *error_ = (defect).error, *wanted_ = (expected_);                               \
        cr_assert(error_ &&wanted_ ? strcmp(error_, wanted_) == 0 : error_ == wanted_,             \
                  "%s: %s is not %s", (of), error_ ? error_ : "no defect",                         \
                  wanted_ ? wanted_ : "no defect");                                                \
    } while (0)
