// What attackers send instead of a token of the identity provider or of a private_key_jwt client.
// One issuer with one key of each kind; every token is genuine in all but the point of its test.
#include "base/encode.h"
#include "crypto/issuer.h"
#include "crypto/jwt.h"
#include <criterion/criterion.h>
#include <openssl/err.h>

static arena_t *arena;
static err_t err;
static EVP_PKEY *rsa;
static EVP_PKEY *ec;
static jwks_t *jwks;

static const char ALL[] = "RS256 RS384 RS512 PS256 ES256 ES384 EdDSA";
static const char CLAIMS[] = "{\"sub\":\"u\",\"exp\":1700000000}";

static void setup(void) {
    arena = arena_new(8 << 20);
    err = (err_t){0};
    rsa = issuer_rsa(2048);
    ec = issuer_ec("P-256");
    const str_t one = issuer_jwk(arena, rsa, ",\"kid\":\"r\"");
    const str_t two = issuer_jwk(arena, ec, ",\"kid\":\"e\"");
    const str_t set = arena_format(arena, "{\"keys\":[%.*s,%.*s]}", STR_ARG(one), STR_ARG(two));
    cr_assert_eq(jwks_parse(set, &jwks, &err), OK);
}

static void teardown(void) {
    jwks_free(&jwks);
    EVP_PKEY_free(rsa);
    EVP_PKEY_free(ec);
    arena_free(&arena);
}

TestSuite(crypto_jwt_attack, .init = setup, .fini = teardown);

static result_t verify_as(str_t token, const char *algs, const char *typ) {
    const jwt_foreign_t rules = {.jwks = jwks, .algs = str_from_c(algs), .typ = typ};
    json_t *claims = NULL;
    err = (err_t){0};
    const result_t result = jwt_verify_foreign(arena, token, &rules, &claims, &err);
    cr_assert_eq(claims != NULL, result == OK);
    cr_assert_eq(err.code[0] != 0, result != OK);
    cr_assert_eq(ERR_peek_error(), 0);
    json_decref(claims);
    return result;
}

static result_t verify(str_t token) {
    return verify_as(token, ALL, NULL);
}

static str_t input_of(const char *header) {
    return issuer_input(arena, str_from_c(header), str_from_c(CLAIMS));
}

static str_t rs256(const char *header) {
    return issuer_token(arena, rsa, "RS256", input_of(header));
}

static str_t es256(const char *header) {
    return issuer_token(arena, ec, "ES256", input_of(header));
}

static str_t joined(str_t a, const char *b) {
    return arena_format(arena, "%.*s%s", STR_ARG(a), b);
}

static str_t head(str_t token) { // with the last dot
    return str_sub(token, 0, str_find_last(token, '.') + 1);
}

Test(crypto_jwt_attack, the_genuine_tokens_are_accepted) {
    cr_assert_eq(verify(rs256("{\"alg\":\"RS256\",\"kid\":\"r\"}")), OK, "%s", err.text);
    cr_assert_eq(verify(es256("{\"alg\":\"ES256\",\"kid\":\"e\",\"typ\":\"JWT\"}")), OK);
    cr_assert_eq(verify(es256("{\"alg\":\"ES256\"}")), OK);
    const char *const algs[] = {"RS256", "RS384", "RS512", "PS256"};
    for (size_t i = 0; i < 4; i++) {
        const str_t header = arena_format(arena, "{\"alg\":\"%s\",\"x5t\":\"abc\"}", algs[i]);
        cr_assert_eq(verify(issuer_token(arena, rsa, algs[i], input_of(header.ptr))), OK);
    }
}

Test(crypto_jwt_attack, es384_and_eddsa_are_accepted) {
    EVP_PKEY *keys[] = {issuer_ec("P-384"), issuer_ed25519()};
    const char *const algs[] = {"ES384", "EdDSA"};
    for (size_t i = 0; i < 2; i++) {
        jwks_free(&jwks);
        cr_assert_eq(jwks_parse(issuer_jwks(arena, keys[i], ""), &jwks, &err), OK);
        const str_t header = arena_format(arena, "{\"alg\":\"%s\"}", algs[i]);
        const str_t token = issuer_token(arena, keys[i], algs[i], input_of(header.ptr));
        cr_assert_eq(verify(token), OK, "%s", err.text);
        cr_assert_eq(verify(str_sub(token, 0, token.len - 2)), REFUSED);
        cr_assert_eq(verify(joined(token, "AAAA")), REFUSED);
        cr_assert_eq(verify(head(token)), REFUSED);
        EVP_PKEY_free(keys[i]);
    }
}

