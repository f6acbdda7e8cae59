// GET and POST /sso/v1/oidc/{id}/callback and GET /sso/v1/oauth/{id}/callback: a provider sends the
// person back (RFC 6749 4.1.2, OpenID Connect Core 3.1.2.5).
//
// The order is the security argument. The state is looked up first, and only by the browser that
// the flow is bound to, at the connection that it was made for (P-RP-01 to 03); it is spent by
// that. Then the answer must say that it is this provider's (RFC 9207). Only then is the code sent
// to anybody. A provider that is too busy to be sent it gives the state back: what nobody was told
// is not spent.
#include "base/json.h"
#include "crypto/random.h"
#include "handle/arrival_step.h"
#include "handle/endpoints.h"
#include "handle/sso_exchange.h"

enum { TOKEN_LEN = 43 };

static const char PARKED[] = "callback";

// ---- a POST is parked ---------------------------------------------------------------------------

static token_seal_t parked_seal(const call_t *call, secret_t token) {
    return (token_seal_t){call->master, PARKED, call->request->params[0], token};
}

// What is posted, and how it is kept.
typedef struct {
    secret_t token;
    str_t state, body;
    hash256_t hash, state_hash;
} parked_t;

static result_t parked_row(call_t *call, parked_t *parked, store_callback_t *out) {
    const token_seal_t seal = parked_seal(call, parked->token);
    bytes_t sealed;
    TRY(hash_token(parked->token, &parked->hash, &call->err));
    TRY(hash_token(secret_from_str(parked->state), &parked->state_hash, &call->err));
    TRY(token_seal(call->arena, &seal, str_bytes(parked->body), &sealed, &call->err));
    *out = (store_callback_t){hash256_bytes(&parked->hash), hash256_bytes(&parked->state_hash),
                              call->request->params[0], sealed};
    return OK;
}

// flow.md 8: a form_post comes cross-site, without our SameSite=Lax cookies. It is kept under a
// one-time token and fetched by a GET that has them. What has no state of ours is not worth
// keeping.
result_t handle_sso_callback_post(call_t *call, response_t *out) {
    form_t form;
    parked_t parked = {.body = call->request->body};
    store_callback_t row;
    TRY(form_parse(call->arena, parked.body, &form, &call->err));
    if (form_get(&form, STR("state"), &parked.state) != FORM_ONE || parked.state.len != TOKEN_LEN) {
        return FAIL(&call->err, BAD_REQUEST, "invalid_request", "the state is not one of ours");
    }
    TRY(random_token(call->arena, &parked.token, &call->err));
    TRY(parked_row(call, &parked, &row));
    TRY(store_callback_park(call->store, &row, &call->err));
    response_redirect(out, arena_format(call->arena, "/sso/v1/oidc/%.*s/callback?parked=%.*s",
                                        STR_ARG(call->request->params[0]),
                                        STR_ARG(secret_reveal(parked.token))));
    out->log_code = STR("parked");
    return OK;
}

// *out is empty if the token is unknown, too old, or was used before.
static result_t fetch_parked(call_t *call, secret_t token, str_t *out) {
    hash256_t hash;
    bytes_t sealed, body;
    TRY(hash_token(token, &hash, &call->err));
    TRY(store_callback_fetch(call->store, hash256_bytes(&hash), call->request->params[0], &sealed,
                             &call->err));
    *out = STR_NONE;
    if (sealed.len == 0) {
        return OK;
    }
    const token_seal_t seal = parked_seal(call, token);
    TRY(token_open(call->arena, &seal, sealed, &body, &call->err));
    *out = (str_t){(const char *)body.ptr, body.len};
    return OK;
}

// ---- the state ----------------------------------------------------------------------------------

typedef struct {
    call_t *call;
    page_t page;
    parked_t parked; // body empty: it came by GET
    oidc_callback_t callback;
    hash256_t state_hash;
    store_take_t take;
    provider_t provider;
    arrival_t arrival;
} callback_t;

static result_t read_callback(callback_t *callback) {
    call_t *call = callback->call;
    form_t form = {0};
    str_t token;
    TRY(form_parse(call->arena, call->request->query, &form, &call->err));
    if (form_get(&form, STR("parked"), &token) == FORM_ONE && token.len == TOKEN_LEN) {
        parked_t *parked = &callback->parked;
        parked->token = secret_from_str(token);
        TRY(fetch_parked(call, parked->token, &parked->body));
        TRY(form_parse(call->arena, parked->body, &form, &call->err));
    }
    oidc_callback_parse(call->arena, &form, &callback->callback);
    return OK;
}

