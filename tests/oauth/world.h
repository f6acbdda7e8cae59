// A world of one for the OAuth endpoints: a store that remembers what it was asked to write, two
// applications, a person with a session, signing keys. The handlers, the flow core, the protocol
// and the cryptography are the real ones; only store/ and the pages are stood in for.
#pragma once
#include "handle/client_auth.h"
#include "handle/endpoints.h"
#include "handle/form_token.h"
#include "handle/tokens.h"
#include "store/login.h"
#include "store/session.h"
#include <criterion/criterion.h>

#define WORLD_ISSUER "https://id.example"
#define WORLD_SECRET "0123456789abcdef0123456789abcdef"
#define WORLD_CALLBACK "https://app.example/cb"
#define WORLD_BYE "https://app.example/bye"
#define WORLD_VERIFIER "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
#define WORLD_CHALLENGE "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
#define WORLD_TOKEN "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA" // 43 letters

enum { WORLD_CLIENTS = 3 };

struct store {
    // What it holds.
    store_client_auth_t clients[WORLD_CLIENTS]; // skc_web, skc_spa, skc_m2m
    hash256_t secret_hash[WORLD_CLIENTS], code_hash, refresh_hash, session_hash;
    store_code_t code;
    store_refresh_t refresh;
    store_access_t access;
    int conflicts; // that many writes find that somebody was faster
    // What was written.
    str_t decision, event; // of the last audit row
    int audits;
    int redeemed, rotated;
    bool has_refresh;
    str_t revoked_grant, revoked_jti, ended_session, used_jti;
};

typedef struct {
    arena_t *arena;
    settings_t settings;
    master_t *master;
    keyset_t *keys;
    snapshot_t snapshot;
    store_t store;
    request_t request;
    call_t call;
    response_t response;
} world_t;

extern world_t world;

void world_begin(void);
void world_end(void);

// Sends one request to a handler; the answer is in world.response. Headers are what was set in
// world.request before.
result_t world_post(handle_fn_t handle, const char *body);
result_t world_get(handle_fn_t handle, const char *query);

// The value of a response header; empty if it is not there.
str_t world_header(const char *name);
// A text member of the JSON answer, in the arena; empty if it is not there.
str_t world_member(const char *name);
// The claims of a token; the test releases them.
json_t *world_claims(str_t token);

// Status, and the error code of the JSON answer (NULL: none).
void world_expect(int status, const char *error);
