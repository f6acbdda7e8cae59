// Which language a person reads.
#include "view/views.h"

enum { HEADER_MAX = 1024, RANGES_MAX = 32, QUALITY_ONE = 1000 };

static const char *const TAGS[] = {[LOCALE_EN] = "en", [LOCALE_DE] = "de", [LOCALE_AR] = "ar"};

str_t view_locale_tag(view_locale_t locale) {
    return str_from_c(TAGS[locale]);
}

// The primary subtag decides (RFC 4647 3.4, lookup), in any case (RFC 5646 2.1.1).
bool view_locale_from_tag(str_t tag, view_locale_t *out) {
    const str_t primary = str_sub(tag, 0, str_find(tag, '-'));
    for (int i = 0; i < VIEW_LOCALE_COUNT; i++) {
        if (str_eq_nocase(primary, str_from_c(TAGS[i]))) {
            *out = (view_locale_t)i;
            return true;
        }
    }
    return false;
}

// qvalue of RFC 9110 12.4.2 in thousandths; anything else counts as 0, not wanted.
static int quality_parse(str_t text) {
    if (text.len == 0 || text.len > 5 || (text.len > 1 && text.ptr[1] != '.')) {
        return 0;
    }
    if (text.ptr[0] != '0' && text.ptr[0] != '1') {
        return 0;
    }
    int quality = (text.ptr[0] - '0') * QUALITY_ONE;
    int weight = QUALITY_ONE / 10;
    for (size_t i = 2; i < text.len; i++) {
        if (text.ptr[i] < '0' || text.ptr[i] > '9') {
            return 0;
        }
        quality += (text.ptr[i] - '0') * weight;
        weight /= 10;
    }
    return quality <= QUALITY_ONE ? quality : 0;
}

// "de-AT;q=0.8" to its range and quality.
static int range_parse(str_t element, str_t *out_range) {
    const size_t semicolon = str_find(element, ';');
    *out_range = str_trim(str_sub(element, 0, semicolon));
    if (semicolon == element.len) {
        return QUALITY_ONE;
    }
    const str_t weight = str_trim(str_sub(element, semicolon + 1, element.len));
    const bool is_quality = str_eq_nocase(str_sub(weight, 0, 2), STR("q="));
    return is_quality ? quality_parse(str_sub(weight, 2, weight.len)) : 0;
}

// Accept-Language of RFC 9110 12.5.4. The first of the best wins. "*" stands for the default; a
// language with q=0 is not taken through it.
static bool locale_accepted(const views_t *views, str_t header, view_locale_t *out) {
    int best = 0;
    int any = 0;
    bool is_default_refused = false;
    str_t rest = str_sub(header, 0, HEADER_MAX);
    for (int i = 0; i < RANGES_MAX && !str_is_empty(rest); i++) {
        const size_t comma = str_find(rest, ',');
        str_t range;
        const int quality = range_parse(str_sub(rest, 0, comma), &range);
        rest = str_sub(rest, comma + 1, rest.len);
        view_locale_t locale;
        if (str_eq(range, STR("*"))) {
            any = quality;
        } else if (view_locale_from_tag(range, &locale)) {
            is_default_refused |= quality == 0 && locale == views->default_locale;
            *out = quality > best ? locale : *out;
            best = quality > best ? quality : best;
        }
    }
    if (any > best && !is_default_refused) {
        *out = views->default_locale;
        best = any;
    }
    return best > 0;
}

view_locale_t view_locale_choose(const views_t *views, str_t ui_locales, str_t accept_language) {
    view_locale_t locale = views->default_locale;
    str_t rest = str_sub(ui_locales, 0, HEADER_MAX);
    str_t tag;
    for (int i = 0; i < RANGES_MAX && str_next_word(&rest, &tag); i++) {
        if (view_locale_from_tag(tag, &locale)) {
            return locale;
        }
    }
    return locale_accepted(views, accept_language, &locale) ? locale : views->default_locale;
}
