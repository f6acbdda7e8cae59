// Social sign-in: the buttons, and what a provider of everybody may and may not prove.
#include "base/encode.h"
#include "base/json.h"
#include "handle/idp.h"
#include "handle/person.h"
#include "store/database.h"

static void setup(void) {
    person_setup();
    idp_organization();
    idp_social();
}
TestSuite(handle_social, .init = setup, .fini = person_teardown, .timeout = 120);

static world_answer_t press(str_t form, const char *connection) {
    return person_post("/a/auth/connection", arena_format(world_arena, "%.*s&connection_id=%s",
                                                          STR_ARG(form), connection));
}

static person_sent_t begin_social(void) {
    const str_t flow = world_param(person_begin(""), "flow");
    const world_answer_t pressed = press(person_form("/a/auth/login", flow), "conn_social");
    assert_leads(pressed, "/a/auth/sso?flow=");
    return person_go(pressed.location);
}

static world_answer_t social(const char *claims) {
    const person_sent_t sent = begin_social();
    idp_says(claims, sent.nonce);
    return person_return("conn_social", &sent);
}

static int64_t sessions(void) {
    return sql_number("select count(*) from sessions");
}

Test(handle_social, m9_a_verified_address_is_signed_in) {
    assert_leads(social("'sub':'1','email':'ann@foo.example','email_verified':true"),
                 PERSON_CALLBACK "?code=");
    assert_text(sql_string("select array_to_string(amr, ',') from sessions"), "conn_social");
    assert_text(sql_string("select connection_id from audit_events where event = 'login.sso'"),
                "conn_social");
}

Test(handle_social, only_what_the_page_offers_can_be_pressed) {
    const str_t flow = world_param(person_begin(""), "flow");
    const str_t form = person_form("/a/auth/login", flow);
    assert_has(
        person_get("/a/auth/login", arena_format(world_arena, "flow=%.*s", STR_ARG(flow))).body,
        "Chirper");
    assert_leads(press(form, "conn_mega"), "/a/auth/login?");
    assert_leads(press(form, "conn_none"), "/a/auth/login?");
    sql_exec("update connections set is_enabled = false where id = 'conn_social'");
    assert_leads(press(form, "conn_social"), "/a/auth/login?");
    cr_assert_eq(sql_number("select count(*) from sso_requests"), 0);
}

Test(handle_social, p_sess_06_a_button_of_no_page_of_ours_starts_nothing) {
    const str_t flow = world_param(person_begin(""), "flow");
    assert_leads(press(arena_format(world_arena, "flow=%.*s", STR_ARG(flow)), "conn_social"),
                 "/a/auth/login?");
    cr_assert_eq(sql_number("select count(*) from flows where next_connection_id <> ''"), 0);
}

Test(handle_social, a_named_provider_is_gone_to_at_once) {
    sql_exec("update connections set provider = 'GITLAB' where id = 'conn_social'");
    const str_t location = person_begin("&provider=gitlab");
    cr_assert(str_starts(location, STR("/a/auth/sso?flow=")));
}

Test(handle_social, m6_without_an_address_the_person_is_asked_and_the_identity_linked_at_the_end) {
    const world_answer_t back = social("'sub':'1'");
    assert_leads(back, "/a/auth/login?flow=");
    assert_has(person_follow(back.location).body, "Chirper");
    const str_t flow = world_param(back.location, "flow");
    cr_assert_eq(sql_number("select count(*) from identities"), 0);
    const str_t location = person_enter(flow, "ann@foo.example");
    cr_assert(!person_has(person_follow(location).body, "Chirper")); // it named no address
    sql_exec("update challenges set sent_at = sent_at - interval '2 minutes'");
    person_code();
    person_post("/a/auth/resend", person_form("/a/auth/code", flow));
    assert_leads(person_verify(flow, person_code()), PERSON_CALLBACK "?code=");
    assert_text(sql_string("select u.email from identities i join users u on u.id = i.user_id"),
                "ann@foo.example");
    assert_text(sql_string("select array_to_string(amr, ',') from sessions"), "otp,conn_social");
}

Test(handle_social, m7_an_unverified_address_is_asked_for_a_code_and_linked_only_after_it) {
    const world_answer_t back =
        social("'sub':'1','email':'ann@foo.example','email_verified':'true'");
    assert_leads(back, "/a/auth/code?flow=");
    assert_has(person_follow(back.location).body, "Chirper");
    cr_assert_eq(sessions() + sql_number("select count(*) from identities"), 0);
    assert_leads(person_verify(world_param(back.location, "flow"), person_code()),
                 PERSON_CALLBACK "?code=");
    cr_assert_eq(sql_number("select count(*) from identities"), 1);
}

#define JOE "'sub':'1','email':'joe@megacorp.example','email_verified':true"

Test(handle_social, p_link_12_m8_a_realms_address_goes_to_its_sign_in_and_nothing_is_linked) {
    const world_answer_t back = social(JOE);
    assert_leads(back, "/a/auth/sso?flow=");
    const world_answer_t why = person_follow(back.location);
    cr_assert_eq(why.status, 200); // one page in between says so
    assert_has(why.body, "Megacorp");
    cr_assert_eq(sessions() + sql_number("select count(*) from identities"), 0);
    const str_t flow = world_param(back.location, "flow");
    const world_answer_t pressed = person_post("/a/auth/sso", person_form("/a/auth/sso", flow));
    const str_t state = world_param(pressed.location, "state");
    // Turning back there leaves no session and no code.
    const str_t query = arena_format(world_arena, "error=access_denied&state=%.*s&iss=%s",
                                     STR_ARG(state), idp_issuer());
    assert_leads(person_get("/sso/v1/oidc/conn_mega/callback", query), "/a/auth/login?flow=");
    assert_leads(
        person_get("/a/auth/organization", arena_format(world_arena, "flow=%.*s", STR_ARG(flow))),
        "/a/auth/login?");
    cr_assert_eq(sessions() + sql_number("select count(*) from authorization_codes"), 0);
    cr_assert_eq(sql_number("select count(*) from identities"), 0);
}

