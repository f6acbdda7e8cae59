// An identity provider as the tests of the relying party need it: texts, answers, a connection to
// it, and ID tokens signed with its one ES256 key.
#pragma once
#include "crypto/jwt.h"
#include "protocol/form_of.h"
#include "protocol/oidc/relying.h"

#define PROVIDER_ISSUER "https://idp.example"
#define PROVIDER_NONCE "nonce-nonce-nonce-nonce-nonce-nonce-nonce-nonce"
#define PROVIDER_KID "snk_1"

enum { PROVIDER_NOW_S = 1700000000 };

// JSON with ' for every ".
str_t provider_json(arena_t *arena, const char *text);
json_t *provider_object(arena_t *arena, const char *text);

// Status 200, application/json, and that body.
oidc_answer_t provider_answer(arena_t *arena, const char *text);

// A completed connection to it, of an organization.
oidc_relying_t provider_relying(void);

typedef struct {
    signing_key_t *key;
    jwks_t *jwks;
    str_t jwks_text;
} provider_t;

// `more` goes into the key of the set: ",'issuer':'...'".
provider_t provider_new(arena_t *arena, const char *more);
void provider_free(provider_t *provider);

// A token of that header and payload, each JSON with ' for ", signed whatever they say.
str_t provider_token(arena_t *arena, const provider_t *provider, const char *header,
                     const char *payload);
#define PROVIDER_HEADER "{'alg':'ES256','kid':'" PROVIDER_KID "','typ':'JWT'}"
