// One connection to PostgreSQL with its prepared statements. One thread at a time. It connects at
// first use and again after it broke; while the server is away every call answers UNAVAILABLE at
// once (a reconnect is tried at most once a quarter of a second).
//
// Calls take what they need as one struct and give rows back in the arena of the request that
// store_use named. An absent row is a fact in the output. Errors: UNAVAILABLE (no server), TIMEOUT
// (deadline or statement_timeout), CONFLICT (somebody was faster: read again), INTERNAL.
#pragma once
#include "base/clock.h"
#include "base/result.h"
#include "flow/facts.h"

typedef struct store store_t;

// Never connects. `conninfo` is libpq's URL or keyword form and is copied. Owner closes.
MUST_USE result_t store_open(const char *conninfo, store_t **out, err_t *err);
void store_close(store_t **store);

// For the calls that follow: where rows go, and when to give up.
void store_use(store_t *store, arena_t *arena, deadline_t deadline);

// A round trip, for readiness. Also says whether the schema is the one this binary knows.
MUST_USE result_t store_ping(store_t *store, err_t *err);

// One audit row, written in the same transaction as the decision that it tells of.
typedef struct {
    const char *event;    // "login.email", "login.code", "oauth.token", ... static
    const char *decision; // flow_step_name and the like, static
    str_t reason;
    str_t flow_id;
    str_t client_id;
    str_t user_id; // empty where the write itself finds the user
    str_t session_id;
    str_t email; // normalised
    str_t connection_id, organization_id;
    str_t request_id;
    str_t ip;
    str_t user_agent;
} store_audit_t;

// For a decision that writes nothing else.
MUST_USE result_t store_audit_add(store_t *store, const store_audit_t *audit, err_t *err);

// A counter that a write must not push over `max` within a window of the database's clock.
typedef struct {
    bytes_t key; // a keyed hash: no address is stored
    int64_t window_s;
    int64_t max;
} store_limit_t;
typedef struct {
    const store_limit_t *items;
    size_t count;
} store_limits_t;

// What they said.
typedef struct {
    bool is_limited;       // the write was not made
    int64_t retry_after_s; // then
} store_limited_t;

// store_audit_add while the counter is not past its maximum, else nothing: for what somebody can
// repeat without end.
MUST_USE result_t store_audit_add_limited(store_t *store, const store_audit_t *audit,
                                          const store_limit_t *limit, err_t *err);
