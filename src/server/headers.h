// The header fields of every answer: the handler's own and the ones that no answer may lack
// (P-SESS-07 to 10). Pure; results in the arena.
#pragma once
#include "handle/handle.h"

enum { HEADERS_MAX = RESPONSE_HEADERS_MAX + 20 };

typedef struct {
    header_t items[HEADERS_MAX];
    size_t count;
} headers_t;

// False if a value holds a control (P-INJ-04): then `out` is what an empty answer has, and
// the answer must not be sent.
MUST_USE bool headers_build(arena_t *arena, const settings_t *settings, const response_t *response,
                            headers_t *out);

// The reason phrase of a status, static.
const char *headers_reason(int status);
