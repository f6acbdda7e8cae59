// GET /sso/v1/oidc/{id}/init and /sso/v1/oauth/{id}/init. With `flow`: a button of a login page,
// for pages that are not ours. Without: a login that begins at the provider (OpenID Connect Core 4,
// flow.md 7), which only brings hints: who it is is judged in the ordinary login that follows, and
// target_link_uri is never followed.
#include "base/email.h"
#include "crypto/random.h"
#include "flow/arrival.h"
#include "handle/endpoints.h"
#include "handle/next_step.h"
#include "handle/provider.h"
#include "handle/tokens.h"

static const char EVENT[] = "login.init";

// ---- inside a login -----------------------------------------------------------------------------

static result_t go_in_flow(call_t *call, const store_connection_t *connection, response_t *out) {
    page_t page = {0};
    bool is_answered;
    TRY(page_open(call, &page, out, &is_answered));
    if (is_answered) {
        return OK;
    }
    const flow_connection_t *facts = &connection->facts;
    const str_t forced = page_forced(&page.flow.request);
    if (!facts->is_usable || (!str_is_empty(forced) && !str_list_has(forced, facts->id))) {
        response_redirect(out, page_start_url(call, &page.flow.request));
        return OK;
    }
    const flow_decision_t decision = {
        .step = facts->is_social ? FLOW_STEP_SOCIAL : FLOW_STEP_SSO,
        .connection_id = facts->id,
        .organization_id = facts->organization_id,
        .reason = arena_format(call->arena, "the link of %.*s was followed", STR_ARG(facts->id))};
    const next_step_t next = {.flow = &page.flow, .decision = &decision, .event = EVENT};
    return next_step_go(call, &next, out);
}

// ---- begun at the provider ----------------------------------------------------------------------

typedef struct {
    const store_connection_t *connection;
    flow_client_t client;
    email_t hint; // empty: none, or no address
} unsolicited_t;

// Core 4: `iss` is required, and must be the provider that this connection is of.
static result_t check_issuer(call_t *call, const store_connection_t *connection,
                             const form_t *form) {
    oidc_relying_t relying;
    TRY(provider_configured(call, connection, &relying));
    const str_t issuer = oidc_relying_issuer(&relying);
    const str_t given = page_field(form, STR("iss"));
    return !str_is_empty(issuer) && str_eq(given, issuer)
               ? OK
               : FAIL(&call->err, BAD_REQUEST, "invalid_request",
                      "iss is not the issuer of connection %.*s", STR_ARG(connection->facts.id));
}

// hosted-login.md 5.8: the application learns what it may ask for, signed, and asks itself.
static result_t hint_application(call_t *call, const unsolicited_t *in, response_t *out) {
    const tokens_hint_t hint = {.organization_id = in->connection->facts.organization_id,
                                .connection_id = in->connection->facts.id,
                                .login_hint = in->hint.display};
    str_t token;
    TRY(tokens_for_initiated_login(call, &in->client, &hint, &token));
    buf_t url = buf_new(call->arena, 1024);
    buf_add(&url, in->client.initiate_login_uri);
    url_add_param(&url, STR("idp_initiated_login"), token);
    response_redirect(out, buf_str(&url));
    return OK;
}

// No initiate-login URL: Gatehouse asks in the application's place, for its first callback.
static result_t begin_request(call_t *call, const unsolicited_t *in, const store_audit_t *audit,
                              response_t *out) {
    const flow_connection_t *facts = &in->connection->facts;
    browser_t browser;
    TRY(browser_read(call, &browser));
    TRY(browser_ensure(call, &browser, out));
    store_request_t request = {.browser_hash = browser_hash_bytes(&browser),
                               .client_id = in->client.id,
                               .redirect_uri = in->client.redirect_uris.items[0],
                               .scope = STR("openid profile email"),
                               .login_hint = in->hint.display,
                               .organization_id = facts->organization_id,
                               .forced_connection_id = facts->id,
                               .next_connection_id = facts->id,
                               .lifetime_s = LOGIN_FLOW_LIFETIME_S};
    TRY(random_id(call->arena, "req", call_now(call), &request.id, &call->err));
    store_audit_t row = *audit;
    row.flow_id = request.id;
    TRY(store_flow_create(call->store, &request, &row, &call->err));
    response_redirect(out, page_url(call, "/a/auth/sso", request.id));
    return OK;
}

static result_t refuse(call_t *call, const unsolicited_t *in, response_t *out) {
    const page_notice_t notice = {
        .kind = VIEW_NOTICE_UNSOLICITED_OFF, .status = 403, .name = in->connection->facts.name};
    return page_notice(call, NULL, &notice, out);
}

static result_t go_unsolicited(call_t *call, const store_connection_t *connection,
                               const form_t *form, response_t *out) {
    unsolicited_t in = {.connection = connection};
    err_t why = {0};
    TRY(check_issuer(call, connection, form));
    TRY(store_default_application(call->store, &in.client, &call->err));
    const str_t hint = page_field(form, STR("login_hint"));
    if (email_parse(call->arena, hint, &in.hint, &why) != OK) {
        in.hint = (email_t){0}; // hints never fail a login
    }
    const flow_unsolicited_t facts = {
        .connection = connection->facts,
        .has_default_application = in.client.is_present && in.client.redirect_uris.count > 0,
        .has_initiate_login = !str_is_empty(in.client.initiate_login_uri)};
    const flow_decision_t decision = flow_after_unsolicited(call->arena, &facts);
    store_audit_t audit = browser_audit(call, EVENT);
    audit.decision = flow_step_name(decision.step);
    audit.reason = decision.reason;
    audit.client_id = in.client.is_present ? in.client.id : STR_NONE;
    audit.connection_id = connection->facts.id;
    audit.organization_id = connection->facts.organization_id;
    out->log_code = str_from_c(flow_step_name(decision.step));
    if (decision.step == FLOW_STEP_SSO) {
        return begin_request(call, &in, &audit, out);
    }
    TRY(store_audit_add(call->store, &audit, &call->err));
    return decision.step == FLOW_STEP_HINT_APPLICATION ? hint_application(call, &in, out)
                                                       : refuse(call, &in, out);
}

result_t handle_sso_init(call_t *call, response_t *out) {
    store_connection_t connection;
    form_t form;
    TRY(page_form(call, &form));
    TRY(store_connection_read(call->store, call->request->params[0], &connection, &call->err));
    if (!connection.facts.is_present) {
        const page_notice_t notice = {.kind = VIEW_NOTICE_NOT_FOUND, .status = 404};
        return page_notice(call, NULL, &notice, out);
    }
    return str_is_empty(page_field(&form, STR("flow")))
               ? go_unsolicited(call, &connection, &form, out)
               : go_in_flow(call, &connection, out);
}
