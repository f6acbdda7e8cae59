#include "crypto/jwt.h"
#include <criterion/criterion.h>

static arena_t *arena;
static err_t err;

static const time_ms_t NOW = 1700000000000;

static void setup(void) {
    arena = arena_new(1 << 20);
    err = (err_t){0};
}

static void teardown(void) {
    arena_free(&arena);
}

TestSuite(crypto_jwt_claims, .init = setup, .fini = teardown);

static result_t times(const char *text, int64_t leeway_s) {
    json_t *claims = NULL;
    err = (err_t){0};
    cr_assert_eq(json_parse_object(str_from_c(text), 1000, &claims, &err), OK, "%s", text);
    const result_t result = jwt_check_times(claims, NOW, leeway_s, &err);
    cr_assert_eq(err.code[0] != 0, result != OK);
    json_decref(claims);
    return result;
}

Test(crypto_jwt_claims, p_rp_20_a_passed_exp_is_refused) {
    cr_assert_eq(times("{\"exp\":1700000001}", 0), OK);
    cr_assert_eq(times("{\"exp\":1700000000}", 0), REFUSED);
    cr_assert_eq(times("{\"exp\":1699999988}", 0), REFUSED);
    cr_assert_str_eq(err.code, "jwt_expired");
    cr_assert_str_eq(err.text, "exp passed 12 s ago");
}

Test(crypto_jwt_claims, p_rp_20_leeway_is_exact) {
    cr_assert_eq(times("{\"exp\":1699999941}", 60), OK);
    cr_assert_eq(times("{\"exp\":1699999940}", 60), REFUSED);
    cr_assert_eq(times("{\"exp\":1700000900,\"nbf\":1700000060}", 60), OK);
    cr_assert_eq(times("{\"exp\":1700000900,\"nbf\":1700000061}", 60), REFUSED);
    cr_assert_eq(times("{\"exp\":1700000900,\"iat\":1700000060}", 60), OK);
    cr_assert_eq(times("{\"exp\":1700000900,\"iat\":1700000061}", 60), REFUSED);
}

Test(crypto_jwt_claims, p_rp_20_a_missing_or_odd_exp_is_refused) {
    const char *const values[] = {"\"1700000900\"",
                                  "null",
                                  "true",
                                  "[1700000900]",
                                  "{}",
                                  "1e300",
                                  "-1e300",
                                  "1e308",
                                  "-1",
                                  "-1700000900",
                                  "1.5e12",
                                  "253402300800",
                                  "9223372036854775807",
                                  "-9223372036854775808",
                                  "1e-300"};
    cr_assert_eq(times("{}", 0), REFUSED);
    cr_assert_eq(times("{\"EXP\":1700000900}", 0), REFUSED);
    for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
        const str_t text = arena_format(arena, "{\"exp\":%s}", values[i]);
        cr_assert_eq(times(text.ptr, 0), REFUSED, "%s", values[i]);
        cr_assert_eq(times(text.ptr, 300), REFUSED, "%s", values[i]);
    }
}

Test(crypto_jwt_claims, p_rp_20_no_number_stands_for_nan_or_infinity) {
    SCOPED(json_t) claims = json_object();
    json_object_set_new(claims, "exp", json_real(0));
    json_t *exp = json_object_get(claims, "exp");
    const double values[] = {__builtin_nan(""), __builtin_inf(), -__builtin_inf(), 1e19, -0.5};
    for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
        if (json_real_set(exp, values[i]) == 0) { // jansson itself refuses NaN
            cr_assert_eq(jwt_check_times(claims, NOW, 0, NULL), REFUSED);
        }
    }
    cr_assert_eq(json_real_set(exp, 1700000900.0), 0);
    cr_assert_eq(jwt_check_times(claims, NOW, 0, NULL), OK);
}

Test(crypto_jwt_claims, p_rp_20_a_fraction_of_a_second_is_cut_off) {
    cr_assert_eq(times("{\"exp\":1700000001.25}", 0), OK);
    cr_assert_eq(times("{\"exp\":1700000000.75}", 0), REFUSED);
    cr_assert_eq(times("{\"exp\":1.7000009e9}", 0), OK);
}

Test(crypto_jwt_claims, p_rp_20_a_future_or_odd_iat_or_nbf_is_refused) {
    const char *const names[] = {"iat", "nbf"};
    const char *const bad[] = {"1700000001", "4102444800", "\"1699999999\"", "null", "1e300",
                               "-1",         "[]",         "253402300800",   "false"};
    for (size_t name = 0; name < 2; name++) {
        for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
            const str_t text =
                arena_format(arena, "{\"exp\":1700000900,\"%s\":%s}", names[name], bad[i]);
            cr_assert_eq(times(text.ptr, 0), REFUSED, "%s", text.ptr);
        }
        const str_t text =
            arena_format(arena, "{\"exp\":1700000900,\"%s\":1700000000}", names[name]);
        cr_assert_eq(times(text.ptr, 0), OK);
    }
}

static bool has_audience(const char *aud, str_t audience) {
    const str_t text = arena_format(arena, "{\"aud\":%s}", aud);
    json_t *claims = NULL;
    cr_assert_eq(json_parse_object(text, 1000, &claims, &err), OK);
    const bool has = jwt_has_audience(claims, audience);
    json_decref(claims);
    return has;
}

Test(crypto_jwt_claims, finds_an_audience_alone_or_in_a_list) {
    cr_assert(has_audience("\"a\"", STR("a")));
    cr_assert(has_audience("[\"a\"]", STR("a")));
    cr_assert(has_audience("[\"b\",\"a\"]", STR("a")));
}

Test(crypto_jwt_claims, p_op_23_an_audience_is_exact) {
    const char *const bad[] = {"\"A\"", "\"a \"",    "\"a b\"",   "\"\"",      "\"aa\"",
                               "[]",    "[\"b\"]",   "null",      "7",         "{\"a\":\"a\"}",
                               "true",  "[[\"a\"]]", "[\"a\",7]", "[7,\"a\"]", "\"a/\""};
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        cr_assert_not(has_audience(bad[i], STR("a")), "%s", bad[i]);
    }
    cr_assert_not(has_audience("\"\"", STR("")));
    cr_assert_not(has_audience("[\"\"]", STR_NONE));
    SCOPED(json_t) none = json_object();
    cr_assert_not(jwt_has_audience(none, STR("a")));
}
