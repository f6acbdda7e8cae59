// What our tokens say (hosted-login.md 3.2 and 3.3, OpenID Connect Core 2 and 5, RFC 9068), and
// reading it back from a token whose signature has been verified. Builders give a JSON object that
// the caller owns; they fail only when jansson does. Pure; any thread.
#pragma once
#include "base/clock.h"
#include "base/json.h"
#include "protocol/oidc/oidc.h"

enum { OIDC_ID_TOKEN_LIFETIME_S = 1800 };

// The person. Empty texts are left out of tokens.
typedef struct {
    str_t id; // sub: usr_, so that it never equals a client's id (RFC 9700 4.15)
    str_t email, name, given_name, family_name, picture, locale;
    bool is_email_verified;
} oidc_person_t;

typedef struct {
    str_t issuer;
    str_t client_id;
    const oidc_person_t *person;
    str_t session_id;
    str_t organization_id, organization_external_id; // oid, xoid; may be empty
    str_t scope; // decides which claims of the person it holds (OpenID Connect Core 5.4)
    oidc_list_t amr;
    time_ms_t auth_time;
    str_t nonce;   // empty: the request had none, or this is a refresh (Core 12.2)
    str_t at_hash; // of the access token beside it
    str_t c_hash;  // of the code that it was given for; empty on refresh
    time_ms_t now;
} oidc_id_token_t;
MUST_USE result_t oidc_id_token_claims(const oidc_id_token_t *in, json_t **out, err_t *err);

// For a person (session_id and grant_id given) or a machine (neither, subject = client_id).
typedef struct {
    str_t issuer;
    str_t client_id;
    str_t subject;
    str_t session_id;
    str_t organization_id, organization_external_id; // oid, xoid; may be empty
    oidc_list_t roles;                               // in that organization
    str_t grant_id;                                  // by which revocation finds it
    str_t jti;                                       // tkn_
    str_t scope; // written as `scope` and as `scopes`: SDKs read one or the other
    oidc_list_t scopes;
    time_ms_t now;
    int64_t lifetime_s;
} oidc_access_token_t;
MUST_USE result_t oidc_access_token_claims(const oidc_access_token_t *in, json_t **out, err_t *err);

// The answer of the userinfo endpoint (Core 5.3.2): sub, and what the scope opens.
MUST_USE result_t oidc_userinfo_text(arena_t *arena, const oidc_person_t *person, str_t scope,
                                     str_t *out, err_t *err);

// ---- reading back -------------------------------------------------------------------------------

// An access token of this issuer; texts are copied into the arena. Times are not checked here.
typedef struct {
    str_t client_id, subject, jti, scope;
    str_t session_id, organization_id, grant_id; // empty in a machine's token
    int64_t issued_s, expires_s;
} oidc_access_t;
// REFUSED if a claim that we always write is absent, or the issuer or audience is another.
MUST_USE result_t oidc_access_parse(arena_t *arena, const json_t *claims, str_t issuer,
                                    oidc_access_t *out, err_t *err);

// An ID token of this issuer, shown as a hint about a session; it may have expired
// (RP-Initiated Logout 2). It names, it does not authenticate.
typedef struct {
    str_t client_id, user_id, session_id;
} oidc_hint_t;
MUST_USE result_t oidc_hint_parse(arena_t *arena, const json_t *claims, str_t issuer,
                                  oidc_hint_t *out, err_t *err);
