// What a completion does to sessions. Internal to store/.
#pragma once
#include "store/completion_found.h"

// A session to be made. The lifetimes are the environment's.
typedef struct {
    str_t id;
    bytes_t hash; // of the new cookie value
    int64_t lifetime_s, idle_s;
    str_t organization_id;
    str_t flow_id; // in which the person was authenticated earlier; empty: just now
    str_t ip, user_agent;
} session_new_t;

// Locks the session that the browser showed. One row or none.
void old_session_append(sql_batch_t *batch, bytes_t session_old_hash);
void old_session_found(const sql_batch_t *batch, size_t position, completion_found_t *found);

// Locks the session that is to be reused; with a flow, the one that waits in it. False: it ended
// meanwhile.
void reused_session_append(sql_batch_t *batch, str_t session_id, str_t flow_id);
bool reused_session_found(const sql_batch_t *batch, size_t position, completion_found_t *found);
// From now on it works for this organization, whose policy can shorten it.
void session_switch_append(sql_batch_t *batch, const completion_found_t *found,
                           str_t organization_id);

// Makes the session, or moves the user's own old one to a new cookie; the id that counts from now
// on. Ends an old session of somebody else.
str_t new_session_append(sql_batch_t *batch, const session_new_t *session,
                         const completion_found_t *found);
