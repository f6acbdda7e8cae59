// Free text of a provider, before people see it. For the readers of this folder.
#pragma once
#include "base/arena.h"

// `text`, which is UTF-8, without control and bidirectional formatting characters, cut before the
// character that would exceed `max` octets. In the arena.
str_t oidc_text_clean(arena_t *arena, str_t text, size_t max);
