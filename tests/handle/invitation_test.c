// The link of an invitation's mail, and the test login of a connection: pages with one button that
// do nothing when they are merely opened.
#include "base/encode.h"
#include "crypto/hash.h"
#include "handle/connection_test.h"
#include "handle/idp.h"
#include "handle/person.h"
#include "store/database.h"

#define TOKEN "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"

static void setup(void) {
    hash256_t hash;
    person_setup();
    idp_organization();
    assert_ok(hash_token(secret_from_str(STR(TOKEN)), &hash, &err));
    sql_exec(
        "insert into users (id, email, email_display)"
        " values ('usr_ann', 'ann@foo.example', 'ann@foo.example')");
    sql_exec(
        "insert into memberships (organization_id, user_id, status, provisioning,"
        " inviter_email) values ('org_mega', 'usr_ann', 'PENDING_INVITE', 'invitation',"
        " 'boss@megacorp.example')");
    const str_t hex = hex_encode(world_arena, hash256_bytes(&hash));
    sql_exec(
        "insert into invitations (id, organization_id, user_id, token_hash, expires_at)"
        " values ('inv_1', 'org_mega', 'usr_ann', '\\x%.*s', now() + interval '15 days')",
        STR_ARG(hex));
    sql_exec(
        "update applications set is_default = true,"
        " initiate_login_uri = 'https://app.example.com/login'");
}
TestSuite(handle_invitation, .init = setup, .fini = person_teardown, .timeout = 120);

static int64_t sessions(void) {
    return sql_number("select count(*) from sessions where ended_at is null");
}

static str_t form_of(void) {
    const world_answer_t page = person_get("/a/auth/invitation", STR("token=" TOKEN));
    cr_assert_eq(page.status, 200, "%.*s", STR_ARG(page.body));
    assert_has(page.body, "Megacorp");
    assert_has(page.body, "boss@megacorp.example");
    const str_t token = world_field(page.body, "form_token");
    return arena_format(world_arena, "token=" TOKEN "&form_token=%.*s", STR_ARG(token));
}

static str_t status_of(void) {
    return sql_string("select status from memberships");
}

Test(handle_invitation, opening_changes_nothing_and_the_button_signs_in) {
    form_of();
    const str_t form = form_of();
    assert_text(status_of(), "PENDING_INVITE");
    const world_answer_t answer = person_post("/a/auth/invitation", form);
    assert_leads(answer,
                 "https://app.example.com/login?iss=https%3A%2F%2Flogin.example.com"
                 "&login_hint=ann%40foo.example");
    assert_text(status_of(), "ACTIVE");
    assert_text(sql_string("select organization_id from sessions"), "org_mega");
    cr_assert_eq(sql_number("select count(*) from users where proven_at is not null"), 1);
    // The application's ordinary request needs no page then.
    cr_assert(str_starts(person_begin(""), STR(PERSON_CALLBACK "?code=")));
    cr_assert_eq(person_post("/a/auth/invitation", form).status, 410);
    cr_assert_eq(person_get("/a/auth/invitation", STR("token=" TOKEN)).status, 410);
    cr_assert_eq(sessions(), 1);
}

Test(handle_invitation, where_the_realm_has_a_sign_in_it_still_follows) {
    sql_exec("update organization_domains set domain = 'foo.example'");
    assert_leads(person_post("/a/auth/invitation", form_of()), "https://app.example.com/login?");
    assert_text(status_of(), "ACTIVE");
    cr_assert_eq(sessions(), 0);
}

Test(handle_invitation, without_an_initiate_login_url_a_page_says_so) {
    sql_exec("update applications set initiate_login_uri = ''");
    const world_answer_t answer = person_post("/a/auth/invitation", form_of());
    cr_assert_eq(answer.status, 200);
    cr_assert_eq(sessions(), 1);
}

Test(handle_invitation, p_sess_06_a_form_of_another_browser_accepts_nothing) {
    const str_t form = form_of();
    world_browser_new(2);
    cr_assert_eq(person_post("/a/auth/invitation", form).status, 200);
    person_begin("");
    cr_assert_eq(person_post("/a/auth/invitation", form).status, 200);
    assert_text(status_of(), "PENDING_INVITE");
    cr_assert_eq(sessions(), 0);
}

Test(handle_invitation, one_that_is_too_old_or_unknown_or_of_a_deactivated_user_is_over) {
    const str_t form = form_of();
    sql_exec("update users set is_active = false");
    cr_assert_eq(person_get("/a/auth/invitation", STR("token=" TOKEN)).status, 410);
    cr_assert_eq(person_post("/a/auth/invitation", form).status, 410);
    sql_exec("update users set is_active = true");
    sql_exec("update invitations set expires_at = now()");
    cr_assert_eq(person_post("/a/auth/invitation", form).status, 410);
    cr_assert_eq(person_get("/a/auth/invitation", STR("token=x")).status, 410);
    cr_assert_eq(person_get("/a/auth/invitation", STR("")).status, 410);
    assert_text(status_of(), "PENDING_INVITE");
}

