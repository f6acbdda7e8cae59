#include "base/buffer.h"
#include "view/help.h"
#include "view/template.h"
#include <criterion/criterion.h>

enum { ARENA_MAX = 4 * 1024 * 1024 };

typedef struct {
    str_t text, code, url;
    int64_t number;
    bool flag;
    int choice;
} sample_t;

static const char *const CHOICES[] = {NULL, "first", "second"};
static const field_t FIELDS[] = {
    FIELD_STR(FIELD_TEXT, sample_t, text),
    FIELD_STR(FIELD_LTR, sample_t, code),
    FIELD_STR(FIELD_URL, sample_t, url),
    FIELD_NUMBER(sample_t, number),
    FIELD_FLAG(sample_t, flag),
    FIELD_ONE_OF(sample_t, choice, CHOICES),
};
static const shape_t SHAPE_OF_SAMPLE = SHAPE(FIELDS);
// Names every field, so that a test need not.
static const char USE_ALL[] =
    "{{#text}}{{/text}}{{#code}}{{/code}}{{#url}}{{/url}}"
    "{{#number}}{{/number}}{{#flag}}{{/flag}}{{#choice}}{{/choice}}";

typedef struct {
    arena_t *arena;
    template_mode_t mode;
    view_locale_t locale;
    const char *messages;
    const char *other; // the partial "other"
} bench_t;

static result_t bench_compile(const bench_t *bench, const char *text, template_t *out, err_t *err) {
    source_t items[] = {
        {.name = STR("t.html"), .origin = STR("t.html")},
        {.name = STR("other.html"),
         .origin = STR("other.html"),
         .text = str_from_c(bench->other ? bench->other : "")},
        {.name = STR("m.txt"),
         .origin = STR("m.txt"),
         .text = str_from_c(bench->messages ? bench->messages : "")},
        {.name = STR("use.html"), .origin = STR("use.html"), .text = str_from_c(USE_ALL)},
    };
    items[0].text = arena_format(bench->arena, "%s{{>title}}", text);
    const sources_t sources = {items, 4};
    messages_t messages;
    TRY(messages_parse(bench->arena, bench->locale, &items[2], &messages, err));
    const template_world_t world = {bench->arena, &sources, &messages};
    const template_unit_t unit = {
        .mode = bench->mode, .root = "t.html", .title = "use.html", .shapes = {&SHAPE_OF_SAMPLE}};
    return template_compile(&world, &unit, out, err);
}

static void expect_text(const bench_t *bench, const char *text, sample_t sample,
                        const char *wanted) {
    template_t compiled;
    err_t err = {0};
    cr_assert_eq(bench_compile(bench, text, &compiled, &err), OK, "%s", err.text);
    const str_t out = template_render(&compiled, bench->arena, (const void *[]){&sample});
    cr_assert(str_eq(out, str_from_c(wanted)), "'%.*s' is not '%s'", STR_ARG(out), wanted);
}

static void expect_refusal(const bench_t *bench, const char *text, const char *wanted) {
    template_t compiled;
    err_t err = {0};
    cr_assert_eq(bench_compile(bench, text, &compiled, &err), BAD_REQUEST, "%s", text);
    cr_assert(help_has(str_from_c(err.text), wanted), "'%s' does not hold '%s'", err.text, wanted);
}

Test(view_template, escapes_by_the_place_where_a_value_stands) {
    const bench_t bench = {.arena = arena_new(ARENA_MAX)};
    const sample_t sample = {
        .text = STR("<a b=\"c&d\">'"), .url = STR("/x?a=1&b=\""), .number = -7};
    expect_text(&bench, "<p>{{text}}</p>", sample, "<p>&lt;a b=&quot;c&amp;d&quot;&gt;&#39;</p>");
    expect_text(&bench, "<p title=\"{{text}}\">", sample,
                "<p title=\"&lt;a b=&quot;c&amp;d&quot;&gt;&#39;\">");
    expect_text(&bench, "<a href=\"/y?q={{text}}\">", sample,
                "<a href=\"/y?q=%3Ca+b%3D%22c%26d%22%3E%27\">");
    expect_text(&bench, "<a href=\"{{url}}\">", sample, "<a href=\"/x?a=1&amp;b=&quot;\">");
    expect_text(&bench, "{{number}}", sample, "-7");
    arena_t *arena = bench.arena;
    arena_free(&arena);
}

