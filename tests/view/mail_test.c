#include "view/help.h"
#include "view/view.h"
#include <criterion/criterion.h>

enum { ARENA_MAX = 16 * 1024 * 1024 };

static view_mail_t mail_of(const views_t *views, arena_t *arena, view_locale_t locale,
                           const char *app) {
    const help_sample_t sample = {
        arena,
        {.views = views, .locale = locale, .app_name = str_from_c(app)},
        STR("ann@example.com"),
        STR("https://login.example/a/auth/link?token=abc"),
    };
    return help_mail(&sample);
}

Test(view_mail, the_subject_ends_with_the_code_in_two_groups) {
    const settings_t settings = help_settings();
    views_t *views = help_views(&settings);
    arena_t *arena = arena_new(ARENA_MAX);
    const view_mail_t mail = mail_of(views, arena, LOCALE_EN, "Acme");
    cr_assert(str_eq(mail.subject, STR("Your code for Acme: 123 456")), "%.*s",
              STR_ARG(mail.subject));
    cr_assert(str_eq(mail_of(views, arena, LOCALE_DE, "Acme").subject,
                     STR("Ihr Code für Acme: 123 456")));
    arena_free(&arena);
    views_free(&views);
}

Test(view_mail, the_code_is_kept_out_of_the_subject_if_the_operator_says_so) {
    settings_t settings = help_settings();
    settings.is_code_in_subject = false;
    views_t *views = help_views(&settings);
    arena_t *arena = arena_new(ARENA_MAX);
    const view_mail_t mail = mail_of(views, arena, LOCALE_EN, "Acme");
    cr_assert(str_eq(mail.subject, STR("Your code for Acme")));
    cr_assert(help_has(mail.text, "123 456"));
    arena_free(&arena);
    views_free(&views);
}

Test(view_mail, text_and_html_tell_code_link_time_origin_and_what_to_do_if_it_was_not_you) {
    const settings_t settings = help_settings();
    views_t *views = help_views(&settings);
    arena_t *arena = arena_new(ARENA_MAX);
    const view_mail_t mail = mail_of(views, arena, LOCALE_EN, "Acme");
    const str_t bodies[] = {mail.text, mail.html};
    for (size_t i = 0; i < 2; i++) {
        cr_assert(help_has(bodies[i], "123 456"));
        cr_assert(help_has(bodies[i], "https://login.example/a/auth/link?token=abc"));
        cr_assert(help_has(bodies[i], "for 5 minutes"));
        cr_assert(help_has(bodies[i], "22 November 2026, 10:10 UTC"));
        cr_assert(help_has(bodies[i], "Requested from: "));
        cr_assert(help_has(bodies[i], "Not you? Ignore this email."));
    }
    cr_assert_not(help_has(mail.html, "src="), "no image and no tracking pixel");
    arena_free(&arena);
    views_free(&views);
}

Test(view_mail, each_language_has_its_own_words_date_and_direction) {
    const settings_t settings = help_settings();
    views_t *views = help_views(&settings);
    arena_t *arena = arena_new(ARENA_MAX);
    const view_mail_t german = mail_of(views, arena, LOCALE_DE, "Acme");
    const view_mail_t arabic = mail_of(views, arena, LOCALE_AR, "Acme");
    cr_assert(help_has(german.text, "22. November 2026, 10:10 Uhr UTC"));
    cr_assert(help_has(german.html, "<html lang=\"de\" dir=\"ltr\">"));
    cr_assert(help_has(arabic.text, "نوفمبر"));
    cr_assert(help_has(arabic.html, "<html lang=\"ar\" dir=\"rtl\">"));
    // A code of two groups would change places in right-to-left text without an isolate.
    cr_assert(help_has(arabic.subject, "\u2066123 456\u2069"));
    arena_free(&arena);
    views_free(&views);
}

Test(view_mail, p_otp_11_a_line_break_in_a_value_never_makes_a_line) {
    const settings_t settings = help_settings();
    views_t *views = help_views(&settings);
    arena_t *arena = arena_new(ARENA_MAX);
    const view_mail_t mail =
        mail_of(views, arena, LOCALE_EN, "Acme\r\nBcc: x@y\n\xe2\x80\xa8\xc2\x85\xe2\x80\xae!");
    cr_assert(str_eq(mail.subject, STR("Your code for Acme  Bcc: x@y   !: 123 456")), "%.*s",
              STR_ARG(mail.subject));
    cr_assert_not(help_has(mail.text, "\r"));
    cr_assert_not(help_has(mail.text, "\nBcc"));
    arena_free(&arena);
    views_free(&views);
}