Test(crypto_jwt_attack, p_rp_05_no_spelling_of_none_is_an_algorithm) {
    const char *const names[] = {"none", "None", "NONE", "nOnE", "", " none", "none "};
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        const str_t header = arena_format(arena, "{\"alg\":\"%s\"}", names[i]);
        const str_t input = input_of(header.ptr);
        cr_assert_eq(verify(joined(input, ".")), REFUSED, "%s", names[i]);
        cr_assert_eq(verify(input), REFUSED);
        cr_assert_eq(verify(issuer_token(arena, rsa, "RS256", input)), REFUSED);
        // Not even if somebody pinned it.
        cr_assert_eq(verify_as(joined(input, "."), "none None NONE nOnE", NULL), REFUSED);
        cr_assert_str_eq(err.code, "jwt_alg");
    }
}

Test(crypto_jwt_attack, p_rp_05_a_missing_or_odd_alg_is_refused) {
    const char *const headers[] = {"{}",
                                   "{\"kid\":\"r\"}",
                                   "{\"alg\":null}",
                                   "{\"alg\":256}",
                                   "{\"alg\":[\"RS256\"]}",
                                   "{\"alg\":{\"RS256\":1}}",
                                   "{\"ALG\":\"RS256\"}",
                                   "{\"alg\":\"rs256\"}",
                                   "{\"alg\":\"Rs256\"}",
                                   "{\"alg\":\"RS256 ES256\"}",
                                   "{\"alg\":\"RS256\\u0000\"}",
                                   "{\"alg\":\"RS1\"}",
                                   "{\"alg\":\"RS\"}"};
    for (size_t i = 0; i < sizeof(headers) / sizeof(headers[0]); i++) {
        cr_assert_eq(verify(rs256(headers[i])), REFUSED, "%s", headers[i]);
    }
}

Test(crypto_jwt_attack, p_rp_05_only_a_pinned_algorithm_is_accepted) {
    const str_t token = rs256("{\"alg\":\"RS256\",\"kid\":\"r\"}");
    cr_assert_eq(verify_as(token, "ES256 RS256", NULL), OK);
    cr_assert_eq(verify_as(token, "ES256 RS512", NULL), REFUSED);
    cr_assert_eq(verify_as(token, "RS2567", NULL), REFUSED);
    cr_assert_eq(verify_as(token, "", NULL), REFUSED);
}

Test(crypto_jwt_attack, p_rp_06_hs256_with_the_public_key_as_secret_is_refused) {
    const str_t input = input_of("{\"alg\":\"HS256\",\"kid\":\"r\"}");
    const str_t pem = issuer_pem(arena, rsa, false);
    const str_t jwk = issuer_jwk(arena, rsa, ",\"kid\":\"r\"");
    const str_t secrets[] = {pem, {pem.ptr, pem.len - 1}, {pem.ptr, pem.len + 1}, jwk};
    for (size_t i = 0; i < 4; i++) {
        const str_t token = issuer_hmac_token(arena, secrets[i], input);
        cr_assert_eq(verify(token), REFUSED);
        cr_assert_eq(verify_as(token, "HS256 RS256", NULL), REFUSED);
        cr_assert_str_eq(err.code, "jwt_alg");
    }
    // The same octets under a header that names the right algorithm.
    cr_assert_eq(
        verify(issuer_hmac_token(arena, pem, input_of("{\"alg\":\"RS256\",\"kid\":\"r\"}"))),
        REFUSED);
}

Test(crypto_jwt_attack, p_rp_07_hs256_with_the_client_secret_is_refused) {
    const char *const algs[] = {"HS256", "HS384", "HS512", "hs256"};
    for (size_t i = 0; i < 4; i++) {
        const str_t header = arena_format(arena, "{\"alg\":\"%s\"}", algs[i]);
        const str_t token = issuer_hmac_token(arena, STR("client-secret"), input_of(header.ptr));
        cr_assert_eq(verify(token), REFUSED);
        cr_assert_eq(verify_as(token, "HS256 HS384 HS512", NULL), REFUSED);
    }
}

