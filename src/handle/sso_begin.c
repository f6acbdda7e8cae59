#include "handle/sso_begin.h"

#include "base/email.h"
#include "crypto/random.h"

enum {
    TOKEN_LEN = 43,
    REQUEST_LIFETIME_S = 1800, // a person may have to find a second factor
};

// ---- what is kept of a request ------------------------------------------------------------------

static token_seal_t seal_of(const call_t *call, const sso_state_t *state) {
    return (token_seal_t){call->master, "sso-request", state->connection_id, state->state};
}

static result_t secrets_seal(call_t *call, const sso_state_t *state, const sso_secrets_t *secrets,
                             bytes_t *out) {
    const token_seal_t seal = seal_of(call, state);
    buf_t both = buf_new(call->arena, 2 * TOKEN_LEN + 1);
    buf_add(&both, secret_reveal(secrets->nonce));
    buf_add(&both, secret_reveal(secrets->verifier));
    return token_seal(call->arena, &seal, str_bytes(buf_str(&both)), out, &call->err);
}

result_t sso_secrets_open(call_t *call, const sso_state_t *state, bytes_t sealed,
                          sso_secrets_t *out) {
    const token_seal_t seal = seal_of(call, state);
    bytes_t both;
    TRY(token_open(call->arena, &seal, sealed, &both, &call->err));
    if (both.len != 2 * TOKEN_LEN) {
        return FAIL(&call->err, INTERNAL, "sso_request", "a request's secrets have another length");
    }
    *out = (sso_secrets_t){{both.ptr, TOKEN_LEN}, {both.ptr + TOKEN_LEN, TOKEN_LEN}};
    return OK;
}

// ---- faults -------------------------------------------------------------------------------------

result_t sso_fault_show(call_t *call, const sso_fault_page_t *in, response_t *out) {
    const bool is_away =
        in->fault->kind == VIEW_NOTICE_SSO_BUSY || in->fault->kind == VIEW_NOTICE_SSO_UNREACHABLE;
    const flow_decision_t decision = {
        .step = FLOW_STEP_SSO_FAILED,
        .connection_id = in->connection->id,
        .organization_id = in->connection->organization_id,
        .reason =
            arena_format(call->arena, "connection %.*s: %s (%.*s) -> error page",
                         STR_ARG(in->connection->id), in->fault->code, STR_ARG(in->fault->text))};
    const store_audit_t audit = page_audit(call, in->event, in->flow, &decision);
    TRY(store_audit_add(call->store, &audit, &call->err));
    const page_notice_t notice = {.kind = in->fault->kind,
                                  .status = is_away ? 503 : 400,
                                  .detail = str_from_c(in->fault->code),
                                  .name = in->connection->name,
                                  .retry_url = in->retry_url};
    out->log_code = str_from_c(in->fault->code);
    return page_notice(call, in->flow, &notice, out);
}

// ---- the request --------------------------------------------------------------------------------

// An application's prompt=login takes the place of the connection's prompt.
bool sso_is_login_asked(const store_request_t *request, const oidc_relying_t *relying) {
    return str_list_has(request->prompt, STR("login")) ||
           str_list_has(relying->prompt, STR("login"));
}

// What is known of the person is passed on: typed or asserted here, or the application's hint.
static void fill_hints(call_t *call, const store_flow_t *flow, oidc_relying_request_t *request) {
    const store_request_t *stored = &flow->request;
    const bool has_entered = !str_is_empty(flow->email_display);
    email_t email;
    err_t why = {0};
    request->login_hint = has_entered ? flow->email_display : stored->login_hint;
    if (email_parse(call->arena, request->login_hint, &email, &why) == OK) {
        request->domain_hint = email.domain;
    }
    // OIDC Core 3.1.2.1: who asks us for a fresh login gets one, also from the provider.
    request->prompt = str_list_has(stored->prompt, STR("login")) ? STR("login") : STR_NONE;
    request->has_max_age = stored->has_max_age;
    request->max_age_s = stored->max_age_s;
    request->ui_locales = stored->ui_locales;
}

typedef struct {
    str_t url;
    hash256_t state_hash;
    bytes_t sealed;
} made_t;

static result_t make(call_t *call, const provider_t *provider, const store_flow_t *flow,
                     made_t *out) {
    sso_state_t state = {.connection_id = provider->relying.connection_id};
    sso_secrets_t secrets;
    TRY(random_token(call->arena, &state.state, &call->err));
    TRY(random_token(call->arena, &secrets.nonce, &call->err));
    TRY(random_token(call->arena, &secrets.verifier, &call->err));
    TRY(hash_token(state.state, &out->state_hash, &call->err));
    TRY(secrets_seal(call, &state, &secrets, &out->sealed));
    oidc_relying_request_t request = {.state = secret_reveal(state.state),
                                      .nonce = secret_reveal(secrets.nonce),
                                      .verifier = secrets.verifier};
    fill_hints(call, flow, &request);
    return oidc_relying_authorize_url(call->arena, &provider->relying, &request, &out->url,
                                      &call->err);
}

static result_t send_away(call_t *call, const page_t *page, const provider_t *provider,
                          response_t *out) {
    const flow_connection_t *connection = &provider->connection->facts;
    made_t made;
    TRY(make(call, provider, &page->flow, &made));
    const store_sso_request_t row = {.state_hash = hash256_bytes(&made.state_hash),
                                     .flow_id = page->flow_id,
                                     .connection_id = connection->id,
                                     .sealed = made.sealed,
                                     .lifetime_s = REQUEST_LIFETIME_S};
    const flow_decision_t decision = {
        .step = connection->is_social ? FLOW_STEP_SOCIAL : FLOW_STEP_SSO,
        .connection_id = connection->id,
        .organization_id = connection->organization_id,
        .reason =
            arena_format(call->arena, "sent to the provider of %.*s", STR_ARG(connection->id))};
    const store_audit_t audit = page_audit(call, "login.sso_begin", &page->flow, &decision);
    const result_t result = store_sso_begin(call->store, &row, &audit, &call->err);
    if (result == CONFLICT) { // finished, or sent elsewhere, in another tab
        call->err = (err_t){0};
        out->log_code = STR("conflict");
        response_redirect(out, page_url(call, "/a/auth/login", page->flow_id));
        return OK;
    }
    TRY(result);
    out->log_code = str_from_c(flow_step_name(decision.step));
    response_redirect(out, made.url);
    return OK;
}

result_t sso_begin(call_t *call, const page_t *page, const store_begin_t *begin, response_t *out) {
    const flow_connection_t *connection = &begin->connection.facts;
    const bool is_test = !str_is_empty(page->flow.request.test_id);
    provider_t provider;
    fault_t fault = {0};
    if (!connection->is_present || (!connection->is_usable && !is_test)) {
        fault = (fault_t){.code = "connection_not_active",
                          .text = STR("the connection is switched off or gone"),
                          .kind = VIEW_NOTICE_SSO_OFF};
    } else if (str_eq(begin->connection.protocol, STR("SAML"))) {
        fault = (fault_t){.code = "connection_not_active",
                          .text = STR("this connection's protocol is not spoken here"),
                          .kind = VIEW_NOTICE_SSO_OFF};
    } else {
        TRY(provider_open(call, &begin->connection, &provider, &fault));
    }
    if (fault.code) {
        const sso_fault_page_t in = {&page->flow, connection, &fault, "login.sso_begin", STR_NONE};
        return sso_fault_show(call, &in, out);
    }
    return send_away(call, page, &provider, out);
}
