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

result_t compile_name(compiler_t *compiler, place_t place, str_t name, named_t *out) {
    for (size_t part = 0; part < TEMPLATE_PARTS_MAX && compiler->unit->shapes[part]; part++) {
        const shape_t *shape = compiler->unit->shapes[part];
        for (size_t i = 0; i < shape->count; i++) {
            if (str_eq(name, str_from_c(shape->fields[i].name))) {
                compiler->used[part] |= UINT64_C(1) << i;
                *out = (named_t){.field = &shape->fields[i], .part = part};
                return OK;
            }
        }
    }
    return compile_fail(compiler, place, "unknown name '%.*s' in view %s", STR_ARG(name),
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

// The heart of the promise "no raw output": which kinds of value may stand where.
static bool value_is_allowed(template_mode_t mode, field_kind_t kind, html_context_t context) {
    if (kind == FIELD_BOOL || kind == FIELD_CHOICE) {
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

// Every name must be used: a template without `form_token` would load and no form of it would work.
static result_t check_used(compiler_t *compiler) {
    for (size_t part = 0; part < TEMPLATE_PARTS_MAX && compiler->unit->shapes[part]; part++) {
        const shape_t *shape = compiler->unit->shapes[part];
        for (size_t i = 0; i < shape->count; i++) {
            if (!(compiler->used[part] >> i & 1)) {
                const char *file =
                    compiler->unit->body ? compiler->unit->body : compiler->unit->root;
                const source_t *source = sources_use(compiler->world->sources, str_from_c(file));
                return compile_fail(compiler, (place_t){source->origin, 1},
                                    "the name '%s' is never used", shape->fields[i].name);
            }
        }
    }
    return OK;
}

result_t template_compile(const template_world_t *world, const template_unit_t *unit,
                          template_t *out, err_t *err) {
    compiler_t compiler = {
        .world = world, .unit = unit, .err = err, .html = html_begin(unit->mode == TEMPLATE_MAIL)};
    TRY(compile_file(&compiler, (place_t){STR("templates"), 1}, str_from_c(unit->root)));
    TRY(check_used(&compiler));
    *out = (template_t){.mode = unit->mode,
                        .locale = world->messages ? world->messages->locale : LOCALE_EN,
                        .ops = compiler.ops,
                        .count = compiler.count};
    return OK;
}
