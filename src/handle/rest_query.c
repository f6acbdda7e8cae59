// Reading the query as a body is read.
#include "handle/rest.h"

// False: not there, or there twice (and noted).
static bool given(rest_t *rest, const char *name, str_t *out) {
    const form_presence_t presence = form_get(&rest->query, str_from_c(name), out);
    if (presence == FORM_REPEATED) {
        rest_problem(rest, str_from_c(name), "unique", "must stand once");
    }
    return presence == FORM_ONE && out->len > 0;
}

// The parameter as a body with one member: the same rules, told in the same words.
static bool as_object(rest_t *rest, const char *name, json_t *object, rest_object_t *out) {
    str_t text;
    if (!given(rest, name, &text)) {
        return false;
    }
    rest_add_text(rest, object, name, text);
    *out = (rest_object_t){.rest = rest, .json = object};
    return true;
}

bool rest_query_text(rest_t *rest, const char *name, rest_length_t length, str_t *out) {
    SCOPED(json_t) object = json_object();
    rest_object_t in = {.rest = rest};
    return (as_object(rest, name, object, &in) || length.is_required) &&
           rest_text(&in, name, length, out);
}

bool rest_query_int(rest_t *rest, const char *name, rest_range_t range, int64_t *out) {
    SCOPED(json_t) object = json_object();
    rest_object_t in;
    return as_object(rest, name, object, &in) && rest_int(&in, name, range, out);
}

bool rest_query_enum(rest_t *rest, const char *name, rest_names_t names, size_t *out) {
    SCOPED(json_t) object = json_object();
    rest_object_t in;
    return as_object(rest, name, object, &in) && rest_enum(&in, name, names, out);
}

bool rest_query_bool(rest_t *rest, const char *name, bool *out) {
    str_t text;
    if (!given(rest, name, &text)) {
        return false;
    }
    if (!str_eq(text, STR("true")) && !str_eq(text, STR("false"))) {
        rest_problem(rest, str_from_c(name), "type", "must be true or false");
        return false;
    }
    *out = str_eq(text, STR("true"));
    return true;
}

bool rest_query_texts(rest_t *rest, const char *name, size_t max, flow_list_t *out) {
    str_t *items = ARENA_ARRAY(rest->call->arena, str_t, rest->query.count);
    size_t count = 0;
    for (size_t i = 0; i < rest->query.count; i++) {
        const form_field_t *field = &rest->query.fields[i];
        if (str_eq(field->name, str_from_c(name)) && field->value.len) {
            items[count++] = field->value;
        }
    }
    if (count > max) {
        rest_problem(rest, str_from_c(name), "count", "stands too often");
        return false;
    }
    *out = (flow_list_t){items, count};
    return count > 0;
}

bool rest_query_time(rest_t *rest, const char *name, time_ms_t *out) {
    str_t text;
    if (!given(rest, name, &text)) {
        return false;
    }
    if (!time_parse_rfc3339(text, out)) {
        rest_problem(rest, str_from_c(name), "type", "must be a time such as 2026-01-31T10:00:00Z");
        return false;
    }
    return true;
}
