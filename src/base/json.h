// jansson behind our rules. Handles close with their scope: `SCOPED(json_t) object = ...`.
#pragma once
#include "base/arena.h"
#include "base/result.h"
#include "base/scope.h"
#include <jansson.h>

SCOPED_BY(json_t, json_decref)

// One JSON object, nothing after it, no duplicate names, nesting at most 32, at most `max` octets.
// BAD_REQUEST says where it broke. The caller owns *out.
MUST_USE result_t json_parse_object(str_t text, size_t max, json_t **out, err_t *err);
// The same for one JSON array.
MUST_USE result_t json_parse_array(str_t text, size_t max, json_t **out, err_t *err);

// Member `name` of an object as a slice into the json_t. False (and `out` untouched) if it is
// absent, not a string, or holds NUL.
MUST_USE bool json_get_str(const json_t *object, const char *name, str_t *out);
// Integers only: a real such as 1e300 is refused (CWE-681).
MUST_USE bool json_get_int(const json_t *object, const char *name, int64_t *out);

// Compact text in the arena. INTERNAL if jansson fails.
MUST_USE result_t json_text(arena_t *arena, const json_t *value, str_t *out, err_t *err);

// New string value from a slice; NULL if it is not UTF-8. Reference for json_object_set_new.
json_t *json_str(str_t s);
