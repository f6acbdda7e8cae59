// Domain names. The one normaliser that home realm discovery, organization domains, linking and
// limits all use: two spellings of one domain are equal after it, and only those.
#pragma once
#include "base/arena.h"
#include "base/result.h"

// UTS #46 (non-transitional, STD3 rules, CheckHyphens, CheckBidi, CheckJoiners, VerifyDnsLength) to
// lower-case A-labels, one trailing dot removed. BAD_REQUEST for anything else, for one label only
// ("localhost") and for IP literals. Result in the arena.
MUST_USE result_t domain_normalise(arena_t *arena, str_t input, str_t *out, err_t *err);

// The Unicode form for people, or the A-label form where that could deceive: a label that mixes
// scripts other than the combinations UTS #39 calls highly restrictive.
str_t domain_display(arena_t *arena, str_t normal);

// True if `normal` is a public suffix ("co.uk", "github.io") by the public suffix list, private
// section included: nobody can own it.
bool domain_is_public_suffix(str_t normal);
