// Whether the mail server that is set would talk to us: connects, reads the greeting, says EHLO and
// goes. Sends no mail and no password. For `gatehouse check` only.
#pragma once
#include "base/clock.h"
#include "base/result.h"
#include "base/settings.h"

// UNAVAILABLE says at which step it failed.
MUST_USE result_t smtp_probe(arena_t *arena, const settings_t *settings, int timeout_ms,
                             err_t *err);
