// Form decoding: what was decoded is clean text, and encoding it again gives the same form.
#include "base/encode.h"
#include "base/form.h"
#include "fuzz.h"

static void check_same(const form_t *a, const form_t *b) {
    FUZZ_ASSERT(a->count == b->count);
    for (size_t i = 0; i < a->count; i++) {
        FUZZ_ASSERT(str_eq(a->fields[i].name, b->fields[i].name));
        FUZZ_ASSERT(str_eq(a->fields[i].value, b->fields[i].value));
    }
}

static void check_presence(const form_t *form) {
    bool has_repeats = false;
    for (size_t i = 0; i < form->count; i++) {
        str_t value;
        size_t seen = 0;
        for (size_t j = 0; j < form->count; j++) {
            seen += str_eq(form->fields[j].name, form->fields[i].name);
        }
        FUZZ_ASSERT(form_get(form, form->fields[i].name, &value) ==
                    (seen == 1 ? FORM_ONE : FORM_REPEATED));
        has_repeats = has_repeats || seen > 1;
    }
    FUZZ_ASSERT(form_has_repeats(form) == has_repeats);
}

static void check_form(arena_t *arena, const form_t *form) {
    FUZZ_ASSERT(form->count <= FORM_FIELDS_MAX);
    buf_t url = buf_new(arena, 64);
    buf_add_c(&url, "https://a.example/");
    for (size_t i = 0; i < form->count; i++) {
        FUZZ_ASSERT(str_is_utf8(form->fields[i].name) && str_is_utf8(form->fields[i].value));
        url_add_param(&url, form->fields[i].name, form->fields[i].value);
    }
    const str_t text = buf_str(&url);
    FUZZ_ASSERT(!str_has_control(text) && str_find(text, '#') == text.len);
    form_t again;
    const str_t query = str_sub(text, str_find(text, '?') + 1, text.len);
    FUZZ_ASSERT(form_parse(arena, query, &again, NULL) == OK);
    check_same(form, &again);
    check_presence(form);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    arena_t *arena = arena_new(FUZZ_ARENA_MAX);
    form_t form;
    err_t err = {0};
    const result_t result = form_parse(arena, fuzz_text(data, size), &form, &err);
    FUZZ_ASSERT(result == OK || (result == BAD_REQUEST && err.code[0]));
    if (result == OK) {
        check_form(arena, &form);
    }
    arena_free(&arena);
    return 0;
}
