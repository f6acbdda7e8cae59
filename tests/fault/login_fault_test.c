// A whole login, its tokens and its end, once for every library call that it makes, with that call
// failing. Whatever fails: the answer is a 5xx, nothing leaks (ASan), nothing half-written stays
// (the invariants below), and the person gets in by trying again.
#include "fault/faults.h"
#include "fault/world.h"
#include "remote/smtp_server.h"
#include "store/client.h"
#include "store/database.h"

enum { FAULTS_MAX = 5000, LOGINS_MAX = 4 };

static smtp_server_t smtp;

static void application_make(void) {
    static const str_t URIS[] = {STR("https://app.example.com/callback")};
    static const str_t OUT[] = {STR("https://app.example.com/")};
    const store_client_row_t row = {.client = {.is_active = true,
                                               .id = STR("skc_1"),
                                               .name = STR("App"),
                                               .type = FLOW_CLIENT_SPA,
                                               .redirect_uris = {URIS, 1},
                                               .post_logout_uris = {OUT, 1},
                                               .enforces_pkce = true,
                                               .token_alg = STR("ES256"),
                                               .access_token_s = 300}};
    assert_ok(store_apply_begin(store, &err));
    assert_ok(store_client_write(store, &row, &(store_audit_t){.event = "test"}, &err));
    assert_ok(store_apply_finish(store, true, &err));
}

static void setup(void) {
    static const char *const OPTIONS[] = {NULL};
    database_setup();
    application_make();
    smtp_server_start(&smtp, OPTIONS);
    world_open(smtp.port);
}

static void teardown(void) {
    world_close();
    smtp_server_stop(&smtp);
    database_teardown();
}

TestSuite(fault_login, .init = setup, .fini = teardown);

static int64_t count_of(const char *sql) {
    fault_pause();
    const int64_t count = sql_number("select count(*) from %s", sql);
    fault_resume();
    return count;
}

static void make_mail_due(void) {
    fault_pause();
    sql_exec("update outbox set due_at = now() where sent_at is null and dead_at is null");
    fault_resume();
}

// ---- one login ----------------------------------------------------------------------------------

// A step answers as it should, or with 5xx: then the whole login is made again, as a person does.
static bool is_answered(const world_answer_t *answer, int expected, const char *step) {
    if (answer->status == expected) {
        return true;
    }
    // Behind a lost answer to a commit the next step may rightly find a code used: fail closed.
    const bool is_closed = fault_fired() && answer->status >= 400;
    cr_assert(is_closed, "%s: %d after the fault in %s: %.*s", step, answer->status,
              fault_fired() ? fault_fired() : "nothing", STR_ARG(answer->body));
    return false;
}

// The step during which the fault fires has to answer 5xx, if it does not cope.
static bool step(const world_request_t *request, int expected, world_answer_t *out) {
    const bool was_fired = fault_fired() != NULL;
    *out = world_send(request);
    if (!was_fired && fault_fired() && out->status != expected) {
        cr_assert_geq(out->status, 500, "%s %s: %d after the fault in %s: %.*s", request->method,
                      request->path, out->status, fault_fired(), STR_ARG(out->body));
    }
    return is_answered(out, expected, request->path);
}

static str_t form(const char *format, ...) __attribute__((format(printf, 1, 2)));
static str_t form(const char *format, ...) {
    va_list args;
    char text[4096];
    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    return arena_dup(world_arena, str_from_c(text));
}

#define AUTHORIZE                                                                                  \
    "response_type=code&client_id=skc_1&redirect_uri=https%3A%2F%2Fapp.example.com%2Fcallback"     \
    "&scope=openid+email+offline_access&state=s&nonce=n&code_challenge_method=S256"                \
    "&code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
#define VERIFIER "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"

typedef struct {
    str_t flow, form_token;
    str_t mail_text;
    str_t code; // authorization code
    str_t access, refresh, id_token;
} login_t;

static bool enter_email(login_t *login, const char *email) {
    world_answer_t a;
    if (!step(&(world_request_t){"GET", "/oauth/authorize", .query = STR(AUTHORIZE)}, 303, &a)) {
        return false;
    }
    login->flow = world_param(a.location, "flow");
    const str_t query = form("flow=%.*s", STR_ARG(login->flow));
    if (!step(&(world_request_t){"GET", "/a/auth/login", .query = query}, 200, &a)) {
        return false;
    }
    login->form_token = world_field(a.body, "form_token");
    const str_t body = form("flow=%.*s&form_token=%.*s&email=%s", STR_ARG(login->flow),
                            STR_ARG(login->form_token), email);
    return step(&(world_request_t){"POST", "/a/auth/login", .body = body}, 303, &a) &&
           step(&(world_request_t){"GET", "/a/auth/code", .query = query}, 200, &a);
}

