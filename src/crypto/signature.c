#include "crypto/signature.h"
#include <openssl/core_names.h>
#include <openssl/rsa.h>

enum {
    SIGNATURE_MAX = 1024, // RSA 8192; DER of two 48 octet numbers is shorter
    CURVE_NAME_MAX = 32,
};

static const signature_alg_t ALGS[] = {
    {.name = "RS256", .key_type = "RSA", .digest = "SHA256"},
    {.name = "RS384", .key_type = "RSA", .digest = "SHA384"},
    {.name = "RS512", .key_type = "RSA", .digest = "SHA512"},
    {.name = "PS256", .key_type = "RSA", .digest = "SHA256", .is_pss = true},
    {.name = "ES256", .key_type = "EC", .curve = "prime256v1", .digest = "SHA256", .half = 32},
    {.name = "ES384", .key_type = "EC", .curve = "secp384r1", .digest = "SHA384", .half = 48},
    {.name = "EdDSA", .key_type = "ED25519"},
};

const signature_alg_t *signature_alg_find(str_t name) {
    for (size_t i = 0; i < sizeof(ALGS) / sizeof(ALGS[0]); i++) {
        if (str_eq(name, str_from_c(ALGS[i].name))) {
            return &ALGS[i];
        }
    }
    return NULL;
}

bool signature_alg_fits(const signature_alg_t *alg, const EVP_PKEY *key) {
    if (!EVP_PKEY_is_a(key, alg->key_type)) {
        return false;
    }
    char curve[CURVE_NAME_MAX];
    size_t len = 0;
    return !alg->curve || (EVP_PKEY_get_group_name(key, curve, sizeof(curve), &len) == 1 &&
                           strcmp(curve, alg->curve) == 0);
}

// RFC 7518 3.5: the salt is as long as the hash, MGF1 uses the same hash (OpenSSL's default).
static bool padding_set(const signature_alg_t *alg, EVP_PKEY_CTX *context) {
    return !alg->is_pss || (EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PSS_PADDING) == 1 &&
                            EVP_PKEY_CTX_set_rsa_pss_saltlen(context, RSA_PSS_SALTLEN_DIGEST) == 1);
}

// RFC 7518 3.4: r and s side by side, each as long as the order of the curve. OpenSSL has DER.
static bool raw_from_der(size_t half, bytes_t der, uint8_t *raw) {
    const uint8_t *at = der.ptr;
    SCOPED(ECDSA_SIG) pair = d2i_ECDSA_SIG(NULL, &at, (long)der.len);
    return pair && BN_bn2binpad(ECDSA_SIG_get0_r(pair), raw, (int)half) == (int)half &&
           BN_bn2binpad(ECDSA_SIG_get0_s(pair), raw + half, (int)half) == (int)half;
}

static bool der_from_raw(size_t half, bytes_t raw, uint8_t der[SIGNATURE_MAX], size_t *out_len) {
    SCOPED(ECDSA_SIG) pair = ECDSA_SIG_new();
    SCOPED(BIGNUM) r = BN_bin2bn(raw.ptr, (int)half, NULL);
    SCOPED(BIGNUM) s = BN_bin2bn(raw.ptr + half, (int)half, NULL);
    if (!pair || !r || !s || ECDSA_SIG_set0(pair, r, s) != 1) {
        return false;
    }
    r = NULL; // owned by the pair now
    s = NULL;
    const int len = i2d_ECDSA_SIG(pair, &der);
    *out_len = len > 0 ? (size_t)len : 0;
    return len > 0;
}

result_t signature_make(arena_t *arena, const signature_key_t *signer, bytes_t data, bytes_t *out,
                        err_t *err) {
    const signature_alg_t *alg = signer->alg;
    SCOPED(EVP_MD_CTX) digest = EVP_MD_CTX_new();
    EVP_PKEY_CTX *context = NULL; // owned by `digest`
    uint8_t made[SIGNATURE_MAX];
    size_t len = sizeof(made);
    if (!digest ||
        EVP_DigestSignInit_ex(digest, &context, alg->digest, NULL, NULL, signer->key, NULL) != 1 ||
        !padding_set(alg, context) || EVP_DigestSign(digest, made, &len, data.ptr, data.len) != 1) {
        return OPENSSL_FAIL(err, alg->name);
    }
    if (alg->half == 0) {
        *out = arena_dup_bytes(arena, (bytes_t){made, len});
        return OK;
    }
    uint8_t *raw = arena_alloc(arena, 2 * alg->half);
    if (!raw_from_der(alg->half, (bytes_t){made, len}, raw)) {
        return OPENSSL_FAIL(err, alg->name);
    }
    *out = (bytes_t){raw, 2 * alg->half};
    return OK;
}

static result_t refuse(const signature_alg_t *alg, err_t *err) {
    openssl_forget();
    return FAIL(err, REFUSED, "signature_invalid", "the %s signature does not fit", alg->name);
}

result_t signature_verify(const signature_key_t *verifier, bytes_t data, bytes_t signature,
                          err_t *err) {
    const signature_alg_t *alg = verifier->alg;
    uint8_t der[SIGNATURE_MAX];
    if (alg->half > 0) {
        if (signature.len != 2 * alg->half) {
            return refuse(alg, err);
        }
        size_t len = 0;
        if (!der_from_raw(alg->half, signature, der, &len)) {
            return OPENSSL_FAIL(err, alg->name);
        }
        signature = (bytes_t){der, len};
    }
    SCOPED(EVP_MD_CTX) digest = EVP_MD_CTX_new();
    EVP_PKEY_CTX *context = NULL; // owned by `digest`
    if (!digest ||
        EVP_DigestVerifyInit_ex(digest, &context, alg->digest, NULL, NULL, verifier->key, NULL) !=
            1 ||
        !padding_set(alg, context)) {
        return OPENSSL_FAIL(err, alg->name);
    }
    // 1 is the only yes: 0 says no, a negative value that OpenSSL could not even try.
    if (EVP_DigestVerify(digest, signature.ptr, signature.len, data.ptr, data.len) != 1) {
        return refuse(alg, err);
    }
    return OK;
}
