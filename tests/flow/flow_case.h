// Walking a product of small enumerations: every combination of the facts, once.
#pragma once
#include <stdbool.h>
#include <stddef.h>

// Counts `digits` up by one in the mixed base `sizes`; false after the last combination.
static inline bool case_next(int *digits, const int *sizes, size_t count) {
    for (size_t i = 0; i < count; i++) {
        if (++digits[i] < sizes[i]) {
            return true;
        }
        digits[i] = 0;
    }
    return false;
}
