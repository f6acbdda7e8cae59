#include "handle/arrival_step.h"

#include "crypto/random.h"
#include "handle/challenge.h"
#include "handle/login_finish.h"
#include "handle/next_step.h"
#include "handle/test_result.h"

// A second round, because what the first relied on may have changed between read and write.
enum { ROUNDS_MAX = 2 };

static const char EVENT[] = "login.sso";

typedef struct {
    call_t *call;
    page_t *page;
    const arrival_t *arrival;
    store_arrival_t facts;
    flow_decision_t decision;
    bool is_domain_trusted;
    store_assertion_t assertion; // as it would be kept
} step_t;

// ---- read and decide ----------------------------------------------------------------------------

static result_t read_facts(step_t *step) {
    call_t *call = step->call;
    const flow_assertion_t *said = &step->arrival->assertion;
    const store_arrival_in_t in = {.flow_id = step->page->flow_id,
                                   .connection_id = step->arrival->connection_id,
                                   .subject = said->subject,
                                   .email = said->email,
                                   .email_domain = said->email_domain,
                                   .session_hash = browser_session_bytes(&step->page->browser)};
    TRY(store_arrival_read(call->store, &in, &step->facts, &call->err));
    page_flow_set(step->page, &step->facts.flow);
    step->assertion = (store_assertion_t){.connection_id = step->arrival->connection_id,
                                          .subject = said->subject,
                                          .email = said->email,
                                          .email_display = said->email_display,
                                          .trust_epoch = step->facts.connection.trust_epoch,
                                          .profile = step->arrival->profile};
    return random_id(call->arena, "ast", call_now(call), &step->assertion.id, &call->err);
}

static flow_decision_t decide_arrival(const step_t *step) {
    const store_arrival_t *facts = &step->facts;
    const arrival_t *arrival = step->arrival;
    const flow_arrival_t in = {.now = facts->flow.now,
                               .status = facts->flow.status,
                               .flow_expires_at = facts->flow.expires_at,
                               .is_own_browser = step->page->is_own_browser,
                               .connection = facts->connection,
                               .defect = arrival->fault.code,
                               .defect_text = arrival->fault.text,
                               .is_refused_by_person = arrival->is_refused_by_person,
                               .assertion = arrival->assertion,
                               .identity = facts->identity,
                               .user = facts->user,
                               .hrd = facts->hrd,
                               .hrd_user = facts->hrd_user,
                               .is_organization_domain = facts->is_organization_domain};
    return flow_after_arrival(step->call->arena, &in);
}

static void decide(step_t *step) {
    const store_arrival_t *facts = &step->facts;
    const store_request_t *request = &facts->flow.request;
    const flow_connection_t *connection = &facts->connection;
    const flow_decision_t arrival = decide_arrival(step);
    step->decision = arrival;
    step->is_domain_trusted =
        !connection->is_social && flow_is_domain_trusted(connection, facts->is_organization_domain,
                                                         step->arrival->assertion.email_domain);
    if (arrival.step != FLOW_STEP_COMPLETE) {
        return;
    }
    const flow_completing_t in = {
        .user = facts->user,
        .memberships = facts->memberships,
        .connection = connection->is_social ? (flow_connection_t){0} : *connection,
        .is_domain_trusted = step->is_domain_trusted,
        .is_own_realm = flow_is_own_realm(connection, &facts->hrd, &facts->hrd_user),
        .chosen_organization_id = request->organization_id,
        .is_choice_wanted = str_is_empty(request->organization_id) &&
                            str_list_has(request->prompt, STR("select_account"))};
    step->decision = login_finish_decide(step->call, &in, &arrival);
    if (str_is_empty(step->decision.connection_id)) {
        step->decision.connection_id = connection->id;
    }
}

static store_audit_t audit_row(const step_t *step) {
    store_audit_t audit = page_audit(step->call, EVENT, &step->facts.flow, &step->decision);
    audit.email = step->arrival->assertion.email;
    audit.user_id = step->facts.user.id;
    if (str_is_empty(audit.connection_id)) {
        audit.connection_id = step->arrival->connection_id;
    }
    return audit;
}

// ---- write and answer ---------------------------------------------------------------------------

// M9, M14: somebody is proven.
static result_t finish(step_t *step, response_t *out) {
    const flow_connection_t *connection = &step->facts.connection;
    const flow_assertion_t *said = &step->arrival->assertion;
    const flow_list_t through = {&connection->id, 1};
    const login_finish_t in = {
        .request = &step->facts.flow.request,
        .session = &step->facts.session,
        .proven = {.email = said->email,
                   .email_display = said->email_display,
                   .assertion = &step->assertion,
                   .amr = through,
                   .connection_id = connection->is_social ? STR_NONE : connection->id,
                   .is_by_domain = step->is_domain_trusted},
        .came_through = &through,
        .decision = &step->decision,
        .event = EVENT};
    return login_finish(step->call, &step->page->browser, &in, out);
}

