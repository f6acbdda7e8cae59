#include "crypto/signing.h"
#include "base/encode.h"
#include "crypto/signature.h"
#include <openssl/core_names.h>
#include <openssl/crypto.h>

enum {
    KID_MAX = 47,
    RSA_BITS = 2048,
    RSA_EXPONENT = 65537,
    P256_OCTETS = 32,
};

static const char SEAL_LABEL[] = "signing_key";

static const char *const ALG_NAMES[SIGNING_ALG_COUNT] = {
    [SIGNING_RS256] = "RS256",
    [SIGNING_ES256] = "ES256",
};

struct signing_key {
    signing_alg_t alg;
    signature_key_t pair; // owns its key
    size_t kid_len;
    char kid[KID_MAX + 1];
};

const char *signing_alg_name(signing_alg_t alg) {
    return ALG_NAMES[alg];
}

bool signing_alg_from_name(str_t name, signing_alg_t *out) {
    for (int i = 0; i < SIGNING_ALG_COUNT; i++) {
        if (str_eq(name, str_from_c(ALG_NAMES[i]))) {
            *out = (signing_alg_t)i;
            return true;
        }
    }
    return false;
}

// A kid goes into JSON texts as it is: only characters that mean nothing there.
static bool is_kid(str_t kid) {
    for (size_t i = 0; i < kid.len; i++) {
        const char c = kid.ptr[i];
        if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
              c == '_' || c == '-')) {
            return false;
        }
    }
    return kid.len > 0 && kid.len <= KID_MAX;
}

// Takes over `pair` on success only.
static result_t key_new(signing_alg_t alg, str_t kid, EVP_PKEY *pair, signing_key_t **out,
                        err_t *err) {
    if (!is_kid(kid)) {
        return FAIL(err, BAD_REQUEST, "kid_malformed", "%zu characters are no kid", kid.len);
    }
    signing_key_t *key = OPENSSL_zalloc(sizeof(*key));
    if (!key) {
        return OPENSSL_FAIL(err, "signing key");
    }
    key->alg = alg;
    key->pair = (signature_key_t){signature_alg_find(str_from_c(ALG_NAMES[alg])), pair};
    key->kid_len = kid.len;
    memcpy(key->kid, kid.ptr, kid.len);
    *out = key;
    return OK;
}

result_t signing_key_generate(signing_alg_t alg, str_t kid, signing_key_t **out, err_t *err) {
    SCOPED(EVP_PKEY) pair = alg == SIGNING_RS256 ? EVP_RSA_gen(RSA_BITS) : EVP_EC_gen("P-256");
    if (!pair) {
        return OPENSSL_FAIL(err, "key generation");
    }
    TRY(key_new(alg, kid, pair, out, err));
    pair = NULL;
    return OK;
}

void signing_key_free(signing_key_t **key) {
    if (!*key) {
        return;
    }
    EVP_PKEY_free((*key)->pair.key); // wipes the private numbers
    OPENSSL_free(*key);
    *key = NULL;
}

result_t signing_key_seal(arena_t *arena, const signing_key_t *key, const master_t *master,
                          bytes_t *out, err_t *err) {
    SCOPED(PKCS8_PRIV_KEY_INFO) info = EVP_PKEY2PKCS8(key->pair.key);
    uint8_t *der = NULL;
    const int len = info ? i2d_PKCS8_PRIV_KEY_INFO(info, &der) : -1;
    if (len <= 0) {
        return OPENSSL_FAIL(err, "PKCS#8");
    }
    const seal_t seal = {master, SEAL_LABEL, signing_key_id(key)};
    const result_t result = master_seal(arena, &seal, (bytes_t){der, (size_t)len}, out, err);
    OPENSSL_clear_free(der, (size_t)len);
    return result;
}

// The row's algorithm column is not under the seal: the key itself says what it is good for.
static bool is_key_for(signing_alg_t alg, const EVP_PKEY *pair) {
    if (!signature_alg_fits(signature_alg_find(str_from_c(ALG_NAMES[alg])), pair)) {
        return false;
    }
    if (alg != SIGNING_RS256) {
        return true;
    }
    SCOPED(BIGNUM) exponent = NULL;
    return EVP_PKEY_get_bits(pair) == RSA_BITS &&
           EVP_PKEY_get_bn_param(pair, OSSL_PKEY_PARAM_RSA_E, &exponent) == 1 &&
           BN_is_word(exponent, RSA_EXPONENT);
}

