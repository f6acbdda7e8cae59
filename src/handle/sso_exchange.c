#include "handle/sso_exchange.h"

#include "crypto/random.h"
#include "protocol/oidc/exchange.h"
#include "protocol/oidc/github.h"
#include "protocol/oidc/id_token.h"
#include "protocol/oidc/userinfo.h"

static const char EXCHANGE[] = "failed_to_exchange_token";
static const char ID_TOKEN[] = "invalid_id_token";
static const char USERINFO[] = "user_info_retrieve_failed";

typedef struct {
    call_t *call;
    const sso_exchange_t *in;
    str_t keys; // as text
    oidc_tokens_t tokens;
    fault_t *fault;
} exchange_t;

static const oidc_relying_t *relying_of(const exchange_t *exchange) {
    return &exchange->in->provider->relying;
}

// A step of ours that failed for good is INTERNAL; all else is the provider's.
static result_t judge(exchange_t *exchange, result_t result, const char *code, const err_t *why) {
    if (result == INTERNAL) {
        exchange->call->err = *why;
        return INTERNAL;
    }
    if (result != OK) {
        fault_set(exchange->call, code, why, exchange->fault);
    }
    return OK;
}

static result_t ask(exchange_t *exchange, const http_request_t *request, oidc_answer_t *out) {
    http_response_t response = {0};
    TRY(document_fetch(exchange->call, relying_of(exchange)->connection_id, request, &response,
                       exchange->fault));
    *out = (oidc_answer_t){response.status, response.content_type, response.body};
    return OK;
}

// ---- the code for tokens ------------------------------------------------------------------------

static result_t build(exchange_t *exchange, oidc_exchange_request_t *out) {
    call_t *call = exchange->call;
    oidc_exchange_t facts = {.code = exchange->in->callback->code,
                             .verifier = exchange->in->secrets->verifier,
                             .now = call_now(call)};
    if (relying_of(exchange)->method == OIDC_CLIENT_ASSERTION) {
        facts.key = keyset_signer(call->snapshot->keys, SIGNING_RS256, facts.now);
        TRY(random_id(call->arena, "tkn", facts.now, &facts.jti, &call->err));
    }
    err_t why = {0};
    const result_t result =
        oidc_exchange_build(call->arena, relying_of(exchange), &facts, out, &why);
    return judge(exchange, result, EXCHANGE, &why);
}

static result_t redeem(exchange_t *exchange) {
    oidc_exchange_request_t built = {0};
    oidc_answer_t answer;
    TRY(build(exchange, &built));
    if (exchange->fault->code) {
        return OK;
    }
    const http_request_t request = {.url = built.url,
                                    .is_post = true,
                                    .body = secret_reveal(built.body),
                                    .content_type = STR("application/x-www-form-urlencoded"),
                                    .authorization = built.authorization,
                                    .accept = STR("application/json"),
                                    .body_max = OIDC_ANSWER_LEN_MAX};
    TRY(ask(exchange, &request, &answer));
    if (exchange->fault->code) {
        return OK;
    }
    err_t why = {0};
    const result_t result = oidc_exchange_parse(exchange->call->arena, relying_of(exchange),
                                                &answer, &exchange->tokens, &why);
    return judge(exchange, result, EXCHANGE, &why);
}

// ---- the ID token -------------------------------------------------------------------------------

static result_t verify(exchange_t *exchange, json_t **out, err_t *why) {
    call_t *call = exchange->call;
    const sso_exchange_t *in = exchange->in;
    SCOPED(jwks_t) keys = NULL;
    TRY(jwks_parse(exchange->keys, &keys, why));
    const oidc_id_token_rules_t rules = {.relying = relying_of(exchange),
                                         .jwks = keys,
                                         .jwks_text = exchange->keys,
                                         .nonce = secret_reveal(in->secrets->nonce),
                                         .access_token = exchange->tokens.access_token,
                                         .code = in->callback->code,
                                         .has_max_age = in->has_max_age,
                                         .max_age_s = in->max_age_s,
                                         .login_asked_at = in->login_asked_at,
                                         .now = call_now(call)};
    return oidc_id_token_verify(call->arena, exchange->tokens.id_token, &rules, out, why);
}

