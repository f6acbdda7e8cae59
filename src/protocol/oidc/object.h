// Building JSON objects member by member. A failing allocation of jansson is remembered and told
// once, at the end. For the builders of this folder.
#pragma once
#include "base/json.h"
#include "protocol/oidc/oidc.h"

typedef struct {
    json_t *json; // NULL after a failure
} oidc_object_t;

oidc_object_t oidc_object_new(void);

// Takes `value` over. NULL is a failure.
void oidc_object_value(oidc_object_t *object, const char *name, json_t *value);
// An empty text is left out.
void oidc_object_text(oidc_object_t *object, const char *name, str_t text);
void oidc_object_int(oidc_object_t *object, const char *name, int64_t value);
void oidc_object_bool(oidc_object_t *object, const char *name, bool value);
void oidc_object_list(oidc_object_t *object, const char *name, const oidc_list_t *list);
// The words of a static text as an array.
void oidc_object_words(oidc_object_t *object, const char *name, const char *words);

// The finished object, which the caller owns. INTERNAL after a failure. The builder is done.
MUST_USE result_t oidc_object_take(oidc_object_t *object, json_t **out, err_t *err);
// Its compact text in the arena instead.
MUST_USE result_t oidc_object_write(oidc_object_t *object, arena_t *arena, str_t *out, err_t *err);
