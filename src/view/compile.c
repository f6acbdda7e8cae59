#include "view/compile.h"
#include <stdarg.h>
#include <stdio.h>

enum { REASON_SIZE = 160, OPS_FIRST = 256 };

result_t compile_fail(compiler_t *compiler, place_t place, const char *format, ...) {
    char reason[REASON_SIZE];
    va_list args;
    va_start(args, format);
    vsnprintf(reason, sizeof reason, format, args);
    va_end(args);
    return FAIL(compiler->err, BAD_REQUEST, "template_invalid", "%.*s:%d: %s",
                STR_ARG(place.origin), place.line, reason);
}

// The shape of a part: of the item for TEMPLATE_ITEM. NULL if there is none.
static const shape_t *part_shape(const compiler_t *compiler, size_t part) {
    if (part == TEMPLATE_ITEM) {
        return compiler->list ? compiler->list->items : NULL;
    }
    return compiler->unit->shapes[part];
}

static bool part_name(compiler_t *compiler, size_t part, str_t name, named_t *out) {
    const shape_t *shape = part_shape(compiler, part);
    for (size_t i = 0; shape && i < shape->count; i++) {
        if (str_eq(name, str_from_c(shape->fields[i].name))) {
            compiler->used[part] |= UINT64_C(1) << i;
            *out = (named_t){.field = &shape->fields[i], .part = part};
            return true;
        }
    }
    return false;
}

result_t compile_name(compiler_t *compiler, place_t place, str_t name, named_t *out) {
    bool is_found = part_name(compiler, TEMPLATE_ITEM, name, out);
    for (size_t part = 0; !is_found && part < TEMPLATE_PARTS_MAX; part++) {
        is_found = part_name(compiler, part, name, out);
    }
    return is_found ? OK
                    : compile_fail(compiler, place, "unknown name '%.*s' in view %s", STR_ARG(name),
                                   compiler->unit->root);
}

result_t compile_op(compiler_t *compiler, place_t place, op_t op) {
    if (compiler->count == COMPILE_OPS_MAX) {
        return compile_fail(compiler, place, "the template is too large");
    }
    if (compiler->count == compiler->capacity) {
        const size_t capacity = compiler->capacity ? compiler->capacity * 2 : OPS_FIRST;
        op_t *grown = ARENA_ARRAY(compiler->world->arena, op_t, capacity);
        for (size_t i = 0; i < compiler->count; i++) {
            grown[i] = compiler->ops[i];
        }
        compiler->ops = grown;
        compiler->capacity = capacity;
    }
    compiler->ops[compiler->count++] = op;
    return OK;
}

result_t compile_guard(compiler_t *compiler, place_t place, op_t op, size_t *out_guard) {
    *out_guard = compiler->count;
    return compile_op(compiler, place, op);
}

void compile_guard_end(compiler_t *compiler, size_t guard) {
    compiler->ops[guard].skip = compiler->count - guard - 1;
}

// Every name must be used: a template without `form_token` would load and no form of it would work.
static result_t check_used(compiler_t *compiler, place_t place, size_t part) {
    const shape_t *shape = part_shape(compiler, part);
    for (size_t i = 0; shape && i < shape->count; i++) {
        if (!(compiler->used[part] >> i & 1)) {
            return compile_fail(compiler, place, "the name '%s' is never used",
                                shape->fields[i].name);
        }
    }
    return OK;
}

result_t compile_list(compiler_t *compiler, place_t place, op_t op, size_t *out_guard) {
    if (compiler->list) {
        return compile_fail(compiler, place, "the list '%s' stands in the list '%s'",
                            op.field->name, compiler->list->name);
    }
    compiler->list = op.field;
    compiler->used[TEMPLATE_ITEM] = 0;
    op.kind = OP_EACH;
    return compile_guard(compiler, place, op, out_guard);
}

result_t compile_list_end(compiler_t *compiler, place_t place, size_t guard) {
    TRY(check_used(compiler, place, TEMPLATE_ITEM));
    op_t next = compiler->ops[guard];
    next.kind = OP_NEXT;
    next.skip = compiler->count - guard;
    TRY(compile_op(compiler, place, next));
    compile_guard_end(compiler, guard);
    compiler->list = NULL;
    return OK;
}

// The heart of the promise "no raw output": which kinds of value may stand where.
static bool value_is_allowed(template_mode_t mode, field_kind_t kind, html_context_t context) {
    if (kind == FIELD_BOOL || kind == FIELD_CHOICE || kind == FIELD_LIST) {
        return false;
    }
    if (mode == TEMPLATE_ASSET || kind == FIELD_COLOUR) {
        return mode == TEMPLATE_ASSET && kind == FIELD_COLOUR;
    }
    if (mode == TEMPLATE_PLAIN) {
        return true;
    }
    switch (context) {
    case HTML_CONTENT:
    case HTML_TITLE:
    case HTML_ATTRIBUTE:
        return true;
    case HTML_URL:
        return kind == FIELD_URL;
    case HTML_QUERY:
        return kind == FIELD_TEXT || kind == FIELD_LTR;
    case HTML_TAG:
    case HTML_FORBIDDEN:
        break;
    }
    return false;
}

result_t compile_value(compiler_t *compiler, place_t place, const named_t *named) {
    const html_context_t context = html_context(&compiler->html);
    if (!value_is_allowed(compiler->unit->mode, named->field->kind, context)) {
        return compile_fail(compiler, place, "'%s' may not stand here", named->field->name);
    }
    html_feed_value(&compiler->html);
    return compile_op(
        compiler, place,
        (op_t){.kind = OP_VALUE, .part = named->part, .field = named->field, .context = context});
}

result_t template_compile(const template_world_t *world, const template_unit_t *unit,
                          template_t *out, err_t *err) {
    compiler_t compiler = {
        .world = world, .unit = unit, .err = err, .html = html_begin(unit->mode == TEMPLATE_MAIL)};
    TRY(compile_file(&compiler, (place_t){STR("templates"), 1}, str_from_c(unit->root)));
    const char *file = unit->body ? unit->body : unit->root;
    const place_t place = {sources_use(world->sources, str_from_c(file))->origin, 1};
    size_t parts = 0;
    while (parts < TEMPLATE_PARTS_MAX && unit->shapes[parts]) {
        TRY(check_used(&compiler, place, parts++));
    }
    *out = (template_t){.mode = unit->mode,
                        .locale = world->messages ? world->messages->locale : LOCALE_EN,
                        .ops = compiler.ops,
                        .count = compiler.count,
                        .parts = parts};
    return OK;
}
