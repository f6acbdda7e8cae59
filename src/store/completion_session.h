// What a completion does to sessions. Internal to store/.
#pragma once
#include "store/batch.h"
#include "store/login.h"

// What the completing transaction has locked and found before it writes.
typedef struct {
    str_t user_id;
    bool is_new_user;
    bool is_first_proof;     // the user was there, but nobody had proven the address
    str_t old_session_id;    // usable, shown by the browser; empty: none
    bool is_old_session_own; // it is this user's
    str_t session_id;        // the one that counts from now on; known once it is written
} completion_found_t;

// Locks the session that the browser showed. One row or none.
void old_session_append(sql_batch_t *batch, bytes_t session_old_hash);
void old_session_found(const sql_batch_t *batch, size_t position, completion_found_t *found);

// Locks the session that is to be reused. One row, or it ended meanwhile.
void reused_session_append(sql_batch_t *batch, str_t session_id);
bool reused_session_found(const sql_batch_t *batch, size_t position, completion_found_t *found);

// Everything that an unproven user had before somebody proved the address.
void first_proof_append(sql_batch_t *batch, const store_completion_t *in, str_t user_id);

// Makes the session, or moves the user's own old one to a new cookie; the id that counts from now
// on. Ends an old session of somebody else.
str_t new_session_append(sql_batch_t *batch, const store_completion_t *in,
                         const completion_found_t *found);
