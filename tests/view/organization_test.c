#include "view/help.h"
#include "view/view.h"
#include <criterion/criterion.h>

enum { ARENA_MAX = 16 * 1024 * 1024 };

#define TEXT(literal)                                                                              \
    { literal, sizeof(literal) - 1 }

static const view_organization_t OWN[] = {
    {TEXT("org_1"), TEXT("Megacorp"), TEXT("https://megacorp.example/logo.png")},
    {TEXT("org_2"),
     TEXT("\xc3\x9c"
          "bermorgen"),
     TEXT("")},
};
static const view_organization_t OTHER[] = {{TEXT("org_3"), TEXT("Foocorp"), TEXT("")}};

static str_t chooser(const views_t *views, arena_t *arena, view_choice_t page) {
    const view_frame_t frame = {.views = views, .app_name = STR("Acme")};
    page.flow_id = STR("req_7");
    page.form_token = STR("f0rm");
    page.email = STR("ann@example.com");
    str_t out = {0};
    cr_assert_eq(view_organizations_page(arena, &frame, &page, &out, NULL), OK);
    return out;
}

Test(view_organization, the_chooser_has_a_section_for_each_kind_and_none_that_is_empty) {
    const settings_t settings = help_settings();
    views_t *views = help_views(&settings);
    arena_t *arena = arena_new(ARENA_MAX);
    str_t page = chooser(views, arena, (view_choice_t){.own = {OWN, 2}, .invitations = {OTHER, 1}});
    cr_assert(help_has(page, "<h2>Your organizations</h2>"));
    cr_assert(help_has(page, "<h2>Invitations</h2>"));
    cr_assert_not(help_has(page, "<h2>You can join</h2>"));
    cr_assert_not(help_has(page, "Create a new organization"));
    cr_assert_eq(help_count(page, "name=\"organization_id\""), 3);
    cr_assert_eq(help_count(page, ">Join<"), 1);
    page = chooser(views, arena, (view_choice_t){.joinable = {OTHER, 1}, .may_create = true});
    cr_assert(help_has(page, "<h2>You can join</h2>"));
    cr_assert_eq(help_count(page, "<h2>"), 1);
    cr_assert(help_has(page, "name=\"intent\" value=\"create\""));
    arena_free(&arena);
    views_free(&views);
}

Test(view_organization, p_sess_01_the_choice_is_a_form_with_the_token_of_this_page) {
    const settings_t settings = help_settings();
    views_t *views = help_views(&settings);
    arena_t *arena = arena_new(ARENA_MAX);
    const str_t page = chooser(views, arena, (view_choice_t){.own = {OWN, 2}});
    cr_assert(help_has(page, "method=\"post\" action=\"/a/auth/organization\""));
    cr_assert(help_has(page, "name=\"flow\" value=\"req_7\""));
    cr_assert(help_has(page, "name=\"form_token\" value=\"f0rm\""));
    cr_assert(help_has(page, "/a/auth/login?flow=req_7"), "another email");
    arena_free(&arena);
    views_free(&views);
}

Test(view_organization, a_logo_leads_a_row_or_the_whole_first_character) {
    const settings_t settings = help_settings();
    views_t *views = help_views(&settings);
    arena_t *arena = arena_new(ARENA_MAX);
    const str_t page = chooser(views, arena, (view_choice_t){.own = {OWN, 2}});
    cr_assert(help_has(page, "src=\"https://megacorp.example/logo.png\" alt=\"\""));
    cr_assert(help_has(page, "aria-hidden=\"true\">\xc3\x9c</i>"));
    cr_assert_eq(help_count(page, "class=\"tile\""), 2);
    arena_free(&arena);
    views_free(&views);
}

static str_t new_page(const views_t *views, arena_t *arena, view_organization_new_t page) {
    const view_frame_t frame = {.views = views, .app_name = STR("Acme")};
    page.flow_id = STR("req_7");
    str_t out = {0};
    cr_assert_eq(view_organization_new_page(arena, &frame, &page, &out, NULL), OK);
    return out;
}

Test(view_organization, a_refused_name_is_kept_and_told_beside_its_field) {
    const settings_t settings = help_settings();
    views_t *views = help_views(&settings);
    arena_t *arena = arena_new(ARENA_MAX);
    const str_t page = new_page(
        views, arena,
        (view_organization_new_t){.name = STR("A \"B\""), .error = VIEW_ERROR_NAME_INVALID});
    cr_assert(help_has(page, "value=\"A &quot;B&quot;\""));
    cr_assert(help_has(page, "aria-invalid=\"true\" aria-describedby=\"error\""));
    cr_assert(help_has(page, "id=\"error\" role=\"alert\">Use a name of at most 200 characters"));
    cr_assert(help_has(page, "<title>Error: name not possible - Create your organization"));
    arena_free(&arena);
    views_free(&views);
}

Test(view_organization, the_way_back_to_the_chooser_stands_there_only_if_there_is_one) {
    const settings_t settings = help_settings();
    views_t *views = help_views(&settings);
    arena_t *arena = arena_new(ARENA_MAX);
    const char *back = "href=\"/a/auth/organization?flow=req_7\"";
    cr_assert(
        help_has(new_page(views, arena, (view_organization_new_t){.has_choices = true}), back));
    cr_assert_not(help_has(new_page(views, arena, (view_organization_new_t){0}), back));
    arena_free(&arena);
    views_free(&views);
}

static str_t confirm(const views_t *views, arena_t *arena, view_confirm_kind_t kind,
                     str_t inviter) {
    const view_frame_t frame = {.views = views, .app_name = STR("Acme")};
    const view_confirm_t page = {.kind = kind,
                                 .token = STR("t0ken"),
                                 .organization = STR("Megacorp"),
                                 .connection = STR("Okta"),
                                 .inviter = inviter,
                                 .email = STR("ann@foocorp.com")};
    str_t out = {0};
    cr_assert_eq(view_confirm_page(arena, &frame, &page, &out, NULL), OK);
    return out;
}

Test(view_organization, what_a_link_asks_for_happens_by_a_form_of_its_own) {
    const settings_t settings = help_settings();
    views_t *views = help_views(&settings);
    arena_t *arena = arena_new(ARENA_MAX);
    static const char *const actions[] = {"/a/auth/invitation", "/a/auth/test"};
    for (int kind = 0; kind < 2; kind++) {
        const str_t page = confirm(views, arena, (view_confirm_kind_t)kind, STR_NONE);
        cr_assert_eq(help_count(page, "<form method=\"post\""), 1);
        cr_assert(help_has(page, actions[kind]));
        cr_assert(help_has(page, "name=\"token\" value=\"t0ken\""));
    }
    arena_free(&arena);
    views_free(&views);
}

Test(view_organization, an_invitation_names_organization_address_and_inviter) {
    const settings_t settings = help_settings();
    views_t *views = help_views(&settings);
    arena_t *arena = arena_new(ARENA_MAX);
    str_t page = confirm(views, arena, VIEW_CONFIRM_INVITATION, STR("joe@megacorp.org"));
    cr_assert(help_has(page, "<h1>Join <bdi>Megacorp</bdi></h1>"));
    cr_assert(help_has(page, "for <bdi dir=\"ltr\">ann@foocorp.com</bdi>"));
    cr_assert(help_has(page, "It comes from <bdi dir=\"ltr\">joe@megacorp.org</bdi>."));
    page = confirm(views, arena, VIEW_CONFIRM_INVITATION, STR_NONE);
    cr_assert_not(help_has(page, "It comes from"));
    arena_free(&arena);
    views_free(&views);
}
