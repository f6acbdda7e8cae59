// Making our tokens, and telling whether one that is shown is still good.
#pragma once
#include "handle/handle.h"
#include "protocol/oidc/claims.h"
#include "store/token.h"

enum { TOKENS_MACHINE_LIFETIME_S = 24 * 3600 };

typedef struct {
    const flow_client_t *client;
    const flow_grant_t *grant; // with its session
    const store_user_claims_t *user;
    str_t scope;   // granted
    secret_t code; // what the ID token's c_hash is of; empty on refresh
} tokens_in_t;

typedef struct {
    str_t access;
    str_t id; // empty without the scope openid
    int64_t expires_in_s;
} tokens_t;

// Signed with the client's algorithm. UNAVAILABLE if no key of it is in force.
MUST_USE result_t tokens_for_user(call_t *call, const tokens_in_t *in, tokens_t *out);
// For client_credentials: sub is the client, there is no session and no ID token. A machine's row
// says how long it lives; other applications' machine tokens live TOKENS_MACHINE_LIFETIME_S.
MUST_USE result_t tokens_for_machine(call_t *call, const flow_client_t *client, str_t scope,
                                     tokens_t *out);

// What a login that began at a provider tells the application (hosted-login.md 5.8): a signed hint
// that it may start a request with. It authenticates nobody.
enum { TOKENS_HINT_LIFETIME_S = 300 };
typedef struct {
    str_t organization_id, connection_id; // empty: a social connection is no organization's
    str_t login_hint;                     // may be empty
} tokens_hint_t;
MUST_USE result_t tokens_for_initiated_login(call_t *call, const flow_client_t *client,
                                             const tokens_hint_t *hint, str_t *out);

// An access token that somebody shows. A token that is not good is a fact and not an error.
typedef struct {
    bool is_active;
    const char *reason; // why it is not, static
    bool is_ours;       // signed by us and not expired: `token` counts even if it is not active
    oidc_access_t token;
    store_access_t state; // then, if is_active
} tokens_access_t;
MUST_USE result_t tokens_access_read(call_t *call, str_t token, tokens_access_t *out);
// The same in two steps. The first needs no database, and without is_ours there is no second.
MUST_USE result_t tokens_access_verify(call_t *call, str_t token, tokens_access_t *out);
MUST_USE result_t tokens_access_judge(call_t *call, tokens_access_t *inout);

// An ID token shown as id_token_hint; it may have expired. *out_is_ours false: not one of ours, and
// `out` is untouched. An error means that nobody knows.
MUST_USE result_t tokens_hint_read(call_t *call, str_t token, oidc_hint_t *out, bool *out_is_ours);

oidc_person_t tokens_person(const store_user_claims_t *user);
