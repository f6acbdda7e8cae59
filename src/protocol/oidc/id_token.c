#include "protocol/oidc/id_token.h"
#include "base/encode.h"
#include "crypto/hash.h"
#include "protocol/oidc/microsoft.h"

// The numbers are those of the list in Core 3.1.3.7. The signature (6-8) comes before the claims
// (2-5), because before it nothing that they say is anybody's word (ASVS 9.1.1).

typedef struct {
    arena_t *arena;
    const oidc_id_token_rules_t *rules;
    const json_t *claims;
    str_t alg; // of the header, once the signature has been verified
    str_t kid; // likewise; empty if there is none
} check_t;

static bool claim_is(const json_t *claims, const char *name, str_t value) {
    str_t text;
    return json_get_str(claims, name, &text) && value.len > 0 && str_eq(text, value);
}

// 2: the issuer is exactly the one of the connection, or one that its template allows.
static result_t check_issuer(const check_t *check, err_t *err) {
    const oidc_relying_t *relying = check->rules->relying;
    if (oidc_microsoft_is_template(relying)) {
        TRY(oidc_microsoft_issuer_check(relying, check->claims, err));
        return oidc_microsoft_key_check(check->rules->jwks_text, check->kid, check->claims, err);
    }
    if (!claim_is(check->claims, "iss", relying->issuer)) {
        str_t issuer = STR("");
        (void)!json_get_str(check->claims, "iss", &issuer);
        return FAIL(err, REFUSED, "id_token_issuer", "iss is \"%.*s\", not \"%.*s\"",
                    STR_ARG(str_sub(issuer, 0, 90)), STR_ARG(str_sub(relying->issuer, 0, 90)));
    }
    return OK;
}

// 3: we are the audience. 4: with others beside us azp has to say that it was made for us. 5: and
// whenever azp is there, it is us.
static result_t check_audience(const check_t *check, err_t *err) {
    const json_t *claims = check->claims;
    const str_t client_id = check->rules->relying->client_id;
    if (!jwt_has_audience(claims, client_id)) {
        return FAIL(err, REFUSED, "id_token_audience", "aud is not the client of this connection");
    }
    const json_t *aud = json_object_get(claims, "aud");
    const bool is_shared = json_is_array(aud) && json_array_size(aud) > 1;
    if ((is_shared || json_object_get(claims, "azp")) && !claim_is(claims, "azp", client_id)) {
        return FAIL(err, REFUSED, "id_token_azp", "azp is not the client of this connection");
    }
    return OK;
}

// 9: exp; 10: iat, which Core 2 requires; nbf, if there is one (RFC 7519 4.1.5).
static result_t check_times(const check_t *check, err_t *err) {
    if (!json_object_get(check->claims, "iat")) {
        return FAIL(err, REFUSED, "jwt_time", "iat is absent");
    }
    return jwt_check_times(check->claims, check->rules->now, OIDC_SKEW_S, err);
}

// 11: the nonce is the one of this request. Whoever has it could inject a code, so the comparison
// tells nothing by its duration.
static result_t check_nonce(const check_t *check, err_t *err) {
    str_t nonce;
    if (!oidc_relying_has_nonce(check->rules->relying)) {
        return OK;
    }
    if (!json_get_str(check->claims, "nonce", &nonce) || str_is_empty(nonce) ||
        !secret_equal(str_bytes(nonce), str_bytes(check->rules->nonce))) {
        return FAIL(err, REFUSED, "id_token_nonce", "nonce is absent or of another request");
    }
    return OK;
}

// 13: when a maximum was asked for, the person has signed in since then. (12: no acr was asked
// for.) prompt=login travels through the browser, and who sits there can strike it out; whether the
// provider did ask is seen by auth_time alone. It is owed for max_age only (Core 2), and not every
// provider tells it otherwise: here an absent one is taken, and one from before the request is not.
static result_t check_auth_time(const check_t *check, err_t *err) {
    const int64_t now_s = check->rules->now / 1000;
    const int64_t asked_s = check->rules->login_asked_at / 1000;
    const bool is_told = json_object_get(check->claims, "auth_time") != NULL;
    int64_t at_s = 0;
    if (!check->rules->has_max_age && (!asked_s || !is_told)) {
        return OK;
    }
    if (!json_get_int(check->claims, "auth_time", &at_s) || at_s < 0 ||
        at_s > now_s + OIDC_SKEW_S) {
        return FAIL(err, REFUSED, "id_token_auth_time", "auth_time is absent or no past time");
    }
    if (asked_s && at_s + OIDC_SKEW_S < asked_s) {
        return FAIL(err, REFUSED, "id_token_auth_time",
                    "signed in %lld s before a new sign-in was asked for",
                    (long long)(asked_s - at_s));
    }
    const int64_t age_s = now_s - at_s;
    if (check->rules->has_max_age && age_s > check->rules->max_age_s + OIDC_SKEW_S) {
        return FAIL(err, REFUSED, "id_token_auth_time",
                    "signed in %lld s ago, %lld s were asked for", (long long)age_s,
                    (long long)check->rules->max_age_s);
    }
    return OK;
}

