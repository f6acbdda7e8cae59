// Scopes (RFC 6749 3.3, OpenID Connect Core 5.4, 11). Pure; any thread; results in the arena.
#pragma once
#include "protocol/oidc/oidc.h"

enum { OIDC_SCOPE_LEN_MAX = 2048 };

// scope-tokens separated by spaces, at least one; leading, trailing and repeated spaces are
// forgiven.
bool oidc_scope_is_well_formed(str_t scope);

// The scopes that a person's login can have (openid profile email offline_access), each once and in
// this order, whatever the order asked for; unknown ones are left out (RFC 6749 3.3 allows that,
// and the token response then says what was granted).
str_t oidc_scope_known(arena_t *arena, str_t scope);

// What a machine client gets: all of `allowed` if it asked for nothing, else what it asked for,
// each once. False if any of that is not in `allowed`.
MUST_USE bool oidc_scope_within(arena_t *arena, str_t asked, str_t allowed, str_t *out);

// The words as a list for a JSON array.
oidc_list_t oidc_scope_list(arena_t *arena, str_t scope);
