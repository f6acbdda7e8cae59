// application/x-www-form-urlencoded: queries and form bodies to lists of names and values.
#pragma once
#include "base/arena.h"
#include "base/buffer.h"
#include "base/result.h"

typedef struct {
    str_t name;
    str_t value;
} form_field_t;

typedef struct {
    const form_field_t *fields;
    size_t count;
} form_t;

enum { FORM_FIELDS_MAX = 100 };

typedef enum { FORM_ABSENT, FORM_ONE, FORM_REPEATED } form_presence_t;

// Decodes `raw` ('+' is a space, %XX an octet). BAD_REQUEST if a '%' is not followed by two hex
// digits, a decoded text is not UTF-8 or holds NUL, or there are more than FORM_FIELDS_MAX fields.
// Empty pairs ("a=1&&b=2") are skipped. Results live in the arena.
MUST_USE result_t form_parse(arena_t *arena, str_t raw, form_t *out, err_t *err);

// The value of `name`. On FORM_ABSENT `out` becomes empty; on FORM_REPEATED it is the first value.
form_presence_t form_get(const form_t *form, str_t name, str_t *out);

// True if any name stands twice (RFC 6749 3.1: parameters must not be included more than once).
bool form_has_repeats(const form_t *form);

// Appends name=value to a URL under construction, with '?' or '&' as its text so far needs. The
// URL has no fragment.
void url_add_param(buf_t *url, str_t name, str_t value);
