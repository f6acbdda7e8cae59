// POST /a/auth/restart: a flow that expired is made again from its stored request, with one click.
//
// For its own browser only. The request holds the application's state, nonce and code_challenge,
// which tie the answer to the browser that asked (RFC 9700 4.5, 4.7): whoever could answer it from
// a browser of their own would hold a code for their own account that the other one's application
// accepts. A flow's id stands in addresses and logs and is no secret.
#include "crypto/random.h"
#include "handle/endpoints.h"
#include "handle/page.h"

// Back to the first step: nobody is authenticated, and what came of the first run is forgotten.
static void begin_anew(arena_t *arena, store_request_t *request) {
    const str_t forced = page_forced(request);
    str_t *ids = ARENA_ARRAY(arena, str_t, forced.len);
    size_t count = 0;
    for (str_t rest = forced; str_next_word(&rest, &ids[count]);) {
        count++;
    }
    request->why = FLOW_WHY_NONE;
    request->session_id = STR_NONE;
    request->next_connection_id = count == 1 ? ids[0] : STR_NONE;
    request->picked_ids = (flow_list_t){ids, count > 1 ? count : 0};
}

result_t handle_restart(call_t *call, response_t *out) {
    page_t page = {0};
    TRY(page_read(call, &page));
    const store_flow_t *flow = &page.flow;
    if (!flow->is_present || page_client_error(flow) || !page.is_own_browser ||
        flow->status == FLOW_COMPLETED || !str_is_empty(flow->request.test_id)) {
        bool is_answered;
        return page_judge(call, &page, out, &is_answered);
    }
    store_request_t request = flow->request;
    TRY(random_id(call->arena, "req", call_now(call), &request.id, &call->err));
    request.browser_hash = browser_hash_bytes(&page.browser);
    request.lifetime_s = LOGIN_FLOW_LIFETIME_S;
    begin_anew(call->arena, &request);
    store_audit_t audit = browser_audit(call, "login.restart");
    audit.flow_id = request.id;
    audit.client_id = request.client_id;
    audit.decision = "restart";
    audit.reason = arena_format(call->arena, "started again from %.*s", STR_ARG(page.flow_id));
    TRY(store_flow_create(call->store, &request, &audit, &call->err));
    response_redirect(out, page_start_url(call, &request));
    return OK;
}
