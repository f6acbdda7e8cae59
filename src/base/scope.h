// Closing with the scope. `SCOPED(PGresult) r = ...;` closes r when its block ends, however it
// ends. A folder that owns a foreign type declares how with SCOPED_BY once, in its own header.
#pragma once

#define SCOPED(type) __attribute__((cleanup(scope_close_##type))) type *

#define SCOPED_BY(type, close_function)                                                            \
    static inline void scope_close_##type(type **handle) {                                         \
        if (*handle) {                                                                             \
            close_function(*handle);                                                               \
            *handle = 0;                                                                           \
        }                                                                                          \
    }