static result_t take(callback_t *callback) {
    call_t *call = callback->call;
    const str_t state = callback->callback.state;
    if (state.len != TOKEN_LEN) {
        callback->take.why = "the state is absent or not one of ours";
        return OK;
    }
    TRY(hash_token(secret_from_str(state), &callback->state_hash, &call->err));
    const store_take_in_t in = {.state_hash = hash256_bytes(&callback->state_hash),
                                .browser_hash = browser_hash_bytes(&callback->page.browser),
                                .connection_id = call->request->params[0]};
    TRY(store_sso_take(call->store, &in, &callback->take, &call->err));
    page_flow_set(&callback->page, &callback->take.flow);
    return OK;
}

// Back and reload bring an answer that was taken before: the flow is further by now, and its page
// says where.
static bool is_further(const page_t *page, const char **out_path) {
    const store_flow_t *flow = &page->flow;
    if (!page->is_own_browser || flow->status != FLOW_OPEN || flow->expires_at <= flow->now) {
        return false;
    }
    const bool is_code = flow->challenge.is_present && !flow->challenge.is_consumed;
    *out_path = is_code ? "/a/auth/code" : "/a/auth/organization";
    return is_code || flow->authenticated.is_present;
}

// P-RP-02, P-RP-03: no token request is sent, and what the state was is told to support alone.
static result_t refuse_state(callback_t *callback, response_t *out) {
    call_t *call = callback->call;
    page_t *page = &callback->page;
    store_audit_t audit = browser_audit(call, "login.sso");
    audit.decision = "refuse";
    audit.reason = str_from_c(callback->take.why);
    audit.connection_id = call->request->params[0];
    audit.flow_id = page->flow.request.id;
    TRY(store_audit_add(call->store, &audit, &call->err));
    const char *path;
    if (is_further(page, &path)) {
        response_redirect(out, page_url(call, path, page->flow_id));
        return OK;
    }
    const page_notice_t notice = {.kind = page->is_own_browser ? VIEW_NOTICE_EXPIRED
                                                               : VIEW_NOTICE_BAD_REQUEST,
                                  .status = 400,
                                  .detail = STR("invalid_state"),
                                  .is_foreign = !page->is_own_browser};
    const bool is_told = page->is_own_browser && str_is_empty(page->flow.request.test_id);
    out->log_code = STR("invalid_state");
    return page_notice(call, is_told ? &page->flow : NULL, &notice, out);
}

// ---- what it says -------------------------------------------------------------------------------

// The provider's refusal in an administrator's words; its own are bounded, and never markup
// (P-RP-23).
static void take_error(callback_t *callback) {
    const oidc_callback_t *said = &callback->callback;
    arrival_t *arrival = &callback->arrival;
    arrival->is_refused_by_person = str_eq(said->error, STR("access_denied"));
    arrival->fault = (fault_t){
        .code = arrival->is_refused_by_person ? "access_denied" : "authentication_not_completed",
        .text = arena_format(callback->call->arena, "the provider answered %.*s: %.*s",
                             STR_ARG(said->error), STR_ARG(said->error_description)),
        .kind = arrival->is_refused_by_person ? VIEW_NOTICE_SSO_CANCELLED : VIEW_NOTICE_SSO_FAILED};
}

static bool text_set(json_t *object, const char *name, str_t text) {
    return str_is_empty(text) || json_object_set_new(object, name, json_str(text)) == 0;
}

static result_t profile_of(call_t *call, const oidc_identity_t *identity, str_t *out) {
    SCOPED(json_t) profile = json_object();
    SCOPED(json_t) groups = json_array();
    SCOPED(json_t) custom = NULL;
    bool is_whole = profile && groups && json_object_set(profile, "groups", groups) == 0 &&
                    text_set(profile, "name", identity->name) &&
                    text_set(profile, "given_name", identity->given_name) &&
                    text_set(profile, "family_name", identity->family_name) &&
                    text_set(profile, "picture", identity->picture) &&
                    text_set(profile, "locale", identity->locale);
    for (size_t i = 0; is_whole && i < identity->groups.count; i++) {
        is_whole = json_array_append_new(groups, json_str(identity->groups.items[i])) == 0;
    }
    if (is_whole && !str_is_empty(identity->custom)) {
        TRY(json_parse_object(identity->custom, OIDC_ANSWER_LEN_MAX, &custom, &call->err));
        is_whole = json_object_set(profile, "custom_attributes", custom) == 0;
    }
    return is_whole ? json_text(call->arena, profile, out, &call->err)
                    : FAIL(&call->err, INTERNAL, "json", "a profile cannot be built");
}

