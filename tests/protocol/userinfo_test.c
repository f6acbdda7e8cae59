#include "protocol/oidc/github.h"
#include "protocol/oidc/userinfo.h"
#include "protocol/provider.h"

static arena_t *arena;
static err_t err;

static void setup(void) {
    arena = arena_new(4 * TEST_ARENA_MAX);
    err = (err_t){0};
}
static void teardown(void) {
    arena_free(&arena);
}
TestSuite(protocol_userinfo, .init = setup, .fini = teardown);

static result_t userinfo(const oidc_answer_t *answer, const char *claims) {
    json_t *id_token = provider_object(arena, claims);
    json_t *out = NULL;
    err = (err_t){0};
    const result_t result = oidc_userinfo_parse(answer, id_token, &out, &err);
    cr_assert_eq(result == OK, out != NULL);
    json_decref(out);
    json_decref(id_token);
    return result;
}

Test(protocol_userinfo, reads_the_same_subject) {
    const oidc_answer_t answer = provider_answer(arena, "{'sub':'u','email':'a@x.example'}");
    cr_assert_eq(userinfo(&answer, "{'sub':'u'}"), OK, "%s", err.text);
}

Test(protocol_userinfo, p_rp_18_another_subject_ends_the_login) {
    static const char *const ROWS[][2] = {
        {"{'sub':'v'}", "{'sub':'u'}"},       {"{'sub':'U'}", "{'sub':'u'}"},
        {"{'sub':'u '}", "{'sub':'u'}"},      {"{'sub':'uu'}", "{'sub':'u'}"},
        {"{'sub':''}", "{'sub':''}"},         {"{}", "{}"},
        {"{'sub':1}", "{'sub':'1'}"},         {"{'sub':1}", "{'sub':1}"},
        {"{'sub':null}", "{'sub':'null'}"},   {"{'sub':['u']}", "{'sub':'u'}"},
        {"{'email':'a@b.c'}", "{'sub':'u'}"}, {"{'sub':'u'}", "{}"},
    };
    for (size_t i = 0; i < sizeof(ROWS) / sizeof(ROWS[0]); i++) {
        const oidc_answer_t answer = provider_answer(arena, ROWS[i][0]);
        cr_assert_eq(userinfo(&answer, ROWS[i][1]), REFUSED, "%s", ROWS[i][0]);
        cr_assert_str_eq(err.code, "userinfo_subject");
    }
}

Test(protocol_userinfo, p_rp_18_a_signed_answer_was_not_asked_for) {
    const oidc_answer_t answer = {200, STR("application/jwt"), STR("{\"sub\":\"u\"}")};
    cr_assert_eq(userinfo(&answer, "{'sub':'u'}"), REFUSED);
    cr_assert_str_eq(err.code, "provider_answer");
    const oidc_answer_t down = {503, STR("application/json"), STR("{\"sub\":\"u\"}")};
    cr_assert_eq(userinfo(&down, "{'sub':'u'}"), UNAVAILABLE);
    const oidc_answer_t denied = {401, STR("application/json"), STR("{\"sub\":\"u\"}")};
    cr_assert_eq(userinfo(&denied, "{'sub':'u'}"), REFUSED);
}

// ---- GitHub -------------------------------------------------------------------------------------

#define USER                                                                                       \
    "{'id':583231,'login':'octocat','name':'Octo Cat','avatar_url':'https://a.example/1',"         \
    "'email':'public@profile.example'}"

static json_t *github(const oidc_answer_t *user, const oidc_answer_t *emails, result_t expected) {
    json_t *out = NULL;
    err = (err_t){0};
    cr_assert_eq(oidc_github_claims(arena, user, emails, &out, &err), expected, "%s", err.text);
    cr_assert_eq(out != NULL, expected == OK);
    return out;
}

