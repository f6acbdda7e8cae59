// The counters of a login (flow.md 8). They are bound to flow, browser and network, never to the
// address alone: nobody can use them to lock somebody else out. Those of invitations and of rows
// about refusals are counters of their own. Keys are keyed hashes, so the table holds no addresses.
#pragma once
#include "base/email.h"
#include "handle/browser.h"

enum { LIMITS_MAX = 4 };

typedef struct {
    store_limit_t items[LIMITS_MAX];
    hash256_t keys[LIMITS_MAX];
    size_t count;
} limits_t;

static inline store_limits_t limits_list(const limits_t *limits) {
    return (store_limits_t){limits->items, limits->count};
}

// For a mail to `email` on behalf of `flow_id`: 2 a minute and 10 an hour for the mailbox
// (plus-tags do not make another one) from this site, 120 a minute from the network in all. A
// browser that has finished a login for this address before is counted by itself instead of with
// its network, so a stranger in the same office cannot use up its share. `out` must stay in place.
typedef struct {
    const browser_t *browser;
    bool is_known_browser;
    str_t email; // normalised
} limits_mail_t;
MUST_USE result_t limits_for_mail(call_t *call, const limits_mail_t *in, limits_t *out);

// For an invitation to `email`, whoever sends it: 2 a minute and 10 an hour for the mailbox (api.md
// 2). No mail of a login counts here and none of these there: an application cannot use up the
// sign-in mails of a person, nor the person its invitations. `out` must stay in place.
MUST_USE result_t limits_for_invitation(call_t *call, str_t email, limits_t *out);

// For an evaluation of a code: 600 in ten minutes from this network.
MUST_USE result_t limits_for_try(call_t *call, limits_t *out);

// For a row about a refusal that anybody can provoke without end: 10 a minute from this network of
// one event and one error, so that a flood of the one does not hide the other.
MUST_USE result_t limits_for_refusal(call_t *call, const char *event, const char *error,
                                     limits_t *out);

// The part of an address that one link holds: an IPv4 address, the /64 of an IPv6 one.
str_t limits_network(arena_t *arena, str_t ip);
// The part that one customer may hold: an IPv4 address, the /48 of an IPv6 one (RFC 6177 2). By
// /64s a single customer would have 65536 shares of guesses at one mailbox.
str_t limits_site(arena_t *arena, str_t ip);
