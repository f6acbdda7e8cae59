#include "base/form.h"
#include "base/encode.h"

// PostgreSQL must never see invalid UTF-8 (CVE-2025-1094), so it ends here, in every field.
static bool form_decode(arena_t *arena, str_t raw, str_t *out) {
    char *spaced = arena_alloc(arena, raw.len);
    for (size_t i = 0; i < raw.len; i++) {
        spaced[i] = raw.ptr[i] == '+' ? ' ' : raw.ptr[i];
    }
    return percent_decode(arena, (str_t){spaced, raw.len}, out) && str_is_utf8(*out);
}

// Cuts the next non-empty pair off `rest`; false when none is left.
static bool form_next_pair(str_t *rest, str_t *out_pair) {
    while (rest->len) {
        const size_t end = str_find(*rest, '&');
        *out_pair = str_sub(*rest, 0, end);
        *rest = str_sub(*rest, end + 1, rest->len);
        if (out_pair->len) {
            return true;
        }
    }
    return false;
}

result_t form_parse(arena_t *arena, str_t raw, form_t *out, err_t *err) {
    form_field_t *fields = ARENA_ARRAY(arena, form_field_t, FORM_FIELDS_MAX);
    size_t count = 0;
    str_t pair;
    while (form_next_pair(&raw, &pair)) {
        if (count == FORM_FIELDS_MAX) {
            return FAIL(err, BAD_REQUEST, "invalid_request", "more than %d form fields",
                        FORM_FIELDS_MAX);
        }
        const size_t equals = str_find(pair, '=');
        form_field_t *field = &fields[count++];
        if (!form_decode(arena, str_sub(pair, 0, equals), &field->name) ||
            !form_decode(arena, str_sub(pair, equals + 1, pair.len), &field->value)) {
            return FAIL(err, BAD_REQUEST, "invalid_request", "form field %zu is not encoded UTF-8",
                        count);
        }
    }
    *out = (form_t){fields, count};
    return OK;
}

form_presence_t form_get(const form_t *form, str_t name, str_t *out) {
    form_presence_t presence = FORM_ABSENT;
    *out = STR("");
    for (size_t i = 0; i < form->count; i++) {
        if (!str_eq(form->fields[i].name, name)) {
            continue;
        }
        if (presence == FORM_ONE) {
            return FORM_REPEATED;
        }
        *out = form->fields[i].value;
        presence = FORM_ONE;
    }
    return presence;
}

bool form_has_repeats(const form_t *form) {
    str_t first;
    for (size_t i = 0; i < form->count; i++) {
        if (form_get(form, form->fields[i].name, &first) == FORM_REPEATED) {
            return true;
        }
    }
    return false;
}

void url_add_param(buf_t *url, str_t name, str_t value) {
    const str_t so_far = buf_str(url);
    if (str_find(so_far, '?') == so_far.len) {
        buf_add_char(url, '?');
    } else if (!str_ends(so_far, STR("?")) && !str_ends(so_far, STR("&"))) {
        buf_add_char(url, '&');
    }
    form_encode_to(url, name);
    buf_add_char(url, '=');
    form_encode_to(url, value);
}
