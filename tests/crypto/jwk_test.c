#include "crypto/issuer.h"
#include "crypto/jwt.h"
#include <criterion/criterion.h>
#include <openssl/err.h>

static arena_t *arena;
static err_t err;

static void setup(void) {
    arena = arena_new(1 << 20);
    err = (err_t){0};
}

static void teardown(void) {
    arena_free(&arena);
}

TestSuite(crypto_jwk, .init = setup, .fini = teardown);

static size_t count_of(str_t json) {
    jwks_t *jwks = NULL;
    err = (err_t){0};
    cr_assert_eq(jwks_parse(json, &jwks, &err), OK, "%s in %.*s", err.text, STR_ARG(json));
    const size_t count = jwks_count(jwks);
    jwks_free(&jwks);
    cr_assert_null(jwks);
    cr_assert_eq(ERR_peek_error(), 0);
    return count;
}

static void assert_count(EVP_PKEY *key, const char *more, size_t expected) {
    cr_assert_eq(count_of(issuer_jwks(arena, key, more)), expected, "%s", more);
}

static void assert_malformed(str_t json) {
    jwks_t *jwks = NULL;
    cr_assert_eq(jwks_parse(json, &jwks, &err), BAD_REQUEST, "%.*s", STR_ARG(json));
    cr_assert_null(jwks);
}

Test(crypto_jwk, takes_rsa_p256_p384_and_ed25519) {
    EVP_PKEY *keys[] = {issuer_rsa(2048), issuer_ec("P-256"), issuer_ec("P-384"), issuer_ed25519()};
    for (size_t i = 0; i < 4; i++) {
        assert_count(keys[i], "", 1);
        assert_count(keys[i], ",\"kid\":\"k\",\"use\":\"sig\",\"key_ops\":[\"verify\"]", 1);
        EVP_PKEY_free(keys[i]);
    }
}

Test(crypto_jwk, leaves_out_keys_that_are_not_for_verifying) {
    EVP_PKEY *key = issuer_ec("P-256");
    assert_count(key, ",\"alg\":\"ES256\"", 1);
    assert_count(key, ",\"use\":\"enc\"", 0);
    assert_count(key, ",\"use\":7", 0);
    assert_count(key, ",\"key_ops\":[\"sign\"]", 0);
    assert_count(key, ",\"key_ops\":\"verify\"", 0);
    assert_count(key, ",\"alg\":\"ES384\"", 0);
    assert_count(key, ",\"alg\":\"RS256\"", 0);
    assert_count(key, ",\"alg\":\"ECDH-ES\"", 0);
    assert_count(key, ",\"alg\":\"none\"", 0);
    assert_count(key, ",\"alg\":null", 0);
    assert_count(key, ",\"kid\":{\"a\":1}", 0);
    assert_count(key, ",\"kid\":7", 0);
    EVP_PKEY_free(key);
}

Test(crypto_jwk, p_ssrf_05_leaves_out_private_and_symmetric_keys) {
    EVP_PKEY *key = issuer_ec("P-256");
    assert_count(key, ",\"d\":\"AAAA\"", 0);
    assert_count(key, ",\"k\":\"AAAA\"", 0);
    assert_count(key, ",\"p\":\"AAAA\"", 0);
    assert_count(key, ",\"oth\":[]", 0);
    EVP_PKEY_free(key);
    cr_assert_eq(count_of(STR("{\"keys\":[{\"kty\":\"oct\",\"k\":\"c2VjcmV0\"}]}")), 0);
    cr_assert_eq(count_of(STR("{\"keys\":[{\"kty\":\"oct\",\"alg\":\"HS256\"}]}")), 0);
}

Test(crypto_jwk, p_ssrf_05_bounds_the_size_of_rsa_keys) {
    const unsigned bits[] = {512, 1024, 2040, 2048};
    for (size_t i = 0; i < 4; i++) {
        EVP_PKEY *key = issuer_rsa(bits[i]);
        assert_count(key, "", bits[i] >= 2048 ? 1 : 0);
        EVP_PKEY_free(key);
    }
}

