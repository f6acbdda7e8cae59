// Reading the bodies and queries of the REST API.
#include "handle/rest.h"
#include <criterion/criterion.h>

static call_t call;
static request_t request;
static rest_t rest;
static json_t *json;

static void setup(void) {
    call = (call_t){.arena = arena_new(1 << 20), .request = &request};
    request = (request_t){.id = STR("r1")};
    rest = (rest_t){.call = &call};
    json = NULL;
}

static void teardown(void) {
    json_decref(json);
    arena_free(&call.arena);
}

TestSuite(handle_rest_body, .init = setup, .fini = teardown);

static rest_object_t body(const char *text) {
    err_t err = {0};
    const str_t octets = str_from_c(text);
    cr_assert_eq(json_parse_object(octets, octets.len, &json, &err), OK, "%s", text);
    rest.body = json;
    return rest_body(&rest);
}

static void query(const char *text) {
    cr_assert_eq(form_parse(call.arena, str_from_c(text), &rest.query, &call.err), OK);
}

// The one problem that was noted; forgets it.
static void assert_problem(const char *field, const char *constraint) {
    cr_assert_eq(rest.problem_count, 1, "%s: %zu problems", field, rest.problem_count);
    cr_assert(str_eq(rest.problems[0].field, str_from_c(field)), "%.*s",
              STR_ARG(rest.problems[0].field));
    cr_assert(str_eq(rest.problems[0].constraint, str_from_c(constraint)), "%s: %.*s", field,
              STR_ARG(rest.problems[0].constraint));
    rest.problem_count = 0;
}

static void assert_fine(void) {
    cr_assert_eq(rest.problem_count, 0, "%.*s", STR_ARG(rest.problems[0].field));
}

Test(handle_rest_body, a_text_is_counted_in_characters) {
    const rest_length_t length = {.min = 2, .max = 3, .is_required = true};
    const rest_object_t in =
        body("{\"a\":\"\xc3\xbc\xf0\x9f\x98\x80z\",\"b\":\"x\",\"c\":\"wxyz\"}");
    str_t text = STR_NONE;
    cr_assert(rest_text(&in, "a", length, &text));
    cr_assert_eq(text.len, 7);
    cr_assert_not(rest_text(&in, "b", length, &text));
    assert_problem("b", "length");
    cr_assert_not(rest_text(&in, "c", length, &text));
    assert_problem("c", "length");
    cr_assert_not(rest_text(&in, "d", length, &text));
    assert_problem("d", "required");
    cr_assert_eq(text.len, 7);
}

Test(handle_rest_body, null_is_absent_and_an_optional_member_may_be) {
    const rest_object_t in = body("{\"a\":null}");
    const rest_length_t length = {.max = 3};
    str_t text;
    bool yes;
    int64_t number;
    cr_assert_not(rest_text(&in, "a", length, &text));
    cr_assert_not(rest_bool(&in, "a", false, &yes));
    cr_assert_not(rest_int(&in, "b", (rest_range_t){.max = 1}, &number));
    assert_fine();
    cr_assert_not(rest_bool(&in, "a", true, &yes));
    assert_problem("a", "required");
}

Test(handle_rest_body, p_rest_05_every_other_type_is_named) {
    static const char *const NAMES[] = {"ONE"};
    const rest_object_t in =
        body("{\"s\":\"x\",\"n\":1,\"r\":1.5,\"b\":true,\"l\":[1],\"o\":{\"x\":1}}");
    str_t text;
    bool yes;
    int64_t number;
    size_t place;
    rest_object_t object;
    rest_objects_t objects;
    flow_list_t texts;
    static const char *const OF_TEXT[] = {"n", "r", "b", "l", "o"};
    for (size_t i = 0; i < 5; i++) {
        cr_assert_not(rest_text(&in, OF_TEXT[i], (rest_length_t){.max = 9}, &text));
        assert_problem(OF_TEXT[i], "type");
        cr_assert_not(rest_enum(&in, OF_TEXT[i], REST_NAMES(NAMES), &place));
        assert_problem(OF_TEXT[i], "type");
    }
    static const char *const OF_NUMBER[] = {"s", "r", "b", "l", "o"};
    for (size_t i = 0; i < 5; i++) {
        cr_assert_not(rest_int(&in, OF_NUMBER[i], (rest_range_t){.max = 9}, &number));
        assert_problem(OF_NUMBER[i], "type");
    }
    static const char *const OF_REST[] = {"s", "n", "r"};
    for (size_t i = 0; i < 3; i++) {
        cr_assert_not(rest_bool(&in, OF_REST[i], false, &yes));
        assert_problem(OF_REST[i], "type");
        cr_assert_not(rest_object(&in, OF_REST[i], false, &object));
        assert_problem(OF_REST[i], "type");
        cr_assert_not(rest_objects(&in, OF_REST[i], (rest_length_t){.max = 9}, &objects));
        assert_problem(OF_REST[i], "type");
        cr_assert_not(rest_texts(&in, OF_REST[i], (rest_length_t){.max = 9}, 9, &texts));
        assert_problem(OF_REST[i], "type");
    }
    cr_assert_not(rest_objects(&in, "l", (rest_length_t){.max = 9}, &objects));
    assert_problem("l[0]", "type");
    cr_assert_not(rest_texts(&in, "l", (rest_length_t){.max = 9}, 9, &texts));
    assert_problem("l[0]", "type");
}

