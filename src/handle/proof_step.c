#include "handle/proof_step.h"

#include "flow/arrival.h"
#include "handle/login_finish.h"
#include "handle/next_step.h"

flow_decision_t proof_step_decide(call_t *call, const store_proof_t *proof,
                                  const proof_step_t *step) {
    const flow_proof_t facts = {.now = proof->flow.now,
                                .kind = step->kind,
                                .status = proof->flow.status,
                                .flow_expires_at = proof->flow.expires_at,
                                .is_own_browser = step->is_own_browser,
                                .is_same_browser_enforced = call->settings->is_link_same_browser,
                                .challenge = proof->flow.challenge,
                                .is_secret_right = step->is_secret_right,
                                .hrd = proof->hrd,
                                .user = proof->user,
                                .hrd_user = proof->hrd_user,
                                .connection = proof->connection,
                                .identity = proof->identity,
                                .asserted_epoch = proof->assertion.trust_epoch};
    return flow_after_proof(call->arena, &facts);
}

static store_audit_t audit_row(call_t *call, const proof_end_t *end) {
    store_audit_t audit = page_audit(call, end->event, &end->proof->flow, end->decision);
    audit.email = end->proof->flow.challenge.email;
    audit.user_id = end->proof->user.id;
    return audit;
}

// No session comes of a login that the application cannot be sent the answer of.
static result_t end_unanswerable(call_t *call, const proof_end_t *end, const char *error,
                                 response_t *out) {
    const flow_decision_t decision = {
        .step = FLOW_STEP_ERROR_PAGE,
        .error = error,
        .reason = STR("the application was switched off or gave up the redirect URI meanwhile")};
    const proof_end_t refusal = {end->page, end->proof, &decision, end->event};
    const store_audit_t audit = audit_row(call, &refusal);
    TRY(store_audit_add(call->store, &audit, &call->err));
    return login_error_page(call, decision.error, out);
}

// Nothing of the completion was kept, its audit row neither.
static result_t audit_conflict(call_t *call, const proof_end_t *end) {
    const flow_decision_t decision = {
        .step = FLOW_STEP_CODE_EXPIRED,
        .reason = STR("what it relied on changed between the read and the write")};
    const proof_end_t refusal = {end->page, end->proof, &decision, end->event};
    const store_audit_t audit = audit_row(call, &refusal);
    return store_audit_add(call->store, &audit, &call->err);
}

// The connection counts for the organization if it is one's, and its identity is what was proven.
static bool is_through_connection(const proof_end_t *end) {
    const flow_connection_t *connection = &end->proof->connection;
    return end->decision->is_linking && connection->is_present && !connection->is_social;
}

static flow_completing_t completing(const proof_end_t *end) {
    const store_proof_t *proof = end->proof;
    const store_request_t *request = &proof->flow.request;
    const str_t email = proof->flow.challenge.email;
    const str_t domain = str_sub(email, str_find_last(email, '@') + 1, email.len);
    flow_completing_t facts = {.user = proof->user,
                               .memberships = proof->memberships,
                               .chosen_organization_id = request->organization_id,
                               .is_choice_wanted =
                                   str_is_empty(request->organization_id) &&
                                   str_list_has(request->prompt, STR("select_account"))};
    if (is_through_connection(end)) {
        facts.connection = proof->connection;
        facts.is_domain_trusted =
            flow_is_domain_trusted(&proof->connection, proof->is_organization_domain, domain);
        facts.is_own_realm = flow_is_own_realm(&proof->connection, &proof->hrd, &proof->hrd_user);
    }
    return facts;
}

// Somebody is proven, and the organization is decided: session and code, or the chooser.
static result_t finish(call_t *call, const proof_end_t *end, const flow_completing_t *facts,
                       response_t *out) {
    const store_proof_t *proof = end->proof;
    const bool is_through = is_through_connection(end);
    const bool has_identity = end->decision->is_linking && proof->connection.is_present;
    const str_t amr[] = {STR("otp"), proof->connection.id};
    const flow_list_t came_through = {&proof->connection.id, is_through ? 1 : 0};
    const login_finish_t in = {
        .request = &proof->flow.request,
        .session = &proof->session,
        .proven = {.challenge_id = proof->flow.challenge.id,
                   .email = proof->flow.challenge.email,
                   .email_display = proof->flow.challenge.email_display,
                   .assertion = has_identity ? &proof->assertion : NULL,
                   .is_channel = has_identity,
                   .amr = {amr, has_identity ? 2 : 1},
                   .connection_id = is_through ? proof->connection.id : STR_NONE,
                   .is_by_domain = facts->is_domain_trusted},
        .came_through = &came_through,
        .decision = end->decision,
        .event = end->event};
    const result_t result = login_finish(call, &end->page->browser, &in, out);
    if (result != CONFLICT) {
        return result;
    }
    // Used, replaced or expired between the read and the write, a double click perhaps: the
    // page says how things stand now.
    *out = (response_t){.log_code = STR("conflict")};
    call->err = (err_t){0};
    TRY(audit_conflict(call, end));
    response_redirect(out, page_url(call, "/a/auth/code", proof->flow.request.id));
    return OK;
}

static bool is_finish(flow_step_t step) {
    return step == FLOW_STEP_COMPLETE || step == FLOW_STEP_CHOOSE_ORGANIZATION ||
           step == FLOW_STEP_CREATE_ORGANIZATION;
}

static result_t go_on(call_t *call, const proof_end_t *end, response_t *out) {
    const flow_challenge_t *challenge = &end->proof->flow.challenge;
    const next_step_t next = {.flow = &end->proof->flow,
                              .decision = end->decision,
                              .event = end->event,
                              .email = challenge->email,
                              .email_display = challenge->email_display};
    return next_step_go(call, &next, out);
}

result_t proof_step_end(call_t *call, const proof_end_t *in, response_t *out,
                        bool *out_is_answered) {
    const store_flow_t *flow = &in->proof->flow;
    const char *error = flow->is_present ? page_client_error(flow) : NULL;
    proof_end_t end = *in;
    flow_decision_t decision;
    *out_is_answered = true;
    if (error) {
        return end_unanswerable(call, &end, error, out);
    }
    if (next_step_is(end.decision->step)) {
        return go_on(call, &end, out);
    }
    if (end.decision->step == FLOW_STEP_COMPLETE) {
        const flow_completing_t facts = completing(&end);
        decision = login_finish_decide(call, &facts, end.decision);
        end.decision = &decision;
        if (is_finish(decision.step)) {
            return finish(call, &end, &facts, out);
        }
    }
    const page_outcome_t outcome = {
        .flow = flow, .decision = end.decision, .name = end.proof->connection.name};
    TRY(page_decision(call, &outcome, out, out_is_answered));
    const store_audit_t audit = audit_row(call, &end);
    return store_audit_add(call->store, &audit, &call->err);
}
