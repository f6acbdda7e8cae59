#include "handle/login_finish.h"

#include "crypto/random.h"
#include "flow/grant.h"
#include "handle/page.h"

flow_decision_t login_finish_decide(call_t *call, const flow_completing_t *facts,
                                    const flow_decision_t *before) {
    const settings_t *settings = call->settings;
    flow_completing_t all = *facts;
    all.is_signup_open = settings->is_signup_on;
    all.is_organization_signup_open = settings->is_signup_on && settings->is_organization_signup_on;
    flow_decision_t decision = flow_complete(call->arena, &all);
    decision.reason =
        arena_format(call->arena, "%.*s; %.*s", STR_ARG(before->reason), STR_ARG(decision.reason));
    decision.is_linking = before->is_linking;
    return decision;
}

// A request that forces a connection gets nobody who came another way, and a test login signs
// nobody in. The pages lead no one here; this is the lock behind them.
static result_t check(call_t *call, const login_finish_t *in) {
    const str_t forced = page_forced(in->request);
    bool is_kept = str_is_empty(forced);
    for (size_t i = 0; in->came_through && i < in->came_through->count; i++) {
        is_kept |= str_list_has(forced, in->came_through->items[i]);
    }
    if (!is_kept || !str_is_empty(in->request->test_id)) {
        return FAIL(&call->err, REFUSED, "access_denied",
                    "flow %.*s cannot be completed by this login", STR_ARG(in->request->id));
    }
    return OK;
}

static store_audit_t audit_row(call_t *call, const login_finish_t *in, str_t session_id) {
    const flow_decision_t *decision = in->decision;
    store_audit_t audit = browser_audit(call, in->event);
    audit.flow_id = in->request->id;
    audit.client_id = in->request->client_id;
    audit.decision = flow_step_name(decision->step);
    audit.reason = decision->reason;
    audit.session_id = session_id;
    audit.connection_id = in->proven.connection_id;
    if (in->proven.assertion) { // a social one is no organization's, but it made this login
        audit.connection_id = in->proven.assertion->connection_id;
    }
    audit.organization_id = decision->organization_id;
    audit.email = str_is_empty(in->proven.email) ? in->session->email : in->proven.email;
    return audit;
}

static result_t fill_proven(call_t *call, const login_finish_t *in, store_proven_t *out) {
    *out = in->proven;
    out->may_create_user =
        call->settings->is_signup_on || in->decision->membership == FLOW_MEMBERSHIP_JIT;
    return random_id(call->arena, "usr", call_now(call), &out->user_id, &call->err);
}

static void fill_session(call_t *call, const login_finish_t *in, store_completion_t *completion) {
    completion->is_new_session = !in->is_session_kept;
    completion->session_s = call->settings->session_lifetime_s;
    completion->session_idle_s = call->settings->session_idle_s;
    completion->ip = call->request->client_ip;
    completion->user_agent = str_sub(call->request->user_agent, 0, 256);
    if (in->is_session_kept) {
        completion->session_id = in->session->id;
        completion->proven.amr = in->session->amr;
    }
}

static result_t fill_organization(call_t *call, const login_finish_t *in,
                                  store_completion_t *completion) {
    completion->organization_id = in->decision->organization_id;
    completion->membership = in->decision->membership;
    if (str_is_empty(in->new_organization_name)) {
        return OK;
    }
    completion->new_organization_name = in->new_organization_name;
    TRY(random_id(call->arena, "org", call_now(call), &completion->new_organization_id,
                  &call->err));
    completion->organization_id = completion->new_organization_id;
    return OK;
}

static result_t complete(call_t *call, const browser_t *browser, const login_finish_t *in,
                         response_t *out) {
    store_completion_t completion = {
        .flow_id = in->request->id,
        .new_request = in->is_new_request ? in->request : NULL,
        .browser_hash = browser_hash_bytes(browser),
        .session_old_hash = browser_session_bytes(browser),
        .code_s = FLOW_CODE_LIFETIME_S,
    };
    const time_ms_t now = call_now(call);
    secret_t session, code;
    hash256_t session_hash, code_hash;
    TRY(browser_session_new(call, &session, &session_hash));
    TRY(random_token(call->arena, &code, &call->err));
    TRY(hash_token(code, &code_hash, &call->err));
    TRY(random_id(call->arena, "ses", now, &completion.session_id, &call->err));
    TRY(random_id(call->arena, "grt", now, &completion.grant_id, &call->err));
    completion.session_hash = hash256_bytes(&session_hash);
    completion.code_hash = hash256_bytes(&code_hash);
    TRY(fill_proven(call, in, &completion.proven));
    TRY(fill_organization(call, in, &completion));
    fill_session(call, in, &completion);

    store_audit_t audit = audit_row(call, in, completion.session_id);
    audit.organization_id = completion.organization_id;
    store_completed_t done;
    TRY(store_login_complete(call->store, &completion, &audit, &done, &call->err));
    if (completion.is_new_session) {
        browser_session_set(call, session, out);
    }
    const login_answer_t answer = {.redirect_uri = in->request->redirect_uri,
                                   .state = in->request->state,
                                   .has_state = in->request->has_state,
                                   .code = secret_reveal(code)};
    login_redirect(call, &answer, out);
    return OK;
}

// Nobody is signed in yet: no session and no code before the organization is chosen.
static result_t authenticate(call_t *call, const browser_t *browser, const login_finish_t *in,
                             response_t *out) {
    store_authentication_t authentication = {.flow_id = in->request->id,
                                             .new_request = in->is_new_request ? in->request : NULL,
                                             .session_id =
                                                 in->is_session_kept ? in->session->id : STR_NONE,
                                             .browser_hash = browser_hash_bytes(browser)};
    TRY(fill_proven(call, in, &authentication.proven));
    const store_audit_t audit = audit_row(call, in, authentication.session_id);
    TRY(store_login_authenticate(call->store, &authentication, &audit, &call->err));
    out->log_code = str_from_c(flow_step_name(in->decision->step));
    response_redirect(out, page_url(call, "/a/auth/organization", in->request->id));
    return OK;
}

result_t login_finish(call_t *call, const browser_t *browser, const login_finish_t *in,
                      response_t *out) {
    TRY(check(call, in));
    return in->decision->step == FLOW_STEP_COMPLETE ? complete(call, browser, in, out)
                                                    : authenticate(call, browser, in, out);
}