Test(handle_social, m8_and_the_realms_sign_in_completes) {
    const world_answer_t back = social(JOE);
    const str_t flow = world_param(back.location, "flow");
    const world_answer_t pressed = person_post("/a/auth/sso", person_form("/a/auth/sso", flow));
    const person_sent_t sent = {.flow = flow,
                                .state = world_param(pressed.location, "state"),
                                .nonce = world_param(pressed.location, "nonce")};
    idp_says("'sub':'joe','email':'joe@megacorp.example'", sent.nonce);
    assert_leads(person_return("conn_mega", &sent), PERSON_CALLBACK "?code=");
    assert_text(sql_string("select string_agg(connection_id, ',') from identities"), "conn_mega");
    assert_text(sql_string("select array_to_string(amr, ',') from sessions"), "conn_mega");
}

// ---- init ---------------------------------------------------------------------------------------

Test(handle_social, an_init_link_with_a_flow_is_a_button_of_a_page_that_is_not_ours) {
    const str_t flow = world_param(person_begin(""), "flow");
    const str_t query = arena_format(world_arena, "flow=%.*s", STR_ARG(flow));
    const world_answer_t answer = person_get("/sso/v1/oidc/conn_social/init", query);
    assert_leads(answer, "/a/auth/sso?flow=");
    person_go(answer.location);
    world_browser_new(2);
    cr_assert_eq(person_get("/sso/v1/oidc/conn_social/init", query).status, 200);
    cr_assert_eq(person_get("/sso/v1/oidc/conn_none/init", query).status, 404);
}

static world_answer_t initiate(const char *more) {
    return person_get("/sso/v1/oidc/conn_mega/init",
                      arena_format(world_arena, "iss=%s%s", idp_issuer(), more));
}

// The decoded header (0) or payload (1) of a token.
static str_t part(str_t token, int n) {
    const size_t first = str_find(token, '.');
    const str_t rest = str_sub(token, first + 1, token.len);
    bytes_t octets;
    cr_assert(base64url_decode(
        world_arena, n == 0 ? str_sub(token, 0, first) : str_sub(rest, 0, str_find(rest, '.')),
        &octets));
    return (str_t){(const char *)octets.ptr, octets.len};
}

Test(handle_social, a_login_begun_at_the_provider_is_a_signed_hint_to_the_application) {
    sql_exec(
        "update applications set is_default = true,"
        " initiate_login_uri = 'https://app.example.com/login'");
    const world_answer_t answer =
        initiate("&login_hint=joe@megacorp.example&target_link_uri=https%3A%2F%2Fevil.example");
    assert_leads(answer, "https://app.example.com/login?idp_initiated_login=");
    cr_assert(!person_has(answer.location, "evil"));
    const str_t token = world_param(answer.location, "idp_initiated_login");
    assert_has(part(token, 0), "\"typ\":\"JWT\""); // and no access token's type
    SCOPED(json_t) claims = NULL;
    assert_ok(json_parse_object(part(token, 1), 4096, &claims, &err));
    int64_t from, to;
    str_t text;
    cr_assert(json_get_int(claims, "iat", &from) && json_get_int(claims, "exp", &to));
    cr_assert_eq(to - from, 300);
    cr_assert(json_get_str(claims, "connection_id", &text));
    assert_text(text, "conn_mega");
    cr_assert(json_get_str(claims, "organization_id", &text));
    assert_text(text, "org_mega");
    cr_assert(json_get_str(claims, "login_hint", &text));
    assert_text(text, "joe@megacorp.example");
    cr_assert_null(json_object_get(claims, "aud")); // nobody's ID token
    cr_assert_null(json_object_get(claims, "sub"));
    cr_assert_eq(sessions() + sql_number("select count(*) from flows"), 0);
}

Test(handle_social, without_such_a_url_the_request_is_begun_for_the_first_callback) {
    sql_exec("update applications set is_default = true");
    const world_answer_t answer = initiate("&login_hint=joe@megacorp.example");
    const person_sent_t sent = person_go(answer.location);
    assert_text(world_param(sent.url, "login_hint"), "joe@megacorp.example");
    idp_says("'sub':'joe','email':'joe@megacorp.example'", sent.nonce);
    const world_answer_t back = person_return("conn_mega", &sent);
    assert_leads(back, PERSON_CALLBACK "?code=");
    cr_assert(!person_has(back.location, "state="));
}

Test(handle_social, a_hint_of_another_issuer_or_where_it_is_off_is_refused) {
    sql_exec("update applications set is_default = true");
    cr_assert_eq(
        person_get("/sso/v1/oidc/conn_mega/init", STR("iss=https%3A%2F%2Fevil.example")).status,
        400);
    cr_assert_eq(person_get("/sso/v1/oidc/conn_mega/init", STR("")).status, 400);
    sql_exec("update connections set idp_initiated = 'off'");
    cr_assert_eq(initiate("").status, 403);
    cr_assert_eq(sql_number("select count(*) from flows"), 0);
}