Test(view_template, sections_follow_truth_and_choice) {
    const bench_t bench = {.arena = arena_new(ARENA_MAX)};
    const char *text =
        "{{#flag}}a{{/flag}}{{^flag}}b{{/flag}}{{#choice}}c{{/choice}}"
        "{{#choice.second}}d{{#text}}e{{/text}}{{/choice.second}}"
        "{{^choice.first}}f{{/choice.first}}{{#number}}g{{/number}}";
    expect_text(&bench, text, (sample_t){0}, "bf");
    expect_text(&bench, text, (sample_t){.flag = true, .choice = 2, .text = STR("x"), .number = 1},
                "acdefg");
    expect_text(&bench, text, (sample_t){.choice = 1}, "bc");
    expect_text(&bench, text, (sample_t){.choice = 99}, "bf");
    arena_t *arena = bench.arena;
    arena_free(&arena);
}

Test(view_template, a_tag_alone_in_its_line_takes_the_line_with_it) {
    const bench_t bench = {.arena = arena_new(ARENA_MAX), .mode = TEMPLATE_PLAIN};
    expect_text(&bench, "a\n  {{#flag}}\nb\n  {{/flag}}\n{{! no\nword }}\nc",
                (sample_t){.flag = true}, "a\nb\nc");
    expect_text(&bench, "a\n  {{#flag}}\nb\n  {{/flag}}\nc", (sample_t){0}, "a\nc");
    arena_t *arena = bench.arena;
    arena_free(&arena);
}

Test(view_template, messages_take_values_and_isolate_them) {
    bench_t bench = {.arena = arena_new(ARENA_MAX), .messages = "a.b = Hi <{text}> & {code}\n"};
    const sample_t sample = {.text = STR("<i>"), .code = STR("1 2")};
    expect_text(&bench, "<p>{{msg:a.b}}</p>", sample,
                "<p>Hi &lt;<bdi>&lt;i&gt;</bdi>&gt; &amp; <bdi dir=\"ltr\">1 2</bdi></p>");
    expect_text(&bench, "<p title=\"{{msg:a.b}}\">", sample,
                "<p title=\"Hi &lt;&lt;i&gt;&gt; &amp; 1 2\">");
    bench.locale = LOCALE_AR;
    expect_text(&bench, "<title>{{msg:a.b}}</title>", sample,
                "<title>Hi &lt;\u2068&lt;i&gt;\u2069&gt; &amp; \u20661 2\u2069</title>");
    bench.mode = TEMPLATE_PLAIN;
    bench.locale = LOCALE_EN;
    expect_text(&bench, "{{msg:a.b}}", sample, "Hi <<i>> & 1 2");
    arena_free(&bench.arena);
}

Test(view_template, messages_choose_by_number_and_by_choice) {
    const bench_t bench = {.arena = arena_new(ARENA_MAX),
                           .messages =
                               "k.first[number:one] = {number} day\n"
                               "k.first[number:other] = {number} days\n"
                               "k.second = never\n"};
    expect_text(&bench, "{{msg:k.{choice}}}", (sample_t){.choice = 1, .number = 1}, "1 day");
    expect_text(&bench, "{{msg:k.{choice}}}", (sample_t){.choice = 1, .number = 3}, "3 days");
    expect_text(&bench, "{{msg:k.{choice}}}!", (sample_t){.choice = 2}, "never!");
    expect_text(&bench, "{{msg:k.{choice}}}", (sample_t){0}, "");
    arena_t *arena = bench.arena;
    arena_free(&arena);
}

