#include "crypto/master.h"
#include "base/encode.h"
#include "crypto/openssl.h"
#include "crypto/random.h"
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

// Every key in use is HKDF-SHA256 (RFC 5869) of the master key, with "<use>:<label>" as its info:
// one label gives unrelated keys for hashing, for sealing and for sealing under a token. Where a
// token takes part, it follows the master key in the input keying material; as the master key has
// one length, no two pairs give the same input.

enum {
    KEY_OCTETS = 32,
    NONCE_OCTETS = 12,
    TAG_OCTETS = 16,
    SEAL_OVERHEAD = NONCE_OCTETS + TAG_OCTETS,
    PLAIN_MAX = 1 << 20, // well below what OpenSSL's int lengths and one GCM nonce allow
    TOKEN_MIN = 16,      // anything shorter could be guessed
    TOKEN_MAX = 128,
    INFO_MAX = 96,
    FILE_MAX = 256,
};

typedef struct {
    uint8_t octets[KEY_OCTETS];
} derived_t;

// The labels that a login hashes under a dozen times: HKDF costs more than the hash, so their keys
// are derived once. Any other label works as well.
static const char *const HOT_LABELS[] = {"code", "limit", "form", "client_secret"};
enum { HOT_COUNT = sizeof(HOT_LABELS) / sizeof(HOT_LABELS[0]) };

// Not changed once it is given out: threads share it.
struct master {
    uint8_t key[KEY_OCTETS];
    derived_t hot_keys[HOT_COUNT];
    EVP_KDF *kdf;
    EVP_MAC *mac;
    EVP_CIPHER *cipher;
};

typedef struct {
    const char *use;
    const char *label;
    secret_t token; // may be empty
} purpose_t;

typedef struct {
    const master_t *master;
    purpose_t purpose;
    str_t context;
} sealer_t;

static result_t derive(const master_t *master, const purpose_t *purpose, derived_t *out,
                       err_t *err) {
    char info[INFO_MAX];
    const int len = snprintf(info, sizeof(info), "%s:%s", purpose->use, purpose->label);
    assert(len > 0 && len < INFO_MAX);
    assert(purpose->token.len <= TOKEN_MAX);
    uint8_t input[KEY_OCTETS + TOKEN_MAX];
    memcpy(input, master->key, KEY_OCTETS);
    if (purpose->token.len > 0) {
        memcpy(input + KEY_OCTETS, purpose->token.ptr, purpose->token.len);
    }
    char digest[] = "SHA256";
    const OSSL_PARAM params[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, digest, 0),
        OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_KEY, input,
                                          KEY_OCTETS + purpose->token.len),
        OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_INFO, info, (size_t)len),
        OSSL_PARAM_construct_end(),
    };
    SCOPED(EVP_KDF_CTX) context = EVP_KDF_CTX_new(master->kdf);
    const bool is_done = context && EVP_KDF_derive(context, out->octets, KEY_OCTETS, params) == 1;
    OPENSSL_cleanse(input, sizeof(input));
    return is_done ? OK : OPENSSL_FAIL(err, "HKDF");
}

static result_t hot_keys_derive(master_t *master, err_t *err) {
    for (size_t i = 0; i < HOT_COUNT; i++) {
        const purpose_t purpose = {.use = "hash", .label = HOT_LABELS[i]};
        TRY(derive(master, &purpose, &master->hot_keys[i], err));
    }
    return OK;
}

static result_t hash_key(const master_t *master, const char *label, derived_t *out, err_t *err) {
    for (size_t i = 0; i < HOT_COUNT; i++) {
        if (strcmp(label, HOT_LABELS[i]) == 0) {
            *out = master->hot_keys[i];
            return OK;
        }
    }
    return derive(master, &(purpose_t){.use = "hash", .label = label}, out, err);
}

