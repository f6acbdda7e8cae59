// GET and POST /oauth/authorize: where every login begins (flow.md 2).
#include "protocol/oidc/authorize.h"
#include "base/domain.h"
#include "base/email.h"
#include "crypto/random.h"
#include "flow/entry.h"
#include "handle/endpoints.h"
#include "handle/login_finish.h"
#include "handle/next_step.h"
#include "handle/oauth.h"
#include "handle/tokens.h"
#include "protocol/oidc/redirect.h"

typedef struct {
    oidc_authorize_t request;
    browser_t browser;
    email_t hint; // of a well-formed login_hint; else empty
    store_entry_t facts;
} entry_t;

// Beat one. A hint that is no address or no domain is dropped: hints never fail a login.
static result_t parse(call_t *call, entry_t *entry, store_entry_in_t *out) {
    form_t form;
    TRY(form_parse(call->arena, call->request->query, &form, &call->err));
    oidc_authorize_parse(call->arena, &form, &entry->request);
    TRY(browser_read(call, &entry->browser));
    const oidc_authorize_t *request = &entry->request;
    *out = (store_entry_in_t){.client_id = request->client_id,
                              .session_hash = browser_session_bytes(&entry->browser),
                              .provider = request->provider,
                              .connection_id = request->connection_id,
                              .organization_id = request->organization_id};
    err_t why = {0};
    if (email_parse(call->arena, request->login_hint, &entry->hint, &why) == OK) {
        out->hint_domain = entry->hint.domain;
    }
    err_t other = {0};
    str_t domain;
    if (domain_normalise(call->arena, request->domain, &domain, &other) == OK) {
        out->domain = domain;
    }
    return OK;
}

// OIDC Core 3.1.2.1: a hint that names somebody else, or that we did not sign for this client,
// never switches the user silently (P-OP-13): the session counts for nothing then.
static result_t judge_hint(call_t *call, entry_t *entry) {
    const str_t text = entry->request.id_token_hint;
    if (str_is_empty(text)) {
        return OK;
    }
    oidc_hint_t hint = {0};
    bool is_ours;
    TRY(tokens_hint_read(call, text, &hint, &is_ours));
    entry->facts.session.is_present &= is_ours &&
                                       str_eq(hint.client_id, entry->request.client_id) &&
                                       str_eq(hint.user_id, entry->facts.session.user_id);
    return OK;
}

// Beat three.
static flow_decision_t decide(call_t *call, const entry_t *entry) {
    const settings_t *settings = call->settings;
    const oidc_authorize_t *request = &entry->request;
    const flow_client_t *client = &entry->facts.client;
    const oidc_list_t registered = {client->redirect_uris.items, client->redirect_uris.count};
    oidc_defect_t defect = request->defect;
    if (!defect.error) {
        defect = oidc_authorize_pkce_check(request, client->enforces_pkce);
    }
    const flow_entry_t facts = {.now = entry->facts.now,
                                .client = *client,
                                .is_redirect_registered =
                                    oidc_redirect_matches(&registered, request->redirect_uri,
                                                          client->type == FLOW_CLIENT_NATIVE),
                                .defect = defect.error,
                                .defect_text = defect.text,
                                .prompt = {request->prompt.none, request->prompt.login,
                                           request->prompt.create, request->prompt.select_account},
                                .has_max_age = request->has_max_age,
                                .max_age_s = request->max_age_s,
                                .has_login_hint = !str_is_empty(entry->hint.normal),
                                .provider = entry->facts.provider,
                                .connection = entry->facts.connection,
                                .organization = entry->facts.organization,
                                .hrd_domain = entry->facts.hrd_domain,
                                .hrd_hint = entry->facts.hrd_hint,
                                .session = entry->facts.session,
                                .memberships = entry->facts.memberships,
                                .hrd_session = entry->facts.hrd_session,
                                .is_signup_open = settings->is_signup_on,
                                .is_organization_signup_open =
                                    settings->is_signup_on && settings->is_organization_signup_on};
    return flow_at_entry(call->arena, &facts);
}

// Connections as words (page_forced).
static str_t words(arena_t *arena, const flow_list_t *ids) {
    buf_t text = buf_new(arena, 64);
    for (size_t i = 0; i < ids->count; i++) {
        buf_add_c(&text, i ? " " : "");
        buf_add(&text, ids->items[i]);
    }
    return buf_str(&text);
}

