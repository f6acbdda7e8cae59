#include "view/message.h"

static const char *const PLURAL_NAMES[PLURAL_COUNT] = {"zero", "one",  "two",
                                                       "few",  "many", "other"};

// CLDR cardinal rules for whole numbers.
static plural_t plural_of_arabic(int64_t number) {
    if (number >= 0 && number <= 2) {
        return number == 0 ? PLURAL_ZERO : number == 1 ? PLURAL_ONE : PLURAL_TWO;
    }
    const int64_t rest = number % 100;
    if (rest >= 3 && rest <= 10) {
        return PLURAL_FEW;
    }
    return rest >= 11 ? PLURAL_MANY : PLURAL_OTHER;
}

plural_t plural_of(view_locale_t locale, int64_t number) {
    if (locale == LOCALE_AR) {
        return plural_of_arabic(number);
    }
    return number == 1 ? PLURAL_ONE : PLURAL_OTHER;
}

bool plural_is_needed(view_locale_t locale, plural_t plural) {
    return locale == LOCALE_AR || plural == PLURAL_ONE || plural == PLURAL_OTHER;
}

const char *plural_name(plural_t plural) {
    return PLURAL_NAMES[plural];
}

static bool plural_from_name(str_t name, plural_t *out) {
    for (int i = 0; i < PLURAL_COUNT; i++) {
        if (str_eq(name, str_from_c(PLURAL_NAMES[i]))) {
            *out = (plural_t)i;
            return true;
        }
    }
    return false;
}

// "key" or "key[number:plural]".
static bool message_key_parse(str_t text, message_t *out) {
    const size_t bracket = str_find(text, '[');
    out->key = str_sub(text, 0, bracket);
    out->plural = PLURAL_OTHER;
    if (bracket == text.len) {
        return !str_is_empty(text);
    }
    const str_t inside = str_sub(text, bracket + 1, text.len - 1);
    const size_t colon = str_find(inside, ':');
    out->number = str_sub(inside, 0, colon);
    return str_ends(text, STR("]")) && !str_is_empty(out->key) && !str_is_empty(out->number) &&
           plural_from_name(str_sub(inside, colon + 1, inside.len), &out->plural);
}

static result_t message_parse(str_t line, messages_t *out, int number, err_t *err) {
    message_t *message = &out->items[out->count];
    const size_t equals = str_find(line, '=');
    *message = (message_t){.text = str_trim(str_sub(line, equals + 1, line.len)), .line = number};
    if (!message_key_parse(str_trim(str_sub(line, 0, equals)), message) ||
        str_is_empty(message->text) || str_has_control(message->text)) {
        return FAIL(err, BAD_REQUEST, "template_invalid",
                    "%.*s:%d: not 'key = text' or 'key[name:plural] = text'", STR_ARG(out->origin),
                    number);
    }
    for (size_t i = 0; i < out->count; i++) {
        const message_t *other = &out->items[i];
        if (!str_eq(other->key, message->key)) {
            continue;
        }
        if (!str_eq(other->number, message->number) || other->plural == message->plural) {
            return FAIL(err, BAD_REQUEST, "template_invalid",
                        "%.*s:%d: '%.*s' stands in line %d already", STR_ARG(out->origin), number,
                        STR_ARG(message->key), other->line);
        }
    }
    out->count++;
    return OK;
}

static size_t lines_count(str_t text) {
    size_t count = 1;
    for (size_t i = 0; i < text.len; i++) {
        count += text.ptr[i] == '\n';
    }
    return count;
}

result_t messages_parse(arena_t *arena, view_locale_t locale, const source_t *source,
                        messages_t *out, err_t *err) {
    messages_t messages = {.locale = locale, .origin = source->origin};
    messages.items = ARENA_ARRAY(arena, message_t, lines_count(source->text));
    str_t rest = source->text;
    for (int number = 1; !str_is_empty(rest); number++) {
        const size_t end = str_find(rest, '\n');
        const str_t line = str_trim(str_sub(rest, 0, end));
        rest = str_sub(rest, end + 1, rest.len);
        if (!str_is_empty(line) && line.ptr[0] != '#') {
            TRY(message_parse(line, &messages, number, err));
        }
    }
    *out = messages;
    return OK;
}

message_t *messages_find(const messages_t *messages, str_t key, plural_t plural) {
    for (size_t i = 0; i < messages->count; i++) {
        message_t *message = &messages->items[i];
        const bool is_form = str_is_empty(message->number) || message->plural == plural;
        if (is_form && str_eq(message->key, key)) {
            return message;
        }
    }
    return NULL;
}

result_t messages_check_used(const messages_t *messages, err_t *err) {
    for (size_t i = 0; i < messages->count; i++) {
        const message_t *message = &messages->items[i];
        if (!message->is_used) {
            return FAIL(err, BAD_REQUEST, "template_invalid", "%.*s:%d: no view uses '%.*s'",
                        STR_ARG(messages->origin), message->line, STR_ARG(message->key));
        }
    }
    return OK;
}
