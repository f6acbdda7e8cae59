// The inside of template_compile, shared by its files: emitting operations.
#pragma once
#include "view/template.h"

enum {
    COMPILE_PARTIALS_MAX = 8,   // partials in partials
    COMPILE_FILES_MAX = 256,    // files of one template, repeats counted
    COMPILE_SECTIONS_MAX = 16,  // sections in sections
    COMPILE_OPS_MAX = 8 * 1024, // operations of one template
    COMPILE_NAME_MAX = 64,      // octets of a name or key
};

// Where something is written, for error messages.
typedef struct {
    str_t origin;
    int line;
} place_t;

// An open section.
typedef struct {
    str_t name;
    size_t op;   // its guard
    html_t html; // the place where it began
    int line;
} section_t;

typedef struct {
    const template_world_t *world;
    const template_unit_t *unit;
    err_t *err;
    op_t *ops;
    size_t count;
    size_t capacity;
    html_t html;
    section_t sections[COMPILE_SECTIONS_MAX];
    size_t sections_count;
    int files_count;
    const field_t *list; // whose items the text is about; NULL: it stands in no list
    // Bit i: field i of the shape was named. TEMPLATE_ITEM: since the list was opened.
    uint64_t used[TEMPLATE_PARTS_MAX + 1];
} compiler_t;

// A field and the part that it belongs to.
typedef struct {
    const field_t *field;
    size_t part;
} named_t;

// BAD_REQUEST with "<file>:<line>: <reason>".
MUST_USE result_t compile_fail(compiler_t *compiler, place_t place, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

// Finds a name of the view and notes its use.
MUST_USE result_t compile_name(compiler_t *compiler, place_t place, str_t name, named_t *out);

MUST_USE result_t compile_op(compiler_t *compiler, place_t place, op_t op);

// Opens a guard; compile_guard_end closes it: what was emitted between is left out if it does not
// hold.
MUST_USE result_t compile_guard(compiler_t *compiler, place_t place, op_t op, size_t *out_guard);
void compile_guard_end(compiler_t *compiler, size_t guard);

// The same for what stands once for each item of a list. The end fails if a name of the item was
// not used.
MUST_USE result_t compile_list(compiler_t *compiler, place_t place, op_t op, size_t *out_guard);
MUST_USE result_t compile_list_end(compiler_t *compiler, place_t place, size_t guard);

// A value of the view at this place, or an error if the place takes none of its kind.
MUST_USE result_t compile_value(compiler_t *compiler, place_t place, const named_t *named);

// {{msg:...}}
MUST_USE result_t compile_message(compiler_t *compiler, place_t place, str_t key);

// All of the file `name`, partials included. `place` is what asked for it.
MUST_USE result_t compile_file(compiler_t *compiler, place_t place, str_t name);