// An accepted mail is sent, whatever happens on the way: a failed round leaves it due again.
static void receive_mail(login_t *login, const char *email) {
    for (int tries = 0; tries < LOGINS_MAX; tries++) {
        outbox_round_t round = {0};
        const result_t result = world_mail(&round);
        const bool is_done = result == OK && round.sent == 1;
        cr_assert(is_done || fault_fired(), "the mail was not sent without a fault");
        if (is_done || count_of("outbox where sent_at is null") == 0) {
            break;
        }
        make_mail_due();
    }
    cr_assert_eq(count_of("outbox where dead_at is not null"), 0, "%s lost a mail",
                 fault_fired() ? fault_fired() : "nothing");
    // A mail whose sending could not be recorded went out twice: others may stand before ours.
    fault_pause();
    for (bool is_ours = false; !is_ours;) {
        SCOPED(json_t) message = smtp_server_message(&smtp);
        str_t to, text;
        cr_assert(json_get_str(message, "to_header", &to) && json_get_str(message, "plain", &text));
        is_ours = str_eq(to, str_from_c(email));
        login->mail_text = arena_dup(world_arena, text);
    }
    fault_resume();
}

static str_t mailed_code(const login_t *login) {
    char *digits = arena_alloc(world_arena, 7);
    size_t count = 0;
    for (size_t i = 0; i < login->mail_text.len && count < 6; i++) {
        const char c = login->mail_text.ptr[i];
        if (c >= '0' && c <= '9') {
            digits[count++] = c;
        } else if (c != ' ') {
            count = 0;
        }
    }
    cr_assert_eq(count, 6, "no code in: %.*s", STR_ARG(login->mail_text));
    return (str_t){digits, 6};
}

static str_t mailed_token(const login_t *login) {
    const char *found = memmem(login->mail_text.ptr, login->mail_text.len, "token=", 6);
    cr_assert_not_null(found);
    return arena_dup(world_arena, (str_t){found + 6, 43});
}

static bool prove(login_t *login, bool is_by_link) {
    world_answer_t a;
    if (!is_by_link) {
        const str_t code = mailed_code(login);
        const str_t body = form("flow=%.*s&form_token=%.*s&code=%.*s", STR_ARG(login->flow),
                                STR_ARG(login->form_token), STR_ARG(code));
        if (!step(&(world_request_t){"POST", "/a/auth/code", .body = body}, 303, &a)) {
            return false;
        }
    } else {
        const str_t token = mailed_token(login);
        const str_t query = form("token=%.*s", STR_ARG(token));
        if (!step(&(world_request_t){"GET", "/a/auth/link", .query = query}, 200, &a)) {
            return false;
        }
        const str_t form_token = world_field(a.body, "form_token");
        const str_t body = form("token=%.*s&form_token=%.*s", STR_ARG(token), STR_ARG(form_token));
        if (!step(&(world_request_t){"POST", "/a/auth/link", .body = body}, 303, &a)) {
            return false;
        }
    }
    if (!str_starts(a.location, STR("https://app.example.com/callback?"))) {
        cr_assert(fault_fired(), "sent to %.*s", STR_ARG(a.location));
        return false; // the commit's answer was lost, and the page says how things stand
    }
    login->code = world_param(a.location, "code");
    return true;
}

static str_t member(str_t json, const char *name) {
    fault_pause();
    SCOPED(json_t) object = NULL;
    str_t value;
    assert_ok(json_parse_object(json, 65536, &object, &err));
    cr_assert(json_get_str(object, name, &value), "no %s in %.*s", name, STR_ARG(json));
    fault_resume();
    return arena_dup(world_arena, value);
}

static bool redeem(login_t *login) {
    world_answer_t a;
    const str_t body = form(
        "grant_type=authorization_code&client_id=skc_1&code=%.*s"
        "&redirect_uri=https%%3A%%2F%%2Fapp.example.com%%2Fcallback"
        "&code_verifier=" VERIFIER,
        STR_ARG(login->code));
    if (!step(&(world_request_t){"POST", "/oauth/token", .body = body}, 200, &a)) {
        return false;
    }
    const str_t refresh = member(a.body, "refresh_token");
    const str_t again =
        form("grant_type=refresh_token&client_id=skc_1&refresh_token=%.*s", STR_ARG(refresh));
    if (!step(&(world_request_t){"POST", "/oauth/token", .body = again}, 200, &a)) {
        return false;
    }
    login->access = member(a.body, "access_token");
    login->refresh = member(a.body, "refresh_token");
    login->id_token = member(a.body, "id_token");
    return true;
}