result_t master_from_bytes(bytes_t key32, master_t **out, err_t *err) {
    if (key32.len != KEY_OCTETS) {
        return FAIL(err, BAD_REQUEST, "master_key_length", "the master key has %zu octets, not %d",
                    key32.len, KEY_OCTETS);
    }
    master_t *master = OPENSSL_zalloc(sizeof(*master));
    if (!master) {
        return OPENSSL_FAIL(err, "master key");
    }
    memcpy(master->key, key32.ptr, KEY_OCTETS);
    master->kdf = EVP_KDF_fetch(NULL, "HKDF", NULL);
    master->mac = EVP_MAC_fetch(NULL, "HMAC", NULL);
    master->cipher = EVP_CIPHER_fetch(NULL, "AES-256-GCM", NULL);
    if (!master->kdf || !master->mac || !master->cipher) {
        master_free(&master);
        return OPENSSL_FAIL(err, "algorithms for the master key");
    }
    const result_t result = hot_keys_derive(master, err);
    if (result != OK) {
        master_free(&master);
        return result;
    }
    *out = master;
    return OK;
}

void master_free(master_t **master) {
    if (!*master) {
        return;
    }
    EVP_KDF_free((*master)->kdf);
    EVP_MAC_free((*master)->mac);
    EVP_CIPHER_free((*master)->cipher);
    OPENSSL_clear_free(*master, sizeof(**master));
    *master = NULL;
}

// A key that anybody else may read is no secret. A group may: mounted secrets come as 0440.
static result_t file_check(int fd, const char *path, err_t *err) {
    struct stat info;
    if (fstat(fd, &info) != 0 || !S_ISREG(info.st_mode)) {
        return FAIL(err, BAD_REQUEST, "master_key_absent", "%s: not a regular file", path);
    }
    if (info.st_mode & (S_IRWXO | S_IWGRP)) {
        return FAIL(err, BAD_REQUEST, "master_key_exposed",
                    "%s: mode %03o lets others read or replace it; use 0400", path,
                    (unsigned)(info.st_mode & 0777));
    }
    return OK;
}

static result_t fd_read(int fd, const char *path, char *text, str_t *out, err_t *err) {
    TRY(file_check(fd, path, err));
    size_t len = 0;
    ssize_t got = 1;
    while (got > 0 && len < FILE_MAX) {
        got = read(fd, text + len, FILE_MAX - len);
        len += got > 0 ? (size_t)got : 0;
    }
    if (got < 0) {
        return FAIL(err, BAD_REQUEST, "master_key_absent", "%s: %s", path, strerror(errno));
    }
    *out = str_trim((str_t){text, len});
    return OK;
}

static result_t file_read(const char *path, char *text, str_t *out, err_t *err) {
    // O_NONBLOCK: a FIFO must not hold the start before it is seen to be none.
    const int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (fd < 0) {
        return FAIL(err, BAD_REQUEST, "master_key_absent", "%s: %s", path, strerror(errno));
    }
    const result_t result = fd_read(fd, path, text, out, err);
    close(fd);
    return result;
}

// Both base64 alphabets to one, capital hex to small, padding off.
static bool key_decode(arena_t *arena, str_t text, bytes_t *out) {
    const bool is_hex = text.len == (size_t)2 * KEY_OCTETS;
    if (text.len == 44 && text.ptr[43] == '=') {
        text.len = 43;
    }
    char *normal = arena_alloc(arena, text.len);
    for (size_t i = 0; i < text.len; i++) {
        const char c = text.ptr[i];
        const char small = c >= 'A' && c <= 'F' ? (char)(c + ('a' - 'A')) : c;
        const char url = c == '+' ? '-' : c == '/' ? '_' : c;
        normal[i] = is_hex ? small : url;
    }
    const str_t clean = {normal, text.len};
    return (is_hex ? hex_decode(arena, clean, out) : base64url_decode(arena, clean, out)) &&
           out->len == KEY_OCTETS;
}

static bool is_uniform(bytes_t key) {
    for (size_t i = 1; i < key.len; i++) {
        if (key.ptr[i] != key.ptr[0]) {
            return false;
        }
    }
    return true;
}

static result_t load(arena_t *arena, const char *path, master_t **out, err_t *err) {
    char *buffer = arena_alloc(arena, FILE_MAX);
    str_t text = STR_NONE;
    TRY(file_read(path, buffer, &text, err));
    bytes_t key;
    if (!key_decode(arena, text, &key)) {
        return FAIL(err, BAD_REQUEST, "master_key_malformed",
                    "%s: %zu characters; 43 or 44 of base64 or 64 hex digits (32 random octets) "
                    "are needed",
                    path, text.len);
    }
    if (is_uniform(key)) {
        return FAIL(err, BAD_REQUEST, "master_key_not_random", "%s: one octet repeated", path);
    }
    return master_from_bytes(key, out, err);
}

