#include "view/help.h"
#include "view/view.h"
#include <criterion/criterion.h>

enum { ARENA_MAX = 1024 * 1024 };

static void expect_words(view_locale_t locale, const char *agent, const char *wanted) {
    const settings_t settings = help_settings();
    views_t *views = help_views(&settings);
    arena_t *arena = arena_new(ARENA_MAX);
    const str_t words = view_user_agent_words(views, arena, locale, str_from_c(agent));
    cr_assert(str_eq(words, str_from_c(wanted)), "%.*s", STR_ARG(words));
    arena_free(&arena);
    views_free(&views);
}

Test(view_agent, names_browser_and_system) {
    expect_words(LOCALE_EN, "Mozilla/5.0 (Windows NT 10.0; rv:140.0) Gecko/20100101 Firefox/140.0",
                 "Firefox on Windows");
    expect_words(LOCALE_DE,
                 "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) "
                 "Chrome/140.0.0.0 Safari/537.36",
                 "Chrome unter Linux");
    expect_words(LOCALE_EN,
                 "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, "
                 "like Gecko) Version/18.0 Safari/605.1.15",
                 "Safari on macOS");
    expect_words(LOCALE_EN,
                 "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like "
                 "Gecko) Chrome/140.0.0.0 Safari/537.36 Edg/140.0.0.0",
                 "Microsoft Edge on Windows");
    expect_words(LOCALE_EN,
                 "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 "
                 "(KHTML, like Gecko) CriOS/140.0 Mobile/15E148 Safari/604.1",
                 "Chrome on iPhone");
    expect_words(LOCALE_EN,
                 "Mozilla/5.0 (Linux; Android 15) AppleWebKit/537.36 (KHTML, like Gecko) "
                 "SamsungBrowser/28.0 Chrome/130.0 Mobile Safari/537.36",
                 "Samsung Internet on Android");
}

Test(view_agent, names_one_if_only_one_is_known) {
    expect_words(LOCALE_EN, "Firefox/140.0", "Firefox");
    expect_words(LOCALE_EN, "something (Windows NT 10.0)", "Windows");
}

Test(view_agent, says_nothing_about_what_it_does_not_know) {
    expect_words(LOCALE_EN, "curl/8.0 <script>alert(1)</script>", "");
    expect_words(LOCALE_EN, "", "");
}