static void assert_no_flip_passes(str_t token, size_t step) {
    for (size_t i = 0; i < token.len; i += step) {
        char *copy = arena_alloc(arena, token.len);
        memcpy(copy, token.ptr, token.len);
        copy[i] = copy[i] == 'A' ? 'B' : 'A';
        cr_assert_neq(verify((str_t){copy, token.len}), OK, "character %zu", i);
    }
}

Test(crypto_jwt_attack, p_rp_08_flipped_characters_are_noticed) {
    assert_no_flip_passes(es256("{\"alg\":\"ES256\",\"kid\":\"e\"}"), 1);
    assert_no_flip_passes(rs256("{\"alg\":\"RS256\",\"kid\":\"r\"}"), 7);
}

Test(crypto_jwt_attack, p_rp_08_a_removed_or_borrowed_signature_is_refused) {
    const str_t token = es256("{\"alg\":\"ES256\",\"kid\":\"e\"}");
    const str_t other = issuer_token(
        arena, ec, "ES256",
        issuer_input(arena, STR("{\"alg\":\"ES256\",\"kid\":\"e\"}"), STR("{\"sub\":\"v\"}")));
    const str_t borrowed = str_sub(other, head(other).len, other.len);
    cr_assert_eq(verify(head(token)), REFUSED);
    cr_assert_eq(verify(str_sub(token, 0, head(token).len - 1)), REFUSED);
    cr_assert_eq(verify(arena_format(arena, "%.*s%.*s", STR_ARG(head(token)), STR_ARG(borrowed))),
                 REFUSED);
    cr_assert_eq(verify(other), OK);
}

Test(crypto_jwt_attack, p_rp_08_degenerate_ecdsa_signatures_are_refused) {
    // r = s = 0 (CVE-2022-21449), r = 0, s = 0, r = s = the order of P-256, all ones.
    bytes_t order;
    cr_assert(hex_decode(
        arena, STR("ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551"), &order));
    uint8_t raw[5][64] = {0};
    raw[1][63] = 1;
    raw[2][31] = 1;
    memcpy(raw[3], order.ptr, 32);
    memcpy(raw[3] + 32, order.ptr, 32);
    memset(raw[4], 0xff, 64);
    const str_t input = input_of("{\"alg\":\"ES256\",\"kid\":\"e\"}");
    for (size_t i = 0; i < 5; i++) {
        const str_t signature = base64url_encode(arena, (bytes_t){raw[i], 64});
        cr_assert_eq(verify(arena_format(arena, "%.*s.%.*s", STR_ARG(input), STR_ARG(signature))),
                     REFUSED);
    }
}

Test(crypto_jwt_attack, p_rp_08_a_der_signature_is_not_a_jws_signature) {
    const str_t input = input_of("{\"alg\":\"ES256\",\"kid\":\"e\"}");
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    uint8_t der[128];
    size_t len = sizeof(der);
    cr_assert_eq(EVP_DigestSignInit_ex(context, NULL, "SHA256", NULL, NULL, ec, NULL), 1);
    cr_assert_eq(EVP_DigestSign(context, der, &len, str_bytes(input).ptr, input.len), 1);
    EVP_MD_CTX_free(context);
    const str_t signature = base64url_encode(arena, (bytes_t){der, len});
    cr_assert_eq(verify(arena_format(arena, "%.*s.%.*s", STR_ARG(input), STR_ARG(signature))),
                 REFUSED);
}

Test(crypto_jwt_attack, p_rp_08_an_algorithm_does_not_verify_the_signature_of_another) {
    const str_t rs = input_of("{\"alg\":\"RS256\",\"kid\":\"r\"}");
    const str_t ps = input_of("{\"alg\":\"PS256\",\"kid\":\"r\"}");
    cr_assert_eq(verify(issuer_token(arena, rsa, "PS256", rs)), REFUSED);
    cr_assert_eq(verify(issuer_token(arena, rsa, "RS512", rs)), REFUSED);
    cr_assert_eq(verify(issuer_token(arena, rsa, "RS256", ps)), REFUSED);
    cr_assert_eq(verify(issuer_token(arena, ec, "ES256", rs)), REFUSED);
    cr_assert_eq(verify(es256("{\"alg\":\"RS256\",\"kid\":\"e\"}")), REFUSED);
    cr_assert_eq(verify(es256("{\"alg\":\"ES384\",\"kid\":\"e\"}")), REFUSED);
    cr_assert_eq(verify(es256("{\"alg\":\"EdDSA\",\"kid\":\"e\"}")), REFUSED);
}

