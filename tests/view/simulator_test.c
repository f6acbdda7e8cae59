#include "view/help.h"
#include "view/view.h"
#include <criterion/criterion.h>

enum { ARENA_MAX = 16 * 1024 * 1024 };

static str_t simulator(const views_t *views, arena_t *arena, view_simulator_t page) {
    static const str_t domains[] = {{"example.com", 11}, {"example.org", 11}};
    page.domains = domains;
    page.domains_count = 2;
    str_t out = {0};
    cr_assert_eq(view_simulator_page(arena, views, &page, &out, NULL), OK);
    return out;
}

Test(view_simulator, says_what_it_is_and_sends_who_to_be) {
    const settings_t settings = help_settings();
    views_t *views = help_views(&settings);
    arena_t *arena = arena_new(ARENA_MAX);
    const str_t page = simulator(views, arena,
                                 (view_simulator_t){.request = STR("sealed"),
                                                    .application = STR("Acme"),
                                                    .redirect_uri = STR("https://rp.example/cb"),
                                                    .email_local = STR("jane"),
                                                    .email_domain = STR("example.org")});
    static const char *const wanted[] = {
        "Simulator: an identity provider for developers.",
        "method=\"post\" action=\"/simulator/authorize\"",
        "name=\"request\" value=\"sealed\"",
        "name=\"email_local\" type=\"text\" value=\"jane\"",
        "<option value=\"example.org\" selected >@example.org</option>",
        "<option value=\"example.com\" >@example.com</option>",
        "<option value=\"sign_in\" selected >",
        "<option value=\"none\" selected >",
        "name=\"action\" value=\"continue\"",
        "name=\"action\" value=\"cancel\"",
        "https://rp.example/cb",
        "not sent",
    };
    for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++) {
        cr_assert(help_has(page, wanted[i]), "%s", wanted[i]);
    }
    arena_free(&arena);
    views_free(&views);
}

Test(view_simulator, each_scenario_and_fault_is_offered_under_the_name_that_is_read_back) {
    const settings_t settings = help_settings();
    views_t *views = help_views(&settings);
    arena_t *arena = arena_new(ARENA_MAX);
    int scenarios = 0, faults = 0;
    str_t rest = simulator(views, arena, (view_simulator_t){0});
    const str_t option = STR("<option value=\"");
    for (; !str_is_empty(rest); rest = str_sub(rest, 1, rest.len)) {
        if (!str_starts(rest, option)) {
            continue;
        }
        const str_t tail = str_sub(rest, option.len, rest.len);
        const str_t name = str_sub(tail, 0, str_find(tail, '"'));
        view_scenario_t scenario;
        view_fault_t fault;
        scenarios +=
            view_scenario_from_name(name, &scenario) && scenario == (view_scenario_t)scenarios;
        faults += view_fault_from_name(name, &fault) && fault == (view_fault_t)faults;
    }
    cr_assert_eq(scenarios, VIEW_SCENARIO_COUNT);
    cr_assert_eq(faults, VIEW_FAULT_COUNT);
    view_fault_t untouched = VIEW_FAULT_DEAD;
    cr_assert_not(view_fault_from_name(STR("Dead"), &untouched));
    cr_assert_not(view_fault_from_name(STR_NONE, &untouched));
    cr_assert_eq(untouched, VIEW_FAULT_DEAD);
    arena_free(&arena);
    views_free(&views);
}

Test(view_simulator, keeps_what_was_chosen) {
    const settings_t settings = help_settings();
    views_t *views = help_views(&settings);
    arena_t *arena = arena_new(ARENA_MAX);
    for (int i = 0; i < VIEW_FAULT_COUNT; i++) {
        const view_simulator_t sent = {.fault = (view_fault_t)i,
                                       .scenario = (view_scenario_t)(i % VIEW_SCENARIO_COUNT)};
        const str_t page = simulator(views, arena, sent);
        cr_assert_eq(help_count(page, "selected"), 2, "fault %d", i);
    }
    arena_free(&arena);
    views_free(&views);
}

Test(view_simulator, claims_keep_their_lines_and_stay_text) {
    const settings_t settings = help_settings();
    views_t *views = help_views(&settings);
    arena_t *arena = arena_new(ARENA_MAX);
    const str_t page =
        simulator(views, arena,
                  (view_simulator_t){.claims = STR("a=1\r\nb=</textarea><script>\nc=3"),
                                     .error = VIEW_SIMULATOR_ERROR_CLAIMS});
    cr_assert(help_has(page, ">\na=1\nb=&lt;/textarea&gt;&lt;script&gt;\nc=3\n</textarea>"));
    cr_assert(help_has(page, "aria-invalid=\"true\" aria-describedby=\"error\" >\na=1"));
    cr_assert_eq(help_count(page, "id=\"error\""), 1);
    arena_free(&arena);
    views_free(&views);
}

Test(view_simulator, posts_back_where_the_request_says_and_escapes_what_it_gives_back) {
    const settings_t settings = help_settings();
    views_t *views = help_views(&settings);
    arena_t *arena = arena_new(ARENA_MAX);
    const view_simulator_post_t sent = {.redirect_uri = STR("https://rp.example/cb"),
                                        .code = STR("abc"),
                                        .state = STR("\"><script>")};
    str_t page = {0};
    cr_assert_eq(view_simulator_post(arena, views, &sent, &page, NULL), OK);
    cr_assert(help_has(page, "method=\"post\" action=\"https://rp.example/cb\""));
    cr_assert(help_has(page, "name=\"code\" value=\"abc\""));
    cr_assert(help_has(page, "value=\"&quot;&gt;&lt;script&gt;\""));
    cr_assert_not(help_has(page, "name=\"error\""));
    arena_free(&arena);
    views_free(&views);
}
