// What the fields of a connection may be, whoever writes them down: the REST API
// (rest/connection_body.c) or `gatehouse apply` (apply_connection.c). Pure; any thread.
#pragma once
#include "protocol/oidc/preset.h"
#include "store/sso.h"

enum {
    CONNECTION_CLIENT_ID_MAX = 512,
    CONNECTION_SECRET_MAX = 4096, // Apple's is a JWT
    CONNECTION_PROMPT_MAX = 64,
    CONNECTION_SCOPES_MAX = 30,
    CONNECTION_SCOPE_MAX = 256,
    CONNECTION_TENANTS_MAX = 50,
    CONNECTION_TENANT_LEN = 36,
    CONNECTION_DOMAINS_MAX = 50,
    CONNECTION_ALGS_MAX = 10,
    CONNECTION_MAPPING_PAIRS_MAX = 30, // api.md 5, like the two that follow
    CONNECTION_MAPPING_KEY_MAX = 100,
    CONNECTION_MAPPING_VALUE_MAX = 256,
    CONNECTION_MAPPING_LEN_MAX = 64 * 1024, // octets of all pairs as a JSON object
};

// Words, with one space between them.
#define CONNECTION_TOKEN_AUTHS "URL_PARAMS BASIC_AUTH PRIVATE_KEY_JWT"
#define CONNECTION_RESPONSE_MODES "query form_post"
#define CONNECTION_JITS "on off organization_domains"
#define CONNECTION_PROMPTS "none login consent select_account create" // any of them, together
#define CONNECTION_INITIATED "convert direct off"

// One of CONNECTION_TOKEN_AUTHS as the table keeps it, and back; empty for any other word.
str_t connection_token_auth_kept(str_t said);
str_t connection_token_auth_said(str_t kept);

// Each says what is wrong, in static words that follow the field's name ("must be ..."), or NULL.
// None of them minds an empty text but where it says so.
const char *connection_client_id_judge(str_t client_id);
const char *connection_secret_judge(str_t secret);
const char *connection_prompt_judge(str_t prompt);
const char *connection_scope_judge(str_t scope);   // one of a list; not empty
const char *connection_tenant_judge(str_t tenant); // likewise
const char *connection_alg_judge(str_t alg);       // likewise
const char *connection_algs_judge(str_t algs);     // with spaces between them; one at least

// May an organization, or with `is_social` the environment, have a connection to this provider?
const char *connection_owner_judge(const oidc_preset_row_t *preset, bool is_social);

// Does somebody else say from now on who people are? Then trust lapses: flow.md 4.2, and what
// follows from it for the endpoints that tell it. `status` is that of before.
bool connection_is_trust_lapsed(str_t status, const store_connection_t *before,
                                const store_connection_t *after);

// A secret is kept, and would be sent to another server than before, or anywhere after it was not
// used: then whoever writes that down has to give it again (the class of CVE-2024-5967). A secret
// that was given is sealed anew, and so never the one of before. Words for `client_secret`, as
// above.
const char *connection_secret_move_judge(const store_connection_t *before,
                                         const store_connection_t *after);
