// The files that views are made of: the embedded ones, each replaced by the file of the same name
// below the operator's folder. Filled once by sources_load; `is_used` is the compiler's note.
#pragma once
#include "base/arena.h"
#include "base/result.h"

typedef struct {
    str_t name;   // below templates/, for example "mail/code.txt"
    str_t origin; // for messages: where the text came from
    str_t text;   // without its last line break; valid UTF-8 without NUL
    bool is_used;
} source_t;

typedef struct {
    source_t *items;
    size_t count;
} sources_t;

enum { SOURCE_MAX = 64 * 1024 }; // octets of one file

// `folder` may be empty. BAD_REQUEST if a file is too large, not UTF-8 or cannot be read; a file
// that is not there is not replaced. The arena holds the results.
MUST_USE result_t sources_load(arena_t *arena, str_t folder, sources_t *out, err_t *err);

// NULL if there is no such file. Marks it as used.
const source_t *sources_use(const sources_t *sources, str_t name);

// BAD_REQUEST if a file was never used.
MUST_USE result_t sources_check_used(const sources_t *sources, err_t *err);
