// The file of `gatehouse apply` as structs, with every problem that can be seen without a database.
// Pure: a secret_file is named and not opened. Results in the arena.
#pragma once
#include "base/buffer.h"
#include "handle/apply_organization.h"
#include "handle/client_rule.h"
#include "store/client.h"

enum {
    APPLY_FILE_MAX = 1 << 20,
    APPLY_SECRETS_MAX = 2,
    APPLY_SECRET_MIN = 32, // characters
    APPLY_SECRET_MAX = 256,
};

typedef struct {
    store_client_row_t row; // without secret_hashes
    secret_t secrets[APPLY_SECRETS_MAX];
    size_t secret_count;
    str_t secret_file; // a path; empty: none
    bool is_default;   // where a login goes that begins at a provider; false: says nothing
} apply_application_t;

typedef struct apply_file {
    apply_application_t *items;
    size_t count;
    apply_organization_t *organizations;
    size_t organization_count;
    apply_connection_t *connections; // everybody's
    size_t connection_count;
} apply_file_t;

typedef struct apply_rules {
    bool is_http_allowed;
    int64_t access_token_s; // for applications that say nothing; 0: CLIENT_TOKEN_DEFAULT_S
} apply_rules_t;

// Appends one line a problem ("applications[1].redirect_uris[0]: a fragment is not allowed\n") to
// `problems`; no value of the file is quoted but names of unknown fields. `out` is complete if and
// only if nothing was appended.
void apply_parse(arena_t *arena, str_t text, const apply_rules_t *rules, apply_file_t *out,
                 buf_t *problems);

// What is wrong with a secret, static; NULL if nothing is.
const char *apply_secret_judge(secret_t secret);
