// Memberships: adding somebody to an organization by invitation or at once, and what follows.
#pragma once
#include "store/invite.h"
#include "store/user.h"

// What a decision about one user and one organization is made of.
typedef struct {
    str_t organization_id;
    store_user_key_t user;
    str_t wanted_external_id; // may be empty
} store_member_in_t;
typedef struct {
    bool is_organization_present;
    str_t organization_name;
    bool is_full; // as many members and open invitations as it may have
    bool is_user_present;
    str_t user_id, email_display, locale, external_id;
    bool is_external_id_taken; // the wanted one, by somebody else
    bool is_member;
    str_t status; // ACTIVE, INACTIVE, PENDING_INVITE or INVITE_EXPIRED
    flow_list_t roles;
    str_t metadata; // JSON object
    str_t inviter_email;
    str_t app_name; // the default application's; may be empty
} store_member_t;
MUST_USE result_t store_member_read(store_t *store, const store_member_in_t *in,
                                    store_member_t *out, err_t *err);

// A membership, and its user if that is new. With an invitation somebody has to accept it; without
// one it is active at once and the address counts as proven (hosted-login.md 6.7), which drops
// whatever an unproven user had before (flow.md 5).
typedef struct {
    str_t organization_id;
    str_t user_id; // a fresh id if `is_new_user`
    bool is_new_user;
    str_t email, email_display;      // of a new user
    const store_user_words_t *words; // NULL: nothing is said about the user
    flow_list_t roles;
    str_t metadata; // JSON object
    str_t inviter_email;
    const store_invite_new_t *invite; // NULL: no invitation
} store_membership_new_t;

typedef struct {
    store_limited_t limited; // if so, nothing was written and there is no user
    store_user_t user;
} store_membership_made_t;

// In the transaction of store_apply_begin without an invitation only.
// CONFLICT if the address or external id was taken, the user or organization deleted, the
// membership made or the organization filled meanwhile.
MUST_USE result_t store_membership_create(store_t *store, const store_membership_new_t *in,
                                          const store_audit_t *audit, store_membership_made_t *out,
                                          err_t *err);

typedef struct {
    str_t organization_id, user_id;
    flow_list_t roles; // none: they stay
    str_t metadata;    // merged; a null in it removes its key; empty: not given
} store_membership_change_t;
MUST_USE result_t store_membership_update(store_t *store, const store_membership_change_t *in,
                                          const store_audit_t *audit, store_user_t *out,
                                          err_t *err);

// Ends the sessions and grants that are for this organization, and deletes the user whose last
// membership it was (hosted-login.md 6.3).
MUST_USE result_t store_membership_delete(store_t *store, str_t organization_id, str_t user_id,
                                          const store_audit_t *audit, err_t *err);

// Adds or takes away roles of a member. CONFLICT if it is no member any more, or none would be left
// of its roles, or one that is taken away is not there.
typedef struct {
    str_t organization_id, user_id;
    flow_list_t roles;
    bool is_removal;
} store_roles_change_t;
MUST_USE result_t store_roles_change(store_t *store, const store_roles_change_t *in,
                                     const store_audit_t *audit, flow_list_t *out_roles,
                                     err_t *err);
