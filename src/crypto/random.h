// The system's generator. Everything unguessable starts here; a failing generator fails the work
// (mod_auth_openidc once ignored that return value).
#pragma once
#include "base/arena.h"
#include "base/clock.h"
#include "base/result.h"

MUST_USE result_t random_fill(size_t len, uint8_t *out, err_t *err);

// 256 random bits as 43 characters of base64url, in the arena.
MUST_USE result_t random_token(arena_t *arena, secret_t *out, err_t *err);

// `digits` decimal digits (1 to 9), every value equally likely (rejection, no modulo), leading
// zeros kept.
MUST_USE result_t random_code(arena_t *arena, unsigned digits, secret_t *out, err_t *err);

// "<prefix>_" and 21 decimal digits: 13 of wall-clock milliseconds, 8 random. Sorts by time, unique
// in practice and by primary key in any case; public, never a secret.
MUST_USE result_t random_id(arena_t *arena, const char *prefix, time_ms_t now, str_t *out,
                            err_t *err);
