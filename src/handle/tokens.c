#include "handle/tokens.h"
#include "crypto/jwt.h"
#include "crypto/random.h"
#include "flow/grant.h"
#include "protocol/oidc/scope.h"

oidc_person_t tokens_person(const store_user_claims_t *user) {
    return (oidc_person_t){
        .id = user->id,
        .email = user->email,
        .name = user->name,
        .given_name = user->given_name,
        .family_name = user->family_name,
        .picture = user->picture,
        .locale = user->locale,
        .is_email_verified = user->is_email_verified,
    };
}

// ---- making -------------------------------------------------------------------------------------

typedef struct {
    const signing_key_t *key;
    time_ms_t now;
} signer_t;

static result_t signer_find(call_t *call, const flow_client_t *client, signer_t *out) {
    signing_alg_t alg;
    if (!signing_alg_from_name(client->token_alg, &alg)) {
        return FAIL(&call->err, INTERNAL, "bad_token_alg", "application %.*s has token_alg %.*s",
                    STR_ARG(client->id), STR_ARG(client->token_alg));
    }
    const time_ms_t now = call_now(call);
    const signing_key_t *key = keyset_signer(call->snapshot->keys, alg, now);
    if (!key) {
        return FAIL(&call->err, UNAVAILABLE, "no_signing_key", "no %s key is in force",
                    signing_alg_name(alg));
    }
    *out = (signer_t){key, now};
    return OK;
}

static result_t access_sign(call_t *call, const signer_t *signer, oidc_access_token_t *access,
                            str_t *out) {
    SCOPED(json_t) claims = NULL;
    access->issuer = call->settings->issuer;
    access->scopes = oidc_scope_list(call->arena, access->scope);
    access->now = signer->now;
    TRY(random_id(call->arena, "tkn", signer->now, &access->jti, &call->err));
    TRY(oidc_access_token_claims(access, &claims, &call->err));
    // RFC 9068 2.1: typed, so that it is never taken for an ID token, nor the other way round.
    const jwt_signer_t typed = {signer->key, "at+jwt"};
    return jwt_sign(call->arena, &typed, claims, out, &call->err);
}

static result_t id_sign(call_t *call, const signer_t *signer, const tokens_in_t *in, str_t access,
                        str_t *out) {
    const flow_session_t *session = &in->grant->session;
    const oidc_person_t person = tokens_person(in->user);
    const bool has_code = in->code.len > 0;
    SCOPED(json_t) claims = NULL;
    oidc_id_token_t id = {
        .issuer = call->settings->issuer,
        .client_id = in->client->id,
        .person = &person,
        .session_id = session->id,
        .organization_id = in->grant->organization_id,
        .organization_external_id = in->user->organization_external_id,
        .scope = in->scope,
        .amr = {session->amr.items, session->amr.count},
        .auth_time = session->auth_time,
        .nonce = has_code ? in->grant->nonce : STR_NONE,
        .now = signer->now,
    };
    TRY(hash_left_half(call->arena, access, &id.at_hash, &call->err));
    if (has_code) {
        TRY(hash_left_half(call->arena, secret_reveal(in->code), &id.c_hash, &call->err));
    }
    TRY(oidc_id_token_claims(&id, &claims, &call->err));
    const jwt_signer_t typed = {signer->key, "JWT"};
    return jwt_sign(call->arena, &typed, claims, out, &call->err);
}

result_t tokens_for_user(call_t *call, const tokens_in_t *in, tokens_t *out) {
    signer_t signer;
    tokens_t tokens = {.expires_in_s = in->client->access_token_s};
    oidc_access_token_t access = {
        .client_id = in->client->id,
        .subject = in->user->id,
        .session_id = in->grant->session.id,
        .organization_id = in->grant->organization_id,
        .organization_external_id = in->user->organization_external_id,
        .roles = {in->user->roles.items, in->user->roles.count},
        .grant_id = in->grant->id,
        .scope = in->scope,
        .lifetime_s = tokens.expires_in_s,
    };
    TRY(signer_find(call, in->client, &signer));
    TRY(access_sign(call, &signer, &access, &tokens.access));
    if (str_list_has(in->scope, STR("openid"))) {
        TRY(id_sign(call, &signer, in, tokens.access, &tokens.id));
    }
    *out = tokens;
    return OK;
}

result_t tokens_for_machine(call_t *call, const flow_client_t *client, str_t scope, tokens_t *out) {
    signer_t signer;
    const bool is_row_telling = client->type == FLOW_CLIENT_M2M && client->access_token_s > 0;
    tokens_t tokens = {
        .expires_in_s = is_row_telling ? client->access_token_s : TOKENS_MACHINE_LIFETIME_S,
    };
    oidc_access_token_t access = {
        .client_id = client->id,
        .subject = client->id,
        .scope = scope,
        .lifetime_s = tokens.expires_in_s,
    };
    TRY(signer_find(call, client, &signer));
    TRY(access_sign(call, &signer, &access, &tokens.access));
    *out = tokens;
    return OK;
}

