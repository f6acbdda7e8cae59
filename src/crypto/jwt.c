#include "crypto/jwt.h"
#include "base/encode.h"
#include "crypto/jwk.h"
#include <assert.h>

// A token is verified in this order and what fails ends it: length, shape, header, pinned
// algorithm, type, key, signature. Only then is the payload looked at (ASVS 9.1.1).

// What a compact JWS says of itself: still nobody's word.
typedef struct {
    str_t signing_input; // RFC 7515 5.2 (8)
    str_t payload;       // base64url
    bytes_t signature;
    str_t alg;
    str_t kid;
    str_t typ;
    bool has_kid;
    bool has_typ;
} jws_t;

// RFC 8725 3.10: keys come from us, never from the token. RFC 7515 4.1.11: we know no extension, so
// every `crit` is one that we must refuse, as is the b64 of RFC 7797, which changes what is signed.
static const char *const REFUSED_MEMBERS[] = {"crit", "b64", "zip", "jku", "jwk", "x5u", "x5c"};

result_t jwt_sign(arena_t *arena, const jwt_signer_t *signer, const json_t *claims, str_t *out,
                  err_t *err) {
    const signing_key_t *key = signer->key;
    // The three values are constants and a kid of our own: nothing to escape (is_kid in signing.c).
    const str_t header = arena_format(arena, "{\"alg\":\"%s\",\"kid\":\"%.*s\",\"typ\":\"%s\"}",
                                      signing_alg_name(signing_key_alg(key)),
                                      STR_ARG(signing_key_id(key)), signer->typ);
    str_t payload;
    TRY(json_text(arena, claims, &payload, err));
    const str_t header_text = base64url_encode(arena, str_bytes(header));
    const str_t payload_text = base64url_encode(arena, str_bytes(payload));
    const str_t input =
        arena_format(arena, "%.*s.%.*s", STR_ARG(header_text), STR_ARG(payload_text));
    bytes_t signature;
    TRY(signing_key_sign(arena, key, str_bytes(input), &signature, err));
    const str_t signature_text = base64url_encode(arena, signature);
    const str_t token = arena_format(arena, "%.*s.%.*s", STR_ARG(input), STR_ARG(signature_text));
    if (token.len > JWT_LEN_MAX) {
        return FAIL(err, INTERNAL, "jwt_too_long", "a token of %zu octets", token.len);
    }
    *out = token;
    return OK;
}

static result_t json_read(str_t text, json_t **out, err_t *err) {
    const result_t result = json_parse_object(text, JWT_LEN_MAX, out, err);
    return result == BAD_REQUEST ? REFUSED : result;
}

// Copies a string member of the header. False if it is there and no string (kid games, P-RP-10).
static bool member_copy(arena_t *arena, const json_t *header, const char *name, str_t *out,
                        bool *out_has) {
    *out_has = json_object_get(header, name) != NULL;
    str_t text = STR_NONE;
    if (*out_has && !json_get_str(header, name, &text)) {
        return false;
    }
    *out = arena_dup(arena, text);
    return true;
}

static result_t header_read(arena_t *arena, str_t text, jws_t *jws, err_t *err) {
    SCOPED(json_t) header = NULL;
    TRY(json_read(text, &header, err));
    for (size_t i = 0; i < sizeof(REFUSED_MEMBERS) / sizeof(REFUSED_MEMBERS[0]); i++) {
        if (json_object_get(header, REFUSED_MEMBERS[i])) {
            return FAIL(err, REFUSED, "jwt_header", "header member %s", REFUSED_MEMBERS[i]);
        }
    }
    bool has_alg;
    if (!member_copy(arena, header, "alg", &jws->alg, &has_alg) || !has_alg ||
        !member_copy(arena, header, "kid", &jws->kid, &jws->has_kid) ||
        !member_copy(arena, header, "typ", &jws->typ, &jws->has_typ)) {
        return FAIL(err, REFUSED, "jwt_header", "alg, kid or typ is missing or no string");
    }
    return OK;
}

// RFC 7515 7.1: three parts, each of strict base64url. A third dot is outside that alphabet.
static result_t token_read(arena_t *arena, str_t token, jws_t *out, err_t *err) {
    if (token.len > JWT_LEN_MAX) {
        return FAIL(err, REFUSED, "jwt_too_long", "a token of %zu octets", token.len);
    }
    const size_t first = str_find(token, '.');
    const size_t last = str_find_last(token, '.');
    if (first == last) {
        return FAIL(err, REFUSED, "jwt_malformed", "no three parts");
    }
    jws_t jws = {.signing_input = str_sub(token, 0, last),
                 .payload = str_sub(token, first + 1, last)};
    bytes_t header;
    if (!base64url_decode(arena, str_sub(token, 0, first), &header) ||
        !base64url_decode(arena, str_sub(token, last + 1, token.len), &jws.signature)) {
        return FAIL(err, REFUSED, "jwt_malformed", "a part is no base64url");
    }
    TRY(header_read(arena, (str_t){(const char *)header.ptr, header.len}, &jws, err));
    *out = jws;
    return OK;
}

