// The token behind a connection's test URL: it names the connection and the test, and is sealed, so
// that only who was given the URL by the REST API can run the test. {issuer}/a/auth/test?token=...
#pragma once
#include "base/clock.h"
#include "crypto/master.h"

enum { TEST_LIFETIME_S = 3600 };

typedef struct {
    str_t connection_id;
    str_t test_id; // test_
    time_ms_t expires_at;
} test_t;

// Text of the URL's alphabet, in the arena.
MUST_USE result_t test_token_make(arena_t *arena, const master_t *master, const test_t *test,
                                  str_t *out, err_t *err);
// REFUSED if it is not one of ours. Whether it is too old is for the caller to judge.
MUST_USE result_t test_token_open(arena_t *arena, const master_t *master, str_t token, test_t *out,
                                  err_t *err);
