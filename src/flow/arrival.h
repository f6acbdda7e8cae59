// flow.md section 3, M6 to M9 and M12 to M15, and section 4: a provider has sent the person back.
#pragma once
#include "flow/decision.h"

typedef struct {
    time_ms_t now;
    flow_status_t status;
    time_ms_t flow_expires_at;
    bool is_own_browser;
    flow_connection_t connection; // as it is now; is_usable false: disabled meanwhile
    const char *defect;           // what the verification of the response found; NULL: it holds
    str_t defect_text;
    bool is_refused_by_person; // the provider says access_denied: the person pressed cancel there
    flow_assertion_t assertion;
    flow_identity_t identity; // of (connection, subject)
    flow_user_t user;         // the identity's user; if unknown, the one with the asserted email
    flow_hrd_t hrd;           // of the asserted email
    flow_hrd_t hrd_user;      // of the user's own email, where that is another one
    // The asserted email's domain is a verified domain of the connection's organization (4.1, the
    // assigned domains of the connection not yet looked at).
    bool is_organization_domain;
} flow_arrival_t;

// Section 4: may the asserted address be believed? 4.1 and 4.2 for an organization's connection;
// for a social one 4.3, or that this very identity has proven this very address before.
bool flow_is_trusted(const flow_arrival_t *arrival);
// 4.1 alone, which just-in-time membership asks for too.
bool flow_is_domain_trusted(const flow_connection_t *connection, bool is_organization_domain,
                            str_t email_domain);

// A known identity is its user, whatever address it carries today (section 5). With another address
// than the user's own, somebody must vouch that the user is still who is meant: the connection's
// organization, whose domain the user's address is of, or this very subject, which has proven an
// address through the connection since it believes whom it believes (4.2). Else whoever may change
// the connection's issuer would come into the account of a guest by naming the guest's subject and
// an address of their own.
typedef struct {
    const flow_connection_t *connection;
    const flow_identity_t *identity;
    const flow_user_t *user;    // the identity's
    const flow_hrd_t *hrd_user; // of the user's own address
    str_t email;                // that is asserted, or proven
} flow_voucher_t;
bool flow_is_user_vouched(const flow_voucher_t *voucher);

// Does the person belong to the connection's organization by what home realm discovery says today,
// and to no other? Then the loop guard binds the login to nothing (`is_own_realm` of
// flow/complete.h).
bool flow_is_own_realm(const flow_connection_t *connection, const flow_hrd_t *hrd,
                       const flow_hrd_t *hrd_user);

// COMPLETE means: who it is is settled, go on with flow_complete; `is_linking` is then set, and
// `organization_id` is that of an organization's connection. Others:
// SEND_CODE to the asserted address (purpose SSO_TRUST for an organization's connection, LOGIN for
// a social one), SSO / PICK_CONNECTION, ASK_EMAIL, OTHER_REALM, SSO_FAILED, ERROR_REDIRECT
// (mandatory_attribute_missing), OTHER_BROWSER, EXPIRED. The reason lives in the arena.
flow_decision_t flow_after_arrival(arena_t *arena, const flow_arrival_t *arrival);

// Section 7, for what is only a hint: OpenID Connect's third-party-initiated login, and an
// unsolicited SAML response that `convert` makes one of.
typedef struct {
    flow_connection_t connection;
    bool has_default_application;
    bool has_initiate_login; // that application says where a login begins
} flow_unsolicited_t;
// HINT_APPLICATION, SSO (no initiate-login URL: Gatehouse itself starts the request), or
// SSO_FAILED.
flow_decision_t flow_after_unsolicited(arena_t *arena, const flow_unsolicited_t *unsolicited);
