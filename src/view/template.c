#include "view/template.h"
#include "base/buffer.h"
#include "view/escape.h"

enum { RENDER_HINT = 8192 };

static str_t field_str(const field_t *field, const void *part) {
    return *(const str_t *)(const void *)((const char *)part + field->offset);
}

static int field_choice(const field_t *field, const void *part) {
    return *(const int *)(const void *)((const char *)part + field->offset);
}

static int64_t field_int(const field_t *field, const void *part) {
    return *(const int64_t *)(const void *)((const char *)part + field->offset);
}

static const char *choice_name(const field_t *field, const void *part) {
    const int choice = field_choice(field, part);
    return choice >= 0 && (size_t)choice < field->choices_count ? field->choices[choice] : NULL;
}

static bool field_is_true(const field_t *field, const void *part) {
    switch (field->kind) {
    case FIELD_TEXT:
    case FIELD_WORDS:
    case FIELD_LTR:
    case FIELD_URL:
    case FIELD_COLOUR:
        return !str_is_empty(field_str(field, part));
    case FIELD_INT:
        return field_int(field, part) != 0;
    case FIELD_BOOL:
        return *((const bool *)part + field->offset);
    case FIELD_CHOICE:
        return choice_name(field, part) != NULL;
    }
    return false;
}

static bool guard_holds(const op_t *op, view_locale_t locale, const void *part) {
    switch (op->kind) {
    case OP_IF:
        return field_is_true(op->field, part);
    case OP_UNLESS:
        return !field_is_true(op->field, part);
    case OP_IF_CHOICE:
        return field_choice(op->field, part) == op->wanted;
    case OP_UNLESS_CHOICE:
        return field_choice(op->field, part) != op->wanted;
    case OP_IF_PLURAL:
        return (int)plural_of(locale, field_int(op->field, part)) == op->wanted;
    case OP_LITERAL:
    case OP_VALUE:
        break;
    }
    return false;
}

static void render_str(buf_t *out, template_mode_t mode, const op_t *op, str_t value) {
    if (op->field->kind == FIELD_URL && !escape_url_is_safe(value)) {
        buf_add_char(out, '#'); // leads nowhere
    } else if (mode == TEMPLATE_PLAIN || mode == TEMPLATE_ASSET) {
        escape_plain(out, value);
    } else if (op->context == HTML_QUERY) {
        escape_query(out, value);
    } else {
        escape_html(out, value);
    }
}

static void render_value(buf_t *out, template_mode_t mode, const op_t *op, const void *part) {
    if (op->field->kind != FIELD_INT) {
        render_str(out, mode, op, field_str(op->field, part));
        return;
    }
    buf_add_format(out, "%lld", (long long)field_int(op->field, part));
}

str_t template_render(const template_t *compiled, arena_t *arena, const void *const *parts) {
    buf_t out = buf_new(arena, RENDER_HINT);
    for (size_t i = 0; i < compiled->count; i++) {
        const op_t *op = &compiled->ops[i];
        if (op->kind == OP_LITERAL) {
            buf_add(&out, op->literal);
        } else if (op->kind == OP_VALUE) {
            render_value(&out, compiled->mode, op, parts[op->part]);
        } else if (!guard_holds(op, compiled->locale, parts[op->part])) {
            i += op->skip;
        }
    }
    return buf_str(&out);
}
