// A second opinion: libjwt reads what we sign, and we read what libjwt signs. It is linked to this
// test only.
#include "crypto/issuer.h"
#include "crypto/jwk.h"
#include "crypto/jwt.h"
#include <criterion/criterion.h>
#include <jwt.h>

static arena_t *arena;
static err_t err;

static void setup(void) {
    arena = arena_new(1 << 20);
    err = (err_t){0};
}

static void teardown(void) {
    arena_free(&arena);
}

TestSuite(crypto_libjwt, .init = setup, .fini = teardown);

static str_t signed_by_us(const signing_key_t *key) {
    json_t *claims = json_pack("{s:s, s:I}", "sub", "usr_1", "exp", (json_int_t)1700000000);
    const jwt_signer_t signer = {key, "JWT"};
    str_t token;
    cr_assert_eq(jwt_sign(arena, &signer, claims, &token, &err), OK);
    json_decref(claims);
    return token;
}

// Also proves that our published JWK is the key that signs.
static str_t published_pem(const signing_key_t *key) {
    str_t jwk;
    jwks_t *jwks = NULL;
    cr_assert_eq(signing_key_jwk(arena, key, &jwk, &err), OK);
    cr_assert_eq(jwks_parse(arena_format(arena, "{\"keys\":[%.*s]}", STR_ARG(jwk)), &jwks, &err),
                 OK);
    cr_assert_eq(jwks_count(jwks), 1);
    const str_t pem = issuer_pem(arena, jwks->keys[0].key, false);
    jwks_free(&jwks);
    return pem;
}

static void assert_libjwt_reads(signing_alg_t alg, jwt_alg_t expected) {
    signing_key_t *key = NULL;
    cr_assert_eq(signing_key_generate(alg, STR("snk_1"), &key, &err), OK);
    const str_t token = signed_by_us(key);
    const str_t pem = published_pem(key);
    jwt_t *jwt = NULL;
    cr_assert_eq(jwt_decode(&jwt, token.ptr, (const unsigned char *)pem.ptr, (int)pem.len), 0);
    cr_assert_eq(jwt_get_alg(jwt), expected);
    cr_assert_str_eq(jwt_get_grant(jwt, "sub"), "usr_1");
    cr_assert_eq(jwt_get_grant_int(jwt, "exp"), 1700000000);
    cr_assert_str_eq(jwt_get_header(jwt, "kid"), "snk_1");
    jwt_free(jwt);
    signing_key_free(&key);
}

Test(crypto_libjwt, reads_our_tokens) {
    assert_libjwt_reads(SIGNING_RS256, JWT_ALG_RS256);
    assert_libjwt_reads(SIGNING_ES256, JWT_ALG_ES256);
}

static str_t signed_by_libjwt(EVP_PKEY *key, jwt_alg_t alg) {
    const str_t pem = issuer_pem(arena, key, true);
    jwt_t *jwt = NULL;
    cr_assert_eq(jwt_new(&jwt), 0);
    cr_assert_eq(jwt_add_grant(jwt, "sub", "usr_2"), 0);
    cr_assert_eq(jwt_add_grant_int(jwt, "exp", 1700000000), 0);
    cr_assert_eq(jwt_add_header(jwt, "kid", "k"), 0);
    cr_assert_eq(jwt_set_alg(jwt, alg, (const unsigned char *)pem.ptr, (int)pem.len), 0);
    char *text = jwt_encode_str(jwt);
    cr_assert_not_null(text);
    const str_t token = arena_dup(arena, str_from_c(text));
    free(text);
    jwt_free(jwt);
    return token;
}

static void assert_we_read(EVP_PKEY *key, jwt_alg_t alg) {
    const str_t token = signed_by_libjwt(key, alg);
    jwks_t *jwks = NULL;
    cr_assert_eq(jwks_parse(issuer_jwks(arena, key, ",\"kid\":\"k\""), &jwks, &err), OK);
    const jwt_foreign_t rules = {.jwks = jwks, .algs = str_from_c(jwt_alg_str(alg))};
    json_t *claims = NULL;
    cr_assert_eq(jwt_verify_foreign(arena, token, &rules, &claims, &err), OK, "%s %s",
                 jwt_alg_str(alg), err.text);
    str_t sub;
    cr_assert(json_get_str(claims, "sub", &sub));
    cr_assert(str_eq(sub, STR("usr_2")));
    json_decref(claims);
    jwks_free(&jwks);
}

Test(crypto_libjwt, its_tokens_are_read_by_us) {
    EVP_PKEY *rsa = issuer_rsa(2048);
    EVP_PKEY *p256 = issuer_ec("P-256");
    EVP_PKEY *p384 = issuer_ec("P-384");
    assert_we_read(rsa, JWT_ALG_RS256);
    assert_we_read(rsa, JWT_ALG_RS384);
    assert_we_read(rsa, JWT_ALG_RS512);
    for (int i = 0; i < 20; i++) {
        assert_we_read(p256, JWT_ALG_ES256);
        assert_we_read(p384, JWT_ALG_ES384);
    }
    EVP_PKEY_free(rsa);
    EVP_PKEY_free(p256);
    EVP_PKEY_free(p384);
}
