#include "view/help.h"
#include "view/view.h"
#include <criterion/criterion.h>

enum { ARENA_MAX = 64 * 1024 * 1024, LONGEST = 256 };

static view_frame_t frame_of(const views_t *views, view_locale_t locale, str_t value, str_t url) {
    return (view_frame_t){.views = views,
                          .locale = locale,
                          .app_name = value,
                          .app_logo_url = url,
                          .request_id = value,
                          .language_url = STR("/a/auth/login?flow=req_1")};
}

// Calls `check` with every page in every language.
static void each_page(str_t value, str_t url, void (*check)(str_t page)) {
    const settings_t settings = help_settings();
    views_t *views = help_views(&settings);
    arena_t *arena = arena_new(ARENA_MAX);
    for (int locale = 0; locale < VIEW_LOCALE_COUNT; locale++) {
        const help_sample_t sample = {arena, frame_of(views, (view_locale_t)locale, value, url),
                                      value, url};
        for (int i = 0; i < HELP_PAGES; i++) {
            check(help_page(&sample, i));
        }
    }
    arena_free(&arena);
    views_free(&views);
}

static void expect_whole(str_t page) {
    cr_assert(str_starts(page, STR("<!doctype html>\n<html lang=\"")));
    cr_assert(str_ends(page, STR("</html>")));
    cr_assert(str_is_utf8(page));
    cr_assert_eq(help_count(page, "<h1>"), 1);
    cr_assert_eq(help_count(page, "<title>"), 1);
    cr_assert_not(help_has(page, "<title></title>"));
    // Braces are those of the input patterns: nothing was left unfilled.
    cr_assert_eq(help_count(page, "{"), help_count(page, "*){6}\"") + help_count(page, "]{2}\""));
    cr_assert_not(help_has(page, "\"></button>"));
    cr_assert_not(help_has(page, "<span></span>"));
    cr_assert_not(help_has(page, "<h1></h1>"));
}

Test(view_page, is_whole_in_each_language_with_ordinary_values) {
    each_page(STR("Acme"), STR("https://acme.example/"), expect_whole);
}

Test(view_page, is_whole_in_each_language_with_no_values_at_all) {
    each_page(STR_NONE, STR_NONE, expect_whole);
}

Test(view_page, is_whole_in_each_language_with_the_longest_values) {
    char longest[LONGEST];
    memset(longest, 'W', sizeof longest);
    each_page((str_t){longest, sizeof longest}, STR("/a/auth/restart"), expect_whole);
}

static void expect_nothing_inline(str_t page) {
    cr_assert_not(help_has(page, "style="));
    cr_assert_not(help_has(page, "<style"));
    cr_assert_eq(help_count(page, "<script"), 1);
    cr_assert(help_has(page, ".js\" defer></script>"));
    cr_assert_not(help_has(page, " on"), "an event handler");
}

Test(view_page, p_sess_08_holds_no_inline_script_or_style) {
    const settings_t settings = help_settings();
    views_t *views = help_views(&settings);
    arena_t *arena = arena_new(ARENA_MAX);
    const help_sample_t sample = {arena, frame_of(views, LOCALE_DE, STR("x"), STR("/")), STR("x"),
                                  STR("/")};
    for (int i = 0; i < HELP_PAGES; i++) {
        expect_nothing_inline(help_page(&sample, i));
    }
    arena_free(&arena);
    views_free(&views);
}

static void expect_tame(str_t page) {
    cr_assert_eq(help_count(page, "<script"), 1, "ours alone");
    cr_assert_eq(help_count(page, "</script"), 1);
    cr_assert_not(help_has(page, "<img src=x"));
    cr_assert_not(help_has(page, "<!--"));
    cr_assert_not(help_has(page, "\" onfocus="));
    cr_assert_not(help_has(page, "' onfocus="));
    cr_assert(str_is_utf8(page));
}

Test(view_page, p_inj_02_escapes_script_in_every_slot) {
    each_page(STR("</title></p><script>alert(1)</script><img src=x onerror=alert(1)>"), STR("/"),
              expect_tame);
}

Test(view_page, p_inj_02_escapes_quotes_in_every_slot) {
    each_page(STR("\" onfocus=alert(1) x=\"' onfocus=alert(1) x='"), STR("/"), expect_tame);
}

Test(view_page, p_inj_06_escapes_what_would_end_a_script_or_begin_a_comment) {
    each_page(STR("</script><!--\xe2\x80\xa8-->]]>"), STR("/"), expect_tame);
}

Test(view_page, p_inj_02_survives_text_that_is_not_utf8) {
    each_page(STR("\xff\xc0<script>"), STR("/"), expect_tame);
}

static void expect_literal(str_t page) {
    cr_assert_not(help_has(page, "Gatehouse"));
    cr_assert(help_has(page, "{{form_token}}{app}%s%n"));
}

Test(view_page, p_otp_21_shows_template_text_in_a_value_literally) {
    each_page(STR("{{form_token}}{app}%s%n"), STR("/"), expect_literal);
}

