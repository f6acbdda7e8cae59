// GET /simulator/authorize: who do you want to be?
#include "base/email.h"
#include "handle/endpoints.h"
#include "handle/simulator.h"

// What the person sees of where the answer goes: its origin, and ours by our name.
static str_t application_of(const call_t *call, str_t redirect_uri) {
    const str_t ours = call->settings->issuer;
    const str_t rest = str_sub(redirect_uri, ours.len, redirect_uri.len);
    if (str_starts(redirect_uri, ours) && str_starts(rest, STR("/"))) {
        return call->settings->product_name;
    }
    const size_t host = str_find(redirect_uri, ':') + sizeof "//";
    const size_t path = str_find(str_sub(redirect_uri, host, redirect_uri.len), '/');
    return str_sub(redirect_uri, 0, host + path);
}

// The domains to choose from, the wanted one among them.
static flow_list_t with_domain(arena_t *arena, const flow_list_t *domains, str_t wanted) {
    str_t *items = ARENA_ARRAY(arena, str_t, domains->count + 1);
    size_t count = 0;
    bool has_wanted = str_is_empty(wanted);
    for (size_t i = 0; i < domains->count; i++) {
        items[count++] = domains->items[i];
        has_wanted |= str_eq(domains->items[i], wanted);
    }
    if (!has_wanted) {
        items[count++] = wanted;
    }
    return (flow_list_t){items, count};
}

static void prefill(call_t *call, const simulator_request_t *request, const flow_list_t *domains,
                    view_simulator_t *view) {
    email_t hint;
    err_t why = {0};
    view->email_local = STR("joe");
    view->email_domain = domains->count > 0 ? domains->items[0] : STR("example.com");
    if (email_parse(call->arena, request->login_hint, &hint, &why) == OK) {
        view->email_local = hint.local;
        view->email_domain = hint.domain;
    }
    // Core 3.1.2.6: nobody is signed in here, ever.
    view->scenario = request->is_prompt_none ? VIEW_SCENARIO_ERROR : VIEW_SCENARIO_SIGN_IN;
    view->claims = request->is_prompt_none ? STR("error=login_required") : STR_NONE;
}

static void fill_form(const simulator_form_t *form, view_simulator_t *view) {
    view->email_local = form->email_local;
    view->email_domain = form->email_domain;
    view->given_name = form->given_name;
    view->family_name = form->family_name;
    view->claims = form->claims;
    view->scenario = form->scenario;
    view->fault = form->fault;
}

result_t simulator_page(call_t *call, const simulator_page_t *page, response_t *out) {
    const simulator_request_t *request = page->request;
    flow_list_t domains;
    str_t html;
    const store_simulator_client_t client = {simulator_issuer(call->arena, call->settings),
                                             request->client_id};
    TRY(store_simulator_domains_read(call->store, &client, &domains, &call->err));
    view_simulator_t view = {.request = request->query,
                             .application = application_of(call, request->redirect_uri),
                             .client_id = request->client_id,
                             .redirect_uri = request->redirect_uri,
                             .login_hint = request->login_hint,
                             .error = page->error};
    if (page->form) {
        fill_form(page->form, &view);
    } else {
        prefill(call, request, &domains, &view);
    }
    const flow_list_t offered = with_domain(call->arena, &domains, view.email_domain);
    view.domains = offered.items;
    view.domains_count = offered.count;
    TRY(view_simulator_page(call->arena, call->views, &view, &html, &call->err));
    response_html(out, page->error == VIEW_SIMULATOR_ERROR_NONE ? 200 : 400, html);
    out->form_action = STR("http: https:"); // the button leads wherever the request says
    return OK;
}

result_t handle_simulator_page(call_t *call, response_t *out) {
    simulator_request_t request;
    TRY(simulator_check(call));
    TRY(simulator_request_parse(call, call->request->query, &request));
    return simulator_page(call, &(simulator_page_t){.request = &request}, out);
}
