// Invitations and the room for them inside the transactions of others. Internal to store/.
#pragma once
#include "store/batch.h"
#include "store/facts.h"
#include "store/invite.h"

// Who takes a place of an organization: its active members and the invitations that can still be
// accepted (hosted-login.md 6.1).
#define TAKES_A_PLACE(m)                                                                           \
    "(" m ".status = 'ACTIVE' or " m ".status = 'PENDING_INVITE' and " INVITATION_IS_OPEN(m) ")"
#define PLACES_TAKEN(organization_)                                                                \
    "(select count(*) from memberships pm where pm.organization_id = " organization_               \
    " and " TAKES_A_PLACE("pm") ")"

// Before a place is taken, and after it. What waited for the lock would still count with the eyes
// of its own beginning, so the counting is a statement of its own.
void room_lock_append(sql_batch_t *batch, str_t organization_id);
void room_check_append(sql_batch_t *batch, str_t organization_id);

// The invitation of a membership that was made just before, and its mail.
void invite_insert_append(sql_batch_t *batch, str_t organization_id, str_t user_id,
                          const store_invite_new_t *invite);
