#include "base/json.h"
#include "base_test.h"

BASE_SUITE(base_json);

enum { MAX = 4096 };

static json_t *parsed(str_t text) {
    json_t *value = NULL;
    err_t err = {0};
    cr_assert_eq(json_parse_object(text, MAX, &value, &err), OK, "%s", err.text);
    return value;
}

static void assert_refused(str_t text) {
    json_t *value = NULL;
    err_t err = {0};
    cr_assert_eq(json_parse_object(text, MAX, &value, &err), BAD_REQUEST, "%.*s", STR_ARG(text));
    cr_assert_null(value);
    cr_assert_str_eq(err.code, "invalid_json");
}

Test(base_json, reads_members_by_type) {
    SCOPED(json_t)
    object = parsed(STR("{\"s\":\"\\u00e4\",\"n\":-7,\"r\":1e300,\"one\":1.0,\"z\":null}"));
    str_t text = STR("untouched");
    int64_t number = 42;
    cr_assert(json_get_str(object, "s", &text));
    assert_text(text, "\u00E4");
    cr_assert(!json_get_str(object, "n", &text));
    cr_assert(!json_get_str(object, "absent", &text));
    cr_assert(!json_get_str(object, "z", &text));
    assert_text(text, "\u00E4");
    cr_assert(json_get_int(object, "n", &number));
    cr_assert_eq(number, -7);
    cr_assert(!json_get_int(object, "r", &number));
    cr_assert(!json_get_int(object, "one", &number));
    cr_assert(!json_get_int(object, "s", &number));
    cr_assert_eq(number, -7);
}

Test(base_json, refuses_what_is_not_one_object) {
    assert_refused(STR(""));
    assert_refused(STR_NONE);
    assert_refused(STR("[]"));
    assert_refused(STR("\"x\""));
    assert_refused(STR("{}{}"));
    assert_refused(STR("{} x"));
    assert_refused(STR("{"));
    assert_refused(STR("{'a':1}"));
    assert_refused(STR("{\"a\":1,}"));
    assert_refused(STR("{\"a\":1}\0"));
}

Test(base_json, an_array_is_wanted_by_name_and_held_to_the_same_rules) {
    static const char *const BAD[] = {
        "", "{}", "null", "\"x\"", "[][]", "[],", "[1,]", "[", "[{\"a\":1,\"a\":2}]"};
    err_t err = {0};
    json_t *none = NULL;
    SCOPED(json_t) value = NULL;
    cr_assert_eq(json_parse_array(STR(" [1, {\"a\": []}]\n"), MAX, &value, &err), OK, "%s",
                 err.text);
    cr_assert_eq(json_array_size(value), 2);
    for (size_t i = 0; i < sizeof(BAD) / sizeof(BAD[0]); i++) {
        cr_assert_eq(json_parse_array(str_from_c(BAD[i]), MAX, &none, &err), BAD_REQUEST, "%s",
                     BAD[i]);
        cr_assert_null(none);
    }
    cr_assert_eq(json_parse_array(STR("[1]"), 2, &none, &err), BAD_REQUEST);
}

Test(base_json, refuses_duplicate_names) {
    assert_refused(STR("{\"alg\":\"ES256\",\"alg\":\"none\"}"));
    assert_refused(STR("{\"a\":{\"b\":1,\"\\u0062\":2}}"));
}

Test(base_json, refuses_nul_bad_utf8_and_lone_surrogates) {
    assert_refused(STR("{\"a\":\"\\u0000\"}"));
    assert_refused(STR("{\"a\":\"\0\"}"));
    assert_refused(STR("{\"a\":\"\xFF\"}"));
    assert_refused(STR("{\"a\":\"\xC0\xAF\"}"));
    assert_refused(STR("{\"a\":\"\\ud800\"}"));
}

Test(base_json, refuses_numbers_out_of_range) {
    assert_refused(STR("{\"a\":1e400}"));
    assert_refused(STR("{\"a\":9223372036854775808}"));
}

static str_t nested(size_t depth) {
    return arena_format(arena, "{\"a\":%.*s%.*s}", STR_ARG(repeat(STR("["), depth - 1)),
                        STR_ARG(repeat(STR("]"), depth - 1)));
}

Test(base_json, nests_to_thirty_two_and_no_deeper) {
    SCOPED(json_t) object = parsed(nested(32));
    cr_assert_not_null(object);
    assert_refused(nested(33));
    SCOPED(json_t) quoted = parsed(STR("{\"a\":\"[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[\\\"[[\"}"));
    cr_assert_not_null(quoted);
}

Test(base_json, p_mem_05_is_refused_by_length_or_depth_before_it_is_parsed) {
    json_t *value = NULL;
    err_t err = {0};
    const str_t brackets = repeat(STR("["), 1000000);
    cr_assert_eq(json_parse_object(brackets, SIZE_MAX, &value, &err), BAD_REQUEST);
    cr_assert_not_null(strstr(err.text, "deeper"));
    err = (err_t){0};
    cr_assert_eq(json_parse_object(STR("{\"a\":1}"), 6, &value, &err), BAD_REQUEST);
    cr_assert_not_null(strstr(err.text, "7 octets"));
    cr_assert_eq(json_parse_object(STR("{\"a\":1}"), 7, &value, NULL), OK);
    json_decref(value);
}

Test(base_json, an_error_does_not_quote_the_input) {
    json_t *value = NULL;
    err_t err = {0};
    cr_assert_eq(json_parse_object(STR("{\"password\": hunter2}"), MAX, &value, &err), BAD_REQUEST);
    cr_assert_null(strstr(err.text, "hunter2"), "%s", err.text);
}

Test(base_json, writes_compact_text_in_order) {
    SCOPED(json_t) object = json_object();
    str_t text;
    json_object_set_new(object, "b", json_str(STR("x\"\n\u00E4")));
    json_object_set_new(object, "a", json_integer(1));
    json_object_set_new(object, "empty", json_str(STR_NONE));
    cr_assert_eq(json_text(arena, object, &text, NULL), OK);
    assert_text(text, "{\"b\":\"x\\\"\\n\u00E4\",\"a\":1,\"empty\":\"\"}");
    cr_assert_null(json_str(STR("\xFF")));
}

Test(base_json, a_value_that_cannot_be_written_is_an_error) {
    str_t text = STR("untouched");
    err_t err = {0};
    cr_assert_eq(json_text(arena, NULL, &text, &err), INTERNAL);
    assert_text(text, "untouched");
}
