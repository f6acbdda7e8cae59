// TXT records, for proving that a domain is a customer's. Text from strangers: bounded, unchecked.
#pragma once
#include "base/clock.h"
#include "base/result.h"
#include "base/settings.h"

enum {
    DNS_TEXTS_MAX = 100,     // of one name
    DNS_TEXT_LEN_MAX = 4096, // octets of one record, its strings joined
};

typedef struct {
    str_t name; // without a dot at the end
    deadline_t deadline;
} dns_question_t;

typedef struct {
    const str_t *items; // any octets
    size_t count;
} dns_texts_t;

// The TXT records of a name (RFC 1035 3.3.14), asked of GATEHOUSE_DNS_SERVERS or the system's
// servers. No such name and no such record are OK without texts; longer records and those beyond
// the limit are left out. BAD_REQUEST: not a name that DNS can hold; TIMEOUT: the deadline passed;
// UNAVAILABLE: no server answered usefully, try later. Not authenticated unless the servers
// validate DNSSEC. `out` is in the arena. Any thread.
MUST_USE result_t dns_txt_lookup(arena_t *arena, const settings_t *settings,
                                 const dns_question_t *question, dns_texts_t *out, err_t *err);