Test(view_mail, p_otp_21_template_and_format_text_in_a_name_stay_literal) {
    const settings_t settings = help_settings();
    views_t *views = help_views(&settings);
    arena_t *arena = arena_new(ARENA_MAX);
    const view_mail_t mail =
        mail_of(views, arena, LOCALE_EN, "{{constructor}}{code}<img src=x>%n%s");
    cr_assert(
        str_eq(mail.subject, STR("Your code for {{constructor}}{code}<img src=x>%n%s: 123 456")));
    cr_assert(help_has(mail.text, "{{constructor}}{code}<img src=x>%n%s"));
    cr_assert(help_has(mail.html, "{{constructor}}{code}&lt;img src=x&gt;%n%s"));
    cr_assert_not(help_has(mail.html, "<img"));
    arena_free(&arena);
    views_free(&views);
}

Test(view_mail, p_inj_02_a_link_with_another_scheme_leads_nowhere) {
    const settings_t settings = help_settings();
    views_t *views = help_views(&settings);
    arena_t *arena = arena_new(ARENA_MAX);
    const help_sample_t sample = {
        arena, {.views = views, .app_name = STR("Acme")}, STR("x"), STR("javascript:alert(1)")};
    const view_mail_t mail = help_mail(&sample);
    cr_assert_not(help_has(mail.html, "javascript:"));
    cr_assert_not(help_has(mail.text, "javascript:"));
    arena_free(&arena);
    views_free(&views);
}

static view_mail_t invitation_of(const views_t *views, arena_t *arena, view_locale_t locale,
                                 view_mail_invitation_t mail) {
    mail.locale = locale;
    mail.app_name = STR("Acme");
    mail.organization = STR("Megacorp");
    mail.email = STR("ann@foocorp.com");
    mail.link = STR("https://login.example/a/auth/invitation?token=abc");
    view_mail_t out = {0};
    cr_assert_eq(view_mail_invitation(views, arena, &mail, &out, NULL), OK);
    return out;
}

Test(view_mail, an_invitation_tells_where_to_by_whom_for_whom_and_how_long) {
    const settings_t settings = help_settings();
    views_t *views = help_views(&settings);
    arena_t *arena = arena_new(ARENA_MAX);
    const view_mail_invitation_t from = {.inviter = STR("joe@megacorp.org"), .lifetime_days = 15};
    const view_mail_t mail = invitation_of(views, arena, LOCALE_EN, from);
    cr_assert(str_eq(mail.subject, STR("You have been invited to Megacorp on Acme")));
    const str_t bodies[] = {mail.text, mail.html};
    for (size_t i = 0; i < 2; i++) {
        cr_assert(help_has(bodies[i], "joe@megacorp.org"));
        cr_assert(help_has(bodies[i], "has invited you to "));
        cr_assert(help_has(bodies[i], "https://login.example/a/auth/invitation?token=abc"));
        cr_assert(help_has(bodies[i], "expires in 15 days"));
        cr_assert(help_has(bodies[i], "ann@foocorp.com"));
        cr_assert(help_has(bodies[i], "You did not expect this?"));
    }
    cr_assert_not(help_has(mail.html, "src="), "no image and no tracking pixel");
    arena_free(&arena);
    views_free(&views);
}

Test(view_mail, an_invitation_without_an_inviter_names_none) {
    const settings_t settings = help_settings();
    views_t *views = help_views(&settings);
    arena_t *arena = arena_new(ARENA_MAX);
    const view_mail_invitation_t mail = {.lifetime_days = 1};
    const view_mail_t english = invitation_of(views, arena, LOCALE_EN, mail);
    cr_assert(str_starts(english.text, STR("You have been invited to Megacorp on Acme.")));
    cr_assert(help_has(english.text, "expires in 1 day."));
    const view_mail_t arabic = invitation_of(views, arena, LOCALE_AR, mail);
    cr_assert(help_has(arabic.html, "dir=\"rtl\""));
    cr_assert(help_has(arabic.text, "\xd9\x8a\xd9\x88\xd9\x85 \xd9\x88\xd8\xa7\xd8\xad\xd8\xaf"));
    arena_free(&arena);
    views_free(&views);
}

Test(view_mail, p_otp_21_names_in_an_invitation_are_neither_markup_nor_a_second_line) {
    const settings_t settings = help_settings();
    views_t *views = help_views(&settings);
    arena_t *arena = arena_new(ARENA_MAX);
    const str_t attack = STR("x\r\nBcc: all@example.com\n<img src=x><a href=\"//evil\">");
    const help_sample_t sample = {
        arena, {.views = views, .app_name = attack}, attack, STR("javascript:alert(1)")};
    const view_mail_t mail = help_invitation(&sample);
    cr_assert_eq(str_find(mail.subject, '\n'), mail.subject.len);
    cr_assert_eq(str_find(mail.subject, '\r'), mail.subject.len);
    cr_assert_not(help_has(mail.html, "<img"));
    cr_assert_not(help_has(mail.html, "javascript:"));
    cr_assert_not(help_has(mail.text, "\nBcc:"));
    arena_free(&arena);
    views_free(&views);
}