static EVP_PKEY *pair_from_pkcs8(bytes_t der) {
    const uint8_t *at = der.ptr;
    SCOPED(PKCS8_PRIV_KEY_INFO) info = d2i_PKCS8_PRIV_KEY_INFO(NULL, &at, (long)der.len);
    return info && at == der.ptr + der.len ? EVP_PKCS82PKEY(info) : NULL;
}

result_t signing_key_open(arena_t *arena, const master_t *master, const signing_sealed_t *row,
                          signing_key_t **out, err_t *err) {
    const seal_t seal = {master, SEAL_LABEL, row->kid};
    bytes_t der;
    TRY(master_open(arena, &seal, row->sealed, &der, err));
    SCOPED(EVP_PKEY) pair = pair_from_pkcs8(der);
    if (!pair) {
        return OPENSSL_FAIL(err, "PKCS#8");
    }
    if (!is_key_for(row->alg, pair)) {
        return FAIL(err, REFUSED, "signing_key_wrong", "key %.*s is not one for %s",
                    STR_ARG(row->kid), ALG_NAMES[row->alg]);
    }
    TRY(key_new(row->alg, row->kid, pair, out, err));
    pair = NULL;
    return OK;
}

signing_alg_t signing_key_alg(const signing_key_t *key) {
    return key->alg;
}

str_t signing_key_id(const signing_key_t *key) {
    return (str_t){key->kid, key->kid_len};
}

result_t signing_key_sign(arena_t *arena, const signing_key_t *key, bytes_t data, bytes_t *out,
                          err_t *err) {
    return signature_make(arena, &key->pair, data, out, err);
}

result_t signing_key_verify(const signing_key_t *key, bytes_t data, bytes_t signature, err_t *err) {
    return signature_verify(&key->pair, data, signature, err);
}

// One public number as base64url of `len` octets; 0: as few as it needs (RFC 7518 2,
// Base64urlUInt). Empty if OpenSSL fails.
static str_t number_text(arena_t *arena, const EVP_PKEY *pair, const char *name, size_t len) {
    SCOPED(BIGNUM) number = NULL;
    if (EVP_PKEY_get_bn_param(pair, name, &number) != 1) {
        return STR_NONE;
    }
    const size_t octets = len > 0 ? len : (size_t)BN_num_bytes(number);
    uint8_t *raw = arena_alloc(arena, octets);
    if (BN_bn2binpad(number, raw, (int)octets) < 0) {
        return STR_NONE;
    }
    return base64url_encode(arena, (bytes_t){raw, octets});
}

result_t signing_key_jwk(arena_t *arena, const signing_key_t *key, str_t *out, err_t *err) {
    const bool is_rsa = key->alg == SIGNING_RS256;
    // Members by name, so that no private one can slip in (RFC 7518 6.2.1, 6.3.1).
    const str_t first =
        is_rsa ? number_text(arena, key->pair.key, OSSL_PKEY_PARAM_RSA_N, 0)
               : number_text(arena, key->pair.key, OSSL_PKEY_PARAM_EC_PUB_X, P256_OCTETS);
    const str_t second =
        is_rsa ? number_text(arena, key->pair.key, OSSL_PKEY_PARAM_RSA_E, 0)
               : number_text(arena, key->pair.key, OSSL_PKEY_PARAM_EC_PUB_Y, P256_OCTETS);
    if (str_is_empty(first) || str_is_empty(second)) {
        return OPENSSL_FAIL(err, "public key");
    }
    *out = arena_format(arena,
                        is_rsa ? "{\"kty\":\"RSA\",\"use\":\"sig\",\"alg\":\"RS256\","
                                 "\"kid\":\"%s\",\"n\":\"%.*s\",\"e\":\"%.*s\"}"
                               : "{\"kty\":\"EC\",\"use\":\"sig\",\"alg\":\"ES256\","
                                 "\"kid\":\"%s\",\"crv\":\"P-256\",\"x\":\"%.*s\",\"y\":\"%.*s\"}",
                        key->kid, STR_ARG(first), STR_ARG(second));
    return OK;
}
