// A user's row inside the transactions of others, and what memberships and invitations have in
// common. Internal to store/.
//
// Rows are locked in this order: user, organization, membership, invitation, sessions, grants.
#pragma once
#include "store/batch.h"
#include "store/user.h"

// Whether a time is over, with NULL for "never was": nobody can accept an invitation that is not
// there. Aliases: m memberships, i its invitation.
#define MEMBERSHIP_STATUS                                                                          \
    "case when m.status = 'PENDING_INVITE' and (i.expires_at > now()) is not true"                 \
    " then 'INVITE_EXPIRED' else m.status end"
#define INVITATION_JOIN                                                                            \
    " left join invitations i on i.organization_id = m.organization_id and i.user_id = m.user_id"

// The rows of `jsonb` objects that a map may have in the end.
#define PAIRS_FIT(map_, max_) "(select count(*) from jsonb_object_keys(" map_ ")) <= " max_

// Appends the reading of one user, who must be there by then; found at that position.
void user_read_append(sql_batch_t *batch, str_t user_id);
store_user_t user_read_found(const sql_batch_t *batch, size_t position);

// Appends the change, which requires the user.
void user_words_append(sql_batch_t *batch, str_t user_id, const store_user_words_t *words);
