// What every fuzz target shares: libFuzzer's entry point and an assertion that no build turns off.
#pragma once
#include "base/arena.h"
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

enum { FUZZ_ARENA_MAX = 16 * 1024 * 1024 };

// One input; always 0. `data` is not NUL-terminated.
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define FUZZ_ASSERT(condition)                                                                     \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            fprintf(stderr, "%s:%d: not so: %s\n", __FILE__, __LINE__, #condition);                \
            abort();                                                                               \
        }                                                                                          \
    } while (0)

static inline str_t fuzz_text(const uint8_t *data, size_t size) {
    return (str_t){(const char *)data, size};
}