// No audience and no subject: it is nobody's ID token, and names what to ask for.
result_t tokens_for_initiated_login(call_t *call, const flow_client_t *client,
                                    const tokens_hint_t *hint, str_t *out) {
    signer_t signer;
    TRY(signer_find(call, client, &signer));
    const json_int_t now_s = signer.now / 1000;
    SCOPED(json_t) claims = json_object();
    const bool is_whole =
        claims && json_object_set_new(claims, "iss", json_str(call->settings->issuer)) == 0 &&
        json_object_set_new(claims, "organization_id", json_str(hint->organization_id)) == 0 &&
        json_object_set_new(claims, "connection_id", json_str(hint->connection_id)) == 0 &&
        json_object_set_new(claims, "login_hint", json_str(hint->login_hint)) == 0 &&
        json_object_set_new(claims, "iat", json_integer(now_s)) == 0 &&
        json_object_set_new(claims, "nbf", json_integer(now_s)) == 0 &&
        json_object_set_new(claims, "exp", json_integer(now_s + TOKENS_HINT_LIFETIME_S)) == 0;
    if (!is_whole) {
        return FAIL(&call->err, INTERNAL, "json", "the claims of a hint cannot be built");
    }
    const jwt_signer_t typed = {signer.key, "JWT"};
    return jwt_sign(call->arena, &typed, claims, out, &call->err);
}

// ---- judging ------------------------------------------------------------------------------------

// What the token itself says: our signature, its type, its issuer, its times. REFUSED otherwise.
static result_t access_verify(call_t *call, str_t token, oidc_access_t *out, err_t *err) {
    const time_ms_t now = call_now(call);
    const jwt_own_t rules = {.keyset = call->snapshot->keys, .typ = "at+jwt", .now = now};
    SCOPED(json_t) claims = NULL;
    TRY(jwt_verify_own(call->arena, token, &rules, &claims, err));
    TRY(jwt_check_times(claims, now, 0, err));
    return oidc_access_parse(call->arena, claims, call->settings->issuer, out, err);
}

// What has happened to it since: a signature alone cannot know (flow.md 6: acts at the next use).
static const char *access_judge(const oidc_access_t *token, const store_access_t *state) {
    if (!state->is_active) {
        return "revoked, or its grant, session, user or application has ended";
    }
    const bool is_person = token->grant_id.len > 0;
    if (is_person && (!state->session.is_present || !str_eq(state->user.id, token->subject))) {
        return "its grant is not this user's session";
    }
    if (is_person &&
        !flow_session_is_allowed(&state->session, &state->hrd, state->user.organization_id)) {
        return "the user's organization requires its own sign-in by now";
    }
    return NULL;
}

result_t tokens_access_verify(call_t *call, str_t token, tokens_access_t *out) {
    err_t err = {0};
    *out = (tokens_access_t){.reason = "not an access token of ours, or expired"};
    const result_t verified = access_verify(call, token, &out->token, &err);
    if (verified == INTERNAL) {
        call->err = err;
        return INTERNAL;
    }
    out->is_ours = verified == OK;
    return OK;
}

result_t tokens_access_judge(call_t *call, tokens_access_t *inout) {
    const oidc_access_t *token = &inout->token;
    const store_access_in_t in = {
        .jti = token->jti, .client_id = token->client_id, .grant_id = token->grant_id};
    TRY(store_access_read(call->store, &in, &inout->state, &call->err));
    inout->reason = access_judge(token, &inout->state);
    inout->is_active = inout->reason == NULL;
    return OK;
}

result_t tokens_access_read(call_t *call, str_t token, tokens_access_t *out) {
    TRY(tokens_access_verify(call, token, out));
    return out->is_ours ? tokens_access_judge(call, out) : OK;
}

result_t tokens_hint_read(call_t *call, str_t token, oidc_hint_t *out, bool *out_is_ours) {
    const jwt_own_t rules = {.keyset = call->snapshot->keys, .typ = "JWT", .now = call_now(call)};
    SCOPED(json_t) claims = NULL;
    err_t err = {0};
    result_t result = jwt_verify_own(call->arena, token, &rules, &claims, &err);
    if (result == OK) {
        result = oidc_hint_parse(call->arena, claims, call->settings->issuer, out, &err);
    }
    *out_is_ours = result == OK;
    if (result == INTERNAL) {
        call->err = err;
    }
    return result == INTERNAL ? INTERNAL : OK;
}
