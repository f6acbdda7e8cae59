// What a completing transaction has locked and found before it writes, and its parts. See
// challenge.c for the order of locks. Internal to store/.
#pragma once
#include "store/batch.h"
#include "store/login.h"

typedef struct {
    str_t user_id, user_email;
    bool is_new_user;
    bool is_first_proof; // the user was there, but nobody had proven the address
    // What the login is made of.
    flow_list_t amr, connection_ids, sso_organization_ids;
    str_t old_session_id;          // usable, shown by the browser; empty: none
    bool is_old_session_own;       // it is this user's
    str_t session_id;              // the one that counts from now on
    str_t session_organization_id; // of a reused session
} completion_found_t;

// ---- who: completion_proof.c --------------------------------------------------------------------

// Where the statements of the first round trip stand in its batch.
enum { COMPLETION_NOWHERE = SQL_BATCH_MAX };
typedef struct {
    size_t connection, domain, insert, user, session, old_session;
} completion_places_t;
// What is wrong with it, static; NULL: nothing. It would be a programmer's mistake, and must not
// end in a session that nobody proved.
const char *proven_defect(const store_proven_t *proven, bool is_session);
void proof_append(sql_batch_t *batch, str_t flow_id, const store_proven_t *proven,
                  completion_places_t *places);
// CONFLICT: what the decision relied on is no longer so.
MUST_USE result_t proof_found(const sql_batch_t *batch, const completion_places_t *places,
                              const store_proven_t *proven, completion_found_t *found, err_t *err);
// Everything that an unproven user had before somebody proved the address.
void first_proof_append(sql_batch_t *batch, str_t user_id, str_t email_display);
// The identity that was shown, and what it said about the person.
void identity_append(sql_batch_t *batch, const store_proven_t *proven,
                     const completion_found_t *found);
// No realm of today wants this person elsewhere (flow.md 3, loop guard, and 6).
void realm_guard_append(sql_batch_t *batch, str_t email, const completion_found_t *found,
                        str_t organization_id);
// The person's realm is the organization of the connection that made this login: only then is the
// login good for another organization. With realm_guard_append, which sees that no realm of theirs
// is elsewhere, it is flow_is_own_realm of this moment.
void home_guard_append(sql_batch_t *batch, str_t email, const completion_found_t *found);
// This browser has proven this address.
void browser_known_append(sql_batch_t *batch, bytes_t browser_hash, str_t email);

// ---- for whom: completion_member.c --------------------------------------------------------------

typedef struct {
    str_t organization_id;
    flow_membership_step_t step;
    str_t new_organization_id, new_organization_name;
} completion_member_t;
const char *member_defect(const completion_member_t *member);
// In the first round trip: makes those stand in line that would join an organization with a limit.
void member_lock_append(sql_batch_t *batch, const completion_member_t *member);
void member_append(sql_batch_t *batch, const completion_member_t *member,
                   const completion_found_t *found);
