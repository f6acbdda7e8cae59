// What to do next, and why. A decision is data: the handler obeys it, the audit row keeps it.
#pragma once
#include "base/arena.h"
#include "flow/facts.h"

typedef enum {
    FLOW_STEP_ERROR_PAGE,     // our own page, never a redirect (E1)
    FLOW_STEP_ERROR_REDIRECT, // to the application with error, state, iss
    FLOW_STEP_LOGIN_PAGE,
    FLOW_STEP_SIGNUP_PAGE,
    FLOW_STEP_COMPLETE, // session and code
    FLOW_STEP_SSO,      // to `connection_id`
    FLOW_STEP_PICK_CONNECTION,
    FLOW_STEP_SOCIAL, // to `connection_id`
    FLOW_STEP_CHOOSE_ORGANIZATION,
    FLOW_STEP_CREATE_ORGANIZATION,
    FLOW_STEP_ASK_EMAIL,      // M6: a social identity without an address
    FLOW_STEP_SEND_CODE,      // for `purpose`
    FLOW_STEP_LIMITED,        // too many mails or tries: `retry_after_s`
    FLOW_STEP_CODE_WRONG,     // `tries_left`
    FLOW_STEP_CODE_DEAD,      // five wrong tries: a new code is needed
    FLOW_STEP_CODE_EXPIRED,   // or replaced by a newer one, or used
    FLOW_STEP_SHOW_CODE,      // the link was opened in another browser: type the code in the first
    FLOW_STEP_CONFIRM_NUMBER, // the link was opened in another browser: confirm the number there
    FLOW_STEP_CONFIRMED,      // number confirmed; the first browser goes on
    FLOW_STEP_OTHER_BROWSER,  // this flow belongs to another browser: lead to the application
    FLOW_STEP_EXPIRED,        // the flow is too old or done: offer to start again
    FLOW_STEP_NO_ACCOUNT,     // proven, but sign-up is off
    FLOW_STEP_NOT_ACTIVE,     // the user, or the membership, is deactivated
    FLOW_STEP_NO_MEMBER,      // not a member, and none is created: whom to ask (access_denied)
    FLOW_STEP_OTHER_REALM, // the address belongs to an organization that takes only its own sign-in
    FLOW_STEP_SSO_FAILED,  // M12: the connection is off, or what it answered does not hold
    FLOW_STEP_HINT_APPLICATION, // IdP-initiated: to the default application, which begins a request
} flow_step_t;

const char *flow_step_name(flow_step_t step); // "login_page", static: audit rows and logs

typedef struct {
    flow_step_t step;
    const char *error; // OAuth error code for the two error steps, static; else NULL
    str_t connection_id;
    // Of the connection, or that the session is for. With NOT_ACTIVE the organization whose
    // membership is deactivated; empty: the user.
    str_t organization_id;
    int64_t retry_after_s;
    int tries_left;
    bool is_new_session;               // COMPLETE: false when the existing session is reused
    flow_why_t why;                    // SSO and PICK_CONNECTION
    flow_purpose_t purpose;            // SEND_CODE
    flow_membership_step_t membership; // COMPLETE
    bool is_linking; // COMPLETE: the identity that was shown is linked, or its channel recorded
    flow_list_t connection_ids; // PICK_CONNECTION: among which
    // One sentence for the audit row and support staff. At the entry, that of an ERROR_REDIRECT
    // goes to the application as error_description as well: it names no person there.
    str_t reason;
} flow_decision_t;
