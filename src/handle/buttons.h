// Connections as a page offers them.
#pragma once
#include "handle/handle.h"
#include "store/sso.h"

view_buttons_t buttons_view(arena_t *arena, const store_buttons_t *rows);

// The row of that connection; NULL if it is not among them.
const store_button_t *buttons_find(const store_buttons_t *rows, str_t connection_id);

// What people call this connection; empty if it is gone or switched off.
MUST_USE result_t buttons_name(call_t *call, str_t connection_id, str_t *out);
