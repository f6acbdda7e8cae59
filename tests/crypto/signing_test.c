#include "base/encode.h"
#include "crypto/issuer.h"
#include "crypto/signing.h"
#include <criterion/criterion.h>
#include <openssl/err.h>
#include <openssl/x509.h>

static arena_t *arena;
static master_t *master;
static err_t err;

static void setup(void) {
    const uint8_t octets[32] = {1, 2, 3};
    arena = arena_new(1 << 20);
    err = (err_t){0};
    cr_assert_eq(master_from_bytes((bytes_t){octets, sizeof(octets)}, &master, &err), OK);
}

static void teardown(void) {
    master_free(&master);
    arena_free(&arena);
}

TestSuite(crypto_signing, .init = setup, .fini = teardown);

static signing_key_t *key_of(signing_alg_t alg, str_t kid) {
    signing_key_t *key = NULL;
    cr_assert_eq(signing_key_generate(alg, kid, &key, &err), OK, "%s", err.text);
    return key;
}

static bytes_t sealed_key(const signing_key_t *key) {
    bytes_t sealed;
    cr_assert_eq(signing_key_seal(arena, key, master, &sealed, &err), OK, "%s", err.text);
    return sealed;
}

Test(crypto_signing, names_its_algorithms) {
    signing_alg_t alg;
    cr_assert_str_eq(signing_alg_name(SIGNING_RS256), "RS256");
    cr_assert_str_eq(signing_alg_name(SIGNING_ES256), "ES256");
    cr_assert(signing_alg_from_name(STR("ES256"), &alg));
    cr_assert_eq(alg, SIGNING_ES256);
    cr_assert_not(signing_alg_from_name(STR("es256"), &alg));
    cr_assert_not(signing_alg_from_name(STR("none"), &alg));
    cr_assert_not(signing_alg_from_name(STR(""), &alg));
}

static void assert_signs(const signing_key_t *key, size_t len) {
    const bytes_t data = str_bytes(STR("header.payload"));
    bytes_t signature;
    cr_assert_eq(signing_key_sign(arena, key, data, &signature, &err), OK, "%s", err.text);
    cr_assert_eq(signature.len, len);
    cr_assert_eq(signing_key_verify(key, data, signature, &err), OK, "%s", err.text);
    cr_assert_eq(signing_key_verify(key, str_bytes(STR("header.paylaod")), signature, NULL),
                 REFUSED);
    cr_assert_eq(ERR_peek_error(), 0);
}

Test(crypto_signing, signs_with_256_octets_of_rsa_and_64_of_p256) {
    signing_key_t *rsa = key_of(SIGNING_RS256, STR("snk_1"));
    signing_key_t *ec = key_of(SIGNING_ES256, STR("snk_2"));
    assert_signs(rsa, 256);
    for (int i = 0; i < 300; i++) { // short r or s, one in 128 each, must be padded (RFC 7518 3.4)
        assert_signs(ec, 64);
    }
    signing_key_free(&rsa);
    signing_key_free(&ec);
    cr_assert_null(ec);
}

static void assert_opens(signing_alg_t alg, str_t kid) {
    signing_key_t *key = key_of(alg, kid);
    const bytes_t sealed = sealed_key(key);
    bytes_t signature;
    cr_assert_eq(signing_key_sign(arena, key, str_bytes(STR("data")), &signature, &err), OK);
    signing_key_free(&key);
    const signing_sealed_t row = {alg, kid, sealed};
    signing_key_t *again = NULL;
    cr_assert_eq(signing_key_open(arena, master, &row, &again, &err), OK, "%s", err.text);
    cr_assert(str_eq(signing_key_id(again), kid));
    cr_assert_eq(signing_key_alg(again), alg);
    cr_assert_eq(signing_key_verify(again, str_bytes(STR("data")), signature, &err), OK);
    assert_signs(again, alg == SIGNING_RS256 ? 256 : 64);
    signing_key_free(&again);
}

Test(crypto_signing, a_sealed_key_opens_as_the_same_key) {
    assert_opens(SIGNING_RS256, STR("snk_17000000000001"));
    assert_opens(SIGNING_ES256, STR("snk_17000000000002"));
}

