#include "view/help.h"
#include "view/view.h"
#include <criterion/criterion.h>

enum { ARENA_MAX = 16 * 1024 * 1024 };

#define TEXT(literal)                                                                              \
    { literal, sizeof(literal) - 1 }

static const view_button_t BUTTONS[] = {
    {TEXT("conn_1"), TEXT("GOOGLE"), TEXT("Google")},
    {TEXT("conn_2"), TEXT("github"), TEXT("GitHub")},
    {TEXT("conn_3"), TEXT("NEVER_HEARD_OF"), TEXT("Megacorp")},
};

static str_t login_page(const views_t *views, arena_t *arena, view_login_t page) {
    const view_frame_t frame = {.views = views, .app_name = STR("Acme")};
    page.flow_id = STR("req_7");
    page.form_token = STR("f0rm");
    str_t out = {0};
    cr_assert_eq(view_login_page(arena, &frame, &page, &out, NULL), OK);
    return out;
}

Test(view_connection, each_social_connection_is_a_button_that_sends_its_id) {
    const settings_t settings = help_settings();
    views_t *views = help_views(&settings);
    arena_t *arena = arena_new(ARENA_MAX);
    const str_t page = login_page(views, arena, (view_login_t){.buttons = {BUTTONS, 3}});
    cr_assert_eq(help_count(page, "action=\"/a/auth/connection\""), 1);
    cr_assert_eq(help_count(page, "name=\"flow\" value=\"req_7\""), 2, "in each of the two forms");
    cr_assert_eq(help_count(page, "name=\"form_token\" value=\"f0rm\""), 2);
    for (size_t i = 0; i < 3; i++) {
        const str_t button = arena_format(arena, "name=\"connection_id\" value=\"%.*s\"",
                                          STR_ARG(BUTTONS[i].connection_id));
        cr_assert_eq(help_count(page, button.ptr), 1);
    }
    cr_assert(help_has(page, "<span>Continue with <bdi>Google</bdi></span>"));
    cr_assert(help_has(page, "<p class=\"or\">or</p>"));
    arena_free(&arena);
    views_free(&views);
}

Test(view_connection, only_the_marks_that_are_needed_are_sent_and_each_is_hidden_from_readers) {
    const settings_t settings = help_settings();
    views_t *views = help_views(&settings);
    arena_t *arena = arena_new(ARENA_MAX);
    const str_t page = login_page(views, arena, (view_login_t){.buttons = {BUTTONS, 3}});
    cr_assert_eq(help_count(page, "<svg class=\"sign\""), 3);
    cr_assert_eq(help_count(page, "<svg"), help_count(page, "aria-hidden=\"true\""));
    cr_assert(help_has(page, "#4285f4"), "Google's");
    cr_assert(help_has(page, "evenodd"), "GitHub's, whose name came in lower case");
    cr_assert_not(help_has(page, "#f25022"), "not Microsoft's");
    arena_free(&arena);
    views_free(&views);
}

Test(view_connection, without_connections_there_is_no_empty_section) {
    const settings_t settings = help_settings();
    views_t *views = help_views(&settings);
    arena_t *arena = arena_new(ARENA_MAX);
    const str_t page = login_page(views, arena, (view_login_t){0});
    cr_assert_not(help_has(page, "/a/auth/connection"));
    cr_assert_not(help_has(page, "class=\"or\""));
    cr_assert_eq(help_count(page, "<form"), 1);
    cr_assert(help_has(page, "<p class=\"lead\">Enter your email"));
    arena_free(&arena);
    views_free(&views);
}

Test(view_connection, m6_asks_for_the_address_alone_and_says_why) {
    const settings_t settings = help_settings();
    views_t *views = help_views(&settings);
    arena_t *arena = arena_new(ARENA_MAX);
    const str_t page = login_page(views, arena,
                                  (view_login_t){.buttons = {BUTTONS, 3},
                                                 .is_signup_open = true,
                                                 .note = VIEW_LOGIN_NOTE_NO_EMAIL,
                                                 .note_name = STR("GitHub")});
    cr_assert(help_has(page, "<h1>What is your email address?</h1>"));
    cr_assert(help_has(page, "<bdi>GitHub</bdi> did not tell us your email address."));
    cr_assert_not(help_has(page, "/a/auth/connection"));
    cr_assert_not(help_has(page, "/a/auth/signup"));
    cr_assert(help_has(page, "name=\"intent\" value=\"sign_in\""));
    arena_free(&arena);
    views_free(&views);
}