static result_t take_identity(callback_t *callback, const oidc_identity_t *identity) {
    callback->arrival.assertion =
        (flow_assertion_t){.is_present = true,
                           .subject = identity->subject,
                           .is_email_verified = identity->is_email_verified};
    if (identity->is_email_present) {
        callback->arrival.assertion.email = identity->email.normal;
        callback->arrival.assertion.email_domain = identity->email.domain;
        callback->arrival.assertion.email_display = identity->email.display;
    }
    return profile_of(callback->call, identity, &callback->arrival.profile);
}

static result_t redeem(callback_t *callback) {
    call_t *call = callback->call;
    const sso_state_t state = {callback->take.connection.facts.id,
                               secret_from_str(callback->callback.state)};
    const store_request_t *request = &callback->take.flow.request;
    const bool is_login_asked = sso_is_login_asked(request, &callback->provider.relying);
    sso_secrets_t secrets;
    TRY(sso_secrets_open(call, &state, callback->take.sealed, &secrets));
    const sso_exchange_t in = {.provider = &callback->provider,
                               .callback = &callback->callback,
                               .secrets = &secrets,
                               .has_max_age = request->has_max_age,
                               .max_age_s = request->max_age_s,
                               .login_asked_at = is_login_asked ? callback->take.sent_at : 0};
    oidc_identity_t identity = {0};
    TRY(sso_exchange(call, &in, &identity, &callback->arrival.fault));
    return callback->arrival.fault.code ? OK : take_identity(callback, &identity);
}

// Is it this provider's answer at all (P-RP-01), and an answer to us; then what it says counts.
static result_t judge(callback_t *callback) {
    call_t *call = callback->call;
    fault_t *fault = &callback->arrival.fault;
    err_t why = {0};
    TRY(provider_open(call, &callback->take.connection, &callback->provider, fault));
    if (fault->code) {
        return OK;
    }
    if (oidc_callback_check(&callback->callback, &callback->provider.relying, &why) != OK) {
        fault_set(call, "invalid_response", &why, fault);
        return OK;
    }
    if (callback->callback.error.len > 0) {
        take_error(callback);
        return OK;
    }
    return redeem(callback);
}

// Nobody was asked (sso_exchange.h), so nothing is lost: reload and "try again" are this very
// callback once more.
static result_t show_busy(callback_t *callback, response_t *out) {
    call_t *call = callback->call;
    const request_t *request = call->request;
    store_callback_t row;
    const bool is_parked = callback->parked.body.len > 0;
    if (is_parked) {
        callback->parked.state = callback->callback.state;
        TRY(parked_row(call, &callback->parked, &row));
    }
    TRY(store_sso_give_back(call->store, hash256_bytes(&callback->state_hash),
                            is_parked ? &row : NULL, &call->err));
    const sso_fault_page_t page = {
        &callback->page.flow, &callback->take.connection.facts, &callback->arrival.fault,
        "login.sso",
        arena_format(call->arena, "%.*s?%.*s", STR_ARG(request->path), STR_ARG(request->query))};
    return sso_fault_show(call, &page, out);
}

// A connection is called back at the path of its own protocol only.
static bool is_own_path(const callback_t *callback) {
    const bool is_oauth = str_eq(callback->take.connection.protocol, STR("OAUTH"));
    return str_starts(callback->call->request->path,
                      is_oauth ? STR("/sso/v1/oauth/") : STR("/sso/v1/oidc/"));
}

result_t handle_sso_callback(call_t *call, response_t *out) {
    callback_t callback = {.call = call, .arrival = {.connection_id = call->request->params[0]}};
    TRY(call_store_acquire(call));
    TRY(browser_read(call, &callback.page.browser));
    TRY(read_callback(&callback));
    TRY(take(&callback));
    if (!callback.take.is_present || !is_own_path(&callback)) {
        return refuse_state(&callback, out);
    }
    TRY(judge(&callback));
    if (!call->store) {
        TRY(call_store_acquire(call));
    }
    if (callback.arrival.fault.code && callback.arrival.fault.kind == VIEW_NOTICE_SSO_BUSY) {
        return show_busy(&callback, out);
    }
    return arrival_step(call, &callback.page, &callback.arrival, out);
}
