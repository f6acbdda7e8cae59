// How a function says what its caller can do next. A refusal by policy is not an error: it is a
// decision and travels as data. An error means "I could not do my work".
#pragma once
#include "base/str.h"

typedef enum {
    OK = 0,
    BAD_REQUEST, // the caller's input is malformed: say so, do not try again
    NOT_FOUND,   // the thing asked for is not there
    CONFLICT,    // somebody was faster: read again
    REFUSED,     // understood and not allowed
    UNAVAILABLE, // a dependency is down or full: try later
    TIMEOUT,     // the deadline passed
    INTERNAL,    // a bug or an exhausted resource
} result_t;

#define MUST_USE __attribute__((warn_unused_result))

// The only macro that returns.
#define TRY(expression)                                                                            \
    do {                                                                                           \
        const result_t try_result_ = (expression);                                                 \
        if (try_result_ != OK) {                                                                   \
            return try_result_;                                                                    \
        }                                                                                          \
    } while (0)

// Where in our code a failure was noticed; `file` is static.
typedef struct {
    const char *file;
    int line;
} err_place_t;

// The story of one failure. `code` is stable and may go to a client; `text` and the place are for
// the log. Embedded in the caller's frame; filled at most once: the first reason is the true one.
typedef struct {
    char code[48];
    char text[256];
    err_place_t place;
} err_t;

// Fills `err` (which may be NULL) unless it is filled. Unprintable octets in the formatted text
// become '?': it may hold input.
void err_set_at(err_t *err, err_place_t place, const char *code, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

// Tells the story and is `result`. A compiler sees that it is not OK, which a call could hide.
#define FAIL(err, result, code, ...)                                                               \
    (err_set_at((err), (err_place_t){__FILE__, __LINE__}, (code), __VA_ARGS__), (result_t)(result))

// The name of a result ("UNAVAILABLE"), static.
const char *result_name(result_t result);
