// Reading a JSON body member by member, noting all that is wrong with it.
#include "handle/rest.h"

rest_object_t rest_body(rest_t *rest) {
    return (rest_object_t){.rest = rest, .json = rest->body};
}

static str_t path_of(const rest_object_t *in, const char *name) {
    return arena_format(in->rest->call->arena, "%.*s%s%s", STR_ARG(in->path),
                        in->path.len ? "." : "", name);
}

static bool wrong(const rest_object_t *in, const char *name, const char *constraint,
                  const char *description) {
    rest_problem(in->rest, path_of(in, name), constraint, description);
    return false;
}

// NULL: not there. A null counts as not there (ProtoJSON).
static json_t *member(const rest_object_t *in, const char *name, bool is_required) {
    json_t *value = json_object_get(in->json, name);
    if (value && !json_is_null(value)) {
        return value;
    }
    if (is_required) {
        (void)wrong(in, name, "required", "must be given");
    }
    return NULL;
}

static str_t text_of(const json_t *value) {
    return (str_t){json_string_value(value), json_string_length(value)};
}

// Characters, of text that jansson has found to be UTF-8.
static size_t characters(str_t text) {
    size_t count = 0;
    for (size_t i = 0; i < text.len; i++) {
        count += ((unsigned char)text.ptr[i] & 0xC0) != 0x80;
    }
    return count;
}

static const char *length_words(arena_t *arena, rest_length_t length, const char *what) {
    return arena_format(arena, "must have %zu to %zu %s", length.min, length.max, what).ptr;
}

// NULL, or what is wrong with a text.
static const char *text_wrong(arena_t *arena, str_t text, rest_length_t length,
                              const char **out_constraint) {
    const size_t count = characters(text);
    if (count < length.min || count > length.max) {
        *out_constraint = "length";
        return length_words(arena, length, "characters");
    }
    *out_constraint = "characters";
    return str_has_control(text) || !str_is_utf8(text) ? "must not hold control characters" : NULL;
}

bool rest_text(const rest_object_t *in, const char *name, rest_length_t length, str_t *out) {
    arena_t *arena = in->rest->call->arena;
    json_t *value = member(in, name, length.is_required);
    const char *constraint;
    if (!value) {
        return false;
    }
    if (!json_is_string(value)) {
        return wrong(in, name, "type", "must be a text");
    }
    const char *why = text_wrong(arena, text_of(value), length, &constraint);
    if (why) {
        return wrong(in, name, constraint, why);
    }
    *out = arena_dup(arena, text_of(value));
    return true;
}

bool rest_name(const rest_object_t *in, const char *name, rest_length_t length, str_t *out) {
    str_t text;
    if (!rest_text(in, name, length, &text)) {
        return false;
    }
    if (str_is_empty(str_trim(text))) {
        return wrong(in, name, "pattern", "must not be only white space");
    }
    *out = text;
    return true;
}

bool rest_bool(const rest_object_t *in, const char *name, bool is_required, bool *out) {
    json_t *value = member(in, name, is_required);
    if (!value) {
        return false;
    }
    if (!json_is_boolean(value)) {
        return wrong(in, name, "type", "must be true or false");
    }
    *out = json_is_true(value);
    return true;
}

static bool decimal(str_t text, int64_t *out) {
    const bool is_negative = str_starts(text, STR("-"));
    uint64_t value;
    if (!str_to_u64(str_sub(text, is_negative, text.len), INT64_MAX, &value)) {
        return false;
    }
    *out = is_negative ? -(int64_t)value : (int64_t)value;
    return true;
}

bool rest_int(const rest_object_t *in, const char *name, rest_range_t range, int64_t *out) {
    json_t *value = member(in, name, range.is_required);
    int64_t number = json_integer_value(value);
    if (!value) {
        return false;
    }
    // A real such as 1e3 is none: what it is rounded to is not ours to say (CWE-681).
    if (!json_is_integer(value) && !(json_is_string(value) && decimal(text_of(value), &number))) {
        return wrong(in, name, "type", "must be a whole number");
    }
    if (number < range.min || number > range.max) {
        return wrong(in, name, "range",
                     arena_format(in->rest->call->arena, "must be %lld to %lld",
                                  (long long)range.min, (long long)range.max)
                         .ptr);
    }
    *out = number;
    return true;
}

static const char *names_words(arena_t *arena, rest_names_t names) {
    buf_t words = buf_new(arena, 64);
    for (size_t i = 0; i < names.count; i++) {
        if (names.items[i]) {
            buf_add_format(&words, "%s%s", words.len ? ", " : "must be one of ", names.items[i]);
        }
    }
    return buf_str(&words).ptr;
}

bool rest_enum(const rest_object_t *in, const char *name, rest_names_t names, size_t *out) {
    json_t *value = member(in, name, names.is_required);
    if (!value) {
        return false;
    }
    const str_t text = json_is_string(value) ? text_of(value) : STR_NONE;
    for (size_t i = 0; i < names.count; i++) {
        if (names.items[i] && str_eq(text, str_from_c(names.items[i]))) {
            *out = i;
            return true;
        }
    }
    if (!names.is_required && str_ends(text, STR("_UNSPECIFIED"))) {
        return false;
    }
    return wrong(in, name, json_is_string(value) ? "enum" : "type",
                 names_words(in->rest->call->arena, names));
}

