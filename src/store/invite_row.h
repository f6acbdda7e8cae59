// Invitations and the room for them inside the transactions of others. Internal to store/.
#pragma once
#include "store/batch.h"
#include "store/invite.h"

// How many places of an organization are taken: by active members and by invitations that can still
// be accepted (hosted-login.md 6.1).
#define PLACES_TAKEN(organization_)                                                                \
    "(select count(*) from memberships pm left join invitations pi"                                \
    " on pi.organization_id = pm.organization_id and pi.user_id = pm.user_id"                      \
    " where pm.organization_id = " organization_                                                   \
    " and (pm.status = 'ACTIVE'"                                                                   \
    " or pm.status = 'PENDING_INVITE' and pi.expires_at > now()))"

// Before a place is taken, and after it. What waited for the lock would still count with the eyes
// of its own beginning, so the counting is a statement of its own.
void room_lock_append(sql_batch_t *batch, str_t organization_id);
void room_check_append(sql_batch_t *batch, str_t organization_id);

// The invitation of a membership that was made just before, and its mail.
void invite_insert_append(sql_batch_t *batch, str_t organization_id, str_t user_id,
                          const store_invite_new_t *invite);
