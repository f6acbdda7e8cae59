// The static files of the pages, made ready once: path by content, compressed. Immutable; the arena
// that made them owns them.
#pragma once
#include "base/arena.h"
#include "view/view.h"

typedef struct {
    str_t path; // "/assets/<hash>/page.css"
    view_asset_t content;
} asset_t;

// `name` is the file's name with its extension.
MUST_USE result_t asset_make(arena_t *arena, str_t name, str_t text, asset_t *out, err_t *err);

// True if `path` names this asset in any version: the same but for the hash.
bool asset_has_name(const asset_t *asset, str_t path);
