#include "base/result.h"
#include "base_test.h"

static result_t fail_twice(err_t *err) {
    const result_t first = FAIL(err, NOT_FOUND, "first", "the true %s", "reason");
    cr_assert_eq(first, NOT_FOUND);
    return FAIL(err, INTERNAL, "second", "a consequence");
}

static result_t try_it(result_t result, bool *out_went_on) {
    TRY(result);
    *out_went_on = true;
    return OK;
}

Test(base_result, keeps_the_first_reason) {
    err_t err = {0};
    cr_assert_eq(fail_twice(&err), INTERNAL);
    cr_assert_str_eq(err.code, "first");
    cr_assert_str_eq(err.text, "the true reason");
    cr_assert_not_null(strstr(err.place.file, "result_test.c"));
    cr_assert_gt(err.place.line, 0);
}

Test(base_result, works_without_a_place_for_the_story) {
    cr_assert_eq(fail_twice(NULL), INTERNAL);
}

Test(base_result, p_inj_03_input_in_a_reason_is_made_printable) {
    err_t err = {0};
    const result_t result = FAIL(&err, BAD_REQUEST, "x", "%s", "a\r\nb\x1B[31m\xC3\xA4");
    cr_assert_eq(result, BAD_REQUEST);
    cr_assert_str_eq(err.text, "a??b?[31m??");
}

Test(base_result, a_long_reason_is_cut) {
    err_t err = {0};
    const result_t result =
        FAIL(&err, BAD_REQUEST, "a_code_that_is_longer_than_the_place_that_there_is_for_it",
             "%01000d", 0);
    cr_assert_eq(result, BAD_REQUEST);
    cr_assert_eq(strlen(err.text), sizeof err.text - 1);
    cr_assert_eq(strlen(err.code), sizeof err.code - 1);
}

Test(base_result, try_returns_what_is_not_ok) {
    bool went_on = false;
    cr_assert_eq(try_it(CONFLICT, &went_on), CONFLICT);
    cr_assert(!went_on);
    cr_assert_eq(try_it(OK, &went_on), OK);
    cr_assert(went_on);
}

Test(base_result, every_result_has_a_name_of_its_own) {
    for (result_t a = OK; a <= INTERNAL; a++) {
        for (result_t b = OK; b < a; b++) {
            cr_assert_str_neq(result_name(a), result_name(b));
        }
    }
    cr_assert_str_eq(result_name(UNAVAILABLE), "UNAVAILABLE");
}