Test(view_template, plain_text_drops_controls_and_direction) {
    const bench_t bench = {.arena = arena_new(ARENA_MAX), .mode = TEMPLATE_PLAIN};
    expect_text(&bench, "[{{text}}]",
                (sample_t){.text = STR("a\r\nb\u202e\u2066c\xc2\x85\u2028<&ä")}, "[a  bc  <&ä]");
    expect_text(&bench, "[{{text}}]", (sample_t){.text = STR("\xff\n")}, "[? ]");
    arena_t *arena = bench.arena;
    arena_free(&arena);
}

Test(view_template, there_is_no_raw_output) {
    const bench_t bench = {.arena = arena_new(ARENA_MAX)};
    expect_refusal(&bench, "{{{text}}}", "is not a tag");
    expect_refusal(&bench, "{{&text}}", "is not a tag");
    expect_refusal(&bench, "{{=<% %>=}}", "is not a tag");
    expect_refusal(&bench, "{{ text }}", "is not a tag");
    expect_refusal(&bench, "{{}}", "is not a tag");
    arena_t *arena = bench.arena;
    arena_free(&arena);
}

Test(view_template, p_inj_02_refuses_a_value_where_no_escaping_is_safe) {
    const bench_t bench = {.arena = arena_new(ARENA_MAX), .messages = "a.b = x\n"};
    static const char *const texts[] = {
        "<script>{{text}}</script>",
        "<style>{{text}}</style>",
        "<p class=\"{{text}}\">",
        "<p {{text}}>",
        "<{{text}}>",
        "<a href=\"{{text}}\">",
        "<a href=\"/x{{url}}\">",
        "<a href=\"{{number}}\">",
        "<p title={{text}}>",
        "<p style=\"{{text}}\">",
        "<p onclick=\"{{text}}\">",
        "<!-- {{text}} -->",
        "{{flag}}",
        "{{choice}}",
        "<a href=\"{{msg:a.b}}\">",
        "<p {{msg:a.b}}>",
    };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        expect_refusal(&bench, texts[i], "t.html:1: ");
    }
    arena_t *arena = bench.arena;
    arena_free(&arena);
}

Test(view_template, refuses_sections_that_do_not_fit) {
    const bench_t bench = {.arena = arena_new(ARENA_MAX), .other = "{{/flag}}"};
    expect_refusal(&bench, "\n{{#flag}}x", "t.html:2: 'flag' is not closed");
    expect_refusal(&bench, "{{/flag}}", "t.html:1: 'flag' was not opened");
    expect_refusal(&bench, "{{#flag}}{{#text}}\n{{/flag}}{{/text}}",
                   "t.html:2: 'flag' ends where 'text' of line 1 is open");
    expect_refusal(&bench, "{{#flag}}<p {{/flag}}>", "ends in another place of the HTML");
    expect_refusal(&bench, "{{#flag}}{{>other}}", "other.html:1: 'flag' was not opened");
    expect_refusal(&bench, "{{#choice.third}}{{/choice.third}}", "has no choice 'third'");
    expect_refusal(&bench, "{{#text.first}}{{/text.first}}", "has no choice 'first'");
    expect_refusal(&bench, "x {{text\n", "a '{{' without '}}'");
    arena_t *arena = bench.arena;
    arena_free(&arena);
}

Test(view_template, refuses_messages_that_do_not_fit) {
    bench_t bench = {.arena = arena_new(ARENA_MAX)};
    bench.messages = "a.b = {nobody}";
    expect_refusal(&bench, "{{msg:a.b}}", "m.txt:1: unknown name 'nobody'");
    bench.messages = "\na.b = {text";
    expect_refusal(&bench, "{{msg:a.b}}", "m.txt:2: a '{' without '}'");
    bench.messages = "a.b = text}";
    expect_refusal(&bench, "{{msg:a.b}}", "m.txt:1: a '}' without '{'");
    bench.messages = "a.b = {flag}";
    expect_refusal(&bench, "{{msg:a.b}}", "m.txt:1: 'flag' may not stand here");
    bench.messages = "a.b[number:one] = x";
    expect_refusal(&bench, "{{msg:a.b}}", "'a.b' for other is missing in m.txt");
    bench.messages = "a.b[text:one] = x\na.b[text:other] = y";
    expect_refusal(&bench, "{{msg:a.b}}", "m.txt:1: 'text' is not a number");
    bench.messages = "a.first = x";
    expect_refusal(&bench, "{{msg:a.{choice}}}", "'a.second' is missing in m.txt");
    bench.messages = "a.b = x";
    expect_refusal(&bench, "{{msg:a.{text}}}", "'text' is not a choice");
    expect_refusal(&bench, "{{msg:a}b{}}", "a choice in a key is written");
    arena_free(&bench.arena);
}

