// flow.md section 6: who it is is settled; for which organization, and may they?
#pragma once
#include "flow/decision.h"

typedef struct {
    flow_user_t user;               // absent: a new one would be made
    flow_memberships_t memberships; // the user's, and the organizations that the address may join
    // The connection that the login came through; is_present false: none of an organization's.
    flow_connection_t connection;
    bool is_domain_trusted; // 4.1 holds for the address that was proven
    // The realm that the person belongs to is the connection's organization (flow_is_own_realm):
    // who is where policy wants them may go on to another organization, as the section's "switch
    // goes to SSO first" needs. False: through A's connection for A alone, the loop guard.
    bool is_own_realm;
    str_t chosen_organization_id; // the request's, the chooser's, or the reused session's
    bool is_chosen_by_person;     // in the chooser: may join and accept invitations
    bool is_session_organization; // it is the session's own: gone is gone, choose anew
    bool is_choice_wanted;        // prompt=select_account without an organization
    bool is_signup_open;
    bool is_organization_signup_open;
} flow_completing_t;

// COMPLETE (organization_id may be empty; `membership`), CHOOSE_ORGANIZATION, CREATE_ORGANIZATION,
// NO_ACCOUNT, NOT_ACTIVE or NO_MEMBER. Pure; the reason lives in the arena. Sets is_new_session,
// which who reuses a session takes back.
flow_decision_t flow_complete(arena_t *arena, const flow_completing_t *facts);