Test(handle_rest_body, p_rest_05_controls_are_refused_and_the_rest_is_kept_as_given) {
    static const char *const CONTROLS[] = {"{\"a\":\"x\\ny\"}", "{\"a\":\"\\u0001\"}",
                                           "{\"a\":\"\\u007f\"}", "{\"a\":\"\\u0085\"}",
                                           "{\"a\":\"\\u2028\"}"};
    str_t text;
    for (size_t i = 0; i < sizeof(CONTROLS) / sizeof(CONTROLS[0]); i++) {
        const rest_object_t in = body(CONTROLS[i]);
        cr_assert_not(rest_text(&in, "a", (rest_length_t){.max = 9}, &text), "%s", CONTROLS[i]);
        assert_problem("a", "characters");
        json_decref(json);
    }
    const rest_object_t in = body("{\"a\":\" <b>'\\u202e \"}");
    cr_assert(rest_text(&in, "a", (rest_length_t){.max = 9}, &text));
    cr_assert(str_eq(text, STR(" <b>'\xe2\x80\xae ")));
}

Test(handle_rest_body, a_whole_number_may_come_as_its_text_and_never_overflows) {
    static const struct {
        const char *text;
        const char *constraint; // NULL: fine
    } CASES[] = {
        {"{\"a\":5}", NULL},
        {"{\"a\":\"5\"}", NULL},
        {"{\"a\":\"-5\"}", NULL},
        {"{\"a\":11}", "range"},
        {"{\"a\":-11}", "range"},
        {"{\"a\":9223372036854775807}", "range"},
        {"{\"a\":\"9223372036854775807\"}", "range"},
        {"{\"a\":\"9223372036854775808\"}", "type"},
        {"{\"a\":\"-9223372036854775809\"}", "type"},
        {"{\"a\":\"+5\"}", "type"},
        {"{\"a\":\" 5\"}", "type"},
        {"{\"a\":\"\"}", "type"},
        {"{\"a\":\"-\"}", "type"},
        {"{\"a\":\"--5\"}", "type"},
        {"{\"a\":5.0}", "type"},
        {"{\"a\":1e0}", "type"},
    };
    for (size_t i = 0; i < sizeof(CASES) / sizeof(CASES[0]); i++) {
        const rest_object_t in = body(CASES[i].text);
        int64_t number;
        const bool is_fine = rest_int(&in, "a", (rest_range_t){.min = -10, .max = 10}, &number);
        cr_assert_eq(is_fine, !CASES[i].constraint, "%s", CASES[i].text);
        if (!is_fine) {
            assert_problem("a", CASES[i].constraint);
        }
        json_decref(json);
        json = NULL;
    }
}

Test(handle_rest_body, an_enum_has_its_names_and_unspecified_is_absent) {
    static const char *const NAMES[] = {"ONE", NULL, "THREE"};
    const rest_object_t in = body("{\"a\":\"THREE\",\"b\":\"three\",\"c\":\"X_UNSPECIFIED\"}");
    rest_names_t required = REST_NAMES(NAMES);
    size_t place = 9;
    cr_assert(rest_enum(&in, "a", REST_NAMES(NAMES), &place));
    cr_assert_eq(place, 2);
    cr_assert_not(rest_enum(&in, "b", REST_NAMES(NAMES), &place));
    assert_problem("b", "enum");
    cr_assert_not(rest_enum(&in, "c", REST_NAMES(NAMES), &place));
    assert_fine();
    required.is_required = true;
    cr_assert_not(rest_enum(&in, "c", required, &place));
    assert_problem("c", "enum");
}