// A key that the copy at hand lacks may be a new one: the copy is renewed once, and for all logins
// of the connection at most once a minute (P-RP-09).
static result_t verify_with_renewal(exchange_t *exchange, json_t **out) {
    call_t *call = exchange->call;
    err_t why = {0};
    result_t result = verify(exchange, out, &why);
    if (result == NOT_FOUND) { // rare enough to ask the database with a foot in the gate
        TRY(call_store_acquire(call));
        TRY(provider_keys(call, exchange->in->provider, true, &exchange->keys, exchange->fault));
        call_store_release(call);
        if (exchange->fault->code) {
            const str_t why_not = exchange->fault->text;
            fault_set(call, ID_TOKEN, &why, exchange->fault);
            exchange->fault->text = arena_format(call->arena, "%.*s (%.*s)",
                                                 STR_ARG(exchange->fault->text), STR_ARG(why_not));
            return OK;
        }
        why = (err_t){0};
        result = verify(exchange, out, &why);
    }
    return judge(exchange, result, ID_TOKEN, &why);
}

// ---- who it is ----------------------------------------------------------------------------------

static result_t bearer_get(exchange_t *exchange, str_t url, oidc_answer_t *out) {
    const http_request_t request = {
        .url = url,
        .authorization = oidc_bearer(exchange->call->arena, exchange->tokens.access_token),
        .accept = STR("application/json"),
        .body_max = OIDC_ANSWER_LEN_MAX};
    return ask(exchange, &request, out);
}

static result_t read_identity(exchange_t *exchange, const json_t *claims, const json_t *userinfo,
                              oidc_identity_t *out) {
    const oidc_identity_source_t source = {relying_of(exchange), claims, userinfo};
    err_t why = {0};
    const result_t result = oidc_identity_read(exchange->call->arena, &source, out, &why);
    return judge(exchange, result, ID_TOKEN, &why);
}

// Userinfo is asked only for an address that the ID token does not tell: one server less to wait
// for in most logins.
static result_t identify_openid(exchange_t *exchange, oidc_identity_t *out) {
    SCOPED(json_t) claims = NULL;
    SCOPED(json_t) userinfo = NULL;
    oidc_answer_t answer;
    err_t why = {0};
    TRY(verify_with_renewal(exchange, &claims));
    if (exchange->fault->code) {
        return OK;
    }
    TRY(read_identity(exchange, claims, NULL, out));
    const str_t url = relying_of(exchange)->userinfo_endpoint;
    if (exchange->fault->code || out->is_email_present || str_is_empty(url)) {
        return OK;
    }
    TRY(bearer_get(exchange, url, &answer));
    if (exchange->fault->code) {
        return OK;
    }
    const result_t result = oidc_userinfo_parse(&answer, claims, &userinfo, &why);
    TRY(judge(exchange, result, USERINFO, &why));
    return exchange->fault->code ? OK : read_identity(exchange, claims, userinfo, out);
}

static result_t identify_github(exchange_t *exchange, oidc_identity_t *out) {
    const oidc_relying_t *relying = relying_of(exchange);
    SCOPED(json_t) claims = NULL;
    oidc_answer_t user, emails;
    err_t why = {0};
    TRY(bearer_get(exchange, relying->userinfo_endpoint, &user));
    if (exchange->fault->code) {
        return OK;
    }
    TRY(bearer_get(exchange, relying->emails_endpoint, &emails));
    if (exchange->fault->code) {
        return OK;
    }
    const result_t result =
        oidc_github_claims(exchange->call->arena, &user, &emails, &claims, &why);
    TRY(judge(exchange, result, USERINFO, &why));
    return exchange->fault->code ? OK : read_identity(exchange, claims, NULL, out);
}

static result_t run(exchange_t *exchange, oidc_identity_t *out) {
    const bool is_oauth = oidc_preset_row(relying_of(exchange)->preset)->is_oauth_only;
    TRY(redeem(exchange));
    if (exchange->fault->code) {
        return OK;
    }
    TRY(is_oauth ? identify_github(exchange, out) : identify_openid(exchange, out));
    if (!exchange->fault->code) {
        oidc_identity_add_user(exchange->call->arena, exchange->in->callback->user, out);
    }
    return OK;
}

// One visit for all of it: who was let in to redeem the code is not turned away behind it.
result_t sso_exchange(call_t *call, const sso_exchange_t *in, oidc_identity_t *out,
                      fault_t *out_fault) {
    exchange_t exchange = {.call = call, .in = in, .fault = out_fault};
    TRY(provider_keys(call, in->provider, false, &exchange.keys, out_fault));
    if (out_fault->code || !document_enter(call, in->provider->relying.connection_id, out_fault)) {
        return OK;
    }
    const result_t result = run(&exchange, out);
    call_remote_leave(call);
    return result;
}
