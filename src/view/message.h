// The message catalogue of one locale: lines of `key = text`. A text may hold {name} placeholders,
// filled from the names of the view that shows it. A text that depends on a number stands once for
// each plural category of its language (Unicode CLDR): `key[name:one] = ...`.
#pragma once
#include "base/arena.h"
#include "base/result.h"
#include "view/source.h"
#include "view/view.h"

typedef enum {
    PLURAL_ZERO,
    PLURAL_ONE,
    PLURAL_TWO,
    PLURAL_FEW,
    PLURAL_MANY,
    PLURAL_OTHER,
} plural_t;
enum { PLURAL_COUNT = 6 };

// The category of a whole number; a negative one is OTHER.
plural_t plural_of(view_locale_t locale, int64_t number);
// True if whole numbers of the language can have this category.
bool plural_is_needed(view_locale_t locale, plural_t plural);
const char *plural_name(plural_t plural);

typedef struct {
    str_t key;
    str_t number; // the name that chooses the category; empty: one text for all
    plural_t plural;
    str_t text;
    int line;
    bool is_used;
} message_t;

typedef struct {
    view_locale_t locale;
    str_t origin; // of its file
    message_t *items;
    size_t count;
} messages_t;

// BAD_REQUEST with file and line: a line that is no message, an empty text, a key that stands
// twice. The arena holds the results.
MUST_USE result_t messages_parse(arena_t *arena, view_locale_t locale, const source_t *source,
                                 messages_t *out, err_t *err);

// The message, or its form for `plural`; NULL if there is none.
message_t *messages_find(const messages_t *messages, str_t key, plural_t plural);

// BAD_REQUEST if a message was never used.
MUST_USE result_t messages_check_used(const messages_t *messages, err_t *err);