Test(handle_rest_body, a_word_is_one_of_a_few_and_nothing_between_them) {
    const rest_object_t in = body(
        "{\"a\":\"on\",\"b\":\"off on\",\"c\":\"\",\"d\":7,\"e\":\"X_UNSPECIFIED\",\"f\":\" on\"}");
    str_t word = STR("kept");
    cr_assert(rest_word(&in, "a", "off on", &word));
    cr_assert(str_eq(word, STR("on")));
    for (const char *name = "bcdf"; *name; name++) {
        const char member[] = {*name, '\0'};
        cr_assert_not(rest_word(&in, member, "off on", &word));
        assert_problem(member, *name == 'd' ? "type" : "enum");
    }
    cr_assert_not(rest_word(&in, "e", "off on", &word));
    cr_assert_not(rest_word(&in, "z", "off on", &word));
    assert_fine();
    cr_assert(str_eq(word, STR("on")), "what is wrong changes nothing");
}

Test(handle_rest_body, p_rest_05_a_name_is_more_than_white_space) {
    const rest_object_t in = body("{\"a\":\" Acme \",\"b\":\"   \"}");
    const rest_length_t length = {.min = 1, .max = 9};
    str_t text = STR_NONE;
    cr_assert(rest_name(&in, "a", length, &text));
    cr_assert(str_eq(text, STR(" Acme ")), "as given");
    cr_assert_not(rest_name(&in, "b", length, &text));
    assert_problem("b", "pattern");
}

Test(handle_rest_body, members_of_members_are_named_by_their_path) {
    const rest_object_t in = body("{\"o\":{\"p\":{\"q\":1}},\"l\":[{},{\"x\":2}]}");
    const rest_length_t length = {.max = 9};
    rest_object_t o, p;
    rest_objects_t l;
    str_t text;
    cr_assert(rest_object(&in, "o", true, &o) && rest_object(&o, "p", true, &p));
    cr_assert_not(rest_text(&p, "q", length, &text));
    assert_problem("o.p.q", "type");
    cr_assert(rest_objects(&in, "l", length, &l));
    cr_assert_eq(l.count, 2);
    cr_assert_not(rest_text(&l.items[1], "x", length, &text));
    assert_problem("l[1].x", "type");
    cr_assert_not(rest_objects(&in, "l", (rest_length_t){.max = 1}, &l));
    assert_problem("l", "count");
}

Test(handle_rest_body, a_list_of_texts_has_none_twice) {
    const rest_object_t in = body("{\"a\":[\"x\",\"y\"],\"b\":[\"x\",\"x\"],\"c\":[\"\"]}");
    const rest_length_t length = {.max = 2};
    flow_list_t texts;
    cr_assert(rest_texts(&in, "a", length, 3, &texts));
    cr_assert_eq(texts.count, 2);
    cr_assert_not(rest_texts(&in, "b", length, 3, &texts));
    assert_problem("b[1]", "unique");
    cr_assert_not(rest_texts(&in, "c", length, 3, &texts));
    assert_problem("c[0]", "length");
}

