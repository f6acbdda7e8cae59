#include "view/html.h"
#include <criterion/criterion.h>

static html_context_t context_behind(const char *html_text) {
    html_t html = html_begin(false);
    size_t offset = 0;
    const char *reason = html_feed(&html, str_from_c(html_text), &offset);
    cr_assert_null(reason, "%s at %zu", reason, offset);
    return html_context(&html);
}

Test(view_html, knows_where_text_may_stand) {
    cr_assert_eq(context_behind("<p>"), HTML_CONTENT);
    cr_assert_eq(context_behind("<title>"), HTML_TITLE);
    cr_assert_eq(context_behind("<input value=\""), HTML_ATTRIBUTE);
    cr_assert_eq(context_behind("<p data-x=\""), HTML_ATTRIBUTE);
    cr_assert_eq(context_behind("<a HREF=\""), HTML_URL);
    cr_assert_eq(context_behind("<a href=\"/x?y="), HTML_QUERY);
    cr_assert_eq(context_behind("<a "), HTML_TAG);
    cr_assert_eq(context_behind("<script src=\"x\"></script>"), HTML_CONTENT);
    cr_assert_eq(context_behind("<rect width=\"40\"/>"), HTML_CONTENT);
}

Test(view_html, knows_where_nothing_may_stand) {
    static const char *const places[] = {
        "<script>",
        "<style>",
        "<",
        "</",
        "<a",
        "<a x",
        "<a x=",
        "<p class=\"",
        "<p id=\"",
        "<form formaction=\"",
        "<iframe srcdoc=\"",
        "<a href=\"/x",
        "<!doctype",
        "<img srcset=\"",
        "<a ping=\"",
    };
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        cr_assert_eq(context_behind(places[i]), HTML_FORBIDDEN, "%s", places[i]);
    }
}

Test(view_html, refuses_what_it_does_not_understand) {
    static const char *const texts[] = {
        "<!-- x -->",
        "<p x='y'>",
        "<p x=y>",
        "<p onclick=\"x\">",
        "<p ONCLICK=\"x\">",
        "<p style=\"x\">",
        "<script>x",
        "<style>x",
        "a < b",
        "<p \"",
        "<title></p>",
        "<title>a<b",
        "</p x>",
        "<p/x>",
        "<aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa>",
    };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        html_t html = html_begin(false);
        size_t offset = 0;
        cr_assert_not_null(html_feed(&html, str_from_c(texts[i]), &offset), "%s", texts[i]);
    }
}

Test(view_html, a_mail_may_carry_style_and_no_script) {
    html_t html = html_begin(true);
    size_t offset = 0;
    cr_assert_null(html_feed(&html, STR("<style>p{}</style><p style=\"x\">"), &offset));
    cr_assert_not_null(html_feed(&html, STR("<script>x"), &offset));
}

Test(view_html, tells_places_apart) {
    html_t a = html_begin(false);
    html_t b = html_begin(false);
    size_t offset = 0;
    cr_assert(html_is_same_place(&a, &b));
    cr_assert_null(html_feed(&a, STR("<a href=\"/x"), &offset));
    cr_assert_not(html_is_same_place(&a, &b));
    cr_assert_null(html_feed(&b, STR("<a href=\"/x?y"), &offset));
    cr_assert_not(html_is_same_place(&a, &b));
    cr_assert_null(html_feed(&a, STR("?z"), &offset));
    cr_assert(html_is_same_place(&a, &b));
}
