// Templates and message catalogues: whatever text they hold, loading ends, and in what loads a
// value never becomes markup. An input is a template, a line "---", a catalogue, a line "---" and
// the value that stands in every slot.
#include "fuzz.h"
#include "view/template.h"

typedef struct {
    str_t word;
    bool mark;
} item_t;

typedef struct {
    str_t text, code, url;
    int64_t number;
    bool flag;
    int choice;
    template_list_t list;
} sample_t;

static const field_t ITEM_FIELDS[] = {
    FIELD_STR(FIELD_TEXT, item_t, word),
    FIELD_FLAG(item_t, mark),
};
static const shape_t ITEM = SHAPE(ITEM_FIELDS);

static const char *const CHOICES[] = {NULL, "first", "second"};
static const field_t FIELDS[] = {
    FIELD_STR(FIELD_TEXT, sample_t, text),
    FIELD_STR(FIELD_LTR, sample_t, code),
    FIELD_STR(FIELD_URL, sample_t, url),
    FIELD_NUMBER(sample_t, number),
    FIELD_FLAG(sample_t, flag),
    FIELD_ONE_OF(sample_t, choice, CHOICES),
    FIELD_LIST_OF(sample_t, list, &ITEM, item_t),
};
static const shape_t SHAPE_OF_SAMPLE = SHAPE(FIELDS);
// Names every field, so that an input need not.
static const char USE_ALL[] =
    "{{#text}}{{/text}}{{#code}}{{/code}}{{#url}}{{/url}}"
    "{{#number}}{{/number}}{{#flag}}{{/flag}}{{#choice}}{{/choice}}"
    "{{#list}}{{#word}}{{/word}}{{#mark}}{{/mark}}{{/list}}";

static str_t part_next(str_t *rest) {
    const str_t divider = STR("\n---\n");
    for (size_t i = 0; i < rest->len; i++) {
        if (str_starts(str_sub(*rest, i, rest->len), divider)) {
            const str_t part = str_sub(*rest, 0, i);
            *rest = str_sub(*rest, i + divider.len, rest->len);
            return part;
        }
    }
    const str_t part = *rest;
    *rest = STR_NONE;
    return part;
}

static size_t count(str_t text, char c) {
    size_t found = 0;
    for (size_t i = 0; i < text.len; i++) {
        found += text.ptr[i] == c;
    }
    return found;
}

static str_t render(const template_t *compiled, arena_t *arena, str_t value, int choice) {
    const item_t items[] = {{value, false}, {STR("x"), true}, {value, true}};
    const sample_t sample = {.text = value,
                             .code = value,
                             .url = value,
                             .number = choice,
                             .flag = choice == 1,
                             .choice = choice,
                             .list = {items, (size_t)choice}};
    return template_render(compiled, arena, (const void *[]){&sample});
}

// The markup is that of the template: it does not depend on the value, and it is still the tidy
// HTML that the compiler understood.
static void check_markup(const template_t *compiled, arena_t *arena, str_t value) {
    for (int choice = 0; choice < 3; choice++) {
        const str_t tame = render(compiled, arena, STR("x"), choice);
        const str_t out = render(compiled, arena, value, choice);
        FUZZ_ASSERT(count(out, '<') == count(tame, '<'));
        FUZZ_ASSERT(count(out, '>') == count(tame, '>'));
        FUZZ_ASSERT(count(out, '"') == count(tame, '"'));
        html_t html = html_begin(false);
        size_t offset = 0;
        FUZZ_ASSERT(html_feed(&html, out, &offset) == NULL);
    }
}

// Line breaks of a plain text are those of the template.
static void check_lines(const template_t *compiled, arena_t *arena, str_t value) {
    const str_t tame = render(compiled, arena, STR("x"), 1);
    const str_t out = render(compiled, arena, value, 1);
    FUZZ_ASSERT(count(out, '\n') == count(tame, '\n') && count(out, '\r') == count(tame, '\r'));
}

static void check(arena_t *arena, str_t input, template_mode_t mode) {
    const str_t text = part_next(&input);
    source_t items[] = {
        {.name = STR("t.html"), .origin = STR("t.html"), .text = text},
        {.name = STR("m.txt"), .origin = STR("m.txt"), .text = part_next(&input)},
        {.name = STR("use"), .origin = STR("use"), .text = str_from_c(USE_ALL)},
        {.name = STR("all.html"), .origin = STR("all.html"), .text = STR("{{>title}}{{>body}}")},
    };
    const sources_t sources = {items, sizeof items / sizeof *items};
    messages_t messages;
    if (messages_parse(arena, LOCALE_AR, &items[2], &messages, NULL) != OK) {
        return;
    }
    const template_world_t world = {arena, &sources, &messages};
    const template_unit_t unit = {.mode = mode,
                                  .root = "all.html",
                                  .title = "use",
                                  .body = "t.html",
                                  .shapes = {&SHAPE_OF_SAMPLE}};
    template_t compiled;
    if (template_compile(&world, &unit, &compiled, NULL) != OK || str_is_empty(input)) {
        return;
    }
    if (mode == TEMPLATE_PAGE) {
        check_markup(&compiled, arena, input);
    } else {
        check_lines(&compiled, arena, input);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    enum { INPUT_MAX = 4096 };
    if (size > INPUT_MAX) {
        return 0;
    }
    arena_t *arena = arena_new(FUZZ_ARENA_MAX);
    const str_t input = fuzz_text(data, size);
    check(arena, input, TEMPLATE_PAGE);
    check(arena, input, TEMPLATE_PLAIN);
    arena_free(&arena);
    return 0;
}
