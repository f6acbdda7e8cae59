#include "base/json.h"
#include "base/buffer.h"

enum { NESTING_MAX = 32 };

// jansson recurses as deep as 2048 while it parses; this looks first, without recursion. Brackets
// inside strings do not count.
static bool is_nested_too_deep(str_t text) {
    int depth = 0;
    bool is_in_string = false;
    for (size_t i = 0; i < text.len; i++) {
        const char c = text.ptr[i];
        if (is_in_string && c == '\\') {
            i++;
        } else if (c == '"') {
            is_in_string = !is_in_string;
        } else if (!is_in_string && (c == '{' || c == '[')) {
            depth++;
        } else if (!is_in_string && (c == '}' || c == ']')) {
            depth--;
        }
        if (depth > NESTING_MAX) {
            return true;
        }
    }
    return false;
}

static result_t parse(str_t text, size_t max, json_t **out, err_t *err) {
    if (text.len > max) {
        return FAIL(err, BAD_REQUEST, "invalid_json", "JSON of %zu octets, %zu allowed", text.len,
                    max);
    }
    if (is_nested_too_deep(text)) {
        return FAIL(err, BAD_REQUEST, "invalid_json", "JSON nested deeper than %d", NESTING_MAX);
    }
    json_error_t where;
    json_t *value = json_loadb(text.len ? text.ptr : "", text.len, JSON_REJECT_DUPLICATES, &where);
    if (!value && json_error_code(&where) == json_error_out_of_memory) {
        return FAIL(err, INTERNAL, "out_of_memory", "no memory to parse JSON");
    }
    if (!value) {
        // jansson's own text quotes the input, which may be a secret: only the place is told.
        return FAIL(err, BAD_REQUEST, "invalid_json",
                    "JSON breaks at line %d, column %d (reason %d)", where.line, where.column,
                    (int)json_error_code(&where));
    }
    *out = value;
    return OK;
}

static result_t parse_type(str_t text, size_t max, json_type type, json_t **out, err_t *err) {
    json_t *value = NULL;
    TRY(parse(text, max, &value, err));
    if (json_typeof(value) != type) {
        json_decref(value);
        return FAIL(err, BAD_REQUEST, "invalid_json", "JSON is not an %s",
                    type == JSON_OBJECT ? "object" : "array");
    }
    *out = value;
    return OK;
}

result_t json_parse_object(str_t text, size_t max, json_t **out, err_t *err) {
    return parse_type(text, max, JSON_OBJECT, out, err);
}

result_t json_parse_array(str_t text, size_t max, json_t **out, err_t *err) {
    return parse_type(text, max, JSON_ARRAY, out, err);
}

bool json_get_str(const json_t *object, const char *name, str_t *out) {
    const json_t *member = json_object_get(object, name);
    if (!json_is_string(member)) {
        return false;
    }
    const str_t text = {json_string_value(member), json_string_length(member)};
    if (memchr(text.ptr, '\0', text.len)) {
        return false;
    }
    *out = text;
    return true;
}

bool json_get_int(const json_t *object, const char *name, int64_t *out) {
    const json_t *member = json_object_get(object, name);
    if (!json_is_integer(member)) {
        return false;
    }
    *out = json_integer_value(member);
    return true;
}

static int on_json_text(const char *text, size_t len, void *buf) {
    buf_add(buf, (str_t){text, len});
    return 0;
}

result_t json_text(arena_t *arena, const json_t *value, str_t *out, err_t *err) {
    buf_t buf = buf_new(arena, 256);
    if (json_dump_callback(value, on_json_text, &buf, JSON_COMPACT | JSON_ENCODE_ANY) != 0) {
        return FAIL(err, INTERNAL, "json_failed", "jansson cannot write a value");
    }
    *out = buf_str(&buf);
    return OK;
}

json_t *json_str(str_t s) {
    return json_stringn(s.len ? s.ptr : "", s.len);
}
