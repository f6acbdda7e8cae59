#include "protocol/oidc/claims.h"
#include "crypto/jwt.h"
#include "protocol/oidc/object.h"

// OpenID Connect Core 5.4: what profile and email open.
static void person_add(oidc_object_t *claims, const oidc_person_t *person, str_t scope) {
    if (str_list_has(scope, STR("email")) && person->email.len) {
        oidc_object_text(claims, "email", person->email);
        oidc_object_bool(claims, "email_verified", person->is_email_verified);
    }
    if (str_list_has(scope, STR("profile"))) {
        oidc_object_text(claims, "name", person->name);
        oidc_object_text(claims, "given_name", person->given_name);
        oidc_object_text(claims, "family_name", person->family_name);
        oidc_object_text(claims, "picture", person->picture);
        oidc_object_text(claims, "locale", person->locale);
    }
}

// aud is an array even for one: SDKs with typed claims expect that (hosted-login.md 3.2).
static void audience_add(oidc_object_t *claims, str_t client_id) {
    const oidc_list_t audience = {&client_id, 1};
    oidc_object_list(claims, "aud", &audience);
    oidc_object_text(claims, "client_id", client_id);
}

result_t oidc_id_token_claims(const oidc_id_token_t *in, json_t **out, err_t *err) {
    const int64_t now_s = in->now / 1000;
    oidc_object_t claims = oidc_object_new();
    oidc_object_text(&claims, "iss", in->issuer);
    oidc_object_text(&claims, "sub", in->person->id);
    audience_add(&claims, in->client_id);
    oidc_object_text(&claims, "azp", in->client_id);
    oidc_object_text(&claims, "sid", in->session_id);
    oidc_object_text(&claims, "oid", in->organization_id);
    oidc_object_text(&claims, "xoid", in->organization_external_id);
    oidc_object_int(&claims, "iat", now_s);
    oidc_object_int(&claims, "exp", now_s + OIDC_ID_TOKEN_LIFETIME_S);
    oidc_object_int(&claims, "auth_time", in->auth_time / 1000);
    oidc_object_list(&claims, "amr", &in->amr);
    oidc_object_text(&claims, "nonce", in->nonce);
    oidc_object_text(&claims, "at_hash", in->at_hash);
    oidc_object_text(&claims, "c_hash", in->c_hash);
    person_add(&claims, in->person, in->scope);
    return oidc_object_take(&claims, out, err);
}

result_t oidc_access_token_claims(const oidc_access_token_t *in, json_t **out, err_t *err) {
    const int64_t now_s = in->now / 1000;
    oidc_object_t claims = oidc_object_new();
    oidc_object_text(&claims, "iss", in->issuer);
    oidc_object_text(&claims, "sub", in->subject);
    audience_add(&claims, in->client_id);
    oidc_object_text(&claims, "sid", in->session_id);
    oidc_object_text(&claims, "oid", in->organization_id);
    oidc_object_text(&claims, "xoid", in->organization_external_id);
    oidc_object_text(&claims, "grant_id", in->grant_id);
    oidc_object_text(&claims, "jti", in->jti);
    oidc_object_int(&claims, "iat", now_s);
    oidc_object_int(&claims, "nbf", now_s);
    oidc_object_int(&claims, "exp", now_s + in->lifetime_s);
    oidc_object_text(&claims, "scope", in->scope);
    oidc_object_list(&claims, "scopes", &in->scopes);
    if (in->roles.count > 0) {
        oidc_object_list(&claims, "roles", &in->roles);
    }
    return oidc_object_take(&claims, out, err);
}

result_t oidc_userinfo_text(arena_t *arena, const oidc_person_t *person, str_t scope, str_t *out,
                            err_t *err) {
    oidc_object_t claims = oidc_object_new();
    oidc_object_text(&claims, "sub", person->id);
    person_add(&claims, person, scope);
    return oidc_object_write(&claims, arena, out, err);
}

// ---- reading back -------------------------------------------------------------------------------

static bool claim_read(arena_t *arena, const json_t *claims, const char *name, str_t *out) {
    str_t text;
    if (!json_get_str(claims, name, &text) || text.len == 0) {
        *out = STR("");
        return false;
    }
    *out = arena_dup(arena, text);
    return true;
}

// The key alone does not say who a token is from: several installations may share a mistake.
static bool is_issued_by(const json_t *claims, str_t issuer) {
    str_t text;
    return json_get_str(claims, "iss", &text) && str_eq(text, issuer);
}

result_t oidc_access_parse(arena_t *arena, const json_t *claims, str_t issuer, oidc_access_t *out,
                           err_t *err) {
    oidc_access_t access = {0};
    const bool has_all = claim_read(arena, claims, "client_id", &access.client_id) &&
                         claim_read(arena, claims, "sub", &access.subject) &&
                         claim_read(arena, claims, "jti", &access.jti) &&
                         json_get_int(claims, "iat", &access.issued_s) &&
                         json_get_int(claims, "exp", &access.expires_s);
    if (!has_all || !is_issued_by(claims, issuer) || !jwt_has_audience(claims, access.client_id)) {
        return FAIL(err, REFUSED, "invalid_token", "not an access token of this issuer");
    }
    // A person's token has both, a machine's neither; anything between is not ours.
    const bool has_session = claim_read(arena, claims, "sid", &access.session_id);
    if (claim_read(arena, claims, "grant_id", &access.grant_id) != has_session) {
        return FAIL(err, REFUSED, "invalid_token", "an access token with half a grant");
    }
    claim_read(arena, claims, "oid", &access.organization_id);
    claim_read(arena, claims, "scope", &access.scope);
    *out = access;
    return OK;
}

result_t oidc_hint_parse(arena_t *arena, const json_t *claims, str_t issuer, oidc_hint_t *out,
                         err_t *err) {
    oidc_hint_t hint = {0};
    const bool has_all = claim_read(arena, claims, "azp", &hint.client_id) &&
                         claim_read(arena, claims, "sub", &hint.user_id) &&
                         claim_read(arena, claims, "sid", &hint.session_id);
    if (!has_all || !is_issued_by(claims, issuer) || !jwt_has_audience(claims, hint.client_id)) {
        return FAIL(err, REFUSED, "invalid_token", "not an ID token of this issuer");
    }
    *out = hint;
    return OK;
}
