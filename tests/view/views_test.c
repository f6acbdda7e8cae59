#include "view/help.h"
#include "view/view.h"
#include <criterion/criterion.h>
#include <stdio.h>
#define ZLIB_CONST
#include <zlib.h>

enum { ARENA_MAX = 4 * 1024 * 1024, CSS_MAX = 8 * 1024, SCRIPT_MAX = 6 * 1024 };

// Loads with one file replaced and expects the refusal to say `wanted`.
static void expect_refusal(const char *name, const char *text, const char *wanted) {
    const help_folder_t folder = help_folder(name, text);
    settings_t settings = help_settings();
    settings.templates = str_from_c(folder.path);
    views_t *views = NULL;
    err_t err = {0};
    const result_t result = views_load(&settings, &views, &err);
    help_folder_remove(&folder);
    cr_assert_eq(result, BAD_REQUEST);
    cr_assert_null(views);
    cr_assert(help_has(str_from_c(err.text), wanted), "'%s' does not hold '%s'", err.text, wanted);
}

Test(view_views, an_unknown_name_stops_the_start_with_file_and_line) {
    expect_refusal("login.html", "<h1>\n{{nickname}}</h1>\n", "login.html:2: unknown name 'nickn");
}

Test(view_views, an_unused_name_stops_the_start) {
    expect_refusal("login.html", "<h1>{{msg:login.heading}}</h1>\n",
                   "login.html:1: the name 'is_field_error' is never used");
}

Test(view_views, an_unknown_message_stops_the_start) {
    expect_refusal("mark.html", "{{msg:no.such}}",
                   "mark.html:1: 'no.such' is missing in templates/messages/en.txt");
}

Test(view_views, an_unused_message_stops_the_start) {
    expect_refusal("mail/agent.txt", "{{browser}}{{system}}{{#has_both}}{{/has_both}}",
                   "no view uses 'agent.both'");
}

Test(view_views, an_unused_file_stops_the_start) {
    expect_refusal("error.title.html", "{{#error}}{{/error}}", "no view uses 'error.title'");
}

Test(view_views, a_message_missing_in_one_language_stops_the_start) {
    expect_refusal("messages/de.txt", "login.heading = Anmelden\n", "is missing in");
}

Test(view_views, a_line_that_is_no_message_stops_the_start) {
    expect_refusal("messages/de.txt", "# ok\n\nlogin.heading Anmelden\n", "messages/de.txt:3: not");
}

Test(view_views, a_message_that_stands_twice_stops_the_start) {
    expect_refusal("messages/de.txt", "a.b = x\na.b = y\n", "de.txt:2: 'a.b' stands in line 1");
}

Test(view_views, inline_script_in_a_replaced_page_stops_the_start) {
    expect_refusal("mark.html", "<script>alert(1)</script>", "mark.html:1: an inline script");
    expect_refusal("mark.html", "<p\nstyle=\"color: red\">x</p>", "mark.html:2: an inline style");
    expect_refusal("mark.html", "<p onclick=\"x\">x</p>", "mark.html:1: an inline event handler");
}

Test(view_views, a_replacement_that_is_not_utf8_or_too_large_stops_the_start) {
    static char large[64 * 1024 + 2];
    memset(large, ' ', sizeof large - 1);
    expect_refusal("mark.html", "\xff", "not UTF-8");
    expect_refusal("mark.html", large, "larger than");
}

Test(view_views, a_replaced_file_is_shown) {
    const help_folder_t folder = help_folder("mark.html", "<p>Our own mark</p>\n");
    settings_t settings = help_settings();
    settings.templates = str_from_c(folder.path);
    views_t *views = help_views(&settings);
    help_folder_remove(&folder);
    arena_t *arena = arena_new(ARENA_MAX);
    const view_frame_t frame = {.views = views};
    const view_login_t login = {0};
    str_t page = {0};
    cr_assert_eq(view_login_page(arena, &frame, &login, &page, NULL), OK);
    cr_assert(help_has(page, "<p>Our own mark</p>"));
    arena_free(&arena);
    views_free(&views);
}

Test(view_views, an_accent_that_is_no_colour_stops_the_start) {
    settings_t settings = help_settings();
    settings.accent = STR("red;}body{display:none");
    views_t *views = NULL;
    cr_assert_eq(views_load(&settings, &views, NULL), BAD_REQUEST);
}

// The path of the asset that a login page names, by the end of its name.
static str_t asset_path(const views_t *views, arena_t *arena, const char *end) {
    const view_frame_t frame = {.views = views};
    const view_login_t login = {0};
    str_t page = {0};
    cr_assert_eq(view_login_page(arena, &frame, &login, &page, NULL), OK);
    for (size_t i = 0; i < page.len; i++) {
        const str_t rest = str_sub(page, i, page.len);
        const str_t path = str_sub(rest, 0, str_find(rest, '"'));
        if (str_starts(path, STR("/assets/")) && str_ends(path, str_from_c(end))) {
            return path;
        }
    }
    cr_assert_fail("no %s in the page", end);
    return STR_NONE;
}

