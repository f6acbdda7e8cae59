// What changes in the middle of a login, between its pages. The handlers run on a database of the
// test's own.
#include "fault/world.c"
#include "remote/smtp_server.h"

void fault_disarm(void) {} // nothing is armed here

#define CALLBACK "https://app.example.com/callback"
#define AUTHORIZE                                                                                  \
    "response_type=code&client_id=skc_1&redirect_uri=https%3A%2F%2Fapp.example.com%2Fcallback"     \
    "&scope=openid&state=s"

static smtp_server_t smtp;

static void setup(void) {
    static const char *const OPTIONS[] = {NULL};
    database_setup();
    sql_exec(
        "insert into applications (id, name, type, redirect_uris, enforces_pkce)"
        " values ('skc_1', 'App', 'web_app', '{" CALLBACK "}', false)");
    smtp_server_start(&smtp, OPTIONS);
    world_open(smtp.port);
    world_browser_new(1);
}
static void teardown(void) {
    world_close();
    smtp_server_stop(&smtp);
    database_teardown();
}
TestSuite(handle_login, .init = setup, .fini = teardown, .timeout = 120);

static world_answer_t get(const char *path, str_t query) {
    return world_send(&(world_request_t){.method = "GET", .path = path, .query = query});
}

static world_answer_t post(const char *path, str_t body) {
    return world_send(&(world_request_t){.method = "POST", .path = path, .body = body});
}

// The flow's id, behind the page for the code.
static str_t ask_for_code(void) {
    const world_answer_t begun = get("/oauth/authorize", STR(AUTHORIZE));
    const str_t flow = world_param(begun.location, "flow");
    const str_t query = arena_format(world_arena, "flow=%.*s", STR_ARG(flow));
    const str_t token = world_field(get("/a/auth/login", query).body, "form_token");
    const world_answer_t asked =
        post("/a/auth/login", arena_format(world_arena, "%.*s&form_token=%.*s&email=a@b.example",
                                           STR_ARG(query), STR_ARG(token)));
    cr_assert_eq(asked.status, 303, "%.*s", STR_ARG(asked.body));
    return flow;
}

// "token=..." of the mailed link.
static str_t mailed_token(void) {
    outbox_round_t round = {0};
    str_t text;
    assert_ok(world_mail(&round));
    SCOPED(json_t) message = smtp_server_message(&smtp);
    cr_assert(json_get_str(message, "plain", &text));
    const char *found = memmem(text.ptr, text.len, "token=", 6);
    cr_assert_not_null(found);
    return arena_dup(world_arena, (str_t){found, 6 + 43});
}

// The form of the page behind the mailed link, ready to be sent.
static str_t open_link(void) {
    const str_t query = mailed_token();
    const str_t token = world_field(get("/a/auth/link", query).body, "form_token");
    return arena_format(world_arena, "%.*s&form_token=%.*s", STR_ARG(query), STR_ARG(token));
}

static void assert_refused(world_answer_t answer) {
    cr_assert_eq(answer.status, 400, "%d %.*s", answer.status, STR_ARG(answer.location));
    cr_assert_not_null(memmem(answer.body.ptr, answer.body.len, "invalid_redirect_uri", 20));
}

Test(handle_login, p_op_01_a_redirect_uri_given_up_in_the_middle_gets_no_code) {
    const str_t flow = ask_for_code();
    const str_t form = open_link();
    sql_exec("update applications set redirect_uris = '{https://app.example.com/new}'");
    const str_t query = arena_format(world_arena, "flow=%.*s", STR_ARG(flow));
    assert_refused(post("/a/auth/link", form));
    assert_refused(get("/a/auth/code", query));
    assert_refused(post("/a/auth/restart", query));
    cr_assert_eq(sql_number("select count(*) from flows"), 1);
    cr_assert_eq(sql_number("select count(*) from sessions"), 0);
    sql_exec("update applications set redirect_uris = '{" CALLBACK "}'");
    cr_assert(str_starts(post("/a/auth/link", form).location, STR(CALLBACK "?code=")));
}

static void forget_browser(void) {
    for (size_t i = 0; i < cookie_count; i++) {
        if (str_starts(cookies[i], STR("__Host-gh_browser="))) {
            cookies[i] = cookies[--cookie_count];
        }
    }
    cr_assert_eq(cookie_count, 1);
}