// RFC 7518 3.5: the salt is as long as the digest.
Test(crypto_jwt_attack, p_rp_08_a_pss_salt_of_another_length_is_refused) {
    const str_t input = input_of("{\"alg\":\"PS256\",\"kid\":\"r\"}");
    cr_assert_eq(verify(issuer_pss_token(arena, rsa, 32, input)), OK);
    cr_assert_eq(verify(issuer_pss_token(arena, rsa, 20, input)), REFUSED);
    cr_assert_eq(verify(issuer_pss_token(arena, rsa, 64, input)), REFUSED);
}

Test(crypto_jwt_attack, a_key_verifies_its_own_algorithm_only) {
    jwks_free(&jwks);
    cr_assert_eq(jwks_parse(issuer_jwks(arena, rsa, ",\"alg\":\"PS256\""), &jwks, &err), OK);
    cr_assert_eq(verify(rs256("{\"alg\":\"RS256\"}")), REFUSED);
    cr_assert_eq(verify(issuer_token(arena, rsa, "PS256", input_of("{\"alg\":\"PS256\"}"))), OK);
}

Test(crypto_jwt_attack, p_rp_09_an_unknown_kid_is_told_apart_for_one_refresh) {
    cr_assert_eq(verify(rs256("{\"alg\":\"RS256\",\"kid\":\"new\"}")), NOT_FOUND);
    cr_assert_str_eq(err.code, "jwt_key_unknown");
    cr_assert_eq(verify(rs256("{\"alg\":\"RS256\",\"kid\":\"\"}")), NOT_FOUND);
    cr_assert_eq(verify(rs256("{\"alg\":\"RS256\",\"kid\":\"R\"}")), NOT_FOUND);
    // A known kid with a bad signature is no reason to fetch anything.
    cr_assert_eq(verify(rs256("{\"alg\":\"RS256\",\"kid\":\"e\"}")), REFUSED);
    cr_assert_eq(verify(joined(head(rs256("{\"alg\":\"RS256\",\"kid\":\"r\"}")), "AAAA")), REFUSED);
}

Test(crypto_jwt_attack, p_rp_09_an_empty_set_of_keys_verifies_nothing) {
    jwks_free(&jwks);
    cr_assert_eq(jwks_parse(STR("{\"keys\":[]}"), &jwks, &err), OK);
    cr_assert_eq(verify(rs256("{\"alg\":\"RS256\",\"kid\":\"r\"}")), NOT_FOUND);
    cr_assert_eq(verify(rs256("{\"alg\":\"RS256\"}")), NOT_FOUND);
}

Test(crypto_jwt_attack, p_rp_10_a_kid_is_an_opaque_string) {
    const char *const kids[] = {"\"../../dev/null\"",
                                "\"' OR 1=1 --\"",
                                "\"r\\u0000\"",
                                "\"r\\u0000x\"",
                                "{\"kid\":\"r\"}",
                                "[\"r\"]",
                                "7",
                                "null",
                                "true",
                                "\"\\ud800\"",
                                "\"http://evil.example/key\""};
    for (size_t i = 0; i < sizeof(kids) / sizeof(kids[0]); i++) {
        const str_t header = arena_format(arena, "{\"alg\":\"RS256\",\"kid\":%s}", kids[i]);
        cr_assert_neq(verify(rs256(header.ptr)), OK, "%s", kids[i]);
    }
}

static str_t header_with_kid(size_t len) {
    char *kid = arena_alloc(arena, len + 1);
    memset(kid, 'r', len);
    return arena_format(arena, "{\"alg\":\"RS256\",\"kid\":\"%s\"}", kid);
}

Test(crypto_jwt_attack, p_rp_10_a_long_kid_is_refused) {
    cr_assert_eq(verify(rs256(header_with_kid(5000).ptr)), NOT_FOUND);
    cr_assert_eq(verify(rs256(header_with_kid(10 * 1024).ptr)), REFUSED);
    cr_assert_str_eq(err.code, "jwt_too_long");
}

