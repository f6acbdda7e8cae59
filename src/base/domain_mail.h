// Domains under which a mail provider gives addresses to everybody, for ever or for ten minutes.
// No organization can own one.
#pragma once
#include "base/str.h"

// `normal` as domain_normalise gives it. True for the names of a compiled list of well-known ones
// and for everything below them. Pure; any thread.
bool domain_is_public_mail(str_t normal);
