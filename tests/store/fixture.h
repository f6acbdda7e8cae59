// The steps of a login, numbered: flow `n` is req_<n>, its challenge chl_<n>, its hashes are made
// of n. One application, app_1, is there.
#pragma once
#include "store/database.h"
#include "store/login.h"
#include "store/session.h"
#include "store/token.h"

void fixture_setup(void); // database_setup and app_1

// 32 octets that stand for the keyed hash of something; the same for the same arguments.
bytes_t hash_of(arena_t *where, const char *what, int n);
str_t id_of(arena_t *where, const char *prefix, int n);

extern const store_audit_t AUDIT;

result_t make_flow(store_own_t *own, int n);
result_t make_challenge(store_own_t *own, int flow, int challenge, const char *email);
// With a single limit of `max` a minute under a key named after `limit`.
store_limits_t limits_of(arena_t *where, const char *limit, int64_t max);

// A completion of flow n by challenge n for `email`; the caller may change it before use.
store_completion_t completion_of(arena_t *where, int n, const char *email);
// Flow, challenge and completion in one go; the session's cookie is hash_of("session", n).
store_completed_t login(int n, const char *email);

// The global store and arena as a store_own_t.
store_own_t mine(void);

// The flow_session_t that the cookie of login n finds now.
flow_session_t session_of(int n);