Test(view_template, bounds_partials_and_sections) {
    const bench_t bench = {.arena = arena_new(ARENA_MAX), .other = "{{>other}}{{>other}}"};
    expect_refusal(&bench, "{{>other}}", "too many partials");
    expect_refusal(&bench, "{{>nobody}}", "there is no file 'nobody.html'");
    buf_t deep = buf_new(bench.arena, 1024);
    for (int i = 0; i < 32; i++) {
        buf_add_c(&deep, "{{#flag}}");
    }
    expect_refusal(&bench, buf_str(&deep).ptr, "too many sections in sections");
    arena_t *arena = bench.arena;
    arena_free(&arena);
}

Test(view_template, plural_categories_are_those_of_the_language) {
    cr_assert_eq(plural_of(LOCALE_EN, 1), PLURAL_ONE);
    cr_assert_eq(plural_of(LOCALE_DE, 0), PLURAL_OTHER);
    static const plural_t arabic[] = {PLURAL_ZERO, PLURAL_ONE, PLURAL_TWO, PLURAL_FEW};
    for (int i = 0; i < 4; i++) {
        cr_assert_eq(plural_of(LOCALE_AR, i), arabic[i]);
    }
    cr_assert_eq(plural_of(LOCALE_AR, 10), PLURAL_FEW);
    cr_assert_eq(plural_of(LOCALE_AR, 11), PLURAL_MANY);
    cr_assert_eq(plural_of(LOCALE_AR, 100), PLURAL_OTHER);
    cr_assert_eq(plural_of(LOCALE_AR, 103), PLURAL_FEW);
    cr_assert_eq(plural_of(LOCALE_AR, -5), PLURAL_OTHER);
}

typedef struct {
    str_t name;
    int64_t number;
    bool flag;
} item_t;
typedef struct {
    template_list_t list, more;
    str_t text;
} holder_t;

static const field_t ITEM_FIELDS[] = {
    FIELD_STR(FIELD_TEXT, item_t, name),
    FIELD_NUMBER(item_t, number),
    FIELD_FLAG(item_t, flag),
};
static const shape_t ITEM = SHAPE(ITEM_FIELDS);
static const field_t HOLDER_FIELDS[] = {
    FIELD_LIST_OF(holder_t, list, &ITEM, item_t),
    FIELD_LIST_OF(holder_t, more, &ITEM, item_t),
    FIELD_STR(FIELD_TEXT, holder_t, text),
};
static const shape_t HOLDER = SHAPE(HOLDER_FIELDS);

static result_t list_compile(arena_t *arena, const char *text, template_t *out, err_t *err) {
    source_t items[] = {
        {.name = STR("t.html"), .origin = STR("t.html"), .text = str_from_c(text)},
        {.name = STR("item.html"),
         .origin = STR("item.html"),
         .text = STR("{{name}}{{number}}{{#flag}}!{{/flag}}")},
        {.name = STR("m.txt"),
         .origin = STR("m.txt"),
         .text = STR("n[number:one] = one {name}\nn[number:other] = {number} {name}\n")},
    };
    const sources_t sources = {items, 3};
    messages_t messages;
    TRY(messages_parse(arena, LOCALE_EN, &items[2], &messages, err));
    const template_world_t world = {arena, &sources, &messages};
    const template_unit_t unit = {.root = "t.html", .shapes = {&HOLDER}};
    return template_compile(&world, &unit, out, err);
}

