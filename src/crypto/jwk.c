#include "crypto/jwk.h"
#include "base/encode.h"
#include "base/json.h"
#include <openssl/core_names.h>
#include <openssl/crypto.h>

enum {
    RSA_BITS_MIN = 2048, // RFC 7518 3.3
    RSA_BITS_MAX = 8192, // one verification stays below a millisecond
    RSA_EXPONENT_BITS_MAX = 64,
    ED25519_OCTETS = 32,
    POINT_MAX = 1 + 2 * 48,
};

// Nobody publishes these by intent: the key is burnt (d and the rest of RFC 7518 6.2.2 and 6.3.2)
// or symmetric (k, 6.4.1), and neither proves who signed.
static const char *const PRIVATE_MEMBERS[] = {"d", "p", "q", "dp", "dq", "qi", "oth", "k"};

typedef struct {
    const char *name;  // JWA's
    const char *group; // OpenSSL's
    size_t octets;     // of one coordinate: RFC 7518 6.2.1.2 wants all of them
} curve_t;

static const curve_t CURVES[] = {{"P-256", "prime256v1", 32}, {"P-384", "secp384r1", 48}};

static bool member_is(const json_t *jwk, const char *name, const char *value) {
    str_t text;
    return json_get_str(jwk, name, &text) && str_eq(text, str_from_c(value));
}

static bool member_octets(arena_t *arena, const json_t *jwk, const char *name, bytes_t *out) {
    str_t text;
    return json_get_str(jwk, name, &text) && base64url_decode(arena, text, out) && out->len > 0;
}

static EVP_PKEY *key_from_params(const char *type, OSSL_PARAM_BLD *builder) {
    SCOPED(OSSL_PARAM) params = OSSL_PARAM_BLD_to_param(builder);
    SCOPED(EVP_PKEY_CTX) context = EVP_PKEY_CTX_new_from_name(NULL, type, NULL);
    EVP_PKEY *key = NULL;
    if (!params || !context || EVP_PKEY_fromdata_init(context) != 1 ||
        EVP_PKEY_fromdata(context, &key, EVP_PKEY_PUBLIC_KEY, params) != 1) {
        return NULL;
    }
    return key;
}

// FIPS 186-5 A.1.1 asks for an odd exponent above 2^16: e = 1 would make every message its own
// signature. An even modulus is a broken key.
static bool is_rsa_sound(const BIGNUM *modulus, const BIGNUM *exponent) {
    const int bits = BN_num_bits(modulus);
    const int exponent_bits = BN_num_bits(exponent);
    return bits >= RSA_BITS_MIN && bits <= RSA_BITS_MAX && BN_is_odd(modulus) &&
           BN_is_odd(exponent) && exponent_bits > 16 && exponent_bits <= RSA_EXPONENT_BITS_MAX;
}

static EVP_PKEY *rsa_key(arena_t *arena, const json_t *jwk) {
    bytes_t n;
    bytes_t e;
    if (!member_octets(arena, jwk, "n", &n) || !member_octets(arena, jwk, "e", &e) ||
        n.len > RSA_BITS_MAX / 8 + 1 || e.len > RSA_EXPONENT_BITS_MAX / 8) {
        return NULL;
    }
    SCOPED(BIGNUM) modulus = BN_bin2bn(n.ptr, (int)n.len, NULL);
    SCOPED(BIGNUM) exponent = BN_bin2bn(e.ptr, (int)e.len, NULL);
    SCOPED(OSSL_PARAM_BLD) builder = OSSL_PARAM_BLD_new();
    if (!modulus || !exponent || !builder || !is_rsa_sound(modulus, exponent) ||
        !OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_RSA_N, modulus) ||
        !OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_RSA_E, exponent)) {
        return NULL;
    }
    return key_from_params("RSA", builder);
}

static const curve_t *curve_find(const json_t *jwk) {
    for (size_t i = 0; i < sizeof(CURVES) / sizeof(CURVES[0]); i++) {
        if (member_is(jwk, "crv", CURVES[i].name)) {
            return &CURVES[i];
        }
    }
    return NULL;
}

// OpenSSL refuses a point that is not on the curve when it reads one (EVP_PKEY_fromdata).
static EVP_PKEY *ec_key(arena_t *arena, const json_t *jwk) {
    const curve_t *curve = curve_find(jwk);
    bytes_t x;
    bytes_t y;
    if (!curve || !member_octets(arena, jwk, "x", &x) || !member_octets(arena, jwk, "y", &y) ||
        x.len != curve->octets || y.len != curve->octets) {
        return NULL;
    }
    uint8_t point[POINT_MAX] = {POINT_CONVERSION_UNCOMPRESSED};
    memcpy(point + 1, x.ptr, x.len);
    memcpy(point + 1 + x.len, y.ptr, y.len);
    SCOPED(OSSL_PARAM_BLD) builder = OSSL_PARAM_BLD_new();
    if (!builder ||
        !OSSL_PARAM_BLD_push_utf8_string(builder, OSSL_PKEY_PARAM_GROUP_NAME, curve->group, 0) ||
        !OSSL_PARAM_BLD_push_octet_string(builder, OSSL_PKEY_PARAM_PUB_KEY, point,
                                          1 + x.len + y.len)) {
        return NULL;
    }
    return key_from_params("EC", builder);
}

