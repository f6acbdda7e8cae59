// The answer as it comes in, header line by header line and piece by piece, from a server that may
// mean harm. Pure: no curl. Internal to remote/.
#pragma once
#include "base/buffer.h"
#include "remote/http.h"

typedef enum {
    ANSWER_FINE,
    ANSWER_TOO_LARGE, // a body over body_max, or headers without end
    ANSWER_CODED,     // a coding that nobody asked for: gzip bombs come so (RFC 9110 8.4)
} answer_fault_t;

typedef struct {
    arena_t *arena;
    size_t body_max;
    size_t header_octets; // of all header blocks: 1xx and trailers too
    answer_fault_t fault; // the first
    str_t content_type;   // as http_response_t, of the last header block
    int64_t cache_s;
    buf_t body;
} http_answer_t;

void http_answer_init(http_answer_t *answer, arena_t *arena, size_t body_max);

// One line of a header, with its line end. False: stop the transfer, see `fault`.
bool http_answer_header(http_answer_t *answer, str_t line);
// The next piece of the body. False: stop the transfer.
bool http_answer_body(http_answer_t *answer, str_t piece);