Test(handle_rest_body, a_map_has_limits_for_pairs_keys_and_values) {
    const rest_map_t rule = {
        .pairs_max = 2, .key_min = 2, .key_max = 3, .value_min = 1, .value_max = 2};
    rest_map_t change = rule;
    static const struct {
        const char *text;
        const char *field;
        const char *constraint;
    } CASES[] = {
        {"{\"m\":{\"ab\":\"x\",\"abc\":\"xy\"}}", NULL, NULL},
        {"{\"m\":{}}", NULL, NULL},
        {"{\"m\":{\"ab\":\"x\",\"ac\":\"x\",\"ad\":\"x\"}}", "m", "count"},
        {"{\"m\":{\"a\":\"x\"}}", "m", "length"},
        {"{\"m\":{\"abcd\":\"x\"}}", "m", "length"},
        {"{\"m\":{\"a\\tb\":\"x\"}}", "m", "characters"},
        {"{\"m\":{\"ab\":\"\"}}", "m.ab", "length"},
        {"{\"m\":{\"ab\":\"xyz\"}}", "m.ab", "length"},
        {"{\"m\":{\"ab\":1}}", "m.ab", "type"},
        {"{\"m\":{\"ab\":null}}", "m.ab", "type"},
        {"{\"m\":[]}", "m", "type"},
    };
    str_t text;
    change.may_remove = true;
    for (size_t i = 0; i < sizeof(CASES) / sizeof(CASES[0]); i++) {
        const rest_object_t in = body(CASES[i].text);
        const bool is_fine = rest_map(&in, "m", &rule, &text);
        cr_assert_eq(is_fine, CASES[i].field == NULL, "%s", CASES[i].text);
        if (!is_fine) {
            assert_problem(CASES[i].field, CASES[i].constraint);
        }
        json_decref(json);
        json = NULL;
    }
    const rest_object_t in = body("{\"m\":{\"ab\":null}}");
    cr_assert(rest_map(&in, "m", &change, &text));
    cr_assert(str_eq(text, STR("{\"ab\":null}")));
}

Test(handle_rest_body, a_thousand_problems_are_told_up_to_a_limit) {
    response_t out = {0};
    for (int i = 0; i < 1000; i++) {
        rest_problem(&rest, STR("x"), "type", "is wrong");
    }
    cr_assert_eq(rest.problem_count, REST_PROBLEMS_MAX);
    cr_assert(rest_is_refused(&rest, &out));
    cr_assert_eq(out.status, 400);
}

Test(handle_rest_body, the_query_follows_the_same_rules) {
    static const char *const NAMES[] = {"ONE"};
    const rest_length_t length = {.max = 3};
    query("a=x&b=1&c=ONE&d=true&e=1&e=2&f=&g=wxyz&h=2026-01-01T00:00:00Z&i=1&i=2&j=yesterday");
    str_t text;
    int64_t number;
    size_t place;
    bool yes;
    flow_list_t texts;
    time_ms_t at;
    cr_assert(rest_query_text(&rest, "a", length, &text) && str_eq(text, STR("x")));
    cr_assert(rest_query_int(&rest, "b", (rest_range_t){.max = 1}, &number) && number == 1);
    cr_assert(rest_query_enum(&rest, "c", REST_NAMES(NAMES), &place) && place == 0);
    cr_assert(rest_query_bool(&rest, "d", &yes) && yes);
    cr_assert(rest_query_time(&rest, "h", &at));
    cr_assert(rest_query_texts(&rest, "i", 2, &texts) && texts.count == 2);
    cr_assert_not(rest_query_text(&rest, "f", length, &text));
    cr_assert_not(rest_query_text(&rest, "z", length, &text));
    assert_fine();
    cr_assert_not(
        rest_query_text(&rest, "z", (rest_length_t){.max = 3, .is_required = true}, &text));
    assert_problem("z", "required");
    cr_assert_not(rest_query_text(&rest, "e", length, &text));
    assert_problem("e", "unique");
    cr_assert_not(rest_query_text(&rest, "g", length, &text));
    assert_problem("g", "length");
    cr_assert_not(rest_query_int(&rest, "a", (rest_range_t){.max = 1}, &number));
    assert_problem("a", "type");
    cr_assert_not(rest_query_bool(&rest, "b", &yes));
    assert_problem("b", "type");
    cr_assert_not(rest_query_texts(&rest, "i", 1, &texts));
    assert_problem("i", "count");
    cr_assert_not(rest_query_time(&rest, "j", &at));
    assert_problem("j", "type");
}

Test(handle_rest_body, what_could_not_be_read_for_want_of_memory_is_500_and_no_order) {
    response_t out = {0};
    rest.is_broken = true;
    cr_assert(rest_is_refused(&rest, &out));
    cr_assert_eq(out.status, 500);
    cr_assert(str_eq(out.log_code, STR("INTERNAL")));
    rest_problem(&rest, STR("a"), "type", "must be a text");
    cr_assert(rest_is_refused(&rest, &out));
    cr_assert_eq(out.status, 500, "what is wrong with it nobody knows");
}