// RFC 8037 2.
static EVP_PKEY *okp_key(arena_t *arena, const json_t *jwk) {
    bytes_t x;
    if (!member_is(jwk, "crv", "Ed25519") || !member_octets(arena, jwk, "x", &x) ||
        x.len != ED25519_OCTETS) {
        return NULL;
    }
    return EVP_PKEY_new_raw_public_key_ex(NULL, "ED25519", NULL, x.ptr, x.len);
}

static EVP_PKEY *public_key(arena_t *arena, const json_t *jwk) {
    if (member_is(jwk, "kty", "RSA")) {
        return rsa_key(arena, jwk);
    }
    if (member_is(jwk, "kty", "EC")) {
        return ec_key(arena, jwk);
    }
    return member_is(jwk, "kty", "OKP") ? okp_key(arena, jwk) : NULL;
}

static bool has_word(const json_t *array, const char *word) {
    size_t i;
    const json_t *item;
    json_array_foreach(array, i, item) {
        if (json_is_string(item) && strcmp(json_string_value(item), word) == 0) {
            return true;
        }
    }
    return false;
}

// RFC 7517 4.2, 4.3: a key that its owner meant for something else verifies nothing.
static bool is_for_signatures(const json_t *jwk) {
    for (size_t i = 0; i < sizeof(PRIVATE_MEMBERS) / sizeof(PRIVATE_MEMBERS[0]); i++) {
        if (json_object_get(jwk, PRIVATE_MEMBERS[i])) {
            return false;
        }
    }
    const json_t *ops = json_object_get(jwk, "key_ops");
    return (!json_object_get(jwk, "use") || member_is(jwk, "use", "sig")) &&
           (!ops || has_word(ops, "verify"));
}

// False if the key is to be left out.
static bool alg_read(const json_t *jwk, const EVP_PKEY *key, const signature_alg_t **out) {
    *out = NULL;
    if (!json_object_get(jwk, "alg")) {
        return true;
    }
    str_t name;
    if (!json_get_str(jwk, "alg", &name)) {
        return false;
    }
    *out = signature_alg_find(name);
    return *out && signature_alg_fits(*out, key);
}

static bool kid_read(const json_t *jwk, char **out) {
    *out = NULL;
    if (!json_object_get(jwk, "kid")) {
        return true;
    }
    str_t kid;
    if (!json_get_str(jwk, "kid", &kid)) {
        return false;
    }
    *out = OPENSSL_strndup(kid.ptr, kid.len);
    return *out != NULL;
}

static bool jwk_read(arena_t *arena, const json_t *jwk, jwk_t *out) {
    if (!json_is_object(jwk) || !is_for_signatures(jwk)) {
        return false;
    }
    SCOPED(EVP_PKEY) key = public_key(arena, jwk);
    jwk_t read = {.key = key};
    if (!key || !alg_read(jwk, key, &read.alg) || !kid_read(jwk, &read.kid)) {
        return false;
    }
    key = NULL;
    *out = read;
    return true;
}

static result_t keys_read(arena_t *arena, const json_t *keys, jwks_t **out, err_t *err) {
    jwks_t *jwks = OPENSSL_zalloc(sizeof(*jwks));
    if (!jwks) {
        return OPENSSL_FAIL(err, "JWKS");
    }
    size_t i;
    const json_t *jwk;
    json_array_foreach(keys, i, jwk) {
        if (jwk_read(arena, jwk, &jwks->keys[jwks->count])) {
            jwks->count++;
        }
        arena_reset(arena);
    }
    openssl_forget(); // of the keys that were left out
    *out = jwks;
    return OK;
}

result_t jwks_parse(str_t json, jwks_t **out, err_t *err) {
    SCOPED(json_t) document = NULL;
    TRY(json_parse_object(json, JWKS_LEN_MAX, &document, err));
    const json_t *keys = json_object_get(document, "keys");
    if (!json_is_array(keys)) {
        return FAIL(err, BAD_REQUEST, "jwks_malformed", "no array \"keys\" (RFC 7517 5.1)");
    }
    if (json_array_size(keys) > JWKS_KEYS_MAX) {
        return FAIL(err, BAD_REQUEST, "jwks_too_long", "%zu keys, at most %d are allowed",
                    json_array_size(keys), JWKS_KEYS_MAX);
    }
    arena_t *arena = arena_new(JWKS_LEN_MAX); // for decoded numbers, key by key
    const result_t result = keys_read(arena, keys, out, err);
    arena_free(&arena);
    return result;
}

void jwks_free(jwks_t **jwks) {
    if (!*jwks) {
        return;
    }
    for (size_t i = 0; i < (*jwks)->count; i++) {
        EVP_PKEY_free((*jwks)->keys[i].key);
        OPENSSL_free((*jwks)->keys[i].kid);
    }
    OPENSSL_free(*jwks);
    *jwks = NULL;
}

size_t jwks_count(const jwks_t *jwks) {
    return jwks->count;
}
