#include "handle/apply_field.h"

// ---- problems -----------------------------------------------------------------------------------

void apply_problem(const apply_object_t *object, const char *field, const char *what) {
    buf_add_format(object->problems, "%s%s: %s\n", object->place, field, what);
}

void apply_problem_at(const apply_object_t *object, const char *field, size_t at,
                      const char *what) {
    buf_add_format(object->problems, "%s%s[%zu]: %s\n", object->place, field, at, what);
}

void apply_names_judge(const apply_object_t *object, const char *const *names, size_t count) {
    const char *name;
    json_t *value;
    json_object_foreach(object->object, name, value) {
        bool is_known = false;
        for (size_t i = 0; i < count; i++) {
            is_known |= strcmp(name, names[i]) == 0;
        }
        if (!is_known) {
            apply_problem(object, str_has_control(str_from_c(name)) ? "(unprintable)" : name,
                          "there is no such field");
        }
    }
}

// ---- members ------------------------------------------------------------------------------------

const json_t *apply_member(const apply_object_t *object, const char *field) {
    return json_object_get(object->object, field);
}

bool apply_text(const apply_object_t *object, const char *field, str_t *out) {
    str_t text;
    if (!apply_member(object, field)) {
        return false;
    }
    if (!json_get_str(object->object, field, &text)) {
        apply_problem(object, field, "must be a text");
        return false;
    }
    *out = arena_dup(object->arena, text);
    return true;
}

void apply_bool(const apply_object_t *object, const char *field, bool *inout) {
    const json_t *value = apply_member(object, field);
    if (value && !json_is_boolean(value)) {
        apply_problem(object, field, "must be true or false");
    } else if (value) {
        *inout = json_is_true(value);
    }
}

void apply_word(const apply_object_t *object, const char *field, const char *names, str_t *inout) {
    str_t text;
    if (!apply_text(object, field, &text)) {
        return;
    }
    if (str_is_empty(text) || !str_list_has(str_from_c(names), text)) {
        apply_problem(object, field, arena_format(object->arena, "must be one of: %s", names).ptr);
        return;
    }
    *inout = text;
}

static bool is_repeated(const str_t *items, size_t count) {
    for (size_t i = 0; i < count; i++) {
        if (str_eq(items[i], items[count])) {
            return true;
        }
    }
    return false;
}

flow_list_t apply_list(const apply_object_t *object, const char *field, size_t max) {
    const json_t *list = apply_member(object, field);
    if (!list) {
        return (flow_list_t){0};
    }
    if (!json_is_array(list) || json_array_size(list) > max) {
        apply_problem(object, field,
                      arena_format(object->arena, "must be a list of at most %zu texts", max).ptr);
        return (flow_list_t){0};
    }
    const size_t count = json_array_size(list);
    str_t *items = ARENA_ARRAY(object->arena, str_t, count);
    for (size_t i = 0; i < count; i++) {
        const json_t *item = json_array_get(list, i);
        const str_t text = {json_string_value(item), json_string_length(item)};
        if (!json_is_string(item) || memchr(text.ptr, '\0', text.len)) {
            apply_problem_at(object, field, i, "must be a text");
            continue;
        }
        items[i] = arena_dup(object->arena, text);
        if (is_repeated(items, i)) {
            apply_problem_at(object, field, i, "stands twice");
        }
    }
    return (flow_list_t){items, count};
}

apply_objects_t apply_objects(const apply_object_t *object, const char *field, size_t max) {
    const json_t *list = apply_member(object, field);
    if (!list) {
        return (apply_objects_t){0};
    }
    if (!json_is_array(list) || json_array_size(list) > max) {
        apply_problem(
            object, field,
            arena_format(object->arena, "must be a list of at most %zu objects", max).ptr);
        return (apply_objects_t){0};
    }
    apply_objects_t out = {ARENA_ARRAY(object->arena, apply_object_t, json_array_size(list)), 0};
    for (size_t i = 0; i < json_array_size(list); i++) {
        json_t *item = json_array_get(list, i);
        if (!json_is_object(item)) {
            apply_problem_at(object, field, i, "must be an object");
            continue;
        }
        apply_object_t *next = &out.items[out.count++];
        *next = *object;
        next->object = item;
        next->place = arena_format(object->arena, "%s%s[%zu].", object->place, field, i).ptr;
    }
    return out;
}