result_t master_load(const char *path, master_t **out, err_t *err) {
    arena_t *arena = arena_new((size_t)4 * FILE_MAX); // wiped by arena_free
    const result_t result = load(arena, path, out, err);
    arena_free(&arena);
    return result;
}

static bool mac_part(EVP_MAC_CTX *mac, bytes_t part) {
    uint8_t len[8];
    for (size_t i = 0; i < sizeof(len); i++) {
        len[i] = (uint8_t)((uint64_t)part.len >> (8 * (sizeof(len) - 1 - i)));
    }
    return EVP_MAC_update(mac, len, sizeof(len)) &&
           (part.len == 0 || EVP_MAC_update(mac, part.ptr, part.len));
}

static bool mac_parts(EVP_MAC_CTX *mac, const derived_t *key, bytes_list_t parts) {
    char digest[] = "SHA256";
    const OSSL_PARAM params[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0),
        OSSL_PARAM_construct_end(),
    };
    if (!EVP_MAC_init(mac, key->octets, sizeof(key->octets), params)) {
        return false;
    }
    for (size_t i = 0; i < parts.count; i++) {
        if (!mac_part(mac, parts.items[i])) {
            return false;
        }
    }
    return true;
}

result_t master_keyed_hash(const master_t *master, const char *label, bytes_list_t parts,
                           hash256_t *out, err_t *err) {
    derived_t key;
    TRY(hash_key(master, label, &key, err));
    SCOPED(EVP_MAC_CTX) mac = EVP_MAC_CTX_new(master->mac);
    hash256_t hash;
    size_t len = 0;
    const bool is_done = mac && mac_parts(mac, &key, parts) &&
                         EVP_MAC_final(mac, hash.bytes, &len, sizeof(hash.bytes)) &&
                         len == sizeof(hash.bytes);
    OPENSSL_cleanse(&key, sizeof(key));
    if (!is_done) {
        return OPENSSL_FAIL(err, "keyed hash");
    }
    *out = hash;
    return OK;
}

static bool gcm_encrypt(EVP_CIPHER_CTX *gcm, str_t context, bytes_t plain, uint8_t *cipher) {
    int len;
    return (context.len == 0 ||
            EVP_EncryptUpdate(gcm, NULL, &len, str_bytes(context).ptr, (int)context.len)) &&
           (plain.len == 0 || EVP_EncryptUpdate(gcm, cipher, &len, plain.ptr, (int)plain.len)) &&
           EVP_EncryptFinal_ex(gcm, cipher + plain.len, &len) &&
           EVP_CIPHER_CTX_ctrl(gcm, EVP_CTRL_AEAD_GET_TAG, TAG_OCTETS, cipher + plain.len);
}

static result_t seal(arena_t *arena, const sealer_t *sealer, bytes_t plain, bytes_t *out,
                     err_t *err) {
    if (plain.len > PLAIN_MAX || sealer->context.len > PLAIN_MAX) {
        return FAIL(err, INTERNAL, "seal_too_long", "%zu octets to seal", plain.len);
    }
    uint8_t *sealed = arena_alloc(arena, plain.len + SEAL_OVERHEAD);
    TRY(random_fill(NONCE_OCTETS, sealed, err));
    derived_t key;
    TRY(derive(sealer->master, &sealer->purpose, &key, err));
    SCOPED(EVP_CIPHER_CTX) gcm = EVP_CIPHER_CTX_new();
    const bool is_done =
        gcm && EVP_EncryptInit_ex2(gcm, sealer->master->cipher, key.octets, sealed, NULL) &&
        gcm_encrypt(gcm, sealer->context, plain, sealed + NONCE_OCTETS);
    OPENSSL_cleanse(&key, sizeof(key));
    if (!is_done) {
        return OPENSSL_FAIL(err, "AES-256-GCM");
    }
    *out = (bytes_t){sealed, plain.len + SEAL_OVERHEAD};
    return OK;
}

