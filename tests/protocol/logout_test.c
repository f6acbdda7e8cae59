#include "protocol/form_of.h"
#include "protocol/oidc/logout.h"

static arena_t *arena;

static void setup(void) {
    arena = arena_new(TEST_ARENA_MAX);
}
static void teardown(void) {
    arena_free(&arena);
}
TestSuite(protocol_logout, .init = setup, .fini = teardown);

static oidc_logout_t parse(const char *query) {
    oidc_logout_t request;
    const form_t form = form_of(arena, query);
    oidc_logout_parse(&form, &request);
    return request;
}

Test(protocol_logout, reads_a_request_and_writes_it_again) {
    const char *query =
        "id_token_hint=a.b.c&client_id=skc_1&post_logout_redirect_uri="
        "https%3A%2F%2Fa.example%2Fbye&state=s%26&ui_locales=de";
    const oidc_logout_t request = parse(query);
    ASSERT_DEFECT(request.defect, NULL, query);
    ASSERT_STR(request.redirect_uri, "https://a.example/bye");
    cr_assert(request.has_state);
    ASSERT_STR(request.state, "s&");
    ASSERT_STR(oidc_logout_url(arena, &request), arena_format(arena, "/oidc/logout?%s", query).ptr);
    const oidc_logout_t empty = parse("form_token=secret");
    ASSERT_STR(oidc_logout_url(arena, &empty), "/oidc/logout");
    ASSERT_DEFECT(empty.defect, NULL, "nothing is required");
}

Test(protocol_logout, p_op_18_refuses_repeated_and_endless_parameters) {
    ASSERT_DEFECT(parse("state=a&state=b").defect, "invalid_request", "repeated");
    const str_t state = text_of(arena, 's', 2049);
    ASSERT_DEFECT(parse(arena_format(arena, "state=%.*s", STR_ARG(state)).ptr).defect,
                  "invalid_request", "endless");
}

// ---- deciding -----------------------------------------------------------------------------------

#define BYE "https://a.example/bye"
static const str_t URIS[] = {{BYE, sizeof(BYE) - 1}, {"http://127.0.0.1/bye", 20}};

typedef struct {
    const char *what;
    const char *hint, *uri;   // of the request
    const char *hint_session; // of a valid hint; NULL: it is not valid
    const char *hint_user;
    bool has_session, is_confirmed, is_client_unknown;
    oidc_logout_step_t step;
    bool may_redirect;
} row_t;

static oidc_logout_decision_t decide(const row_t *row) {
    const oidc_logout_t request = {.id_token_hint = str_from_c(row->hint ? row->hint : ""),
                                   .redirect_uri = str_from_c(row->uri ? row->uri : "")};
    const oidc_logout_facts_t facts = {
        .request = &request,
        .has_hint = row->hint_session != NULL,
        .hint = {STR("skc_1"), str_from_c(row->hint_user), str_from_c(row->hint_session)},
        .has_session = row->has_session,
        .session_id = STR("ses_1"),
        .user_id = STR("usr_1"),
        .is_confirmed = row->is_confirmed,
        .is_client_usable = !row->is_client_unknown,
        .post_logout_uris = {URIS, row->is_client_unknown ? 0 : 2},
    };
    return oidc_logout_decide(&facts);
}

static void assert_rows(const row_t *rows, size_t count) {
    for (size_t i = 0; i < count; i++) {
        const oidc_logout_decision_t decision = decide(&rows[i]);
        cr_assert_eq(decision.step, rows[i].step, "%s", rows[i].what);
        cr_assert_eq(decision.may_redirect, rows[i].may_redirect, "%s", rows[i].what);
        cr_assert_not_null(decision.reason);
    }
}
#define ASSERT_ROWS(rows) assert_rows((rows), sizeof(rows) / sizeof((rows)[0]))

Test(protocol_logout, p_op_29_goes_on_to_a_registered_address_only) {
    static const row_t ROWS[] = {
        {.what = "registered", .uri = BYE, .step = OIDC_LOGOUT_DONE, .may_redirect = true},
        {.what = "none", .step = OIDC_LOGOUT_DONE},
        {.what = "other host", .uri = "https://evil.example/bye", .step = OIDC_LOGOUT_DONE},
        {.what = "added query", .uri = BYE "?x=1", .step = OIDC_LOGOUT_DONE},
        {.what = "added slash", .uri = BYE "/", .step = OIDC_LOGOUT_DONE},
        {.what = "other port", .uri = "http://127.0.0.1:80/bye", .step = OIDC_LOGOUT_DONE},
        {.what = "unknown client", .uri = BYE, .is_client_unknown = true, .step = OIDC_LOGOUT_DONE},
        {.what = "bad hint", .hint = "x", .uri = BYE, .step = OIDC_LOGOUT_DONE},
        {.what = "good hint, bad address",
         .hint = "x",
         .hint_session = "ses_1",
         .hint_user = "usr_1",
         .uri = "https://evil.example",
         .has_session = true,
         .step = OIDC_LOGOUT_END},
    };
    ASSERT_ROWS(ROWS);
}

Test(protocol_logout, p_op_30_asks_unless_the_hint_is_of_this_very_session) {
    static const row_t ROWS[] = {
        {.what = "no hint",
         .uri = BYE,
         .has_session = true,
         .step = OIDC_LOGOUT_CONFIRM,
         .may_redirect = true},
        {.what = "tampered",
         .hint = "x",
         .uri = BYE,
         .has_session = true,
         .step = OIDC_LOGOUT_CONFIRM},
        {.what = "another session",
         .hint = "x",
         .hint_session = "ses_2",
         .hint_user = "usr_1",
         .has_session = true,
         .step = OIDC_LOGOUT_CONFIRM},
        {.what = "another user",
         .hint = "x",
         .hint_session = "ses_1",
         .hint_user = "usr_2",
         .has_session = true,
         .step = OIDC_LOGOUT_CONFIRM},
        {.what = "this session",
         .hint = "x",
         .hint_session = "ses_1",
         .hint_user = "usr_1",
         .uri = BYE,
         .has_session = true,
         .step = OIDC_LOGOUT_END,
         .may_redirect = true},
        {.what = "confirmed",
         .uri = BYE,
         .has_session = true,
         .is_confirmed = true,
         .step = OIDC_LOGOUT_END,
         .may_redirect = true},
        {.what = "confirmed without a session", .is_confirmed = true, .step = OIDC_LOGOUT_DONE},
        {.what = "hint without a session",
         .hint = "x",
         .hint_session = "ses_1",
         .hint_user = "usr_1",
         .uri = BYE,
         .step = OIDC_LOGOUT_DONE,
         .may_redirect = true},
    };
    ASSERT_ROWS(ROWS);
}
