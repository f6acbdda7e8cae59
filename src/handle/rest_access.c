#include "handle/rest_access.h"
#include "handle/browser.h"
#include "handle/tokens.h"
#include "protocol/oidc/token.h"

enum { REFUSALS_A_MINUTE = 10 }; // that leave a row, of one application or person

// RFC 6750 3: without a token, no error code.
static void challenge(rest_t *rest, const char *error, str_t message, response_t *out) {
    const bool is_forbidden = error && strcmp(error, "insufficient_scope") == 0;
    const rest_error_t body = {.status = is_forbidden ? 403 : 401, .message = message};
    rest_error_answer(rest->call, &body, out);
    response_header(out, STR("www-authenticate"),
                    error ? arena_format(rest->call->arena,
                                         "Bearer realm=\"api\", error=\"%s\", "
                                         "error_description=\"%.*s\"",
                                         error, STR_ARG(message))
                          : STR("Bearer realm=\"api\""));
}

// A signature that is ours names somebody, whose attempts are worth some rows, however often they
// come.
static result_t refusal_note(rest_t *rest, const tokens_access_t *access) {
    call_t *call = rest->call;
    const oidc_access_t *token = &access->token;
    const bytes_t parts[] = {str_bytes(STR("api.access")), str_bytes(token->client_id),
                             str_bytes(token->subject)};
    hash256_t key;
    store_audit_t audit = browser_audit(call, "api.access");
    audit.decision = "refuse";
    audit.reason = str_from_c(access->reason ? access->reason
                                             : "this application may not use the REST API, or "
                                               "it is a person's token");
    audit.client_id = token->client_id;
    audit.session_id = token->session_id;
    TRY(master_keyed_hash(call->master, "limit", (bytes_list_t){parts, 3}, &key, &call->err));
    const store_limit_t limit = {
        .key = hash256_bytes(&key), .window_s = 60, .max = REFUSALS_A_MINUTE};
    return store_audit_add_limited(call->store, &audit, &limit, &call->err);
}

static result_t refuse(rest_t *rest, const tokens_access_t *access, const char *error,
                       response_t *out) {
    const bool is_forbidden = strcmp(error, "insufficient_scope") == 0;
    TRY(refusal_note(rest, access));
    challenge(rest, error,
              is_forbidden ? STR("this application may not use the REST API")
                           : STR("the access token is not valid"),
              out);
    return OK;
}

// A machine's token has no grant, and is about the application itself (RFC 9068 2.2, RFC
// 9700 4.15).
static bool is_machine(const tokens_access_t *access) {
    return access->token.grant_id.len == 0 &&
           str_eq(access->token.subject, access->token.client_id);
}

result_t rest_access_check(rest_t *rest, response_t *out, bool *out_is_answered) {
    call_t *call = rest->call;
    const form_t none = {0};
    oidc_bearer_t bearer;
    tokens_access_t access;
    *out_is_answered = true;
    // The header alone: no query, no form, no cookie (RFC 6750 2, P-REST-03, P-REST-09).
    oidc_bearer_parse(call->request->authorization, &none, &none, &bearer);
    if (bearer.token.len == 0 || bearer.defect.error) {
        challenge(rest, bearer.defect.error ? "invalid_token" : NULL,
                  STR("an access token is needed"), out);
        return OK;
    }
    // A forged one costs a look at the keys, no database and no write (P-REST-11).
    TRY(tokens_access_verify(call, secret_reveal(bearer.token), &access));
    if (!access.is_ours) {
        challenge(rest, "invalid_token", STR("the access token is not valid"), out);
        return OK;
    }
    if (call->route->lane == LANE_REMOTE) {
        TRY(call_store_acquire(call));
    }
    TRY(tokens_access_judge(call, &access));
    if (!access.is_active) {
        return refuse(rest, &access, "invalid_token", out);
    }
    if (!is_machine(&access) || !access.state.may_use_api) {
        return refuse(rest, &access, "insufficient_scope", out);
    }
    rest->client_id = access.token.client_id;
    *out_is_answered = false;
    return OK;
}
