#include "crypto/issuer.h"
#include "base/encode.h"
#include <criterion/criterion.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

EVP_PKEY *issuer_rsa(unsigned bits) {
    EVP_PKEY *key = EVP_RSA_gen(bits);
    cr_assert_not_null(key);
    return key;
}

EVP_PKEY *issuer_ec(const char *curve) {
    EVP_PKEY *key = EVP_EC_gen(curve);
    cr_assert_not_null(key);
    return key;
}

EVP_PKEY *issuer_ed25519(void) {
    EVP_PKEY *key = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
    cr_assert_not_null(key);
    return key;
}

static str_t number(arena_t *arena, EVP_PKEY *key, const char *name, int len) {
    BIGNUM *value = NULL;
    cr_assert_eq(EVP_PKEY_get_bn_param(key, name, &value), 1);
    uint8_t raw[2048];
    len = len ? len : BN_num_bytes(value);
    cr_assert_eq(BN_bn2binpad(value, raw, len), len);
    BN_free(value);
    return base64url_encode(arena, (bytes_t){raw, (size_t)len});
}

str_t issuer_jwk(arena_t *arena, EVP_PKEY *key, const char *more) {
    if (EVP_PKEY_is_a(key, "RSA")) {
        const str_t n = number(arena, key, OSSL_PKEY_PARAM_RSA_N, 0);
        const str_t e = number(arena, key, OSSL_PKEY_PARAM_RSA_E, 0);
        return arena_format(arena, "{\"kty\":\"RSA\",\"n\":\"%.*s\",\"e\":\"%.*s\"%s}", STR_ARG(n),
                            STR_ARG(e), more);
    }
    if (EVP_PKEY_is_a(key, "EC")) {
        const int len = (EVP_PKEY_get_bits(key) + 7) / 8;
        const str_t x = number(arena, key, OSSL_PKEY_PARAM_EC_PUB_X, len);
        const str_t y = number(arena, key, OSSL_PKEY_PARAM_EC_PUB_Y, len);
        return arena_format(arena,
                            "{\"kty\":\"EC\",\"crv\":\"P-%d\",\"x\":\"%.*s\",\"y\":\"%.*s\"%s}",
                            len * 8, STR_ARG(x), STR_ARG(y), more);
    }
    uint8_t raw[32];
    size_t len = sizeof(raw);
    cr_assert_eq(EVP_PKEY_get_raw_public_key(key, raw, &len), 1);
    const str_t x = base64url_encode(arena, (bytes_t){raw, len});
    return arena_format(arena, "{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":\"%.*s\"%s}", STR_ARG(x),
                        more);
}

str_t issuer_jwks(arena_t *arena, EVP_PKEY *key, const char *more) {
    const str_t jwk = issuer_jwk(arena, key, more);
    return arena_format(arena, "{\"keys\":[%.*s]}", STR_ARG(jwk));
}

str_t issuer_pem(arena_t *arena, EVP_PKEY *key, bool is_private) {
    BIO *bio = BIO_new(BIO_s_mem());
    cr_assert_eq(is_private ? PEM_write_bio_PrivateKey(bio, key, NULL, NULL, 0, NULL, NULL)
                            : PEM_write_bio_PUBKEY(bio, key),
                 1);
    char *text = NULL;
    const long len = BIO_get_mem_data(bio, &text);
    const str_t pem = arena_dup(arena, (str_t){text, (size_t)len});
    BIO_free(bio);
    return pem;
}

str_t issuer_input(arena_t *arena, str_t header, str_t payload) {
    const str_t a = base64url_encode(arena, str_bytes(header));
    const str_t b = base64url_encode(arena, str_bytes(payload));
    return arena_format(arena, "%.*s.%.*s", STR_ARG(a), STR_ARG(b));
}

static str_t with_signature(arena_t *arena, str_t input, bytes_t signature) {
    const str_t text = base64url_encode(arena, signature);
    return arena_format(arena, "%.*s.%.*s", STR_ARG(input), STR_ARG(text));
}

static bytes_t raw_ecdsa(arena_t *arena, bytes_t der, int half) {
    const uint8_t *at = der.ptr;
    ECDSA_SIG *pair = d2i_ECDSA_SIG(NULL, &at, (long)der.len);
    cr_assert_not_null(pair);
    uint8_t *raw = arena_alloc(arena, (size_t)half * 2);
    BN_bn2binpad(ECDSA_SIG_get0_r(pair), raw, half);
    BN_bn2binpad(ECDSA_SIG_get0_s(pair), raw + half, half);
    ECDSA_SIG_free(pair);
    return (bytes_t){raw, (size_t)half * 2};
}

// `salt_len` 0: PKCS#1 v1.5, or whatever the key has instead.
static bytes_t raw_signature(arena_t *arena, EVP_PKEY *key, const char *digest, int salt_len,
                             str_t input) {
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    EVP_PKEY_CTX *options = NULL;
    cr_assert_eq(EVP_DigestSignInit_ex(context, &options, digest, NULL, NULL, key, NULL), 1);
    if (salt_len) {
        cr_assert_eq(EVP_PKEY_CTX_set_rsa_padding(options, RSA_PKCS1_PSS_PADDING), 1);
        cr_assert_eq(EVP_PKEY_CTX_set_rsa_pss_saltlen(options, salt_len), 1);
    }
    uint8_t raw[2048];
    size_t len = sizeof(raw);
    cr_assert_eq(EVP_DigestSign(context, raw, &len, str_bytes(input).ptr, input.len), 1);
    EVP_MD_CTX_free(context);
    return arena_dup_bytes(arena, (bytes_t){raw, len});
}

str_t issuer_token(arena_t *arena, EVP_PKEY *key, const char *alg, str_t input) {
    const char *digest = strcmp(alg, "EdDSA") == 0 ? NULL
                         : strstr(alg, "384")      ? "SHA384"
                         : strstr(alg, "512")      ? "SHA512"
                                                   : "SHA256";
    const int salt_len = strcmp(alg, "PS256") == 0 ? 32 : 0;
    bytes_t signature = raw_signature(arena, key, digest, salt_len, input);
    if (strncmp(alg, "ES", 2) == 0) {
        signature = raw_ecdsa(arena, signature, (EVP_PKEY_get_bits(key) + 7) / 8);
    }
    return with_signature(arena, input, signature);
}

str_t issuer_pss_token(arena_t *arena, EVP_PKEY *key, int salt_len, str_t input) {
    return with_signature(arena, input, raw_signature(arena, key, "SHA256", salt_len, input));
}

str_t issuer_hmac_token(arena_t *arena, str_t secret, str_t input) {
    uint8_t raw[32];
    size_t len = 0;
    cr_assert_not_null(EVP_Q_mac(NULL, "HMAC", NULL, "SHA256", NULL, secret.ptr, secret.len,
                                 str_bytes(input).ptr, input.len, raw, sizeof(raw), &len));
    return with_signature(arena, input, (bytes_t){raw, len});
}
