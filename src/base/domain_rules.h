// Rules on the labels of a domain name. Pure; any thread. For domain.c and the settings only.
#pragma once
#include "base/str.h"

// Octets of the A-label form without the trailing dot, RFC 1035 2.3.4.
enum { DOMAIN_MAX = 253, DOMAIN_LABEL_MAX = 63 };

// Cuts the next label off `rest`; false after the last one.
bool domain_next_label(str_t *rest, str_t *out_label);

// A label as DNS has it, lower case: RFC 1035 2.3.1 as relaxed by RFC 1123 2.1 with the length of
// RFC 1035 2.3.4, and CheckHyphens: "--" at the third place belongs to A-labels.
bool domain_label_is_ldh(str_t label);

// The WHATWG URL Standard 3.5 "ends in a number": a host whose last label is one is an IPv4 address
// or an error. True for an empty label.
bool domain_label_is_number(str_t label);

// RFC 5893 section 2 over all labels of a name in UTF-8: if one is written from right to left, each
// must satisfy the rule.
bool domain_bidi_is_valid(str_t name);

// True if a label in UTF-8 should be shown as an A-label: it mixes scripts beyond the "highly
// restrictive" level of UTS #39 5.2, or all its letters are Cyrillic or Greek look-alikes of Latin.
bool domain_label_may_deceive(str_t label);