// ---- test logins --------------------------------------------------------------------------------

static str_t test_token(int64_t lifetime_ms) {
    static const uint8_t KEY[32] = "a master key for tests only.....";
    master_t *master;
    str_t token;
    const test_t test = {STR("conn_mega"), STR("test_1"), clock_wall_ms() + lifetime_ms};
    assert_ok(master_from_bytes((bytes_t){KEY, sizeof(KEY)}, &master, &err));
    assert_ok(test_token_make(world_arena, master, &test, &token, &err));
    master_free(&master);
    return token;
}

static person_sent_t begin_test(void) {
    sql_exec("insert into connection_tests (id, connection_id) values ('test_1', 'conn_mega')");
    sql_exec("update connections set is_enabled = false, status = 'IN_PROGRESS'");
    const str_t query = arena_format(world_arena, "token=%.*s", STR_ARG(test_token(60000)));
    const world_answer_t page = person_get("/a/auth/test", query);
    cr_assert_eq(page.status, 200, "%.*s", STR_ARG(page.body));
    cr_assert_eq(sql_number("select count(*) from flows"), 0);
    const str_t token = world_field(page.body, "form_token");
    const world_answer_t begun =
        person_post("/a/auth/test", arena_format(world_arena, "%.*s&form_token=%.*s",
                                                 STR_ARG(query), STR_ARG(token)));
    assert_leads(begun, "/a/auth/sso?flow=");
    return person_go(begun.location);
}

static void assert_nobody(void) {
    cr_assert_eq(sessions() + sql_number("select count(*) from identities") +
                     sql_number("select count(*) from authorization_codes") +
                     sql_number("select count(*) from challenges"),
                 0);
    cr_assert_eq(sql_number("select count(*) from users"), 1);
}

Test(handle_invitation, a_test_login_shows_the_claims_and_signs_nobody_in) {
    const person_sent_t sent = begin_test();
    idp_says("'sub':'joe','email':'joe@megacorp.example','given_name':'<b>Joe'", sent.nonce);
    const world_answer_t page = person_return("conn_mega", &sent);
    cr_assert_eq(page.status, 200, "%.*s", STR_ARG(page.body));
    assert_has(page.body, "joe@megacorp.example");
    cr_assert(!person_has(page.body, "<b>Joe"));
    assert_text(sql_string("select status from connection_tests"), "SUCCESS");
    assert_has(sql_string("select user_info from connection_tests"), "joe@megacorp.example");
    assert_nobody();
    cr_assert_eq(person_return("conn_mega", &sent).status, 400);
}

Test(handle_invitation, a_test_login_needs_no_application) {
    sql_exec("delete from applications");
    const person_sent_t sent = begin_test();
    idp_says("'sub':'joe','email':'joe@megacorp.example'", sent.nonce);
    assert_has(person_return("conn_mega", &sent).body, "joe@megacorp.example");
    assert_text(sql_string("select status from connection_tests"), "SUCCESS");
    assert_nobody();
}

Test(handle_invitation, a_test_login_that_fails_says_why_in_an_administrators_words) {
    const person_sent_t sent = begin_test();
    idp_says("'sub':'joe','email':'joe@megacorp.example'", STR("another"));
    const world_answer_t page = person_return("conn_mega", &sent);
    assert_has(page.body, "invalid_id_token");
    assert_has(page.body, "nonce");
    assert_text(sql_string("select status || error from connection_tests"),
                "FAILUREinvalid_id_token");
    assert_nobody();
}

Test(handle_invitation, p_link_10_a_test_logins_flow_leads_to_no_other_page) {
    const person_sent_t sent = begin_test();
    const str_t query = arena_format(world_arena, "flow=%.*s", STR_ARG(sent.flow));
    static const char *const PAGES[] = {"/a/auth/login", "/a/auth/code", "/a/auth/organization",
                                        "/a/auth/pick", "/a/auth/cancel"};
    for (size_t i = 0; i < sizeof(PAGES) / sizeof(PAGES[0]); i++) {
        cr_assert_eq(person_get(PAGES[i], query).status, 404, "%s", PAGES[i]);
    }
    cr_assert_eq(person_post("/a/auth/restart", query).status, 404);
    assert_nobody();
}

Test(handle_invitation, a_tests_link_that_is_too_old_or_forged_is_none) {
    const str_t old = arena_format(world_arena, "token=%.*s", STR_ARG(test_token(-1)));
    cr_assert_eq(person_get("/a/auth/test", old).status, 404);
    cr_assert_eq(person_post("/a/auth/test", old).status, 404);
    cr_assert_eq(person_get("/a/auth/test", STR("token=" TOKEN)).status, 404);
    cr_assert_eq(person_get("/a/auth/test", STR("")).status, 404);
}