static const item_t ITEMS[] = {{{"<a>", 3}, 1, false}, {{"b", 1}, 2, true}, {{"", 0}, 3, false}};

static void expect_list(const char *text, size_t count, const char *wanted) {
    arena_t *arena = arena_new(ARENA_MAX);
    const holder_t holder = {
        .list = {ITEMS, count}, .more = {ITEMS + 1, count ? 1 : 0}, .text = STR("T")};
    template_t compiled;
    err_t err = {0};
    cr_assert_eq(list_compile(arena, text, &compiled, &err), OK, "%s", err.text);
    const str_t out = template_render(&compiled, arena, (const void *[]){&holder});
    cr_assert(str_eq(out, str_from_c(wanted)), "'%.*s' is not '%s'", STR_ARG(out), wanted);
    arena_free(&arena);
}

static void expect_no_list(const char *text, const char *wanted) {
    arena_t *arena = arena_new(ARENA_MAX);
    template_t compiled;
    err_t err = {0};
    cr_assert_eq(list_compile(arena, text, &compiled, &err), BAD_REQUEST, "%s", text);
    cr_assert(help_has(str_from_c(err.text), wanted), "'%s' does not hold '%s'", err.text, wanted);
    arena_free(&arena);
}

Test(view_template, a_list_is_shown_item_by_item_with_the_names_around_it) {
    const char *text = "<p>{{#list}}{{>item}}{{text}}{{/list}}-{{#more}}{{>item}},{{/more}}</p>";
    expect_list(text, 3, "<p>&lt;a&gt;1Tb2!T3T-b2!,</p>");
    expect_list(text, 1, "<p>&lt;a&gt;1T-b2!,</p>");
    expect_list(text, 0, "<p>-</p>");
}

Test(view_template, an_empty_list_has_its_own_words) {
    const char *text =
        "{{^list}}none{{/list}}{{#list}}{{>item}}{{/list}}{{#more}}{{>item}}"
        "{{/more}}{{text}}";
    expect_list(text, 0, "noneT");
    expect_list(text, 1, "&lt;a&gt;1b2!T");
}

Test(view_template, guards_and_plurals_inside_a_list_follow_its_item) {
    const char *text =
        "{{#list}}{{^flag}}[{{msg:n}}]{{/flag}}{{#name}}{{number}}{{/name}}{{/list}}"
        "{{#more}}{{>item}}{{/more}}{{text}}";
    expect_list(text, 3, "[one <bdi>&lt;a&gt;</bdi>]12[3 <bdi></bdi>]b2!T");
}

Test(view_template, an_item_is_known_only_inside_its_list) {
    expect_no_list("{{#list}}{{>item}}{{/list}}{{name}}", "unknown name 'name'");
    expect_no_list("{{#list}}{{>item}}{{/list}}{{#list.first}}{{/list.first}}", "has no choice");
}

Test(view_template, a_list_uses_all_names_of_its_items_each_time) {
    expect_no_list("{{#list}}{{>item}}{{/list}}{{#more}}{{name}}{{number}}{{/more}}",
                   "the name 'flag' is never used");
    expect_no_list("{{#list}}{{>item}}{{/list}}{{text}}", "the name 'more' is never used");
}

Test(view_template, a_list_stands_neither_in_a_list_nor_in_a_value) {
    expect_no_list("{{#list}}{{#more}}{{>item}}{{/more}}{{>item}}{{/list}}",
                   "the list 'more' stands in the list 'list'");
    expect_no_list("{{list}}", "'list' may not stand here");
    expect_no_list("<p title=\"{{list}}\">", "'list' may not stand here");
    expect_no_list("{{msg:a.{list}}}", "'list' is not a choice");
}

Test(view_template, a_list_begins_and_ends_in_the_same_place_of_the_html) {
    expect_no_list("{{#list}}{{>item}}<p title=\"{{/list}}\">", "another place of the HTML");
}
