#include "base/form.h"
#include "base_test.h"

BASE_SUITE(base_form);

static form_t parsed(str_t raw) {
    form_t form = {0};
    err_t err = {0};
    cr_assert_eq(form_parse(arena, raw, &form, &err), OK, "%s", err.text);
    return form;
}

static void assert_refused(str_t raw) {
    form_t form = {NULL, 42};
    err_t err = {0};
    cr_assert_eq(form_parse(arena, raw, &form, &err), BAD_REQUEST, "%.*s", STR_ARG(raw));
    cr_assert_str_eq(err.code, "invalid_request");
    cr_assert_eq(form.count, 42, "output touched");
}

Test(base_form, decodes_plus_percent_and_raw_utf8) {
    const form_t form = parsed(STR("a=1+2%2B%26&n%C3%A4me=\u00DF&empty=&bare"));
    str_t value;
    cr_assert_eq(form.count, 4);
    cr_assert_eq(form_get(&form, STR("a"), &value), FORM_ONE);
    assert_text(value, "1 2+&");
    cr_assert_eq(form_get(&form, STR("n\u00E4me"), &value), FORM_ONE);
    assert_text(value, "\u00DF");
    cr_assert_eq(form_get(&form, STR("empty"), &value), FORM_ONE);
    assert_text(value, "");
    cr_assert_eq(form_get(&form, STR("bare"), &value), FORM_ONE);
    assert_text(value, "");
    cr_assert_eq(form_get(&form, STR("absent"), &value), FORM_ABSENT);
    assert_text(value, "");
}

Test(base_form, empty_pairs_are_skipped) {
    cr_assert_eq(parsed(STR("&&a=1&&b=2&")).count, 2);
    cr_assert_eq(parsed(STR("")).count, 0);
    cr_assert_eq(parsed(STR_NONE).count, 0);
    cr_assert_eq(parsed(STR("=")).count, 1);
}

Test(base_form, only_the_first_equals_sign_divides) {
    const form_t form = parsed(STR("a=b=c"));
    assert_text(form.fields[0].name, "a");
    assert_text(form.fields[0].value, "b=c");
}

Test(base_form, a_repeated_name_is_seen_also_when_encoded_otherwise) {
    const form_t form = parsed(STR("a=1&b=2&%61=3"));
    str_t value;
    cr_assert_eq(form_get(&form, STR("a"), &value), FORM_REPEATED);
    assert_text(value, "1");
    cr_assert(form_has_repeats(&form));
    const form_t once = parsed(STR("a=1&A=2&b=1"));
    cr_assert(!form_has_repeats(&once));
}

Test(base_form, p_http_09_refuses_bad_percent_signs) {
    assert_refused(STR("a=%"));
    assert_refused(STR("a=%4"));
    assert_refused(STR("a=%zz"));
    assert_refused(STR("%=1"));
    assert_refused(STR("a=1&b=%2"));
    assert_refused(STR("a=%4&1=b"));
}

Test(base_form, p_http_09_refuses_invalid_utf8_and_nul) {
    assert_refused(STR("a=%C0%AF"));
    assert_refused(STR("a=\xC0\xAF"));
    assert_refused(STR("a=%ED%A0%80"));
    assert_refused(STR("a=%F4%90%80%80"));
    assert_refused(STR("a=%C3"));
    assert_refused(STR("%C3=%A4"));
    assert_refused(STR("a=%00"));
    assert_refused(STR("a=b\0c"));
    assert_refused(STR("%FF=1"));
}

Test(base_form, takes_a_hundred_fields_and_not_one_more) {
    cr_assert_eq(parsed(repeat(STR("a=1&"), FORM_FIELDS_MAX)).count, FORM_FIELDS_MAX);
    assert_refused(repeat(STR("a=1&"), FORM_FIELDS_MAX + 1));
}

Test(base_form, p_mem_05_a_megabyte_costs_memory_in_proportion) {
    const str_t megabyte = repeat(STR("%41"), 333333);
    const size_t before = arena_used(arena);
    cr_assert_eq(parsed(megabyte).fields[0].name.len, 333333);
    cr_assert_lt(arena_used(arena) - before, 3 * megabyte.len);
    cr_assert_eq(parsed(repeat(STR("&"), 500000)).count, 0);
}

Test(base_form, a_url_gets_its_parameters_with_the_right_mark) {
    const char *const rows[][2] = {
        {"https://a.example/cb", "https://a.example/cb?state=x+y%26"},
        {"https://a.example/cb?", "https://a.example/cb?state=x+y%26"},
        {"https://a.example/cb?a=b", "https://a.example/cb?a=b&state=x+y%26"},
        {"https://a.example/cb?a=b&", "https://a.example/cb?a=b&state=x+y%26"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        buf_t url = buf_new(arena, 0);
        buf_add_c(&url, rows[i][0]);
        url_add_param(&url, STR("state"), STR("x y&"));
        assert_str(buf_str(&url), str_from_c(rows[i][1]));
    }
}

Test(base_form, p_inj_a_parameter_cannot_leave_its_place) {
    buf_t url = buf_new(arena, 0);
    buf_add_c(&url, "https://a.example/");
    url_add_param(&url, STR("e"), STR("\r\nSet-Cookie: a=b#&x=y"));
    assert_text(buf_str(&url), "https://a.example/?e=%0D%0ASet-Cookie%3A+a%3Db%23%26x%3Dy");
}
