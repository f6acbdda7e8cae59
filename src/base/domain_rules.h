// Rules on the Unicode form of a domain name. Pure; any thread. For domain.c only.
#pragma once
#include "base/str.h"

// Octets of the A-label form without the trailing dot, RFC 1035 2.3.4.
enum { DOMAIN_MAX = 253, DOMAIN_LABEL_MAX = 63 };

// Cuts the next label off `rest`; false after the last one.
bool domain_next_label(str_t *rest, str_t *out_label);

// RFC 5893 section 2 over all labels of a name in UTF-8: if one is written from right to left, each
// must satisfy the rule.
bool domain_bidi_is_valid(str_t name);

// True if a label in UTF-8 should be shown as an A-label: it mixes scripts beyond the "highly
// restrictive" level of UTS #39 5.2, or all its letters are Cyrillic or Greek look-alikes of Latin.
bool domain_label_may_deceive(str_t label);
