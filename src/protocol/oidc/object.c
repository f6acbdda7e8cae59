#include "protocol/oidc/object.h"

oidc_object_t oidc_object_new(void) {
    return (oidc_object_t){json_object()};
}

static void object_drop(oidc_object_t *object) {
    json_decref(object->json);
    object->json = NULL;
}

void oidc_object_value(oidc_object_t *object, const char *name, json_t *value) {
    // json_object_set_new releases the value itself when it fails, also for want of an object.
    if (json_object_set_new(object->json, name, value) != 0) {
        object_drop(object);
    }
}

void oidc_object_text(oidc_object_t *object, const char *name, str_t text) {
    if (text.len) {
        oidc_object_value(object, name, json_str(text));
    }
}

void oidc_object_int(oidc_object_t *object, const char *name, int64_t value) {
    oidc_object_value(object, name, json_integer(value));
}

void oidc_object_bool(oidc_object_t *object, const char *name, bool value) {
    oidc_object_value(object, name, json_boolean(value));
}

static bool array_add(json_t *array, str_t text) {
    return json_array_append_new(array, json_str(text)) == 0;
}

void oidc_object_list(oidc_object_t *object, const char *name, const oidc_list_t *list) {
    json_t *array = json_array();
    bool is_good = array != NULL;
    for (size_t i = 0; i < list->count && is_good; i++) {
        is_good = array_add(array, list->items[i]);
    }
    oidc_object_value(object, name, array);
    if (!is_good) {
        object_drop(object);
    }
}

void oidc_object_words(oidc_object_t *object, const char *name, const char *words) {
    json_t *array = json_array();
    bool is_good = array != NULL;
    str_t rest = str_from_c(words);
    str_t word;
    while (is_good && str_next_word(&rest, &word)) {
        is_good = array_add(array, word);
    }
    oidc_object_value(object, name, array);
    if (!is_good) {
        object_drop(object);
    }
}

result_t oidc_object_take(oidc_object_t *object, json_t **out, err_t *err) {
    if (!object->json) {
        return FAIL(err, INTERNAL, "json_failed", "a JSON object could not be built");
    }
    *out = object->json;
    object->json = NULL;
    return OK;
}

result_t oidc_object_write(oidc_object_t *object, arena_t *arena, str_t *out, err_t *err) {
    SCOPED(json_t) json = NULL;
    TRY(oidc_object_take(object, &json, err));
    return json_text(arena, json, out, err);
}
