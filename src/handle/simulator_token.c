// POST /simulator/token: the code for tokens (RFC 6749 4.1.3), with the fault that was chosen. On
// the lane of those who wait for others, for two faults wait themselves.
#include "base/encode.h"
#include "crypto/jwt.h"
#include "crypto/random.h"
#include "handle/endpoints.h"
#include "handle/oauth.h"
#include "handle/simulator.h"
#include "protocol/oidc/client.h"
#include "protocol/oidc/response.h"
#include "protocol/oidc/token.h"
#include <poll.h>

enum {
    SLOW_MS = 4000,  // within what a relying party waits for
    DEAD_MS = 15000, // and beyond
    LATE_S = 3600,   // how long ago an expired token expired
};

typedef struct {
    call_t *call;
    const oidc_client_auth_t *client;
    const oidc_token_t *token;
    secret_t access;
    store_simulator_redeemed_t row;
    json_t *chosen;
    view_fault_t fault;
} exchange_t;

static str_t chosen_str(const exchange_t *in, const char *name) {
    str_t text = STR_NONE;
    return json_get_str(in->chosen, name, &text) ? text : STR_NONE;
}

// ---- the ID token -------------------------------------------------------------------------------

static int protocol_claims_set(const exchange_t *in, str_t issuer, str_t at_hash, json_t *claims) {
    const int64_t now_s = call_now(in->call) / 1000;
    const int64_t shift_s = in->fault == VIEW_FAULT_EXPIRED ? LATE_S + SIMULATOR_ID_TOKEN_S : 0;
    const str_t audience =
        in->fault == VIEW_FAULT_WRONG_AUDIENCE ? STR("somebody-else") : chosen_str(in, "client_id");
    const str_t nonce =
        in->fault == VIEW_FAULT_WRONG_NONCE ? STR("another-nonce") : chosen_str(in, "nonce");
    int failures =
        json_object_set_new(claims, "iss", json_str(issuer)) +
        json_object_set_new(claims, "aud", json_str(audience)) +
        json_object_set_new(claims, "iat", json_integer(now_s - shift_s)) +
        json_object_set_new(claims, "exp", json_integer(now_s - shift_s + SIMULATOR_ID_TOKEN_S)) +
        json_object_set(claims, "auth_time", json_object_get(in->chosen, "auth_time")) +
        json_object_set_new(claims, "at_hash", json_str(at_hash));
    if (!str_is_empty(nonce)) {
        failures += json_object_set_new(claims, "nonce", json_str(nonce));
    }
    return failures;
}

// What the person's lines say wins, also over these.
static result_t claims_make(const exchange_t *in, json_t **out) {
    call_t *call = in->call;
    SCOPED(json_t) claims = json_object();
    str_t at_hash;
    TRY(hash_left_half(call->arena, secret_reveal(in->access), &at_hash, &call->err));
    if (protocol_claims_set(in, simulator_issuer(call->arena, call->settings), at_hash, claims) ||
        json_object_update(claims, json_object_get(in->chosen, "claims")) != 0) {
        return FAIL(&call->err, INTERNAL, "json_failed", "the ID token");
    }
    if (in->fault == VIEW_FAULT_SUBJECT_MISMATCH) { // so that userinfo is asked
        json_object_del(claims, "email");
        json_object_del(claims, "email_verified");
    }
    *out = json_incref(claims);
    return OK;
}

// RFC 7519 6.1: what nobody may believe.
static result_t unsigned_make(const exchange_t *in, const json_t *claims, str_t *out) {
    arena_t *arena = in->call->arena;
    const str_t header = base64url_encode(arena, str_bytes(STR("{\"alg\":\"none\"}")));
    str_t text;
    TRY(json_text(arena, claims, &text, &in->call->err));
    const str_t payload = base64url_encode(arena, str_bytes(text));
    *out = arena_format(arena, "%.*s.%.*s.", STR_ARG(header), STR_ARG(payload));
    return OK;
}

static result_t key_of(const exchange_t *in, signing_key_t **out) {
    return in->fault == VIEW_FAULT_UNKNOWN_KEY
               ? signing_key_generate(SIGNING_RS256, STR("snk_unknown"), out, &in->call->err)
               : simulator_key_open(in->call, &in->row.key, out);
}

static result_t id_token_make(const exchange_t *in, str_t *out) {
    call_t *call = in->call;
    SCOPED(json_t) claims = NULL;
    TRY(claims_make(in, &claims));
    if (in->fault == VIEW_FAULT_UNSIGNED) {
        return unsigned_make(in, claims, out);
    }
    signing_key_t *key = NULL;
    TRY(key_of(in, &key));
    const jwt_signer_t signer = {key, "JWT"};
    const result_t result = jwt_sign(call->arena, &signer, claims, out, &call->err);
    signing_key_free(&key);
    return result;
}

