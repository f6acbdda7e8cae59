// Which bodies a route takes.
#include "server/limits.h"
#include <criterion/criterion.h>

static int judge(body_t body, const char *type, const char *text) {
    static const head_t head = {0};
    const route_t route = {.body = body, .body_max = 4};
    const request_t request = {.content_type = str_from_c(type), .body = str_from_c(text)};
    return limits_check(&head, &route, &request);
}

Test(http_body, p_rest_06_a_route_takes_its_own_type_only) {
    static const char *const FORMS[] = {"application/x-www-form-urlencoded",
                                        "Application/X-WWW-Form-Urlencoded ; charset=utf-8"};
    static const char *const JSONS[] = {"application/json", "APPLICATION/JSON;charset=UTF-8",
                                        "application/json ; charset=\"utf-8\""};
    static const char *const OTHERS[] = {"",
                                         "text/plain",
                                         "multipart/form-data",
                                         "application/jsonp",
                                         "application",
                                         "json",
                                         "application/json+x",
                                         "application/problem+json",
                                         " ; application/json"};
    for (size_t i = 0; i < sizeof(FORMS) / sizeof(FORMS[0]); i++) {
        cr_assert_eq(judge(BODY_FORM, FORMS[i], "a"), 0);
        cr_assert_eq(judge(BODY_JSON, FORMS[i], "a"), 415);
    }
    for (size_t i = 0; i < sizeof(JSONS) / sizeof(JSONS[0]); i++) {
        cr_assert_eq(judge(BODY_JSON, JSONS[i], "{}"), 0, "%s", JSONS[i]);
        cr_assert_eq(judge(BODY_FORM, JSONS[i], "{}"), 415, "%s", JSONS[i]);
    }
    for (size_t i = 0; i < sizeof(OTHERS) / sizeof(OTHERS[0]); i++) {
        cr_assert_eq(judge(BODY_JSON, OTHERS[i], "{}"), 415, "%s", OTHERS[i]);
        cr_assert_eq(judge(BODY_FORM, OTHERS[i], "a"), 415, "%s", OTHERS[i]);
    }
}

Test(http_body, no_body_needs_no_type_and_a_long_one_is_refused_first) {
    cr_assert_eq(judge(BODY_JSON, "text/plain", ""), 0);
    cr_assert_eq(judge(BODY_FORM, "", ""), 0);
    cr_assert_eq(judge(BODY_JSON, "text/plain", "12345"), 413);
}
