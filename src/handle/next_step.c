#include "handle/next_step.h"

bool next_step_is(flow_step_t step) {
    return step == FLOW_STEP_SSO || step == FLOW_STEP_SOCIAL || step == FLOW_STEP_PICK_CONNECTION ||
           step == FLOW_STEP_ASK_EMAIL;
}

str_t next_step_url(call_t *call, flow_step_t step, str_t flow_id) {
    const char *path = "/a/auth/sso";
    if (step == FLOW_STEP_PICK_CONNECTION) {
        path = "/a/auth/pick";
    } else if (step == FLOW_STEP_ASK_EMAIL) {
        path = "/a/auth/login";
    }
    return page_url(call, path, flow_id);
}

// Among which the person may pick: newly decided, or still the same if this is one of them, so that
// going back and picking another works.
static flow_list_t picked(const next_step_t *in) {
    const flow_decision_t *decision = in->decision;
    const flow_list_t *kept = &in->flow->request.picked_ids;
    if (decision->step == FLOW_STEP_PICK_CONNECTION) {
        return decision->connection_ids;
    }
    for (size_t i = 0; i < kept->count; i++) {
        if (str_eq(kept->items[i], decision->connection_id)) {
            return *kept;
        }
    }
    return (flow_list_t){0};
}

result_t next_step_go(call_t *call, const next_step_t *in, response_t *out) {
    const flow_decision_t *decision = in->decision;
    const store_request_t *request = &in->flow->request;
    const store_next_t next = {.flow_id = request->id,
                               .next_connection_id = decision->connection_id,
                               .picked_ids = picked(in),
                               .why = decision->why,
                               .assertion = in->assertion,
                               .email = in->email,
                               .email_display = in->email_display};
    store_audit_t audit = page_audit(call, in->event, in->flow, decision);
    audit.email = str_is_empty(in->email) ? audit.email : in->email;
    out->log_code = str_from_c(flow_step_name(decision->step));
    const result_t result = store_flow_next(call->store, &next, &audit, &call->err);
    if (result == CONFLICT) {
        call->err = (err_t){0};
        out->log_code = STR("conflict");
        response_redirect(out, page_url(call, "/a/auth/login", request->id));
        return OK;
    }
    TRY(result);
    response_redirect(out, next_step_url(call, decision->step, request->id));
    return OK;
}