bool rest_word(const rest_object_t *in, const char *name, const char *words, str_t *out) {
    arena_t *arena = in->rest->call->arena;
    json_t *value = member(in, name, false);
    if (!value) {
        return false;
    }
    const str_t text = json_is_string(value) ? text_of(value) : STR_NONE;
    if (text.len && str_list_has(str_from_c(words), text)) {
        *out = arena_dup(arena, text);
        return true;
    }
    return !str_ends(text, STR("_UNSPECIFIED")) &&
           wrong(in, name, json_is_string(value) ? "enum" : "type",
                 arena_format(arena, "must be one of: %s", words).ptr);
}

bool rest_object(const rest_object_t *in, const char *name, bool is_required, rest_object_t *out) {
    json_t *value = member(in, name, is_required);
    if (!value) {
        return false;
    }
    if (!json_is_object(value)) {
        return wrong(in, name, "type", "must be an object");
    }
    *out = (rest_object_t){in->rest, value, path_of(in, name)};
    return true;
}

static json_t *list(const rest_object_t *in, const char *name, rest_length_t length) {
    json_t *value = member(in, name, length.is_required);
    if (!value) {
        return NULL;
    }
    if (!json_is_array(value)) {
        (void)wrong(in, name, "type", "must be a list");
        return NULL;
    }
    if (json_array_size(value) < length.min || json_array_size(value) > length.max) {
        (void)wrong(in, name, "count", length_words(in->rest->call->arena, length, "items"));
        return NULL;
    }
    return value;
}

bool rest_objects(const rest_object_t *in, const char *name, rest_length_t length,
                  rest_objects_t *out) {
    arena_t *arena = in->rest->call->arena;
    json_t *values = list(in, name, length);
    if (!values) {
        return false;
    }
    const size_t count = json_array_size(values);
    rest_object_t *items = ARENA_ARRAY(arena, rest_object_t, count);
    for (size_t i = 0; i < count; i++) {
        const char *place = arena_format(arena, "%s[%zu]", name, i).ptr;
        json_t *value = json_array_get(values, i);
        if (!json_is_object(value)) {
            return wrong(in, place, "type", "must be an object");
        }
        items[i] = (rest_object_t){in->rest, value, path_of(in, place)};
    }
    *out = (rest_objects_t){items, count};
    return true;
}

static bool is_among(const str_t *items, size_t count, str_t text) {
    for (size_t i = 0; i < count; i++) {
        if (str_eq(items[i], text)) {
            return true;
        }
    }
    return false;
}

bool rest_texts(const rest_object_t *in, const char *name, rest_length_t length, size_t text_max,
                flow_list_t *out) {
    arena_t *arena = in->rest->call->arena;
    const rest_length_t each = {.min = 1, .max = text_max};
    json_t *values = list(in, name, length);
    const char *constraint;
    if (!values) {
        return false;
    }
    const size_t count = json_array_size(values);
    str_t *items = ARENA_ARRAY(arena, str_t, count);
    for (size_t i = 0; i < count; i++) {
        const char *place = arena_format(arena, "%s[%zu]", name, i).ptr;
        json_t *value = json_array_get(values, i);
        if (!json_is_string(value)) {
            return wrong(in, place, "type", "must be a text");
        }
        const char *why = text_wrong(arena, text_of(value), each, &constraint);
        if (why) {
            return wrong(in, place, constraint, why);
        }
        if (is_among(items, i, text_of(value))) {
            return wrong(in, place, "unique", "must not stand twice");
        }
        items[i] = arena_dup(arena, text_of(value));
    }
    *out = (flow_list_t){items, count};
    return true;
}

// ---- maps ---------------------------------------------------------------------------------------

static void pair_check(const rest_object_t *map, const rest_map_t *rule, const char *key,
                       const json_t *value) {
    arena_t *arena = map->rest->call->arena;
    const rest_length_t keys = {.min = rule->key_min, .max = rule->key_max};
    const rest_length_t values = {.min = rule->value_min, .max = rule->value_max};
    const char *constraint;
    const char *why = text_wrong(arena, str_from_c(key), keys, &constraint);
    if (why) {
        // The name itself may be anything: what is wrong with it is told of the map.
        rest_problem(map->rest, map->path, constraint,
                     arena_format(arena, "has a key that %s", why).ptr);
        return;
    }
    if (json_is_null(value) && rule->may_remove) {
        return;
    }
    if (!json_is_string(value)) {
        (void)wrong(map, key, "type", "must be a text");
        return;
    }
    why = text_wrong(arena, text_of(value), values, &constraint);
    if (why) {
        (void)wrong(map, key, constraint, why);
    }
}

bool rest_map(const rest_object_t *in, const char *name, const rest_map_t *rule, str_t *out) {
    rest_object_t map;
    const size_t problems = in->rest->problem_count;
    const char *key;
    json_t *value;
    err_t err = {0};
    if (!rest_object(in, name, false, &map)) {
        return false;
    }
    if (json_object_size(map.json) > rule->pairs_max) {
        return wrong(
            in, name, "count",
            length_words(in->rest->call->arena, (rest_length_t){.max = rule->pairs_max}, "pairs"));
    }
    json_object_foreach(map.json, key, value) {
        pair_check(&map, rule, key, value);
    }
    if (in->rest->problem_count != problems) {
        return false;
    }
    if (json_text(in->rest->call->arena, map.json, out, &err) != OK) {
        in->rest->is_broken = true;
        return false;
    }
    return true;
}
