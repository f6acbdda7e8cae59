// `gatehouse check`: says in words all that is wrong with this installation.
#pragma once
#include "base/settings.h"
#include <stdio.h>

// One line a thing, "ok" or "WRONG" in front, or "NOTE" for what is allowed and should be meant.
// The number of things that are wrong. Changes nothing.
int check_run(const settings_t *settings, FILE *out);