static bool use_and_end(login_t *login) {
    world_answer_t a;
    const str_t bearer = form("Bearer %.*s", STR_ARG(login->access));
    const str_t revoke = form("client_id=skc_1&token=%.*s", STR_ARG(login->refresh));
    const str_t out = form(
        "id_token_hint=%.*s&post_logout_redirect_uri=https%%3A%%2F%%2F"
        "app.example.com%%2F",
        STR_ARG(login->id_token));
    return step(&(world_request_t){"GET", "/userinfo", .authorization = bearer}, 200, &a) &&
           step(&(world_request_t){"GET", "/oauth/authorize", .query = STR(AUTHORIZE)}, 303, &a) &&
           step(&(world_request_t){"POST", "/revoke", .body = revoke}, 200, &a) &&
           step(&(world_request_t){"GET", "/oidc/logout", .query = out}, 303, &a);
}

static bool login_once(int n, bool is_by_link) {
    char email[64];
    snprintf(email, sizeof(email), "person%d@example.com", n);
    login_t login = {0};
    world_browser_new(n);
    if (!enter_email(&login, email)) {
        return false;
    }
    receive_mail(&login, email);
    return prove(&login, is_by_link) && redeem(&login) && use_and_end(&login);
}

// ---- what must hold whatever happened -----------------------------------------------------------

static void is_consistent(void) {
    fault_pause();
    world_settle();
    fault_resume();
    const char *fault = fault_fired() ? fault_fired() : "nothing";
    cr_assert_eq(count_of("challenges c join flows f on f.id = c.flow_id "
                          "where c.consumed_at is not null and f.status <> 'completed'"),
                 0, "%s left a used challenge without a login", fault);
    cr_assert_eq(count_of("users where proven_at is null"), 0, "%s left an unproven user", fault);
    cr_assert_eq(count_of("challenges") - count_of("outbox"), 0,
                 "%s left a challenge without its mail", fault);
    cr_assert_eq(count_of("grants g where not exists "
                          "(select from authorization_codes c where c.grant_id = g.id)"),
                 0, "%s left a grant without its code", fault);
    cr_assert_eq(count_of("sessions s where not exists "
                          "(select from grants g where g.session_id = s.id)"),
                 0, "%s left a session without a grant", fault);
    cr_assert_eq(count_of("flows f where status = 'completed' and not exists "
                          "(select from audit_events a where a.flow_id = f.id and "
                          "a.decision = 'complete')"),
                 0, "%s left a login without its audit row", fault);
}

// Lets the mail of an unfinished login out, so that the next round is the next login's.
static void mail_drain(void) {
    fault_disarm();
    make_mail_due();
    outbox_round_t round = {0};
    assert_ok(world_mail(&round));
    cr_assert_eq(count_of("outbox where sent_at is null"), 0);
}

static int calls_of_login(int n, bool is_by_link) {
    fault_arm(0);
    cr_assert(login_once(n, is_by_link));
    return fault_count();
}

static void every_call_fails_once(bool is_by_link) {
    // The fewer of two: where the machine is busy, an answer comes in pieces and costs more calls.
    const int one = calls_of_login(0, is_by_link);
    const int other = calls_of_login(1, is_by_link);
    const int calls = one < other ? one : other;
    cr_assert_gt(calls, 100, "%d wrapped calls: the wrapping does not work", calls);
    int fired = 0;
    for (int n = 1; n <= calls && n <= FAULTS_MAX; n++) {
        fault_arm(n);
        bool is_in = login_once(2 * n, is_by_link);
        fired += fault_fired() != NULL;
        is_consistent();
        if (!is_in) {
            mail_drain();
            fault_arm(0);
            is_in = login_once(2 * n + 1, is_by_link);
        }
        cr_assert(is_in, "no way in after call %d failed", n);
    }
    // A login takes a few calls more or less (a full socket, a second look at an answer).
    cr_assert_gt(fired, calls * 9 / 10, "%d of %d faults fired", fired, calls);
}

Test(fault_login, p_mem_03_every_library_call_of_a_login_by_code_may_fail) {
    every_call_fails_once(false);
}

Test(fault_login, p_mem_03_every_library_call_of_a_login_by_link_may_fail) {
    every_call_fails_once(true);
}