bool oidc_subject_read(const json_t *claims, str_t *out) {
    str_t subject;
    if (!json_get_str(claims, "sub", &subject) || subject.len == 0 ||
        subject.len > OIDC_SUBJECT_LEN_MAX) {
        return false;
    }
    for (size_t i = 0; i < subject.len; i++) {
        if (subject.ptr[i] < ' ' || subject.ptr[i] > '~') {
            return false;
        }
    }
    *out = subject;
    return true;
}

static result_t check_subject(const check_t *check, err_t *err) {
    str_t subject;
    return oidc_subject_read(check->claims, &subject)
               ? OK
               : FAIL(err, REFUSED, "id_token_subject",
                      "sub is not 1 to %d characters of printable ASCII", OIDC_SUBJECT_LEN_MAX);
}

// Core 3.1.3.8 and 3.3.2.11, which are optional with the code flow: a hash that is there has to be
// right, where its digest is SHA-256 as with these algorithms.
static result_t hash_check(const check_t *check, const char *name, secret_t of, err_t *err) {
    str_t wanted;
    if (!json_object_get(check->claims, name) || !of.len ||
        !str_list_has(STR("RS256 PS256 ES256"), check->alg)) {
        return OK;
    }
    TRY(hash_left_half(check->arena, secret_reveal(of), &wanted, err));
    return claim_is(check->claims, name, wanted)
               ? OK
               : FAIL(err, REFUSED, "id_token_hash", "%s is of something else", name);
}

static result_t check_hashes(const check_t *check, err_t *err) {
    TRY(hash_check(check, "at_hash", check->rules->access_token, err));
    return hash_check(check, "c_hash", check->rules->code, err);
}

// The header of a token that has been verified, so it is there and of the right shape.
static result_t header_read(check_t *check, str_t token, err_t *err) {
    SCOPED(json_t) header = NULL;
    bytes_t octets;
    str_t alg = STR("");
    str_t kid = STR("");
    if (!base64url_decode(check->arena, str_sub(token, 0, str_find(token, '.')), &octets)) {
        return FAIL(err, REFUSED, "jwt_malformed", "the header is no base64url");
    }
    TRY(json_parse_object((str_t){(const char *)octets.ptr, octets.len}, JWT_LEN_MAX, &header,
                          err));
    (void)!json_get_str(header, "alg", &alg);
    (void)!json_get_str(header, "kid", &kid);
    check->alg = arena_dup(check->arena, alg);
    check->kid = arena_dup(check->arena, kid);
    return OK;
}

static result_t claims_check(const check_t *check, err_t *err) {
    static result_t (*const CHECKS[])(const check_t *, err_t *) = {
        check_issuer,    check_audience, check_times,  check_nonce,
        check_auth_time, check_subject,  check_hashes,
    };
    for (size_t i = 0; i < sizeof(CHECKS) / sizeof(CHECKS[0]); i++) {
        TRY(CHECKS[i](check, err));
    }
    return OK;
}

result_t oidc_id_token_verify(arena_t *arena, str_t token, const oidc_id_token_rules_t *rules,
                              json_t **out, err_t *err) {
    SCOPED(json_t) claims = NULL;
    // 1: an encrypted token has five parts and ends in the verifier: we registered no key for it.
    // 6: the signature is always verified, also straight from the token endpoint. 7: with the
    // algorithms that are pinned for this connection. 8: none of which is a MAC.
    const jwt_foreign_t verifier = {.jwks = rules->jwks, .algs = rules->relying->algs};
    TRY(jwt_verify_foreign(arena, token, &verifier, &claims, err));
    check_t check = {.arena = arena, .rules = rules, .claims = claims};
    TRY(header_read(&check, token, err));
    TRY(claims_check(&check, err));
    *out = claims;
    claims = NULL;
    return OK;
}
