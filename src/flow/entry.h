// flow.md section 2: what happens first at /oauth/authorize.
#pragma once
#include "flow/decision.h"

typedef struct {
    bool none;
    bool login;
    bool create;
    bool select_account;
} flow_prompt_t;

typedef struct {
    time_ms_t now;
    flow_client_t client;
    bool is_redirect_registered;
    const char *defect; // OAuth error code of E2/E3 found by the parser, or NULL
    str_t defect_text;
    flow_prompt_t prompt;
    bool has_max_age;
    int64_t max_age_s;
    bool has_login_hint;       // a well-formed address
    flow_named_t provider;     // E4
    flow_named_t connection;   // E5
    flow_named_t organization; // E6, E7
    flow_hrd_t hrd_domain;     // E8, of `domain` or `domain_hint`
    flow_hrd_t hrd_hint;       // E9
    flow_session_t session;
    flow_memberships_t memberships; // of the session's user
    flow_hrd_t hrd_session;         // of the session's user, section 6
    bool is_signup_open, is_organization_signup_open;
} flow_entry_t;

// Pure: no I/O, no clock, no randomness. The reason lives in the arena.
flow_decision_t flow_at_entry(arena_t *arena, const flow_entry_t *entry);

// Section 6: may this session still be used for this organization (may be empty), judged by the
// policy of today? Shared by reuse, refresh and switch. `hrd` is that of the session user's email.
// The loop guard holds here too: who came through organization A's connection with an address of
// organization B may go on with A, unless B wants its people for itself alone.
bool flow_session_is_allowed(const flow_session_t *session, const flow_hrd_t *hrd,
                             str_t organization_id);

// Does the session belong to another organization's provider alone? Whom no realm claims is a guest
// of that organization: its provider's word is no sign-in for any other, or whoever runs it could
// switch to wherever the guest is a member. Asked wherever the organization changes, beside
// flow_session_is_allowed; a grant that was made before stays what it was.
bool flow_session_is_bound_elsewhere(const flow_session_t *session, const flow_hrd_t *hrd,
                                     str_t organization_id);
