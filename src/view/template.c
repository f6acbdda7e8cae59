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

static template_list_t field_list(const field_t *field, const void *part) {
    return *(const template_list_t *)(const void *)((const char *)part + field->offset);
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
    case FIELD_LIST:
        return field_list(field, part).count > 0;
    }
    return false;
}

static bool guard_holds(const op_t *op, view_locale_t locale, const void *part) {
    switch (op->kind) {
    case OP_IF:
    case OP_EACH:
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
    case OP_NEXT:
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

// The structs of a rendering, and how far it is in the list that is being shown.
typedef struct {
    const void *parts[TEMPLATE_PARTS_MAX + 1];
    size_t item;
} shown_t;

static void item_show(shown_t *shown, const op_t *op, size_t item) {
    const template_list_t list = field_list(op->field, shown->parts[op->part]);
    shown->item = item;
    shown->parts[TEMPLATE_ITEM] = (const char *)list.items + item * op->field->stride;
}

// True if there is a next item, which is then shown.
static bool item_next(shown_t *shown, const op_t *op) {
    const size_t count = field_list(op->field, shown->parts[op->part]).count;
    if (shown->item + 1 < count) {
        item_show(shown, op, shown->item + 1);
        return true;
    }
    return false;
}

str_t template_render(const template_t *compiled, arena_t *arena, const void *const *parts) {
    buf_t out = buf_new(arena, RENDER_HINT);
    shown_t shown = {0};
    for (size_t i = 0; i < compiled->parts; i++) {
        shown.parts[i] = parts[i];
    }
    for (size_t i = 0; i < compiled->count; i++) {
        const op_t *op = &compiled->ops[i];
        const void *part = shown.parts[op->part];
        if (op->kind == OP_LITERAL) {
            buf_add(&out, op->literal);
        } else if (op->kind == OP_VALUE) {
            render_value(&out, compiled->mode, op, part);
        } else if (op->kind == OP_NEXT) {
            i -= item_next(&shown, op) ? op->skip : 0;
        } else if (!guard_holds(op, compiled->locale, part)) {
            i += op->skip;
        } else if (op->kind == OP_EACH) {
            item_show(&shown, op, 0);
        }
    }
    return buf_str(&out);
}