Test(crypto_jwt_attack, p_rp_11_keys_that_the_token_brings_along_are_refused) {
    EVP_PKEY *evil = issuer_rsa(2048);
    const str_t jwk = issuer_jwk(arena, evil, "");
    const str_t headers[] = {
        arena_format(arena, "{\"alg\":\"RS256\",\"jwk\":%.*s}", STR_ARG(jwk)),
        STR("{\"alg\":\"RS256\",\"jku\":\"https://evil.example/keys\"}"),
        STR("{\"alg\":\"RS256\",\"x5u\":\"https://evil.example/cert\"}"),
        STR("{\"alg\":\"RS256\",\"x5c\":[\"MIIB\"]}"),
        STR("{\"alg\":\"RS256\",\"kid\":\"r\",\"jku\":null}"),
    };
    for (size_t i = 0; i < sizeof(headers) / sizeof(headers[0]); i++) {
        cr_assert_eq(verify(issuer_token(arena, evil, "RS256", input_of(headers[i].ptr))), REFUSED);
        cr_assert_str_eq(err.code, "jwt_header");
        cr_assert_eq(verify(rs256(headers[i].ptr)), REFUSED);
    }
    EVP_PKEY_free(evil);
}

Test(crypto_jwt_attack, p_rp_12_extensions_that_we_do_not_know_are_refused) {
    const char *const members[] = {"\"crit\":[\"exp\"]", "\"crit\":[]",
                                   "\"crit\":\"exp\"",   "\"crit\":[\"b64\"],\"b64\":false",
                                   "\"b64\":false",      "\"b64\":true",
                                   "\"zip\":\"DEF\""};
    for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++) {
        const str_t header = arena_format(arena, "{\"alg\":\"RS256\",%s}", members[i]);
        cr_assert_eq(verify(rs256(header.ptr)), REFUSED, "%s", members[i]);
    }
}

Test(crypto_jwt_attack, p_op_23_a_client_assertion_by_alg_none_or_the_public_key_is_refused) {
    jwks_free(&jwks);
    cr_assert_eq(jwks_parse(issuer_jwks(arena, ec, ",\"kid\":\"c\""), &jwks, &err), OK);
    const char *pinned = "RS256 PS256 ES256 EdDSA";
    const str_t none = input_of("{\"alg\":\"none\",\"kid\":\"c\"}");
    cr_assert_eq(verify_as(joined(none, "."), pinned, NULL), REFUSED);
    const str_t hmac = issuer_hmac_token(arena, issuer_pem(arena, ec, false),
                                         input_of("{\"alg\":\"HS256\",\"kid\":\"c\"}"));
    cr_assert_eq(verify_as(hmac, pinned, NULL), REFUSED);
    cr_assert_eq(verify_as(es256("{\"alg\":\"ES256\",\"kid\":\"c\"}"), pinned, NULL), OK);
}

Test(crypto_jwt_attack, a_token_of_another_type_is_refused) {
    const char *const other[] = {"at+jwt", "logout+jwt", "dpop+jwt", "application/at+jwt",
                                 "",       "JWE"};
    for (size_t i = 0; i < sizeof(other) / sizeof(other[0]); i++) {
        const str_t header = arena_format(arena, "{\"alg\":\"ES256\",\"typ\":\"%s\"}", other[i]);
        cr_assert_eq(verify(es256(header.ptr)), REFUSED, "%s", other[i]);
    }
    cr_assert_eq(verify(es256("{\"alg\":\"ES256\",\"typ\":7}")), REFUSED);
    cr_assert_eq(verify(es256("{\"alg\":\"ES256\",\"typ\":\"jwt\"}")), OK);
    cr_assert_eq(verify(es256("{\"alg\":\"ES256\",\"typ\":\"application/jwt\"}")), OK);
    const str_t logout = es256("{\"alg\":\"ES256\",\"typ\":\"logout+jwt\"}");
    cr_assert_eq(verify_as(logout, ALL, "logout+jwt"), OK);
    cr_assert_eq(verify_as(logout, ALL, "at+jwt"), REFUSED);
    cr_assert_eq(verify_as(es256("{\"alg\":\"ES256\"}"), ALL, "logout+jwt"), REFUSED);
}