// An odd number of that many bits in base64url: 0xff and zeros, the last octet 1. No RSA modulus,
// but a JWK cannot be told apart from one without factoring it.
static str_t modulus(size_t octets, const char *last) {
    const size_t len = (octets * 8 + 5) / 6;
    char *text = arena_alloc(arena, len + 1);
    memset(text, 'A', len);
    text[0] = '_';
    memcpy(text + len - 2, last, 2);
    return (str_t){text, len};
}

static size_t rsa_count(size_t octets, const char *last, const char *e) {
    const str_t n = modulus(octets, last);
    return count_of(arena_format(
        arena, "{\"keys\":[{\"kty\":\"RSA\",\"n\":\"%.*s\",\"e\":\"%s\"}]}", STR_ARG(n), e));
}

Test(crypto_jwk, p_ssrf_05_takes_8192_bits_and_not_16384) {
    cr_assert_eq(rsa_count(256, "AQ", "AQAB"), 1);
    cr_assert_eq(rsa_count(1024, "AQ", "AQAB"), 1);
    cr_assert_eq(rsa_count(1025, "AE", "AQAB"), 0);
    cr_assert_eq(rsa_count(2048, "AE", "AQAB"), 0);
}

Test(crypto_jwk, refuses_exponents_that_are_small_even_or_huge) {
    const char *const bad[] = {"", "AA", "AQ", "Ag", "Aw", "EQ", "AP__", "AQAA", "AQAAAAAAAAAB"};
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        cr_assert_eq(rsa_count(256, "AQ", bad[i]), 0, "e = \"%s\"", bad[i]);
    }
    cr_assert_eq(rsa_count(256, "AQ", "AQAB"), 1);        // 65537
    cr_assert_eq(rsa_count(256, "AQ", "AAEAAQ"), 1);      // with a leading zero
    cr_assert_eq(rsa_count(256, "AQ", "gAAAAAAAAAE"), 1); // 64 bits
    cr_assert_eq(rsa_count(256, "Ag", "AQAB"), 0);        // an even modulus
}

static size_t ec_count(const char *crv, const char *x, const char *y) {
    return count_of(arena_format(
        arena, "{\"keys\":[{\"kty\":\"EC\",\"crv\":\"%s\",\"x\":\"%s\",\"y\":\"%s\"}]}", crv, x,
        y));
}

Test(crypto_jwk, refuses_points_off_the_curve) {
    const char *x = "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU"; // RFC 7515 A.3.1
    const char *y = "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0";
    const char *off = "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a4";
    const char *zero = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
    const char *above_p = "__________________________________________8";
    cr_assert_eq(ec_count("P-256", x, y), 1);
    cr_assert_eq(ec_count("P-256", x, off), 0);
    cr_assert_eq(ec_count("P-256", y, x), 0);
    cr_assert_eq(ec_count("P-256", zero, zero), 0);
    cr_assert_eq(ec_count("P-256", above_p, y), 0);
    cr_assert_eq(ec_count("P-384", x, y), 0);
    cr_assert_eq(ec_count("P-521", x, y), 0);
    cr_assert_eq(ec_count("secp256k1", x, y), 0);
}

Test(crypto_jwk, p_mem_02_coordinates_have_their_full_length) {
    const char *x = "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU";
    cr_assert_eq(ec_count("P-256", x, ""), 0);
    cr_assert_eq(ec_count("P-256", "", x), 0);
    cr_assert_eq(ec_count("P-256", x, "AA"), 0);
    cr_assert_eq(ec_count("P-256", x, "AMfxRM0bvZt-hyzf7bnuufSzaV1uqQskrYpGIyiFiOWt"), 0);
    // The same 64 octets, cut one octet too early; and far more than any point has.
    cr_assert_eq(ec_count("P-256", "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVA",
                          "RcfxRM0bvZt-hyzf7bnuufSzaV1uqQskrYpGIyiFiOWt"),
                 0);
    char *big = arena_alloc(arena, 4001);
    memset(big, 'A', 4000);
    cr_assert_eq(ec_count("P-256", big, x), 0);
    cr_assert_eq(ec_count("P-256", x, big), 0);
    const char *const ed[] = {"", "AA", "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo",
                              "ANdamAGCsQq31Uv-08lkBzoO4XLz2qYjJa8CGmj3B1Ea"};
    for (size_t i = 0; i < 4; i++) {
        cr_assert_eq(count_of(arena_format(arena,
                                           "{\"keys\":[{\"kty\":\"OKP\",\"crv\":\"Ed25519\","
                                           "\"x\":\"%s\"}]}",
                                           ed[i])),
                     i == 2 ? 1 : 0);
    }
}

