// RP-Initiated Logout 1.0: the request, and what to do with it. Pure; any thread.
#pragma once
#include "base/form.h"
#include "protocol/oidc/claims.h"

typedef struct {
    str_t id_token_hint; // not verified
    str_t client_id;
    str_t redirect_uri; // post_logout_redirect_uri; not judged
    bool has_state;
    str_t state;
    str_t ui_locales;
    str_t form_token; // only our own confirmation page sends one
    oidc_defect_t defect;
} oidc_logout_t;

void oidc_logout_parse(const form_t *form, oidc_logout_t *out);

// The request again as a URL of this server, without the form token.
str_t oidc_logout_url(arena_t *arena, const oidc_logout_t *request);

typedef enum {
    OIDC_LOGOUT_END,     // end this browser's session, then go on
    OIDC_LOGOUT_CONFIRM, // ask the person first
    OIDC_LOGOUT_DONE,    // there is no session to end
} oidc_logout_step_t;

typedef struct {
    const oidc_logout_t *request;
    bool has_hint;    // a hint was given and is an ID token of ours for this client
    oidc_hint_t hint; // then
    bool has_session; // in this browser
    str_t session_id, user_id;
    bool is_confirmed;            // our page's form came back with its token
    bool is_client_usable;        // the named client is known and active
    oidc_list_t post_logout_uris; // that client's
} oidc_logout_facts_t;

typedef struct {
    oidc_logout_step_t step;
    bool may_redirect;  // to request->redirect_uri, once there is no session any more
    const char *reason; // static, for the audit row
} oidc_logout_decision_t;

// Nobody is signed out by somebody else's link or image (ASVS 10.6.2): without an ID token of this
// very session the person is asked. Redirects go to a URI that is registered, octet for octet, for
// the client that the request names, and never behind a hint that is not valid.
oidc_logout_decision_t oidc_logout_decide(const oidc_logout_facts_t *facts);
