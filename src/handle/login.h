// What the answers of a login share: the redirect to the application, and the page instead of it.
#pragma once
#include "flow/decision.h"
#include "handle/browser.h"
#include "store/login.h"

enum { LOGIN_FLOW_LIFETIME_S = 3600 };

// The redirect of a success or an error to the application: state if there was one, always iss
// (RFC 9207 2). `redirect_uri` has been matched before.
typedef struct {
    str_t redirect_uri;
    str_t state;
    bool has_state;
    str_t code;              // success
    const char *error;       // or error
    str_t error_description; // may be empty
} login_answer_t;
void login_redirect(call_t *call, const login_answer_t *answer, response_t *out);

// An error page of ours with an OAuth error code, when redirecting would be unsafe (E1).
MUST_USE result_t login_error_page(call_t *call, const char *error, response_t *out);

// form-action sources that let the answer to a form go on to this redirect URI. Chromium applies
// form-action to every hop behind a form, so an https application may redirect on to any https
// address; plain http is opened for loopback applications only, and a native application's own
// scheme for itself.
str_t login_form_action(arena_t *arena, str_t redirect_uri);
