// A strict subset of Mustache, compiled once at the start for each locale into a flat list of
// operations, so that showing a page is one loop without look-ups, recursion or failure.
//
//   {{name}}                      a value, escaped for the place where it stands
//   {{#name}} ... {{/name}}       shown if the value is true, not 0, not empty
//   {{^name}} ... {{/name}}       shown if not
//   {{#list}} ... {{/list}}       shown for each item, whose names come first inside; no list in it
//   {{#name.choice}} ...          shown if the choice is this one; {{^name.choice}} if not
//   {{>name}}                     another file; {{>body}} and {{>title}} are the view's own
//   {{msg:key}}                   a text of the catalogue
//   {{msg:key.{name}.more}}       the text of the choice that `name` holds; nothing if it is none
//   {{! ... }}                    a comment
//
// There is no raw output. The names are those of the view's shapes; an unknown one, one that the
// template does not use, and a value in a place where no escaping is safe are errors with file and
// line. Templates are immutable and may be rendered on any thread.
#pragma once
#include "base/arena.h"
#include "base/result.h"
#include "view/html.h"
#include "view/message.h"
#include "view/source.h"
#include "view/view.h"

typedef enum {
    FIELD_TEXT,   // str_t, in the language and direction of its own
    FIELD_WORDS,  // str_t of our own making, in the language of the view
    FIELD_LTR,    // str_t that reads from left to right in every language: codes, addresses
    FIELD_URL,    // str_t; shown as a link only if escape_url_is_safe
    FIELD_INT,    // int64_t
    FIELD_BOOL,   // bool; only in sections
    FIELD_CHOICE, // int, an index of `choices`; in sections and keys
    FIELD_COLOUR, // str_t of our own making, "#rrggbb"; only in assets
    FIELD_LIST,   // template_list_t; only in sections
} field_kind_t;

typedef struct shape shape_t;

typedef struct {
    const char *name;
    field_kind_t kind;
    size_t offset;
    const char *const *choices; // NULL as an entry: this choice is false and has no text
    size_t choices_count;
    const shape_t *items; // of a list: what each item is, and
    size_t stride;        // how far it is to the next one
} field_t;

// What a template may name: the fields of one struct.
struct shape {
    const field_t *fields;
    size_t count; // at most 64
};

typedef struct {
    const void *items;
    size_t count;
} template_list_t;

#define SHAPE(fields_) ((shape_t){(fields_), sizeof(fields_) / sizeof *(fields_)})

// Offset of a member, and a compile error if its type is not `type`.
#define FIELD_OFFSET(object, member, type)                                                         \
    (offsetof(object, member) +                                                                    \
     0 * sizeof(char[__builtin_types_compatible_p(__typeof__(((object *)0)->member), type) ? 1     \
                                                                                           : -1]))
#define FIELD_STR(kind_, object, member)                                                           \
    { .name = #member, .kind = (kind_), .offset = FIELD_OFFSET(object, member, str_t) }
#define FIELD_NUMBER(object, member)                                                               \
    { .name = #member, .kind = FIELD_INT, .offset = FIELD_OFFSET(object, member, int64_t) }
#define FIELD_FLAG(object, member)                                                                 \
    { .name = #member, .kind = FIELD_BOOL, .offset = FIELD_OFFSET(object, member, bool) }
#define FIELD_ONE_OF(object, member, choices_)                                                     \
    {                                                                                              \
        .name = #member, .kind = FIELD_CHOICE, .offset = FIELD_OFFSET(object, member, int),        \
        .choices = (choices_), .choices_count = sizeof(choices_) / sizeof *(choices_)              \
    }
#define FIELD_LIST_OF(object, member, shape_, type_)                                               \
    {                                                                                              \
        .name = #member, .kind = FIELD_LIST,                                                       \
        .offset = FIELD_OFFSET(object, member, template_list_t), .items = (shape_),                \
        .stride = sizeof(type_)                                                                    \
    }

typedef enum {
    TEMPLATE_PAGE,  // HTML without inline script or style
    TEMPLATE_MAIL,  // HTML with inline style, as mail programs want it
    TEMPLATE_PLAIN, // plain text
    TEMPLATE_ASSET, // a stylesheet or an image: colours only
} template_mode_t;

enum {
    TEMPLATE_PARTS_MAX = 3,
    TEMPLATE_ITEM = TEMPLATE_PARTS_MAX, // stands for the item of the list that is being shown
};

typedef struct {
    template_mode_t mode;
    const char *root;                          // the file to begin with
    const char *body;                          // the file that {{>body}} stands for; may be NULL
    const char *title;                         // the same for {{>title}}
    const shape_t *shapes[TEMPLATE_PARTS_MAX]; // NULL behind the last
    bool is_english;                           // for developers: in no other language
} template_unit_t;

typedef enum {
    OP_LITERAL,
    OP_VALUE,
    OP_IF,
    OP_UNLESS,
    OP_IF_CHOICE,
    OP_UNLESS_CHOICE,
    OP_IF_PLURAL,
    OP_EACH, // begins with the first item of a list
    OP_NEXT, // goes back by `skip` for the next item
} op_kind_t;

typedef struct {
    op_kind_t kind;
    size_t part;          // which of the structs, or TEMPLATE_ITEM
    const field_t *field; // of its shape
    html_context_t context;
    int wanted;  // the choice or plural
    size_t skip; // a guard that does not hold leaves out so many operations
    str_t literal;
} op_t;

typedef struct {
    template_mode_t mode;
    view_locale_t locale;
    const op_t *ops;
    size_t count;
    size_t parts; // structs that it is rendered with
} template_t;

// Where a compilation takes its files and texts from.
typedef struct {
    arena_t *arena; // holds the result
    const sources_t *sources;
    const messages_t *messages;
} template_world_t;

// BAD_REQUEST names file, line and what is wrong there. Files, operations, sections and partials in
// partials are bounded.
MUST_USE result_t template_compile(const template_world_t *world, const template_unit_t *unit,
                                   template_t *out, err_t *err);

// `parts[i]` is the struct that the unit's shape i describes. Result in the arena.
str_t template_render(const template_t *compiled, arena_t *arena, const void *const *parts);