Test(view_connection, a_cancelled_sign_in_is_a_status_and_a_failed_one_an_alert) {
    const settings_t settings = help_settings();
    views_t *views = help_views(&settings);
    arena_t *arena = arena_new(ARENA_MAX);
    view_login_t login = {.note = VIEW_LOGIN_NOTE_CANCELLED, .note_name = STR("Google")};
    str_t page = login_page(views, arena, login);
    cr_assert(help_has(page, "role=\"status\">Sign-in with <bdi>Google</bdi> was cancelled."));
    login.note = VIEW_LOGIN_NOTE_FAILED;
    page = login_page(views, arena, login);
    cr_assert(help_has(page, "role=\"alert\">Sign-in with <bdi>Google</bdi> did not work."));
    cr_assert_not(help_has(login_page(views, arena, (view_login_t){0}), "role="));
    arena_free(&arena);
    views_free(&views);
}

Test(view_connection, an_organization_in_scope_leads_with_its_name_and_logo) {
    const settings_t settings = help_settings();
    views_t *views = help_views(&settings);
    arena_t *arena = arena_new(ARENA_MAX);
    view_frame_t frame = {.views = views,
                          .app_name = STR("Acme"),
                          .app_logo_url = STR("https://acme.example/logo.png"),
                          .organization_name = STR("Megacorp"),
                          .organization_logo_url = STR("https://megacorp.example/logo.png")};
    const view_login_t login = {0};
    str_t page = {0};
    cr_assert_eq(view_login_page(arena, &frame, &login, &page, NULL), OK);
    cr_assert(help_has(page, "<title>Sign in to Megacorp</title>"));
    cr_assert(help_has(page, "src=\"https://megacorp.example/logo.png\" alt=\"Megacorp\""));
    cr_assert(help_has(page, "To continue to <bdi>Acme</bdi>."));
    cr_assert_not(help_has(page, "https://acme.example/logo.png"));
    frame.organization_logo_url = STR_NONE;
    cr_assert_eq(view_login_page(arena, &frame, &login, &page, NULL), OK);
    cr_assert(help_has(page, "src=\"https://acme.example/logo.png\" alt=\"Acme\""));
    arena_free(&arena);
    views_free(&views);
}

static str_t sso_page(const views_t *views, arena_t *arena, view_sso_t page) {
    const view_frame_t frame = {.views = views, .app_name = STR("Acme")};
    page.flow_id = STR("req_7");
    page.form_token = STR("f0rm");
    str_t out = {0};
    cr_assert_eq(view_sso_page(arena, &frame, &page, &out, NULL), OK);
    return out;
}

Test(view_connection, p_link_13_the_way_to_the_company_says_why_and_waits_for_who_reads) {
    const settings_t settings = help_settings();
    views_t *views = help_views(&settings);
    arena_t *arena = arena_new(ARENA_MAX);
    static const char *const sentences[] = {"<bdi>Megacorp</bdi> asks you to sign in with its own",
                                            "You are signed in already, but <bdi>Megacorp</bdi>",
                                            "To switch to <bdi>Megacorp</bdi>, sign in"};
    for (int why = 0; why < 3; why++) {
        const str_t page = sso_page(views, arena,
                                    (view_sso_t){.why = (view_sso_why_t)why,
                                                 .organization = STR("Megacorp"),
                                                 .connection = STR("Megacorp Okta"),
                                                 .email = STR("joe@megacorp.org")});
        cr_assert(help_has(page, sentences[why]));
        cr_assert(help_has(page, "<form method=\"post\" action=\"/a/auth/sso\" data-go=\"5\">"));
        cr_assert(help_has(page, "name=\"form_token\" value=\"f0rm\""));
        cr_assert(help_has(page, "joe@megacorp.org"));
        cr_assert(help_has(page, "Continue to <bdi>Megacorp Okta</bdi>"));
        cr_assert(help_has(page, "/a/auth/login?flow=req_7"));
        cr_assert_not(help_has(page, "http-equiv"),
                      "nothing but the script that a touch stops sends them on");
    }
    arena_free(&arena);
    views_free(&views);
}

