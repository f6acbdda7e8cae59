#include "view/help.h"
#include "view/view.h"
#include <criterion/criterion.h>

enum { ARENA_MAX = 16 * 1024 * 1024 };

Test(view_notice, a_notice_shows_the_address_only_where_it_was_proven) {
    const settings_t settings = help_settings();
    views_t *views = help_views(&settings);
    arena_t *arena = arena_new(ARENA_MAX);
    const view_frame_t frame = {.views = views, .app_name = STR("Acme")};
    static const bool is_proven[VIEW_NOTICE_COUNT] = {
        [VIEW_NOTICE_NO_ACCOUNT] = true,       [VIEW_NOTICE_NOT_ACTIVE] = true,
        [VIEW_NOTICE_SIGN_OUT_CONFIRM] = true, [VIEW_NOTICE_NO_MEMBER] = true,
        [VIEW_NOTICE_OTHER_REALM] = true,      [VIEW_NOTICE_MEMBER_INACTIVE] = true,
        [VIEW_NOTICE_INVITATION_TAKEN] = true,
    };
    for (int kind = 0; kind < VIEW_NOTICE_COUNT; kind++) {
        const view_notice_t notice = {.kind = (view_notice_kind_t)kind,
                                      .email = STR("ann@example.com")};
        str_t page = {0};
        cr_assert_eq(view_notice_page(arena, &frame, &notice, &page, NULL), OK);
        cr_assert_eq(help_has(page, "ann@example.com"), is_proven[kind], "kind %d", kind);
    }
    arena_free(&arena);
    views_free(&views);
}

Test(view_notice, a_notice_leads_on_by_link_or_form_and_names_its_support_id) {
    const settings_t settings = help_settings();
    views_t *views = help_views(&settings);
    arena_t *arena = arena_new(ARENA_MAX);
    const view_frame_t frame = {.views = views, .app_name = STR("Acme"), .request_id = STR("r_1")};
    view_notice_t notice = {.kind = VIEW_NOTICE_EXPIRED,
                            .action_url = STR("/a/auth/restart"),
                            .is_action_post = true,
                            .flow_id = STR("req_1")};
    str_t page = {0};
    cr_assert_eq(view_notice_page(arena, &frame, &notice, &page, NULL), OK);
    cr_assert(help_has(page, "<form method=\"post\" action=\"/a/auth/restart\">"));
    cr_assert(help_has(page, "name=\"flow\" value=\"req_1\""));
    cr_assert(help_has(page, "Support id: <bdi dir=\"ltr\">r_1</bdi>"));
    notice.is_action_post = false;
    cr_assert_eq(view_notice_page(arena, &frame, &notice, &page, NULL), OK);
    cr_assert(help_has(page, "<a class=\"button\" href=\"/a/auth/restart\">"));
    cr_assert_not(help_has(page, "<form"));
    arena_free(&arena);
    views_free(&views);
}

static str_t notice_page(const views_t *views, arena_t *arena, const view_notice_t *notice) {
    const view_frame_t frame = {.views = views, .app_name = STR("Acme"), .request_id = STR("r_1")};
    str_t page = {0};
    cr_assert_eq(view_notice_page(arena, &frame, notice, &page, NULL), OK);
    return page;
}

Test(view_notice, a_failed_company_sign_in_offers_again_the_application_and_another_email) {
    const settings_t settings = help_settings();
    views_t *views = help_views(&settings);
    arena_t *arena = arena_new(ARENA_MAX);
    const view_notice_t notice = {.kind = VIEW_NOTICE_SSO_FAILED,
                                  .name = STR("Megacorp"),
                                  .detail = STR("invalid_id_token"),
                                  .action_url = STR("/a/auth/restart"),
                                  .is_action_post = true,
                                  .flow_id = STR("req_1"),
                                  .form_token = STR("f0rm"),
                                  .application_url = STR("https://acme.example/"),
                                  .is_other_email = true};
    const str_t page = notice_page(views, arena, &notice);
    cr_assert(help_has(page, "Sign-in with <bdi>Megacorp</bdi> did not work"));
    cr_assert(help_has(page, "<form method=\"post\" action=\"/a/auth/restart\">"));
    cr_assert(help_has(page, "name=\"form_token\" value=\"f0rm\""));
    cr_assert(help_has(page, "<a href=\"https://acme.example/\">Back to <bdi>Acme</bdi></a>"));
    cr_assert(help_has(page, "<a href=\"/a/auth/login?flow=req_1\">Use another email</a>"));
    cr_assert(help_has(page, "Support id: <bdi dir=\"ltr\">r_1</bdi>"));
    cr_assert(help_has(page, "(invalid_id_token)"));
    cr_assert(help_has(page, "help@example.com"));
    arena_free(&arena);
    views_free(&views);
}

Test(view_notice, no_other_email_is_offered_without_a_flow_to_enter_it_in) {
    const settings_t settings = help_settings();
    views_t *views = help_views(&settings);
    arena_t *arena = arena_new(ARENA_MAX);
    const view_notice_t notice = {.kind = VIEW_NOTICE_NO_MEMBER, .is_other_email = true};
    cr_assert_not(help_has(notice_page(views, arena, &notice), "/a/auth/login"));
    arena_free(&arena);
    views_free(&views);
}

Test(view_notice, without_a_name_the_application_stands_in) {
    const settings_t settings = help_settings();
    views_t *views = help_views(&settings);
    arena_t *arena = arena_new(ARENA_MAX);
    const view_notice_t notice = {.kind = VIEW_NOTICE_SSO_UNREACHABLE};
    cr_assert(help_has(notice_page(views, arena, &notice), "<h1><bdi>Acme</bdi> does not answer"));
    arena_free(&arena);
    views_free(&views);
}