// E5, E7 and E8 demand their connection; E4, E9 and a session's policy only lead to one.
static bool is_forcing(const entry_t *entry, const flow_decision_t *decision) {
    const bool is_elsewhere =
        decision->step == FLOW_STEP_SSO || decision->step == FLOW_STEP_PICK_CONNECTION;
    return is_elsewhere && decision->why != FLOW_WHY_SESSION && !entry->facts.provider.is_named &&
           (entry->facts.connection.is_named ||
            entry->facts.organization.connection_ids.count > 0 ||
            entry->facts.hrd_domain.kind != FLOW_HRD_NONE);
}

// Where the flow goes first, and who waits for an organization to be chosen.
static void fill_first_step(call_t *call, const entry_t *entry, const flow_decision_t *decision,
                            store_request_t *out) {
    const bool is_pick = decision->step == FLOW_STEP_PICK_CONNECTION;
    const bool is_choice = decision->step == FLOW_STEP_CHOOSE_ORGANIZATION ||
                           decision->step == FLOW_STEP_CREATE_ORGANIZATION;
    const flow_list_t one = {&decision->connection_id, 1};
    const flow_list_t *ids = is_pick ? &decision->connection_ids : &one;
    out->next_connection_id = is_pick ? STR_NONE : decision->connection_id;
    out->picked_ids = is_pick ? *ids : (flow_list_t){0};
    out->why = decision->why;
    out->session_id = is_choice ? entry->facts.session.id : STR_NONE;
    if (is_forcing(entry, decision)) {
        out->forced_connection_id = words(call->arena, ids);
    }
}

// The prompts that are looked at again after the entry.
static str_t kept_prompt(const oidc_prompt_t *prompt) {
    if (prompt->select_account) {
        return prompt->login ? STR("login select_account") : STR("select_account");
    }
    return prompt->login ? STR("login") : STR_NONE;
}

// Who is sent from a live session to the sign-in of their own address finds it filled in there. To
// any other organization's the session tells nothing.
static str_t hint_of(const entry_t *entry, const flow_decision_t *decision) {
    return decision->why == FLOW_WHY_SESSION ? entry->facts.session.email_display
                                             : entry->hint.display;
}

static result_t stored_request(call_t *call, const entry_t *entry, const flow_decision_t *decision,
                               store_request_t *out) {
    const oidc_authorize_t *request = &entry->request;
    *out = (store_request_t){.browser_hash = browser_hash_bytes(&entry->browser),
                             .client_id = request->client_id,
                             .redirect_uri = request->redirect_uri,
                             .scope = request->scope,
                             .state = request->state,
                             .has_state = request->has_state,
                             .nonce = request->nonce,
                             .code_challenge = request->code_challenge,
                             .prompt = kept_prompt(&request->prompt),
                             .login_hint = hint_of(entry, decision),
                             .ui_locales = request->ui_locales,
                             .organization_id = entry->facts.organization.is_usable
                                                    ? request->organization_id
                                                    : STR_NONE,
                             .has_max_age = request->has_max_age,
                             .max_age_s = request->max_age_s,
                             .lifetime_s = LOGIN_FLOW_LIFETIME_S};
    fill_first_step(call, entry, decision, out);
    return random_id(call->arena, "req", call_now(call), &out->id, &call->err);
}

static store_audit_t audit_row(call_t *call, const entry_t *entry,
                               const flow_decision_t *decision) {
    store_audit_t audit = browser_audit(call, "login.entry");
    audit.client_id = entry->facts.client.is_present ? entry->request.client_id : STR_NONE;
    audit.decision = flow_step_name(decision->step);
    audit.reason = decision->reason;
    audit.email = entry->hint.normal;
    audit.connection_id = decision->connection_id;
    audit.organization_id = decision->organization_id;
    return audit;
}

static result_t refuse(call_t *call, const entry_t *entry, const flow_decision_t *decision,
                       response_t *out) {
    const store_audit_t audit = audit_row(call, entry, decision);
    TRY(store_audit_add(call->store, &audit, &call->err));
    if (decision->step == FLOW_STEP_ERROR_PAGE) {
        return login_error_page(call, decision->error, out);
    }
    const oidc_authorize_t *request = &entry->request;
    const bool is_defect = request->defect.error && decision->error == request->defect.error;
    const login_answer_t answer = {.redirect_uri = request->redirect_uri,
                                   .state = request->state,
                                   .has_state = request->has_state,
                                   .error = decision->error,
                                   .error_description =
                                       is_defect ? request->defect.text : decision->reason};
    login_redirect(call, &answer, out);
    return OK;
}

