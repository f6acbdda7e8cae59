#include "view/html.h"

static const char *const URL_ATTRIBUTES[] = {"href", "src", "action"};
// Attributes that are never interpreted as anything but text. One that is missing here takes no
// value: the list errs on the closed side.
static const char *const TEXT_ATTRIBUTES[] = {"value", "lang",        "dir",   "alt",
                                              "title", "placeholder", "label", "hreflang"};

html_t html_begin(bool is_mail) {
    return (html_t){.is_mail = is_mail};
}

static str_t name_str(const html_name_t *name) {
    return (str_t){name->text, name->len};
}

static bool name_is(const html_name_t *name, const char *text) {
    return str_eq(name_str(name), str_from_c(text));
}

static bool name_starts(const html_name_t *name, const char *text) {
    return str_starts(name_str(name), str_from_c(text));
}

static bool name_is_one_of(const html_name_t *name, const char *const *list, size_t count) {
    for (size_t i = 0; i < count; i++) {
        if (name_is(name, list[i])) {
            return true;
        }
    }
    return false;
}

static bool name_add(html_name_t *name, char c) {
    if (name->len == HTML_NAME_MAX) {
        return false;
    }
    name->text[name->len++] = c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
    return true;
}

static bool char_is_name(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == ':';
}

static bool char_is_space(char c) {
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static bool tag_is_raw(const html_t *html) {
    return name_is(&html->tag, "script") || name_is(&html->tag, "style") ||
           name_is(&html->tag, "title");
}

static const char *read_content(html_t *html, char c) {
    if (c == '<') {
        html->state = HTML_BEHIND_LT;
    }
    return NULL;
}

static const char *read_behind_lt(html_t *html, char c) {
    if (c == '/') {
        html->state = HTML_IN_END_TAG;
        return NULL;
    }
    if (c == '!') {
        html->state = HTML_IN_DECLARATION;
        return NULL;
    }
    html->tag = (html_name_t){0};
    html->state = HTML_IN_TAG_NAME;
    return char_is_name(c) && name_add(&html->tag, c) ? NULL : "a '<' that begins no tag";
}

static const char *read_declaration(html_t *html, char c) {
    if (c == '>') {
        html->state = HTML_IN_CONTENT;
    }
    return c == '-' ? "an HTML comment: write {{! ... }} instead" : NULL;
}

static const char *read_end_tag(html_t *html, char c) {
    if (c == '>') {
        html->state = HTML_IN_CONTENT;
        return NULL;
    }
    return char_is_name(c) ? NULL : "an end tag holds more than its name";
}

static const char *tag_end(html_t *html) {
    html->end = (html_name_t){0};
    html->state = tag_is_raw(html) ? HTML_IN_RAW : HTML_IN_CONTENT;
    return NULL;
}

// Between attributes. CSP forbids inline script and style anyway (ASVS 3.4.3); refusing the
// attributes here tells the template's author at the start instead of a user in the browser.
static const char *read_tag(html_t *html, char c) {
    if (char_is_space(c)) {
        return NULL;
    }
    if (c == '>') {
        return tag_end(html);
    }
    if (c == '/') {
        html->state = HTML_IN_SLASH;
        return NULL;
    }
    html->attribute = (html_name_t){0};
    html->state = HTML_IN_ATTRIBUTE_NAME;
    return char_is_name(c) && name_add(&html->attribute, c) ? NULL : "a stray character in a tag";
}

static const char *read_tag_name(html_t *html, char c) {
    if (char_is_name(c)) {
        return name_add(&html->tag, c) ? NULL : "the name of a tag is too long";
    }
    html->state = HTML_IN_TAG;
    return read_tag(html, c);
}

static const char *attribute_check(const html_t *html) {
    if (name_starts(&html->attribute, "on")) {
        return "an inline event handler";
    }
    return name_is(&html->attribute, "style") && !html->is_mail ? "an inline style" : NULL;
}

static const char *read_attribute_name(html_t *html, char c) {
    if (char_is_name(c)) {
        return name_add(&html->attribute, c) ? NULL : "the name of an attribute is too long";
    }
    const char *refused = attribute_check(html);
    if (refused) {
        return refused;
    }
    if (c == '=') {
        html->state = HTML_BEHIND_EQUALS;
        return NULL;
    }
    html->state = HTML_IN_TAG;
    return read_tag(html, c);
}

static const char *read_behind_equals(html_t *html, char c) {
    html->state = HTML_IN_VALUE;
    html->is_value_begun = false;
    html->is_query = false;
    return c == '"' ? NULL : "the value of an attribute is not in double quotes";
}

static const char *read_value(html_t *html, char c) {
    if (c == '"') {
        html->state = HTML_IN_TAG;
        return NULL;
    }
    html->is_value_begun = true;
    html->is_query = html->is_query || c == '?';
    return NULL;
}

static const char *read_raw(html_t *html, char c) {
    if (c == '<') {
        html->state = HTML_BEHIND_RAW;
        html->end = (html_name_t){0};
        return NULL;
    }
    if (name_is(&html->tag, "script") || (name_is(&html->tag, "style") && !html->is_mail)) {
        return char_is_space(c) ? NULL : "an inline script or style";
    }
    return NULL;
}

static const char *read_behind_raw(html_t *html, char c) {
    if (c == '>') {
        html->state = HTML_IN_CONTENT;
        const str_t end = name_str(&html->end);
        const bool is_end =
            str_starts(end, STR("/")) && str_eq(str_sub(end, 1, end.len), name_str(&html->tag));
        return is_end ? NULL : "another tag inside script, style or title";
    }
    const bool is_allowed = html->end.len == 0 ? c == '/' : char_is_name(c);
    return is_allowed && name_add(&html->end, c) ? NULL : "a '<' inside script, style or title";
}

static const char *read_slash(html_t *html, char c) {
    return c == '>' ? tag_end(html) : "a stray '/' in a tag";
}

static const char *html_read(html_t *html, char c) {
    switch (html->state) {
    case HTML_IN_CONTENT:
        return read_content(html, c);
    case HTML_BEHIND_LT:
        return read_behind_lt(html, c);
    case HTML_IN_DECLARATION:
        return read_declaration(html, c);
    case HTML_IN_TAG_NAME:
        return read_tag_name(html, c);
    case HTML_IN_END_TAG:
        return read_end_tag(html, c);
    case HTML_IN_TAG:
        return read_tag(html, c);
    case HTML_IN_SLASH:
        return read_slash(html, c);
    case HTML_IN_ATTRIBUTE_NAME:
        return read_attribute_name(html, c);
    case HTML_BEHIND_EQUALS:
        return read_behind_equals(html, c);
    case HTML_IN_VALUE:
        return read_value(html, c);
    case HTML_IN_RAW:
        return read_raw(html, c);
    case HTML_BEHIND_RAW:
        return read_behind_raw(html, c);
    }
    return "an unknown state";
}

const char *html_feed(html_t *html, str_t literal, size_t *out_offset) {
    for (size_t i = 0; i < literal.len; i++) {
        const char *reason = html_read(html, literal.ptr[i]);
        if (reason) {
            *out_offset = i;
            return reason;
        }
    }
    return NULL;
}

void html_feed_value(html_t *html) {
    if (html->state == HTML_IN_VALUE) {
        html->is_value_begun = true;
    }
}

static html_context_t value_context(const html_t *html) {
    const html_name_t *name = &html->attribute;
    if (name_is_one_of(name, URL_ATTRIBUTES, sizeof URL_ATTRIBUTES / sizeof *URL_ATTRIBUTES)) {
        return html->is_query ? HTML_QUERY : html->is_value_begun ? HTML_FORBIDDEN : HTML_URL;
    }
    const bool is_text =
        name_starts(name, "data-") || name_starts(name, "aria-") ||
        name_is_one_of(name, TEXT_ATTRIBUTES, sizeof TEXT_ATTRIBUTES / sizeof *TEXT_ATTRIBUTES);
    return is_text ? HTML_ATTRIBUTE : HTML_FORBIDDEN;
}

html_context_t html_context(const html_t *html) {
    switch (html->state) {
    case HTML_IN_CONTENT:
        return HTML_CONTENT;
    case HTML_IN_TAG:
        return HTML_TAG;
    case HTML_IN_VALUE:
        return value_context(html);
    case HTML_IN_RAW:
        return name_is(&html->tag, "title") ? HTML_TITLE : HTML_FORBIDDEN;
    case HTML_BEHIND_LT:
    case HTML_IN_DECLARATION:
    case HTML_IN_TAG_NAME:
    case HTML_IN_END_TAG:
    case HTML_IN_SLASH:
    case HTML_IN_ATTRIBUTE_NAME:
    case HTML_BEHIND_EQUALS:
    case HTML_BEHIND_RAW:
        break;
    }
    return HTML_FORBIDDEN;
}

bool html_is_same_place(const html_t *a, const html_t *b) {
    if (a->state != b->state) {
        return false;
    }
    if (a->state == HTML_IN_CONTENT) {
        return true;
    }
    const bool is_same_tag = str_eq(name_str(&a->tag), name_str(&b->tag));
    if (a->state == HTML_IN_TAG || a->state == HTML_IN_RAW) {
        return is_same_tag;
    }
    return a->state == HTML_IN_VALUE && is_same_tag &&
           str_eq(name_str(&a->attribute), name_str(&b->attribute)) && a->is_query == b->is_query;
}
