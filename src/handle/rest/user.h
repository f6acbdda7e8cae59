// What the endpoints of users share.
#pragma once
#include "handle/rest.h"
#include "store/user.h"

// A path parameter holds at most as many octets (ROUTE_PARAM_MAX): a longer one could not be asked
// for.
enum { USER_EXTERNAL_ID_MAX = 128 };

// The user that the path names in this parameter, by id or by external id.
store_user_key_t user_key(const rest_t *rest, size_t param, bool is_external);

// What a body says about a user: external_id, metadata and user_profile. `is_change`: an empty
// external id takes it away, and a null in a map removes its key.
void user_words_read(const rest_object_t *user, bool is_change, store_user_words_t *out);

// Notes a problem for each map that would hold too many pairs if `words` were merged into `user`.
void user_words_check(rest_t *rest, const store_user_t *user, const store_user_words_t *words);
// The same for one map: `old` and `change` are JSON objects, `change` may be empty.
void user_map_check(rest_t *rest, const char *field, str_t old, str_t change);

// Adds the user to the answer as the REST API shows it (api.md 5). `parent` may be NULL.
void user_add(rest_t *rest, json_t *object, const store_user_t *row);

// {"user": {...}}
MUST_USE result_t user_answer(rest_t *rest, int status, const store_user_t *row, response_t *out);

// Reads the one that the path names; `is_present` may be false.
MUST_USE result_t user_find(rest_t *rest, const store_user_key_t *key, store_user_found_t *out);

// The row that a write to a user writes; `organization_id` may be empty.
store_audit_t user_audit(rest_t *rest, const char *event, str_t user_id, str_t organization_id);