static void assert_github(const char *emails, const char *email, bool is_verified) {
    const oidc_answer_t user = provider_answer(arena, USER);
    const oidc_answer_t list = provider_answer(arena, emails);
    json_t *claims = github(&user, &list, OK);
    str_t text = STR("");
    cr_assert_eq(json_get_str(claims, "email", &text), email[0] != 0, "%s", emails);
    ASSERT_STR(text, email);
    cr_assert_eq(json_is_true(json_object_get(claims, "email_verified")), is_verified, "%s",
                 emails);
    json_decref(claims);
}

Test(protocol_userinfo, github_is_known_by_its_number) {
    const oidc_answer_t user = provider_answer(arena, USER);
    const oidc_answer_t emails = provider_answer(arena, "[]");
    json_t *claims = github(&user, &emails, OK);
    str_t text;
    cr_assert(json_get_str(claims, "sub", &text));
    ASSERT_STR(text, "583231");
    cr_assert(json_get_str(claims, "name", &text));
    ASSERT_STR(text, "Octo Cat");
    cr_assert(json_get_str(claims, "picture", &text));
    ASSERT_STR(text, "https://a.example/1");
    json_decref(claims);
}

Test(protocol_userinfo, github_believes_the_primary_address_only) {
    assert_github(
        "[{'email':'b@x.example','primary':false,'verified':true},"
        "{'email':'a@x.example','primary':true,'verified':true}]",
        "a@x.example", true);
    assert_github(
        "[{'email':'a@x.example','primary':true,'verified':false},"
        "{'email':'b@x.example','primary':false,'verified':true}]",
        "a@x.example", false);
    assert_github("[{'email':'a@x.example','primary':'true','verified':true}]", "", false);
    assert_github("[{'email':'a@x.example','primary':true,'verified':'true'}]", "a@x.example",
                  false);
    assert_github("[{'email':'a@x.example','primary':true,'verified':1}]", "a@x.example", false);
    assert_github("[{'email':'a@x.example','primary':true}]", "a@x.example", false);
    assert_github("[{'email':'a@x.example','verified':true}]", "", false);
    assert_github("[{'primary':true,'verified':true},7,null,'x']", "", false);
    assert_github("[{'email':'','primary':true,'verified':true}]", "", false);
    assert_github(" [] ", "", false);
}

Test(protocol_userinfo, github_without_permission_has_no_address) {
    const oidc_answer_t user = provider_answer(arena, USER);
    static const int STATUSES[] = {403, 404};
    for (size_t i = 0; i < 2; i++) {
        const oidc_answer_t emails = {STATUSES[i], STR("application/json"), STR("{}")};
        json_t *claims = github(&user, &emails, OK);
        cr_assert_null(json_object_get(claims, "email"));
        json_decref(claims);
    }
}

Test(protocol_userinfo, github_answers_are_judged) {
    static const char *const USERS[] = {"{}",           "{'id':'583231'}", "{'id':0}", "{'id':-1}",
                                        "{'id':1.5e3}", "{'id':null}",     "[]",       "{'id':"};
    static const char *const EMAILS[] = {
        "{}", "", "null", "[]]", "[],'x':[]", "[],'emails':[{'primary':true}]", "[}", "7",
    };
    const oidc_answer_t user = provider_answer(arena, USER);
    const oidc_answer_t none = provider_answer(arena, "[]");
    for (size_t i = 0; i < sizeof(USERS) / sizeof(USERS[0]); i++) {
        const oidc_answer_t answer = provider_answer(arena, USERS[i]);
        github(&answer, &none, REFUSED);
    }
    for (size_t i = 0; i < sizeof(EMAILS) / sizeof(EMAILS[0]); i++) {
        const oidc_answer_t answer = provider_answer(arena, EMAILS[i]);
        github(&user, &answer, REFUSED);
    }
    const oidc_answer_t down = {502, STR("text/html"), STR("")};
    github(&down, &none, UNAVAILABLE);
    github(&user, &down, UNAVAILABLE);
    const oidc_answer_t big = {200, STR("application/json"),
                               text_of(arena, '[', OIDC_ANSWER_LEN_MAX + 1)};
    github(&user, &big, REFUSED);
    cr_assert_str_eq(err.code, "github_answer");
}
