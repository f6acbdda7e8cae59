// Follows the HTML of a template, literal by literal, so that every value is written for the place
// where it stands, and a place where no escaping is safe stops the start. It knows the small, tidy
// HTML that templates are written in: attributes in double quotes, no comments. Pure; any thread.
#pragma once
#include "base/str.h"

typedef enum {
    HTML_CONTENT,   // between tags
    HTML_TITLE,     // in <title>: text, no elements
    HTML_ATTRIBUTE, // in the value of an attribute that is text for people or for our script
    HTML_URL,       // at the start of an attribute that holds a URL
    HTML_QUERY,     // behind the '?' of such an attribute
    HTML_TAG,       // between two attributes: sections may stand here, values may not
    HTML_FORBIDDEN, // script, style, names, other attributes: nothing may stand here
} html_context_t;

typedef enum {
    HTML_IN_CONTENT,
    HTML_BEHIND_LT,
    HTML_IN_DECLARATION, // <!doctype ...>
    HTML_IN_TAG_NAME,
    HTML_IN_END_TAG,
    HTML_IN_TAG,
    HTML_IN_SLASH, // the '/' of "/>"
    HTML_IN_ATTRIBUTE_NAME,
    HTML_BEHIND_EQUALS,
    HTML_IN_VALUE,
    HTML_IN_RAW,     // the text of script, style or title
    HTML_BEHIND_RAW, // in what must be its end tag
} html_state_t;

enum { HTML_NAME_MAX = 24 };

typedef struct {
    char text[HTML_NAME_MAX + 1];
    size_t len;
} html_name_t;

typedef struct {
    html_state_t state;
    html_name_t tag;       // the element of the current or last start tag
    html_name_t attribute; // the attribute whose name or value this is
    html_name_t end;       // the end tag being read behind raw text
    bool is_value_begun;   // something stands in the value already
    bool is_query;         // a '?' stood in the value
    bool is_mail;          // a mail may carry its style inside; a page may not
} html_t;

html_t html_begin(bool is_mail);

// Reads `literal` on. NULL if all is well; otherwise a sentence for whoever wrote the template, and
// `out_offset` is where in `literal` it applies.
const char *html_feed(html_t *html, str_t literal, size_t *out_offset);

// A value was written here.
void html_feed_value(html_t *html);

html_context_t html_context(const html_t *html);

// True if a section that began at `a` may end at `b`.
bool html_is_same_place(const html_t *a, const html_t *b);
