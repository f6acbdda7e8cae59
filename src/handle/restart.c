// POST /a/auth/restart: a flow that was lost, that expired or that another browser began is made
// again from its stored request, for this browser, with one click.
#include "crypto/random.h"
#include "handle/endpoints.h"
#include "handle/page.h"

result_t handle_restart(call_t *call, response_t *out) {
    page_t page = {0};
    TRY(page_form(call, &page.form));
    page.flow_id = page_field(&page.form, STR("flow"));
    if (page_is_flow_id(page.flow_id)) {
        TRY(store_flow_read(call->store, page.flow_id, &page.flow, &call->err));
    }
    if (!page.flow.is_present || page.flow.status == FLOW_COMPLETED ||
        !page.flow.client.is_active) {
        bool is_answered;
        return page_judge(call, &page, out, &is_answered);
    }
    TRY(browser_read(call, &page.browser));
    TRY(browser_ensure(call, &page.browser, out));
    store_request_t request = page.flow.request;
    TRY(random_id(call->arena, "req", call_now(call), &request.id, &call->err));
    request.browser_hash = browser_hash_bytes(&page.browser);
    request.lifetime_s = LOGIN_FLOW_LIFETIME_S;
    store_audit_t audit = browser_audit(call, "login.restart");
    audit.flow_id = request.id;
    audit.client_id = request.client_id;
    audit.decision = "login_page";
    audit.reason = arena_format(call->arena, "started again from %.*s", STR_ARG(page.flow_id));
    TRY(store_flow_create(call->store, &request, &audit, &call->err));
    response_redirect(out, page_url(call, "/a/auth/login", request.id));
    return OK;
}
