// Building a JSON answer.
#include "handle/rest.h"

static void note(rest_t *rest, int failed) {
    rest->is_broken = rest->is_broken || failed != 0;
}

void rest_add(rest_t *rest, json_t *object, const char *name, json_t *value) {
    note(rest, json_object_set_new(object, name, value));
}

void rest_add_text(rest_t *rest, json_t *object, const char *name, str_t value) {
    rest_add(rest, object, name, json_str(value));
}

void rest_add_text_if(rest_t *rest, json_t *object, const char *name, str_t value) {
    if (value.len) {
        rest_add_text(rest, object, name, value);
    }
}

void rest_add_bool(rest_t *rest, json_t *object, const char *name, bool value) {
    rest_add(rest, object, name, json_boolean(value));
}

void rest_add_int(rest_t *rest, json_t *object, const char *name, int64_t value) {
    rest_add(rest, object, name, json_integer(value));
}

void rest_add_int64(rest_t *rest, json_t *object, const char *name, int64_t value) {
    rest_add_text(rest, object, name, arena_format(rest->call->arena, "%lld", (long long)value));
}

void rest_add_time(rest_t *rest, json_t *object, const char *name, time_ms_t at) {
    if (at) {
        rest_add_text(rest, object, name, time_rfc3339(rest->call->arena, at));
    }
}

void rest_add_texts(rest_t *rest, json_t *object, const char *name, flow_list_t values) {
    json_t *list = rest_add_list(rest, object, name);
    for (size_t i = 0; i < values.count; i++) {
        note(rest, json_array_append_new(list, json_str(values.items[i])));
    }
}

void rest_add_json(rest_t *rest, json_t *object, const char *name, str_t json) {
    json_t *value = json_loadb(json.len ? json.ptr : "", json.len, JSON_DECODE_ANY, NULL);
    if (value) {
        rest_add(rest, object, name, value);
    }
}

json_t *rest_add_object(rest_t *rest, json_t *parent, const char *name) {
    json_t *object = json_object();
    rest_add(rest, parent, name, object);
    return rest->is_broken ? NULL : object;
}

json_t *rest_add_list(rest_t *rest, json_t *parent, const char *name) {
    json_t *list = json_array();
    rest_add(rest, parent, name, list);
    return rest->is_broken ? NULL : list;
}

json_t *rest_append_object(rest_t *rest, json_t *list) {
    json_t *object = json_object();
    note(rest, json_array_append_new(list, object));
    return rest->is_broken ? NULL : object;
}

result_t rest_answer(rest_t *rest, int status, const json_t *json, response_t *out) {
    call_t *call = rest->call;
    str_t text;
    if (rest->is_broken || !json) {
        return FAIL(&call->err, INTERNAL, "json_failed", "jansson cannot build the answer");
    }
    TRY(json_text(call->arena, json, &text, &call->err));
    response_json(out, status, text);
    return OK;
}

result_t rest_answer_empty(rest_t *rest, response_t *out) {
    (void)rest;
    response_json(out, 200, STR("{}"));
    return OK;
}
