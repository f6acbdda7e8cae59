// Is this ID token an answer of that provider, to us, to this request, now? OpenID Connect Core
// 3.1.3.7, all thirteen steps in their order. Pure; any thread.
#pragma once
#include "crypto/jwt.h"
#include "protocol/oidc/relying.h"

enum { OIDC_SKEW_S = 120, OIDC_SUBJECT_LEN_MAX = 255 };

typedef struct {
    const oidc_relying_t *relying;
    const jwks_t *jwks;    // of relying->jwks_uri
    str_t jwks_text;       // the same set as it was fetched: Microsoft's keys say whose they are
    str_t nonce;           // that was sent; it is required if oidc_relying_has_nonce
    secret_t access_token; // for at_hash; may be empty
    secret_t code;         // for c_hash; may be empty
    bool has_max_age;      // was sent
    int64_t max_age_s;
    time_ms_t login_asked_at; // when prompt=login was sent; 0: it was not
    time_ms_t now;
} oidc_id_token_rules_t;

// NOT_FOUND if the set holds no key of that kid: fetch it anew, once, and try again (P-RP-09).
// REFUSED says which step failed, and for times by how many seconds. The caller owns *out.
MUST_USE result_t oidc_id_token_verify(arena_t *arena, str_t token,
                                       const oidc_id_token_rules_t *rules, json_t **out,
                                       err_t *err);

// A subject as Core 2 has it: a string of 1 to 255 printable ASCII characters, compared exactly.
// False otherwise (P-RP-21).
MUST_USE bool oidc_subject_read(const json_t *claims, str_t *out);
