#include "view/help.h"
#include "view/view.h"
#include <criterion/criterion.h>

static view_locale_t choose(const char *ui_locales, const char *accept) {
    const settings_t settings = help_settings();
    views_t *views = help_views(&settings);
    const view_locale_t locale =
        view_locale_choose(views, str_from_c(ui_locales), str_from_c(accept));
    views_free(&views);
    return locale;
}

Test(view_locale, the_applications_wish_comes_first) {
    cr_assert_eq(choose("fr ar de", "de"), LOCALE_AR);
    cr_assert_eq(choose("fr", "de"), LOCALE_DE);
}

Test(view_locale, the_highest_quality_wins_and_the_first_of_equals) {
    cr_assert_eq(choose("", "en;q=0.5, de;q=0.8, ar;q=0.8"), LOCALE_DE);
    cr_assert_eq(choose("", "fr, ar"), LOCALE_AR);
    cr_assert_eq(choose("", "de-AT,en;q=0.9"), LOCALE_DE);
    cr_assert_eq(choose("", "AR-eg ; Q=0.4"), LOCALE_AR);
}

Test(view_locale, a_quality_of_zero_refuses) {
    cr_assert_eq(choose("", "de;q=0"), LOCALE_EN);
    cr_assert_eq(choose("", "en;q=0, ar;q=0.1, *;q=0.5"), LOCALE_AR);
}

Test(view_locale, a_star_stands_for_the_default) {
    cr_assert_eq(choose("", "*, de;q=0.5"), LOCALE_EN);
    cr_assert_eq(choose("", "de, *;q=0.5"), LOCALE_DE);
}

Test(view_locale, malformed_ranges_are_not_wishes) {
    cr_assert_eq(choose("", ""), LOCALE_EN);
    cr_assert_eq(choose("", ",,;q=1,de;q=2"), LOCALE_EN);
    cr_assert_eq(choose("", "de;q=0.1234"), LOCALE_EN);
    cr_assert_eq(choose("", "de;q=-1"), LOCALE_EN);
    cr_assert_eq(choose("", "de;x=1"), LOCALE_EN);
    cr_assert_eq(choose("", "german"), LOCALE_EN);
}

Test(view_locale, what_stands_behind_the_bound_is_not_read) {
    char header[2048];
    memset(header, ' ', sizeof header);
    memcpy(header + sizeof header - 4, ",de", 4);
    cr_assert_eq(choose("", header), LOCALE_EN);
}

Test(view_locale, the_operator_chooses_the_default) {
    settings_t settings = help_settings();
    settings.default_locale = STR("de");
    views_t *views = help_views(&settings);
    cr_assert_eq(view_locale_choose(views, STR_NONE, STR("fr")), LOCALE_DE);
    views_free(&views);
}

Test(view_locale, a_tag_is_its_primary_subtag) {
    view_locale_t locale = LOCALE_EN;
    cr_assert(view_locale_from_tag(STR("de-AT"), &locale));
    cr_assert_eq(locale, LOCALE_DE);
    cr_assert(str_eq(view_locale_tag(LOCALE_AR), STR("ar")));
    cr_assert_not(view_locale_from_tag(STR("den"), &locale));
    cr_assert_not(view_locale_from_tag(STR_NONE, &locale));
}