Test(crypto_jwk, leaves_out_what_it_cannot_read) {
    const char *const bad[] = {
        "{\"keys\":[]}",
        "{\"keys\":[null,1,\"a\",[],true]}",
        "{\"keys\":[{}]}",
        "{\"keys\":[{\"kty\":\"rsa\",\"n\":\"AQAB\",\"e\":\"AQAB\"}]}",
        "{\"keys\":[{\"kty\":\"RSA\"}]}",
        "{\"keys\":[{\"kty\":\"RSA\",\"n\":7,\"e\":\"AQAB\"}]}",
        "{\"keys\":[{\"kty\":\"RSA\",\"n\":\"AQ==\",\"e\":\"AQAB\"}]}",
        "{\"keys\":[{\"kty\":\"EC\",\"crv\":\"P-256\"}]}",
        "{\"keys\":[{\"kty\":\"OKP\",\"crv\":\"X25519\","
        "\"x\":\"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo\"}]}",
        "{\"keys\":[{\"kty\":\"OKP\",\"crv\":\"Ed25519\","
        "\"x\":\"11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo\"}]}",
    };
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        cr_assert_eq(count_of(str_from_c(bad[i])), 0, "%s", bad[i]);
    }
}

Test(crypto_jwk, keeps_the_good_key_between_bad_ones) {
    EVP_PKEY *key = issuer_ed25519();
    const str_t jwk = issuer_jwk(arena, key, "");
    const str_t json = arena_format(
        arena, "{\"issuer\":1,\"keys\":[{\"kty\":\"oct\"},%.*s,{\"kty\":\"EC\"}]}", STR_ARG(jwk));
    cr_assert_eq(count_of(json), 1);
    EVP_PKEY_free(key);
}

Test(crypto_jwk, refuses_what_is_no_set) {
    assert_malformed(STR(""));
    assert_malformed(STR("{"));
    assert_malformed(STR("[]"));
    assert_malformed(STR("{}"));
    assert_malformed(STR("{\"keys\":{}}"));
    assert_malformed(STR("{\"keys\":[],\"keys\":[]}"));
    assert_malformed(STR("{\"keys\":[]}x"));
    assert_malformed(STR("{\"keys\":[]}\0"));
    assert_malformed(STR("{\"keys\":[{\"kid\":\"a\",\"kid\":\"b\"}]}"));
}

static str_t set_of(str_t jwk, size_t count) {
    char *text = arena_alloc(arena, (jwk.len + 1) * count + 16);
    char *at = stpcpy(text, "{\"keys\":[");
    for (size_t i = 0; i < count; i++) {
        memcpy(at, jwk.ptr, jwk.len);
        at += jwk.len;
        *at++ = i + 1 < count ? ',' : ']';
    }
    *at++ = '}';
    return (str_t){text, (size_t)(at - text)};
}

Test(crypto_jwk, p_ssrf_05_takes_50_keys_and_not_51_nor_10000) {
    EVP_PKEY *key = issuer_ed25519();
    const str_t jwk = issuer_jwk(arena, key, ",\"kid\":\"k\"");
    cr_assert_eq(count_of(set_of(jwk, 50)), 50);
    assert_malformed(set_of(jwk, 51));
    assert_malformed(set_of(STR("{}"), 10000));
    EVP_PKEY_free(key);
}

Test(crypto_jwk, p_ssrf_05_a_set_of_more_than_256_kilobytes_is_refused) {
    const size_t limit = 256 * 1024;
    char *text = arena_alloc(arena, limit + 1);
    memset(text, ' ', limit + 1);
    memcpy(text, "{\"keys\":[]}", 11);
    cr_assert_eq(count_of((str_t){text, limit}), 0);
    assert_malformed((str_t){text, limit + 1});
}