Test(view_views, assets_are_found_by_hash_and_name_and_nothing_else) {
    const settings_t settings = help_settings();
    views_t *views = help_views(&settings);
    arena_t *arena = arena_new(ARENA_MAX);
    const str_t path = asset_path(views, arena, "/page.css");
    view_asset_t asset = {0};
    cr_assert(view_asset(views, path, &asset));
    cr_assert(asset.is_current);
    cr_assert(str_eq(asset.content_type, STR("text/css; charset=utf-8")));
    cr_assert(view_asset(views, asset_path(views, arena, "/icon.svg"), &asset));
    cr_assert(str_eq(asset.content_type, STR("image/svg+xml")));
    cr_assert(view_asset(views, STR("/favicon.ico"), &asset));
    cr_assert_not(asset.is_current, "its path holds no hash");
    static const char *const bad[] = {"/assets/../login.html",
                                      "/assets/",
                                      "/assets/page.css",
                                      "/assets//page.css",
                                      "/assets/0123456789abcdef",
                                      "/assets/0123456789abcdef/",
                                      "/assets/0123456789abcdef/login.html",
                                      "/assets/0123456789abcdef/page.css/",
                                      "/assets/0123456789abcde/page.css",
                                      "/assets/0123456789abcdef0/page.css",
                                      "/assets/0123456789ABCDEF/page.css",
                                      "/assets/0123456789abcde//page.css",
                                      "/assets/0123456789abcdeg/page.css",
                                      "/styles/0123456789abcdef/page.css"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        cr_assert_not(view_asset(views, str_from_c(bad[i]), &asset), "%s", bad[i]);
    }
    arena_free(&arena);
    views_free(&views);
}

Test(view_views, the_asset_of_another_version_is_ours_and_not_current) {
    const settings_t settings = help_settings();
    views_t *views = help_views(&settings);
    arena_t *arena = arena_new(ARENA_MAX);
    static const char *const names[] = {"page.css", "page.js", "icon.svg"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        const str_t other = arena_format(arena, "/assets/0123456789abcdef/%s", names[i]);
        view_asset_t ours = {0}, theirs = {0};
        cr_assert(view_asset(views, asset_path(views, arena, names[i]), &ours));
        cr_assert(view_asset(views, other, &theirs));
        cr_assert(ours.is_current);
        cr_assert_not(theirs.is_current);
        cr_assert_eq(theirs.plain.ptr, ours.plain.ptr);
    }
    arena_free(&arena);
    views_free(&views);
}

Test(view_views, the_compressed_asset_is_the_plain_one) {
    const settings_t settings = help_settings();
    views_t *views = help_views(&settings);
    arena_t *arena = arena_new(ARENA_MAX);
    view_asset_t asset = {0};
    cr_assert(view_asset(views, asset_path(views, arena, "/page.css"), &asset));
    cr_assert_lt(asset.gzip.len, asset.plain.len);
    static uint8_t plain[2 * CSS_MAX];
    z_stream stream = {.next_in = asset.gzip.ptr,
                       .avail_in = (uInt)asset.gzip.len,
                       .next_out = plain,
                       .avail_out = sizeof plain};
    cr_assert_eq(inflateInit2(&stream, 15 + 16), Z_OK);
    cr_assert_eq(inflate(&stream, Z_FINISH), Z_STREAM_END);
    cr_assert_eq(stream.total_out, asset.plain.len);
    cr_assert_eq(memcmp(plain, asset.plain.ptr, asset.plain.len), 0);
    inflateEnd(&stream);
    arena_free(&arena);
    views_free(&views);
}

Test(view_views, stylesheet_and_script_keep_to_their_size) {
    const settings_t settings = help_settings();
    views_t *views = help_views(&settings);
    arena_t *arena = arena_new(ARENA_MAX);
    view_asset_t asset = {0};
    cr_assert(view_asset(views, asset_path(views, arena, "/page.css"), &asset));
    cr_assert_leq(asset.plain.len, CSS_MAX);
    cr_assert(view_asset(views, asset_path(views, arena, "/page.js"), &asset));
    cr_assert_leq(asset.plain.len, SCRIPT_MAX);
    arena_free(&arena);
    views_free(&views);
}

Test(view_views, the_accent_is_in_the_stylesheet_and_changes_its_path) {
    settings_t settings = help_settings();
    views_t *views = help_views(&settings);
    arena_t *arena = arena_new(ARENA_MAX);
    const str_t ordinary = arena_dup(arena, asset_path(views, arena, "/page.css"));
    views_free(&views);
    settings.accent = STR("#006644");
    views = help_views(&settings);
    const str_t path = asset_path(views, arena, "/page.css");
    view_asset_t asset = {0};
    cr_assert(view_asset(views, path, &asset));
    cr_assert_not(str_eq(path, ordinary));
    cr_assert(help_has((str_t){(const char *)asset.plain.ptr, asset.plain.len}, "#006644"));
    arena_free(&arena);
    views_free(&views);
}