// All but the verdict: a failure here is OpenSSL's, not the sealed value's.
static bool gcm_feed(EVP_CIPHER_CTX *gcm, str_t context, bytes_t cipher, uint8_t *plain) {
    uint8_t tag[TAG_OCTETS];
    memcpy(tag, cipher.ptr + cipher.len, TAG_OCTETS);
    int len;
    return EVP_CIPHER_CTX_ctrl(gcm, EVP_CTRL_AEAD_SET_TAG, TAG_OCTETS, tag) &&
           (context.len == 0 ||
            EVP_DecryptUpdate(gcm, NULL, &len, str_bytes(context).ptr, (int)context.len)) &&
           (cipher.len == 0 || EVP_DecryptUpdate(gcm, plain, &len, cipher.ptr, (int)cipher.len));
}

static result_t unseal(arena_t *arena, const sealer_t *sealer, bytes_t sealed, bytes_t *out,
                       err_t *err) {
    if (sealed.len < SEAL_OVERHEAD || sealed.len > PLAIN_MAX + SEAL_OVERHEAD ||
        sealer->context.len > PLAIN_MAX) {
        return FAIL(err, REFUSED, "seal_malformed", "%zu octets are no sealed value", sealed.len);
    }
    const bytes_t cipher = {sealed.ptr + NONCE_OCTETS, sealed.len - SEAL_OVERHEAD};
    uint8_t *plain = arena_alloc(arena, cipher.len + 1);
    derived_t key;
    TRY(derive(sealer->master, &sealer->purpose, &key, err));
    SCOPED(EVP_CIPHER_CTX) gcm = EVP_CIPHER_CTX_new();
    const bool is_fed =
        gcm && EVP_DecryptInit_ex2(gcm, sealer->master->cipher, key.octets, sealed.ptr, NULL) &&
        gcm_feed(gcm, sealer->context, cipher, plain);
    OPENSSL_cleanse(&key, sizeof(key));
    if (!is_fed) {
        OPENSSL_cleanse(plain, cipher.len);
        return OPENSSL_FAIL(err, "AES-256-GCM");
    }
    // Before this has said that the tag is right, nothing of `plain` may be used.
    int len;
    if (!EVP_DecryptFinal_ex(gcm, plain + cipher.len, &len)) {
        OPENSSL_cleanse(plain, cipher.len);
        openssl_forget();
        return FAIL(err, REFUSED, "seal_broken", "not sealed with this key for this place");
    }
    *out = (bytes_t){plain, cipher.len};
    return OK;
}

static sealer_t row_sealer(const seal_t *rules) {
    return (sealer_t){
        .master = rules->master,
        .purpose = {.use = "seal", .label = rules->label},
        .context = rules->context,
    };
}

result_t master_seal(arena_t *arena, const seal_t *rules, bytes_t plain, bytes_t *out, err_t *err) {
    const sealer_t sealer = row_sealer(rules);
    return seal(arena, &sealer, plain, out, err);
}

result_t master_open(arena_t *arena, const seal_t *rules, bytes_t sealed, bytes_t *out,
                     err_t *err) {
    const sealer_t sealer = row_sealer(rules);
    return unseal(arena, &sealer, sealed, out, err);
}

static result_t token_check(const token_seal_t *rules, err_t *err) {
    if (rules->token.len < TOKEN_MIN || rules->token.len > TOKEN_MAX) {
        return FAIL(err, REFUSED, "seal_token_length", "a token of %zu octets", rules->token.len);
    }
    return OK;
}

static sealer_t token_sealer(const token_seal_t *rules) {
    return (sealer_t){
        .master = rules->master,
        .purpose = {.use = "token", .label = rules->label, .token = rules->token},
        .context = rules->context,
    };
}

result_t token_seal(arena_t *arena, const token_seal_t *rules, bytes_t plain, bytes_t *out,
                    err_t *err) {
    TRY(token_check(rules, err));
    const sealer_t sealer = token_sealer(rules);
    return seal(arena, &sealer, plain, out, err);
}

result_t token_open(arena_t *arena, const token_seal_t *rules, bytes_t sealed, bytes_t *out,
                    err_t *err) {
    TRY(token_check(rules, err));
    const sealer_t sealer = token_sealer(rules);
    return unseal(arena, &sealer, sealed, out, err);
}