// ---- the exchange -------------------------------------------------------------------------------

static result_t redeem(exchange_t *in) {
    call_t *call = in->call;
    hash256_t code_hash, access_hash;
    TRY(random_token(call->arena, &in->access, &call->err));
    TRY(hash_token(in->token->code, &code_hash, &call->err));
    TRY(hash_token(in->access, &access_hash, &call->err));
    const store_simulator_redeem_t redeem = {.code_hash = hash256_bytes(&code_hash),
                                             .access_hash = hash256_bytes(&access_hash),
                                             .lifetime_s = SIMULATOR_ACCESS_S};
    TRY(call_store_acquire(call));
    TRY(store_simulator_redeem(call->store, &redeem, &in->row, &call->err));
    call_store_release(call);
    return OK;
}

// RFC 6749 4.1.3 and RFC 7636 4.6. The code is spent by now: a wrong client has used it up.
static result_t judge(const exchange_t *in, bool *out_is_good) {
    const str_t challenge = chosen_str(in, "code_challenge");
    str_t given = STR_NONE;
    if (in->token->has_verifier) {
        TRY(hash_pkce_s256(in->call->arena, in->token->verifier, &given, &in->call->err));
    }
    *out_is_good =
        str_eq(chosen_str(in, "client_id"), in->client->client_id) && in->token->has_redirect_uri &&
        str_eq(chosen_str(in, "redirect_uri"), in->token->redirect_uri) && str_eq(challenge, given);
    return OK;
}

// UNAVAILABLE when it is dead, or when as many are waiting already as may.
static result_t wait_for_fault(const exchange_t *in) {
    const bool is_dead = in->fault == VIEW_FAULT_DEAD;
    call_t *call = in->call;
    if (in->fault != VIEW_FAULT_SLOW && !is_dead) {
        return OK;
    }
    if (!call_remote_enter(call, STR("simulator"))) {
        return FAIL(&call->err, UNAVAILABLE, "simulator_busy", "too many slow answers at once");
    }
    poll(NULL, 0, is_dead ? DEAD_MS : SLOW_MS);
    call_remote_leave(call);
    return is_dead ? FAIL(&call->err, UNAVAILABLE, "simulator_dead", "as it was told to be") : OK;
}

static result_t answer(const exchange_t *in, response_t *out) {
    call_t *call = in->call;
    oidc_token_answer_t tokens = {.access_token = secret_reveal(in->access),
                                  .expires_in_s = SIMULATOR_ACCESS_S,
                                  .scope = chosen_str(in, "scope")};
    str_t json;
    if (str_list_has(tokens.scope, STR("openid"))) {
        TRY(id_token_make(in, &tokens.id_token));
    }
    TRY(wait_for_fault(in));
    TRY(oidc_token_text(call->arena, &tokens, &json, &call->err));
    response_json(out, 200, json);
    out->log_code = STR("issue");
    return OK;
}

static result_t exchange(exchange_t *in, response_t *out) {
    call_t *call = in->call;
    SCOPED(json_t) chosen = NULL;
    int64_t fault = 0;
    bool is_good = false;
    TRY(redeem(in));
    if (in->row.is_present) {
        TRY(json_parse_object(in->row.chosen, in->row.chosen.len, &chosen, &call->err));
        in->chosen = chosen;
        TRY(judge(in, &is_good));
    }
    if (!is_good) {
        return oauth_error(call, oidc_defect("invalid_grant", "the code is not valid here"), out);
    }
    in->fault = json_get_int(chosen, "fault", &fault) && fault < VIEW_FAULT_COUNT
                    ? (view_fault_t)fault
                    : VIEW_FAULT_NONE;
    return answer(in, out);
}

// Any secret is right: who knows the code and the verifier may be anybody here.
result_t handle_simulator_token(call_t *call, response_t *out) {
    form_t form;
    oidc_client_auth_t client = {0};
    oidc_token_t token = {0};
    TRY(simulator_check(call));
    oidc_defect_t defect = oauth_form_read(call, &form);
    if (!defect.error) {
        oidc_client_auth_parse(call->arena, call->request->authorization, &form, &client);
        defect = client.defect;
    }
    if (!defect.error) {
        oidc_token_parse(&form, &token);
        defect = token.defect;
    }
    if (!defect.error && token.grant_type != OIDC_GRANT_CODE) {
        defect = oidc_defect("unsupported_grant_type", "only authorization_code is simulated");
    }
    if (defect.error) {
        return oauth_error(call, defect, out);
    }
    exchange_t in = {.call = call, .client = &client, .token = &token};
    return exchange(&in, out);
}