Test(crypto_signing, a_sealed_key_opens_under_its_kid_and_algorithm_only) {
    signing_key_t *key = key_of(SIGNING_ES256, STR("snk_1"));
    const bytes_t sealed = sealed_key(key);
    const signing_sealed_t other_kid = {SIGNING_ES256, STR("snk_2"), sealed};
    const signing_sealed_t other_alg = {SIGNING_RS256, STR("snk_1"), sealed};
    signing_key_t *out = NULL;
    cr_assert_eq(signing_key_open(arena, master, &other_kid, &out, &err), REFUSED);
    err = (err_t){0};
    cr_assert_eq(signing_key_open(arena, master, &other_alg, &out, &err), REFUSED);
    cr_assert_str_eq(err.code, "signing_key_wrong");
    cr_assert_null(out);
    signing_key_free(&key);
}

static bytes_t sealed_foreign(EVP_PKEY *pair, const char *tail) {
    PKCS8_PRIV_KEY_INFO *info = EVP_PKEY2PKCS8(pair);
    uint8_t *der = NULL;
    const int len = i2d_PKCS8_PRIV_KEY_INFO(info, &der);
    cr_assert_gt(len, 0);
    const str_t text = arena_format(arena, "%s", tail);
    uint8_t *all = arena_alloc(arena, (size_t)len + text.len);
    memcpy(all, der, (size_t)len);
    memcpy(all + len, text.ptr, text.len);
    const seal_t seal = {master, "signing_key", STR("snk_1")};
    bytes_t sealed;
    cr_assert_eq(master_seal(arena, &seal, (bytes_t){all, (size_t)len + text.len}, &sealed, &err),
                 OK);
    OPENSSL_free(der);
    PKCS8_PRIV_KEY_INFO_free(info);
    EVP_PKEY_free(pair);
    return sealed;
}

static void assert_not_opened(signing_alg_t alg, bytes_t sealed, result_t expected) {
    const signing_sealed_t row = {alg, STR("snk_1"), sealed};
    signing_key_t *out = NULL;
    cr_assert_eq(signing_key_open(arena, master, &row, &out, NULL), expected);
    cr_assert_null(out);
    cr_assert_eq(ERR_peek_error(), 0);
}

Test(crypto_signing, opens_no_key_of_another_curve_size_or_form) {
    assert_not_opened(SIGNING_ES256, sealed_foreign(issuer_ec("P-384"), ""), REFUSED);
    assert_not_opened(SIGNING_ES256, sealed_foreign(issuer_ec("secp256k1"), ""), REFUSED);
    assert_not_opened(SIGNING_ES256, sealed_foreign(issuer_ed25519(), ""), REFUSED);
    assert_not_opened(SIGNING_RS256, sealed_foreign(issuer_rsa(1024), ""), REFUSED);
    assert_not_opened(SIGNING_RS256, sealed_foreign(issuer_ec("P-256"), ""), REFUSED);
    assert_not_opened(SIGNING_ES256, sealed_foreign(issuer_ec("P-256"), "tail"), INTERNAL);
}

Test(crypto_signing, p_mem_02_a_kid_has_1_to_47_characters_of_the_base64url_alphabet) {
    char text[49];
    memset(text, 'k', sizeof(text));
    const str_t bad[] = {STR(""),        {text, 48},    STR("snk 1"),
                         STR("snk_\"1"), STR("snk\0a"), STR("../x")};
    signing_key_t *key = NULL;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        cr_assert_eq(signing_key_generate(SIGNING_ES256, bad[i], &key, &err), BAD_REQUEST);
        cr_assert_null(key);
    }
    key = key_of(SIGNING_ES256, (str_t){text, 47});
    cr_assert_eq(signing_key_id(key).len, 47);
    signing_key_free(&key);
    key = key_of(SIGNING_ES256, STR("a"));
    signing_key_free(&key);
}

Test(crypto_signing, p_mem_04_a_sealed_key_holds_no_plain_key) {
    signing_key_t *key = key_of(SIGNING_ES256, STR("snk_1"));
    const bytes_t sealed = sealed_key(key);
    // OID id-ecPublicKey and prime256v1, which every PKCS#8 form of such a key holds.
    const uint8_t oid[] = {0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01};
    cr_assert_null(memmem(sealed.ptr, sealed.len, oid, sizeof(oid)));
    const seal_t seal = {master, "signing_key", STR("snk_1")};
    bytes_t plain;
    cr_assert_eq(master_open(arena, &seal, sealed, &plain, &err), OK);
    cr_assert_not_null(memmem(plain.ptr, plain.len, oid, sizeof(oid)));
    signing_key_free(&key);
}