static void expect_no_script_url(str_t page) {
    cr_assert_not(help_has(page, "javascript:"));
    cr_assert_not(help_has(page, "JavaScript:"));
    cr_assert_not(help_has(page, "\"//evil"));
    cr_assert_not(help_has(page, "\"/\\evil"));
    cr_assert_not(help_has(page, "data:"));
}

Test(view_page, p_inj_02_refuses_urls_that_run_script_or_leave_for_another_host) {
    static const char *const urls[] = {"javascript:alert(1)",     "JavaScript:alert(1)",
                                       " javascript:alert(1)",    "java\tscript:alert(1)",
                                       "//evil.example/",         "/\\evil.example/",
                                       "data:text/html,<script>", "/\t/evil.example"};
    for (size_t i = 0; i < sizeof urls / sizeof *urls; i++) {
        each_page(STR("Acme"), str_from_c(urls[i]), expect_no_script_url);
    }
}

static str_t code_page(const views_t *views, arena_t *arena, view_locale_t locale,
                       view_code_t page) {
    const view_frame_t frame = {.views = views, .locale = locale, .app_name = STR("Acme")};
    page.flow_id = STR("req_7");
    page.form_token = STR("f0rm");
    page.email = STR("ann@example.com");
    str_t out = {0};
    cr_assert_eq(view_code_page(arena, &frame, &page, &out, NULL), OK);
    return out;
}

Test(view_page, a_wrong_code_is_told_in_title_field_and_words) {
    const settings_t settings = help_settings();
    views_t *views = help_views(&settings);
    arena_t *arena = arena_new(ARENA_MAX);
    const str_t page = code_page(
        views, arena, LOCALE_EN,
        (view_code_t){.error = VIEW_ERROR_CODE_WRONG, .tries_left = 4, .is_code_usable = true});
    cr_assert(help_has(page, "<title>Error: wrong code - Check your email - Sign in to Acme</ti"));
    cr_assert(help_has(page, "aria-invalid=\"true\" aria-describedby=\"error\" autofocus"));
    cr_assert(help_has(page, "id=\"error\" role=\"alert\""));
    cr_assert(help_has(page, "You have 4 tries left."));
    arena_free(&arena);
    views_free(&views);
}

Test(view_page, numbers_choose_the_plural_of_the_language) {
    const settings_t settings = help_settings();
    views_t *views = help_views(&settings);
    arena_t *arena = arena_new(ARENA_MAX);
    const view_code_t one = {
        .error = VIEW_ERROR_CODE_WRONG, .tries_left = 1, .is_code_usable = true};
    const view_code_t two = {
        .error = VIEW_ERROR_CODE_WRONG, .tries_left = 2, .is_code_usable = true};
    cr_assert(help_has(code_page(views, arena, LOCALE_EN, one), "You have 1 try left."));
    cr_assert(help_has(code_page(views, arena, LOCALE_DE, two), "noch 2 Versuche."));
    cr_assert(help_has(code_page(views, arena, LOCALE_AR, two), "محاولتان"));
    arena_free(&arena);
    views_free(&views);
}

Test(view_page, p_sess_14_the_code_field_takes_autofill_and_generous_paste) {
    const settings_t settings = help_settings();
    views_t *views = help_views(&settings);
    arena_t *arena = arena_new(ARENA_MAX);
    const str_t page = code_page(views, arena, LOCALE_EN, (view_code_t){.is_code_usable = true});
    cr_assert(help_has(page, "autocomplete=\"one-time-code\""));
    cr_assert(help_has(page, "inputmode=\"numeric\""));
    cr_assert(help_has(page, "maxlength=\"64\""));
    cr_assert(help_has(page, "name=\"flow\" value=\"req_7\""));
    cr_assert(help_has(page, "name=\"form_token\" value=\"f0rm\""));
    cr_assert(help_has(page, "href=\"/a/auth/login?flow=req_7\""));
    arena_free(&arena);
    views_free(&views);
}

Test(view_page, a_dead_code_leaves_only_the_way_to_a_new_one) {
    const settings_t settings = help_settings();
    views_t *views = help_views(&settings);
    arena_t *arena = arena_new(ARENA_MAX);
    const str_t page =
        code_page(views, arena, LOCALE_EN, (view_code_t){.error = VIEW_ERROR_CODE_DEAD});
    cr_assert_not(help_has(page, "name=\"code\""));
    cr_assert(help_has(page, "action=\"/a/auth/resend\""));
    cr_assert(help_has(page, "<button autofocus aria-describedby=\"error\""));
    arena_free(&arena);
    views_free(&views);
}

Test(view_page, the_wait_for_a_new_code_is_told_without_script) {
    const settings_t settings = help_settings();
    views_t *views = help_views(&settings);
    arena_t *arena = arena_new(ARENA_MAX);
    view_code_t page = {.resend_wait_s = 28, .is_code_usable = true};
    cr_assert(help_has(code_page(views, arena, LOCALE_EN, page), "a new code in 28 seconds."));
    page.resend_wait_s = 1500;
    cr_assert(help_has(code_page(views, arena, LOCALE_EN, page), "a new code in 25 minutes."));
    page.resend_wait_s = 0;
    cr_assert_not(help_has(code_page(views, arena, LOCALE_EN, page), "a new code in"));
    arena_free(&arena);
    views_free(&views);
}

