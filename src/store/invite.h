// Invitations by mail. The hosted side, where they are accepted, is in login.h.
#pragma once
#include "store/store.h"

// One invitation and its mail.
typedef struct {
    str_t id;           // inv_; of a renewed one: not used
    bytes_t token_hash; // SHA-256 of the link's token: the link is kept nowhere
    int64_t lifetime_s;
    str_t outbox_id;       // out_
    bytes_t mail_sealed;   // what the outbox needs to make the mail
    store_limits_t limits; // of mails to this address
} store_invite_new_t;

typedef struct {
    store_limited_t limited; // if so, nothing was written and the rest is empty
    str_t inviter_email;
    time_ms_t created_at, expires_at, resent_at;
    int64_t resent_count;
} store_invite_t;

// A new link and a new end, and the mail for it; the old link is dead. CONFLICT if the invitation
// was accepted or withdrawn meanwhile or is not as old as `was_expired` says, or if the
// organization has no room for one that had expired.
typedef struct {
    str_t organization_id, user_id;
    bool was_expired;
    store_invite_new_t next;
} store_invite_renewal_t;
MUST_USE result_t store_invite_renew(store_t *store, const store_invite_renewal_t *in,
                                     const store_audit_t *audit, store_invite_t *out, err_t *err);
