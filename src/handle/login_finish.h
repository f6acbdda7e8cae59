// The one place where a login ends: the organization is decided (flow.md 6), and what was decided
// is written with session, grant and code, or kept until the person has chosen.
#pragma once
#include "flow/complete.h"
#include "handle/login.h"

// flow_complete with what the settings say. The reason of `before`, the decision that settled who
// it is, leads.
flow_decision_t login_finish_decide(call_t *call, const flow_completing_t *facts,
                                    const flow_decision_t *before);

typedef struct {
    const store_request_t *request;
    bool is_new_request;             // session reuse at the entry: the flow is written along
    const flow_session_t *session;   // the browser's, or the one that is switched; present or not
    bool is_session_kept;            // reuse and switch: no new session is made
    store_proven_t proven;           // user_id and may_create_user are filled in here
    const flow_list_t *came_through; // connections that this login passed, for what was forced
    const flow_decision_t *decision; // COMPLETE, CHOOSE_ORGANIZATION or CREATE_ORGANIZATION
    str_t new_organization_name;     // made here, the user its admin; may be empty
    const char *event;
} login_finish_t;

// COMPLETE: the redirect to the application (code, state, iss) and the session's cookie. The
// others: 303 to the chooser. CONFLICT: what the decision relied on has changed, nothing was
// written. REFUSED: not through the connection that the request forces, or a test login; callers
// never let it come to that.
MUST_USE result_t login_finish(call_t *call, const browser_t *browser, const login_finish_t *in,
                               response_t *out);