Test(view_connection, of_organization_and_connection_one_name_stands_in_for_the_other) {
    const settings_t settings = help_settings();
    views_t *views = help_views(&settings);
    arena_t *arena = arena_new(ARENA_MAX);
    str_t page =
        sso_page(views, arena,
                 (view_sso_t){.organization = STR("Megacorp"), .email = STR("joe@megacorp.org")});
    cr_assert(help_has(page, "Continue to <bdi>Megacorp</bdi>"));
    page = sso_page(views, arena, (view_sso_t){.connection = STR("Okta")});
    cr_assert(help_has(page, "<h1>Continue with <bdi>Okta</bdi></h1>"));
    arena_free(&arena);
    views_free(&views);
}

Test(view_connection, the_picker_offers_what_it_was_given_by_name) {
    const settings_t settings = help_settings();
    views_t *views = help_views(&settings);
    arena_t *arena = arena_new(ARENA_MAX);
    const view_frame_t frame = {.views = views, .app_name = STR("Acme")};
    const view_pick_t pick = {.flow_id = STR("req_7"), .buttons = {BUTTONS, 3}};
    str_t page = {0};
    cr_assert_eq(view_pick_page(arena, &frame, &pick, &page, NULL), OK);
    cr_assert(help_has(page, "action=\"/a/auth/pick\""));
    cr_assert_eq(help_count(page, "name=\"connection_id\""), 3);
    cr_assert(help_has(page, "<span><bdi>Megacorp</bdi></span>"));
    arena_free(&arena);
    views_free(&views);
}

Test(view_connection, m15_the_code_page_names_who_asserted_which_address) {
    const settings_t settings = help_settings();
    views_t *views = help_views(&settings);
    arena_t *arena = arena_new(ARENA_MAX);
    const view_frame_t frame = {.views = views, .app_name = STR("Acme")};
    view_code_t code = {.flow_id = STR("req_7"),
                        .email = STR("ann@foocorp.com"),
                        .asserted_by = STR("Megacorp"),
                        .is_code_usable = true};
    str_t page = {0};
    cr_assert_eq(view_code_page(arena, &frame, &code, &page, NULL), OK);
    cr_assert(help_has(page,
                       "<bdi>Megacorp</bdi> says that your email is "
                       "<bdi dir=\"ltr\">ann@foocorp.com</bdi>. Please confirm it once."));
    cr_assert(help_has(page, "<h1>Confirm your email</h1>"));
    code.asserted_by = STR_NONE;
    cr_assert_eq(view_code_page(arena, &frame, &code, &page, NULL), OK);
    cr_assert_not(help_has(page, "says that"));
    arena_free(&arena);
    views_free(&views);
}

Test(view_connection, p_rp_23_a_test_shows_what_the_provider_said_as_text) {
    const settings_t settings = help_settings();
    views_t *views = help_views(&settings);
    arena_t *arena = arena_new(ARENA_MAX);
    const view_frame_t frame = {.views = views, .app_name = STR("Acme")};
    const view_claim_t claims[] = {{STR("<b>"), STR("<script>alert(1)</script>")}};
    view_test_t test = {.connection = STR("Okta"), .claims = claims, .claims_count = 1};
    str_t page = {0};
    cr_assert_eq(view_test_page(arena, &frame, &test, &page, NULL), OK);
    cr_assert(help_has(page, "<h1>The test went well</h1>"));
    cr_assert(help_has(page, "&lt;script&gt;alert(1)&lt;/script&gt;"));
    test.error = STR("invalid_client");
    test.error_text = STR("The secret is wrong.");
    test.error_details = STR("<img src=x>");
    cr_assert_eq(view_test_page(arena, &frame, &test, &page, NULL), OK);
    cr_assert(help_has(page, "<h1>The test failed</h1>"));
    cr_assert(help_has(page, "<code>invalid_client</code>"));
    cr_assert(help_has(page, "&lt;img src=x&gt;"));
    cr_assert(help_has(page, "The secret is wrong."));
    arena_free(&arena);
    views_free(&views);
}