// M7, M15: a code to the asserted address, which alone may link what was said.
static result_t send_code(step_t *step, response_t *out) {
    call_t *call = step->call;
    const challenge_send_t mail = {.page = step->page,
                                   .email = step->arrival->assertion.email,
                                   .email_display = step->arrival->assertion.email_display,
                                   .decision = &step->decision,
                                   .event = EVENT,
                                   .assertion = &step->assertion};
    store_limited_t limited = {0};
    TRY(challenge_send(call, &mail, &limited));
    if (limited.is_limited) {
        const page_notice_t notice = {
            .kind = VIEW_NOTICE_TOO_MANY, .status = 429, .retry_after_s = limited.retry_after_s};
        out->log_code = STR("limited");
        return page_notice(call, &step->facts.flow, &notice, out);
    }
    out->log_code = str_from_c(flow_step_name(step->decision.step));
    response_redirect(out, page_url(call, "/a/auth/code", step->page->flow_id));
    return OK;
}

static result_t go_on(step_t *step, response_t *out) {
    const bool is_asking = step->decision.step == FLOW_STEP_ASK_EMAIL;
    if (is_asking) { // so that the page can say who told no address
        step->decision.connection_id = step->arrival->connection_id;
    }
    const next_step_t next = {.flow = &step->facts.flow,
                              .decision = &step->decision,
                              .event = EVENT,
                              .email = step->arrival->assertion.email,
                              .email_display = step->arrival->assertion.email_display,
                              .assertion = is_asking ? &step->assertion : NULL};
    return next_step_go(step->call, &next, out);
}

static void redirect_error(step_t *step, const char *error, response_t *out) {
    const store_request_t *request = &step->facts.flow.request;
    const login_answer_t answer = {.redirect_uri = request->redirect_uri,
                                   .state = request->state,
                                   .has_state = request->has_state,
                                   .error = error};
    login_redirect(step->call, &answer, out);
}

// The person turned back at the provider: to the other ways of signing in, or, where the request
// allows no other, to the application.
static result_t turn_back(step_t *step, response_t *out) {
    const store_request_t *request = &step->facts.flow.request;
    out->log_code = STR("cancelled");
    if (!str_is_empty(page_forced(request))) {
        redirect_error(step, "access_denied", out);
        return OK;
    }
    response_redirect(out, arena_format(step->call->arena, "/a/auth/login?flow=%.*s&note=cancelled",
                                        STR_ARG(request->id)));
    return OK;
}

// M12: what the person reads depends on what went wrong; the exact words are the administrator's.
static result_t show_failed(step_t *step, response_t *out) {
    const fault_t *fault = &step->arrival->fault;
    const bool is_off = !fault->code;
    const bool is_away = !is_off && fault->kind == VIEW_NOTICE_SSO_UNREACHABLE;
    const page_notice_t notice = {.kind = is_off ? VIEW_NOTICE_SSO_OFF : fault->kind,
                                  .status = is_away ? 503 : 400,
                                  .detail = is_off ? STR("connection_not_active")
                                                   : str_from_c(fault->code),
                                  .name = step->facts.connection.name};
    out->log_code = notice.detail;
    return page_notice(step->call, &step->facts.flow, &notice, out);
}

// What ends here is audited by itself.
static result_t end(step_t *step, response_t *out) {
    call_t *call = step->call;
    const store_audit_t audit = audit_row(step);
    bool is_answered;
    TRY(store_audit_add(call->store, &audit, &call->err));
    if (step->decision.step == FLOW_STEP_ERROR_REDIRECT) { // M13
        redirect_error(step, step->decision.error, out);
        return OK;
    }
    if (step->decision.step == FLOW_STEP_SSO_FAILED) {
        return step->arrival->is_refused_by_person ? turn_back(step, out) : show_failed(step, out);
    }
    const page_outcome_t outcome = {&step->facts.flow, &step->decision,
                                    step->facts.connection.name};
    TRY(page_decision(call, &outcome, out, &is_answered));
    return is_answered ? OK
                       : FAIL(&call->err, INTERNAL, "arrival", "no page for the step %s",
                              flow_step_name(step->decision.step));
}

static result_t obey(step_t *step, response_t *out) {
    const flow_step_t what = step->decision.step;
    if (what == FLOW_STEP_COMPLETE || what == FLOW_STEP_CHOOSE_ORGANIZATION ||
        what == FLOW_STEP_CREATE_ORGANIZATION) {
        return finish(step, out);
    }
    if (what == FLOW_STEP_SEND_CODE) {
        return send_code(step, out);
    }
    return next_step_is(what) ? go_on(step, out) : end(step, out);
}

static result_t run_round(step_t *step, response_t *out) {
    bool is_answered;
    TRY(read_facts(step));
    step->page->takes_test = true;
    TRY(page_judge(step->call, step->page, out, &is_answered));
    if (is_answered) {
        return OK;
    }
    if (!str_is_empty(step->facts.flow.request.test_id)) {
        const test_result_t result = {&step->facts.flow, &step->facts.connection, step->arrival};
        return test_result_show(step->call, &result, out);
    }
    decide(step);
    return obey(step, out);
}

result_t arrival_step(call_t *call, page_t *page, const arrival_t *arrival, response_t *out) {
    step_t step = {.call = call, .page = page, .arrival = arrival};
    for (int round = 0; round < ROUNDS_MAX; round++) {
        const result_t result = run_round(&step, out);
        if (result != CONFLICT) {
            return result;
        }
        *out = (response_t){0};
        call->err = (err_t){0};
    }
    return FAIL(&call->err, UNAVAILABLE, "conflict", "two conflicts in a row");
}