Test(handle_login, a_session_that_ends_while_it_is_reused_leaves_a_flow_that_can_go_on) {
    ask_for_code();
    cr_assert_eq(post("/a/auth/link", open_link()).status, 303);
    forget_browser();
    sql_exec(
        "create function quit() returns trigger language plpgsql as $$ begin"
        " update sessions set ended_at = now(); return new; end $$");
    sql_exec("create trigger quit before insert on flows for each row execute function quit()");
    const world_answer_t begun = get("/oauth/authorize", STR(AUTHORIZE));
    cr_assert(str_starts(begun.location, STR("/a/auth/login?flow=")));
    const str_t flow = world_param(begun.location, "flow");
    const str_t query = arena_format(world_arena, "flow=%.*s", STR_ARG(flow));
    world_field(get("/a/auth/login", query).body, "form_token");
}

Test(handle_login,
     an_address_entered_in_a_flow_that_closes_meanwhile_ends_in_a_page_with_a_way_on) {
    const str_t flow = ask_for_code();
    const str_t query = arena_format(world_arena, "flow=%.*s", STR_ARG(flow));
    const str_t token = world_field(get("/a/auth/login", query).body, "form_token");
    sql_exec(
        "create function skip() returns trigger language plpgsql as $$ begin return null;"
        " end $$");
    sql_exec("create trigger skip before update on flows for each row execute function skip()");
    const str_t form =
        arena_format(world_arena, "%.*s&form_token=%.*s", STR_ARG(query), STR_ARG(token));
    const str_t entered = arena_format(world_arena, "%.*s&email=c@d.example", STR_ARG(form));
    cr_assert(str_starts(post("/a/auth/login", entered).location, STR("/a/auth/code?flow=")));
    sql_exec("update challenges set sent_at = now() - interval '1 minute'");
    cr_assert(str_starts(post("/a/auth/resend", form).location, STR("/a/auth/code?flow=")));
    cr_assert_eq(sql_number("select count(*) from challenges"), 1);
}

Test(handle_login, p_mem_06_a_proof_that_comes_too_late_leaves_an_audit_row_and_no_session) {
    ask_for_code();
    const str_t form = open_link();
    sql_exec(
        "create function skip() returns trigger language plpgsql as $$ begin return null;"
        " end $$");
    sql_exec(
        "create trigger skip before update on challenges for each row execute function"
        " skip()");
    cr_assert(str_starts(post("/a/auth/link", form).location, STR("/a/auth/code?flow=")));
    cr_assert_eq(sql_number("select count(*) from sessions"), 0);
    assert_text(sql_string("select decision from audit_events where event = 'login.link'"),
                "code_expired");
}

Test(handle_login, a_number_confirmed_too_late_is_told_so_on_the_links_own_page) {
    settings.is_link_same_browser = false;
    ask_for_code();
    const str_t token = mailed_token(),
                number = sql_string("select confirm_number from challenges");
    world_browser_new(2);
    sql_exec(
        "create function skip() returns trigger language plpgsql as $$ begin return null;"
        " end $$");
    sql_exec(
        "create trigger skip before update on challenges for each row execute function"
        " skip()");
    const str_t form =
        arena_format(world_arena, "%.*s&number=%.*s", STR_ARG(token), STR_ARG(number));
    cr_assert_eq(post("/a/auth/number", form).status, 410);
}

Test(handle_login, p_otp_19_a_try_beyond_the_networks_limit_is_recorded_as_that) {
    const str_t flow = ask_for_code();
    const str_t query = arena_format(world_arena, "flow=%.*s", STR_ARG(flow));
    const str_t token = world_field(get("/a/auth/code", query).body, "form_token");
    const str_t form = arena_format(world_arena, "%.*s&form_token=%.*s&code=000000", STR_ARG(query),
                                    STR_ARG(token));
    sql_exec("update rate_counters set window_ends_at = now() - interval '1 day'");
    post("/a/auth/code", form);
    sql_exec("update rate_counters set count = 600 where window_ends_at > now()");
    cr_assert_eq(post("/a/auth/code", form).status, 429);
    assert_text(sql_string("select decision from audit_events where event = 'login.code'"
                           " order by id desc limit 1"),
                "limited");
    cr_assert_eq(sql_number("select tries from challenges"), 1);
}

Test(handle_login, p_op_19_authorize_takes_a_form_and_nothing_like_it) {
    world_request_t request = {
        .method = "POST", .path = "/oauth/authorize", .body = STR(AUTHORIZE)};
    request.content_type = STR("Application/X-WWW-Form-URLencoded; charset=utf-8");
    cr_assert_eq(world_send(&request).status, 303);
    request.content_type = STR("application/x-www-form-urlencoded2");
    cr_assert_eq(world_send(&request).status, 400);
}