Test(view_page, the_number_to_confirm_comes_with_polling_and_a_button) {
    const settings_t settings = help_settings();
    views_t *views = help_views(&settings);
    arena_t *arena = arena_new(ARENA_MAX);
    const view_code_t page = {.confirm_number = STR("42"), .is_code_usable = true};
    const str_t out = code_page(views, arena, LOCALE_AR, page);
    cr_assert(help_has(out, "data-poll=\"/a/auth/status?flow=req_7\""));
    cr_assert(help_has(out, "action=\"/a/auth/continue\""));
    cr_assert(help_has(out, "<p class=\"number\" dir=\"ltr\">42</p>"));
    arena_free(&arena);
    views_free(&views);
}

Test(view_page, arabic_reads_from_right_to_left_and_addresses_do_not) {
    const settings_t settings = help_settings();
    views_t *views = help_views(&settings);
    arena_t *arena = arena_new(ARENA_MAX);
    const str_t page = code_page(views, arena, LOCALE_AR, (view_code_t){.is_code_usable = true});
    cr_assert(help_has(page, "<html lang=\"ar\" dir=\"rtl\">"));
    cr_assert(help_has(page, "<bdi dir=\"ltr\">ann@example.com</bdi>"));
    cr_assert(
        help_has(code_page(views, arena, LOCALE_DE, (view_code_t){0}), "lang=\"de\" dir=\"ltr"));
    arena_free(&arena);
    views_free(&views);
}

Test(view_page, the_language_menu_keeps_the_page_and_marks_the_language) {
    const settings_t settings = help_settings();
    views_t *views = help_views(&settings);
    arena_t *arena = arena_new(ARENA_MAX);
    const view_login_t login = {0};
    view_frame_t frame = {
        .views = views, .locale = LOCALE_DE, .language_url = STR("/a/auth/login?flow=req_1")};
    str_t page = {0};
    cr_assert_eq(view_login_page(arena, &frame, &login, &page, NULL), OK);
    cr_assert(help_has(page,
                       "aria-current=\"true\" href=\"/a/auth/login?flow=req_1&amp;"
                       "ui_locales=de\""));
    cr_assert_eq(help_count(page, "aria-current"), 1);
    cr_assert_eq(help_count(page, "ui_locales="), 3);
    frame.language_url = STR_NONE;
    cr_assert_eq(view_login_page(arena, &frame, &login, &page, NULL), OK);
    cr_assert_not(help_has(page, "ui_locales="));
    arena_free(&arena);
    views_free(&views);
}

Test(view_page, sign_in_and_sign_up_lead_to_each_other) {
    const settings_t settings = help_settings();
    views_t *views = help_views(&settings);
    arena_t *arena = arena_new(ARENA_MAX);
    const view_frame_t frame = {.views = views, .app_name = STR("Acme")};
    view_login_t login = {.flow_id = STR("req_1"), .is_signup_open = true};
    str_t page = {0};
    cr_assert_eq(view_login_page(arena, &frame, &login, &page, NULL), OK);
    cr_assert(help_has(page, "href=\"/a/auth/signup?flow=req_1\""));
    cr_assert(help_has(page, "name=\"intent\" value=\"sign_in\""));
    login.is_signup_open = false;
    cr_assert_eq(view_login_page(arena, &frame, &login, &page, NULL), OK);
    cr_assert_not(help_has(page, "/a/auth/signup"));
    login.is_signup = true;
    cr_assert_eq(view_login_page(arena, &frame, &login, &page, NULL), OK);
    cr_assert(help_has(page, "href=\"/a/auth/login?flow=req_1\""));
    cr_assert(help_has(page, "name=\"intent\" value=\"sign_up\""));
    arena_free(&arena);
    views_free(&views);
}

Test(view_page, an_application_without_a_name_gets_the_products) {
    const settings_t settings = help_settings();
    views_t *views = help_views(&settings);
    arena_t *arena = arena_new(ARENA_MAX);
    const view_frame_t frame = {.views = views};
    const view_login_t login = {0};
    str_t page = {0};
    cr_assert_eq(view_login_page(arena, &frame, &login, &page, NULL), OK);
    cr_assert(help_has(page, "<title>Sign in to Gatehouse</title>"));
    arena_free(&arena);
    views_free(&views);
}

static void expect_plain_words(str_t page) {
    static const char *const jargon[] = {"IdP", "OTP", "SSO", "OAuth", "token.", "Token."};
    for (size_t i = 0; i < sizeof jargon / sizeof *jargon; i++) {
        cr_assert_not(help_has(page, jargon[i]), "%s", jargon[i]);
    }
}

Test(view_page, speaks_plainly) {
    each_page(STR("Acme"), STR("/"), expect_plain_words);
}
