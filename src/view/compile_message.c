#include "base/buffer.h"
#include "view/compile.h"
#include "view/escape.h"

static bool is_html(const compiler_t *compiler) {
    return compiler->unit->mode == TEMPLATE_PAGE || compiler->unit->mode == TEMPLATE_MAIL;
}

// A text of the catalogue is text: it may stand where a text value may.
static bool is_text_place(const compiler_t *compiler) {
    if (!is_html(compiler)) {
        return compiler->unit->mode == TEMPLATE_PLAIN;
    }
    const html_context_t context = html_context(&compiler->html);
    return context == HTML_CONTENT || context == HTML_TITLE || context == HTML_ATTRIBUTE;
}

static result_t compile_text(compiler_t *compiler, place_t place, str_t text) {
    if (str_is_empty(text)) {
        return OK;
    }
    if (is_html(compiler)) {
        buf_t escaped = buf_new(compiler->world->arena, text.len * 2);
        escape_html(&escaped, text);
        text = buf_str(&escaped);
    }
    html_feed_value(&compiler->html);
    return compile_op(compiler, place, (op_t){.kind = OP_LITERAL, .literal = text});
}

typedef struct {
    str_t begin, end;
} wrap_t;

// A value inside a sentence must not disturb the sentence's direction, nor the other way round
// (UAX #9 2.5): <bdi> in content; isolate characters elsewhere, and there only in a language that
// reads from right to left, because not every mail program and title bar hides them well.
static wrap_t placeholder_wrap(const compiler_t *compiler, field_kind_t kind) {
    const bool is_ltr = kind == FIELD_LTR || kind == FIELD_URL;
    if (kind == FIELD_INT || kind == FIELD_WORDS) {
        return (wrap_t){0};
    }
    if (is_html(compiler) && html_context(&compiler->html) == HTML_CONTENT) {
        return (wrap_t){is_ltr ? STR("<bdi dir=\"ltr\">") : STR("<bdi>"), STR("</bdi>")};
    }
    if (compiler->world->messages->locale != LOCALE_AR) {
        return (wrap_t){0};
    }
    return (wrap_t){is_ltr ? STR("\u2066") : STR("\u2068"), STR("\u2069")};
}

static result_t compile_placeholder(compiler_t *compiler, place_t place, str_t name) {
    named_t named;
    TRY(compile_name(compiler, place, name, &named));
    const wrap_t wrap = placeholder_wrap(compiler, named.field->kind);
    TRY(compile_op(compiler, place, (op_t){.kind = OP_LITERAL, .literal = wrap.begin}));
    TRY(compile_value(compiler, place, &named));
    return compile_op(compiler, place, (op_t){.kind = OP_LITERAL, .literal = wrap.end});
}

// The text of one message with its {placeholders}.
static result_t compile_message_text(compiler_t *compiler, const message_t *message) {
    const place_t place = {compiler->world->messages->origin, message->line};
    str_t rest = message->text;
    while (!str_is_empty(rest)) {
        const size_t open = str_find(rest, '{');
        const str_t text = str_sub(rest, 0, open);
        if (str_find(text, '}') != text.len) {
            return compile_fail(compiler, place, "a '}' without '{'");
        }
        TRY(compile_text(compiler, place, text));
        if (open == rest.len) {
            break;
        }
        const size_t close = str_find(rest, '}');
        if (close == rest.len) {
            return compile_fail(compiler, place, "a '{' without '}'");
        }
        TRY(compile_placeholder(compiler, place, str_sub(rest, open + 1, close)));
        rest = str_sub(rest, close + 1, rest.len);
    }
    return OK;
}

static result_t message_missing(compiler_t *compiler, place_t place, str_t key, const char *form) {
    return compile_fail(compiler, place, "'%.*s'%s%s is missing in %.*s", STR_ARG(key),
                        form ? " for " : "", form ? form : "",
                        STR_ARG(compiler->world->messages->origin));
}

static result_t compile_plural(compiler_t *compiler, place_t place, str_t key, plural_t plural) {
    const messages_t *messages = compiler->world->messages;
    message_t *message = messages_find(messages, key, plural);
    if (!message) {
        return message_missing(compiler, place, key, plural_name(plural));
    }
    message->is_used = true;
    const place_t there = {messages->origin, message->line};
    named_t number;
    TRY(compile_name(compiler, there, message->number, &number));
    if (number.field->kind != FIELD_INT) {
        return compile_fail(compiler, there, "'%s' is not a number", number.field->name);
    }
    size_t guard;
    TRY(compile_guard(compiler, place,
                      (op_t){.kind = OP_IF_PLURAL,
                             .part = number.part,
                             .field = number.field,
                             .wanted = (int)plural},
                      &guard));
    TRY(compile_message_text(compiler, message));
    compile_guard_end(compiler, guard);
    return OK;
}

static message_t *message_any_form(const messages_t *messages, str_t key) {
    for (int plural = 0; plural < PLURAL_COUNT; plural++) {
        message_t *message = messages_find(messages, key, (plural_t)plural);
        if (message) {
            return message;
        }
    }
    return NULL;
}

static result_t compile_key(compiler_t *compiler, place_t place, str_t key) {
    const messages_t *messages = compiler->world->messages;
    message_t *message = message_any_form(messages, key);
    if (!message) {
        return message_missing(compiler, place, key, NULL);
    }
    if (str_is_empty(message->number)) {
        message->is_used = true;
        return compile_message_text(compiler, message);
    }
    for (int plural = 0; plural < PLURAL_COUNT; plural++) {
        if (plural_is_needed(messages->locale, (plural_t)plural)) {
            TRY(compile_plural(compiler, place, key, (plural_t)plural));
        }
    }
    return OK;
}

// "notice.{kind}.heading": one guarded text for each choice that has a name.
static result_t compile_choices(compiler_t *compiler, place_t place, str_t key) {
    const size_t open = str_find(key, '{');
    const size_t close = str_find(key, '}');
    named_t named;
    TRY(compile_name(compiler, place, str_sub(key, open + 1, close), &named));
    if (named.field->kind != FIELD_CHOICE) {
        return compile_fail(compiler, place, "'%s' is not a choice", named.field->name);
    }
    for (size_t i = 0; i < named.field->choices_count; i++) {
        if (!named.field->choices[i]) {
            continue;
        }
        const str_t chosen =
            arena_format(compiler->world->arena, "%.*s%s%.*s", (int)open, key.ptr,
                         named.field->choices[i], STR_ARG(str_sub(key, close + 1, key.len)));
        const op_t op = {
            .kind = OP_IF_CHOICE, .part = named.part, .field = named.field, .wanted = (int)i};
        size_t guard;
        TRY(compile_guard(compiler, place, op, &guard));
        TRY(compile_key(compiler, place, chosen));
        compile_guard_end(compiler, guard);
    }
    return OK;
}

result_t compile_message(compiler_t *compiler, place_t place, str_t key) {
    if (!is_text_place(compiler) || !compiler->world->messages) {
        return compile_fail(compiler, place, "a text of the catalogue may not stand here");
    }
    if (str_find(key, '{') == key.len) {
        return compile_key(compiler, place, key);
    }
    if (str_find(key, '}') <= str_find(key, '{') || str_find(key, '}') == key.len) {
        return compile_fail(compiler, place, "a choice in a key is written {name}");
    }
    return compile_choices(compiler, place, key);
}