// The session goes on without a page. CONFLICT: it ended between the read and the write.
static result_t reuse(call_t *call, entry_t *entry, const flow_decision_t *decision,
                      response_t *out) {
    TRY(browser_ensure(call, &entry->browser, out));
    store_request_t request;
    TRY(stored_request(call, entry, decision, &request));
    const login_finish_t finish = {.request = &request,
                                   .is_new_request = true,
                                   .session = &entry->facts.session,
                                   .is_session_kept = true,
                                   .came_through = &entry->facts.session.connection_ids,
                                   .decision = decision,
                                   .event = "login.entry"};
    return login_finish(call, &entry->browser, &finish, out);
}

static const char *first_path(flow_step_t step) {
    if (step == FLOW_STEP_SIGNUP_PAGE) {
        return "/a/auth/signup";
    }
    return step == FLOW_STEP_LOGIN_PAGE ? "/a/auth/login" : "/a/auth/organization";
}

// The flow is stored with its first step, which the person is led to.
static result_t begin(call_t *call, entry_t *entry, const flow_decision_t *decision,
                      response_t *out) {
    TRY(browser_ensure(call, &entry->browser, out));
    store_flow_t flow = {.is_present = true, .client = entry->facts.client};
    TRY(stored_request(call, entry, decision, &flow.request));
    store_audit_t audit = audit_row(call, entry, decision);
    audit.flow_id = flow.request.id;
    TRY(store_flow_create(call->store, &flow.request, &audit, &call->err));
    // Not a member, not active: a page that says so, in a flow that can go on with another address.
    const page_outcome_t outcome = {.flow = &flow, .decision = decision};
    bool is_answered;
    TRY(page_decision(call, &outcome, out, &is_answered));
    if (!is_answered) {
        response_redirect(out, next_step_is(decision->step)
                                   ? next_step_url(call, decision->step, flow.request.id)
                                   : page_url(call, first_path(decision->step), flow.request.id));
    }
    return OK;
}

static result_t answer(call_t *call, entry_t *entry, response_t *out) {
    const flow_decision_t decision = decide(call, entry);
    if (decision.step == FLOW_STEP_ERROR_PAGE || decision.step == FLOW_STEP_ERROR_REDIRECT) {
        return refuse(call, entry, &decision, out);
    }
    return decision.step == FLOW_STEP_COMPLETE ? reuse(call, entry, &decision, out)
                                               : begin(call, entry, &decision, out);
}

// A POST comes from another site without our SameSite=Lax cookies. As a GET it has them, so the
// session is seen (OIDC Core 3.1.2.1 asks for both methods).
static result_t post_to_get(call_t *call, response_t *out) {
    form_t form;
    if (!oauth_is_form(call->request) ||
        form_parse(call->arena, call->request->body, &form, &call->err) != OK) {
        return FAIL(&call->err, BAD_REQUEST, "invalid_request", "the body is not a form");
    }
    buf_t url = buf_new(call->arena, call->request->body.len + 64);
    buf_add(&url, STR("/oauth/authorize"));
    for (size_t i = 0; i < form.count; i++) {
        url_add_param(&url, form.fields[i].name, form.fields[i].value);
    }
    response_redirect(out, buf_str(&url));
    return OK;
}

result_t handle_authorize(call_t *call, response_t *out) {
    if (call->request->method == METHOD_POST) {
        return post_to_get(call, out);
    }
    entry_t entry = {0};
    store_entry_in_t in;
    TRY(parse(call, &entry, &in));
    TRY(store_entry_read(call->store, &in, &entry.facts, &call->err));
    TRY(judge_hint(call, &entry));
    const result_t result = answer(call, &entry, out);
    if (result != CONFLICT) {
        return result;
    }
    entry.facts.session.is_present = false;
    *out = (response_t){0};
    // A browser cookie made in the first round went with that answer: it is made again.
    TRY(browser_read(call, &entry.browser));
    return answer(call, &entry, out);
}