static result_t payload_read(arena_t *arena, const jws_t *jws, json_t **out, err_t *err) {
    bytes_t payload;
    if (!base64url_decode(arena, jws->payload, &payload)) {
        return FAIL(err, REFUSED, "jwt_malformed", "the payload is no base64url");
    }
    return json_read((str_t){(const char *)payload.ptr, payload.len}, out, err);
}

result_t jwt_verify_own(arena_t *arena, str_t token, const jwt_own_t *rules, json_t **out,
                        err_t *err) {
    assert(rules->keyset && rules->typ);
    jws_t jws = {0};
    TRY(token_read(arena, token, &jws, err));
    if (!jws.has_typ || !str_eq(jws.typ, str_from_c(rules->typ))) {
        return FAIL(err, REFUSED, "jwt_typ", "a token of another type than %s", rules->typ);
    }
    const signing_key_t *key = jws.has_kid ? keyset_find(rules->keyset, jws.kid, rules->now) : NULL;
    if (!key) {
        return FAIL(err, REFUSED, "jwt_key_unknown", "no key of ours with that kid");
    }
    // The key decides the algorithm; the header may only agree (RFC 8725 3.1).
    if (!str_eq(jws.alg, str_from_c(signing_alg_name(signing_key_alg(key))))) {
        return FAIL(err, REFUSED, "jwt_alg", "the algorithm is not the one of the key");
    }
    TRY(signing_key_verify(key, str_bytes(jws.signing_input), jws.signature, err));
    return payload_read(arena, &jws, out, err);
}

static bool is_typ(const jws_t *jws, const char *typ) {
    // A media type: without regard to case, "application/" may be left out (RFC 7515 4.1.9).
    const str_t prefix = STR("application/");
    const bool is_long =
        jws->typ.len > prefix.len && str_eq_nocase(str_sub(jws->typ, 0, prefix.len), prefix);
    const str_t text = str_sub(jws->typ, is_long ? prefix.len : 0, jws->typ.len);
    return typ ? jws->has_typ && str_eq_nocase(text, str_from_c(typ))
               : !jws->has_typ || str_eq_nocase(text, STR("JWT"));
}

static bool is_candidate(const jws_t *jws, const jwk_t *jwk) {
    return !jws->has_kid || (jwk->kid && str_eq(jws->kid, str_from_c(jwk->kid)));
}

static bool may_verify(const signature_alg_t *alg, const jwk_t *jwk) {
    return (!jwk->alg || jwk->alg == alg) && signature_alg_fits(alg, jwk->key);
}

static result_t foreign_signature(const jws_t *jws, const signature_alg_t *alg, const jwks_t *jwks,
                                  err_t *err) {
    bool is_known = false;
    for (size_t i = 0; i < jwks->count; i++) {
        const jwk_t *jwk = &jwks->keys[i];
        if (!is_candidate(jws, jwk)) {
            continue;
        }
        is_known = true;
        if (!may_verify(alg, jwk)) {
            continue;
        }
        // The reason of one key among several is no news: `err` is filled below.
        const signature_key_t verifier = {alg, jwk->key};
        const result_t result =
            signature_verify(&verifier, str_bytes(jws->signing_input), jws->signature, NULL);
        if (result != REFUSED) {
            return result == OK ? OK : FAIL(err, result, "crypto_failed", "%s", alg->name);
        }
    }
    return is_known ? FAIL(err, REFUSED, "signature_invalid", "no %s key of the issuer verifies",
                           alg->name)
                    : FAIL(err, NOT_FOUND, "jwt_key_unknown", "no key with that kid");
}

result_t jwt_verify_foreign(arena_t *arena, str_t token, const jwt_foreign_t *rules, json_t **out,
                            err_t *err) {
    assert(rules->jwks);
    jws_t jws = {0};
    TRY(token_read(arena, token, &jws, err));
    const signature_alg_t *alg =
        str_list_has(rules->algs, jws.alg) ? signature_alg_find(jws.alg) : NULL;
    if (!alg) {
        return FAIL(err, REFUSED, "jwt_alg", "the algorithm is not one of %.*s",
                    STR_ARG(rules->algs));
    }
    if (!is_typ(&jws, rules->typ)) {
        return FAIL(err, REFUSED, "jwt_typ", "a token of another type than %s",
                    rules->typ ? rules->typ : "JWT");
    }
    TRY(foreign_signature(&jws, alg, rules->jwks, err));
    return payload_read(arena, &jws, out, err);
}
