// How long a cache may keep an asset: for ever under its own hash, not at all under another's.
#include "handle/endpoints.h"
#include <criterion/criterion.h>

static arena_t *arena;
static views_t *views;

static void setup(void) {
    const settings_t settings = {.product_name = STR("Gatehouse"), .default_locale = STR("en")};
    err_t err = {0};
    arena = arena_new(1 << 20);
    cr_assert_eq(views_load(&settings, &views, &err), OK, "%s", err.text);
}
static void teardown(void) {
    views_free(&views);
    arena_free(&arena);
}
TestSuite(handle_asset, .init = setup, .fini = teardown);

static result_t get(str_t path, response_t *out) {
    const request_t request = {.method = METHOD_GET, .path = path};
    call_t call = {.views = views, .arena = arena, .request = &request};
    *out = (response_t){0};
    return handle_asset(&call, out);
}

// The stylesheet's path as the pages name it.
static str_t stylesheet(void) {
    const view_frame_t frame = {.views = views};
    const view_login_t login = {0};
    str_t page;
    cr_assert_eq(view_login_page(arena, &frame, &login, &page, NULL), OK);
    const char *at = strstr(page.ptr, "/assets/");
    while (at && strncmp(at + strcspn(at, "\"") - 4, ".css", 4) != 0) {
        at = strstr(at + 1, "/assets/");
    }
    cr_assert_not_null(at);
    return (str_t){at, strcspn(at, "\"")};
}

Test(handle_asset, the_hash_of_the_content_is_kept_for_ever) {
    response_t out;
    cr_assert_eq(get(stylesheet(), &out), OK);
    cr_assert_eq(out.status, 200);
    cr_assert(str_eq(out.cache_control, STR("public, max-age=31536000, immutable")));
}

Test(handle_asset, another_versions_stylesheet_is_answered_and_not_kept) {
    response_t ours, theirs;
    cr_assert_eq(get(stylesheet(), &ours), OK);
    cr_assert_eq(get(STR("/assets/0123456789abcdef/page.css"), &theirs), OK);
    cr_assert_eq(theirs.status, 200);
    cr_assert(str_eq(theirs.body, ours.body));
    cr_assert(str_eq(theirs.content_type, STR("text/css; charset=utf-8")));
    cr_assert(str_eq(theirs.cache_control, STR("public, max-age=0, must-revalidate")));
}

Test(handle_asset, the_icon_without_a_hash_is_not_kept) {
    response_t out;
    cr_assert_eq(get(STR("/favicon.ico"), &out), OK);
    cr_assert(str_eq(out.cache_control, STR("public, max-age=0, must-revalidate")));
}

Test(handle_asset, an_unknown_name_is_not_found) {
    response_t out;
    cr_assert_eq(get(STR("/assets/0123456789abcdef/other.css"), &out), NOT_FOUND);
}
