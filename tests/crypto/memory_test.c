// OpenSSL's allocator under watch. P-MEM-04: what OpenSSL gives back on our behalf holds no key any
// more: every block that it frees is looked through for the secrets of the test before it goes.
// P-MEM-03: each of its allocations fails in turn, and nothing is accepted that should not be.
#include "crypto/issuer.h"
#include "crypto/jwt.h"
#include <criterion/criterion.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>

enum { SECRETS_MAX = 3, SECRET_OCTETS = 32 };

static uint8_t secrets[SECRETS_MAX][SECRET_OCTETS];
static size_t secret_count;
static size_t leaks;
static long allocations_left = -1; // negative: as many as OpenSSL wants

typedef struct {
    _Alignas(16) size_t size;
} block_t;

static void look(const void *memory) {
    const block_t *block = (const block_t *)memory - 1;
    for (size_t i = 0; i < secret_count; i++) {
        leaks += memmem(memory, block->size, secrets[i], SECRET_OCTETS) != NULL;
    }
}

static void *on_malloc(size_t size, const char *file, int line) {
    (void)file;
    (void)line;
    if (allocations_left == 0) {
        return NULL;
    }
    allocations_left -= allocations_left > 0;
    block_t *block = malloc(sizeof(block_t) + size);
    if (!block) {
        return NULL;
    }
    block->size = size;
    return block + 1;
}

static void on_free(void *memory, const char *file, int line) {
    (void)file;
    (void)line;
    if (memory) {
        look(memory);
        free((block_t *)memory - 1);
    }
}

static void *on_realloc(void *memory, size_t size, const char *file, int line) {
    void *grown = on_malloc(size, file, line);
    if (grown && memory) {
        const size_t old = ((const block_t *)memory - 1)->size;
        memcpy(grown, memory, old < size ? old : size);
        on_free(memory, file, line);
    }
    return grown;
}

static arena_t *arena;
static err_t err;

// OpenSSL takes other functions only before its first allocation, and Criterion's libraries make
// one before any test runs. So the watch stands for the whole program; without secrets it sees
// nothing.
static bool is_watching;

static void __attribute__((constructor)) on_program_start(void) {
    is_watching = CRYPTO_set_mem_functions(on_malloc, on_realloc, on_free) == 1;
}

static void setup(void) {
    cr_assert(is_watching);
    arena = arena_new(1 << 20);
    err = (err_t){0};
    secret_count = 0;
    leaks = 0;
}

static void teardown(void) {
    arena_free(&arena);
}

TestSuite(crypto_memory, .init = setup, .fini = teardown);

static void watch(bytes_t secret) {
    cr_assert_eq(secret.len, SECRET_OCTETS);
    cr_assert_lt(secret_count, SECRETS_MAX);
    memcpy(secrets[secret_count++], secret.ptr, SECRET_OCTETS);
}

Test(crypto_memory, the_watch_itself_finds_a_key_that_is_not_wiped) {
    const uint8_t secret[SECRET_OCTETS] = "0123456789abcdef0123456789abcde";
    watch((bytes_t){secret, sizeof(secret)});
    OPENSSL_free(OPENSSL_memdup(secret, sizeof(secret)));
    cr_assert_eq(leaks, 1);
    OPENSSL_clear_free(OPENSSL_memdup(secret, sizeof(secret)), sizeof(secret));
    cr_assert_eq(leaks, 1);
}

static master_t *watched_master(void) {
    uint8_t secret[SECRET_OCTETS];
    for (size_t i = 0; i < sizeof(secret); i++) {
        secret[i] = (uint8_t)(i * 37 + 11);
    }
    watch((bytes_t){secret, sizeof(secret)});
    master_t *master = NULL;
    cr_assert_eq(master_from_bytes((bytes_t){secret, sizeof(secret)}, &master, &err), OK);
    return master;
}

Test(crypto_memory, p_mem_04_the_master_key_is_wiped_from_freed_memory) {
    master_t *master = watched_master();
    hash256_t hash;
    bytes_t sealed;
    bytes_t plain;
    const token_seal_t rules = {.master = master,
                                .label = "row",
                                .context = STR("c"),
                                .token = secret_from_str(STR("0123456789abcdef"))};
    const seal_t seal = {master, "row", STR("c")};
    const bytes_list_t no_parts = {NULL, 0};
    cr_assert_eq(master_keyed_hash(master, "code", no_parts, &hash, &err), OK);
    cr_assert_eq(master_seal(arena, &seal, str_bytes(STR("p")), &sealed, &err), OK);
    cr_assert_eq(master_open(arena, &seal, sealed, &plain, &err), OK);
    cr_assert_eq(token_seal(arena, &rules, str_bytes(STR("p")), &sealed, &err), OK);
    cr_assert_eq(token_open(arena, &rules, sealed, &plain, &err), OK);
    master_free(&master);
    cr_assert_eq(leaks, 0);
}

// The private number of an EC key as its PKCS#8 form has it: behind "04 20", a 32 octet string.
static bytes_t private_number(bytes_t der) {
    const uint8_t tag[] = {0x02, 0x01, 0x01, 0x04, 0x20}; // version 1 of RFC 5915, OCTET STRING
    const uint8_t *at = memmem(der.ptr, der.len, tag, sizeof(tag));
    cr_assert_not_null(at);
    return (bytes_t){at + sizeof(tag), SECRET_OCTETS};
}

// Sealing and opening are left out: OpenSSL's encoder and decoder of PKCS#8 free copies that they
// did not wipe. They run once in the life of a key or process, and src/crypto/README.md says so.
Test(crypto_memory, p_mem_04_a_private_key_in_use_is_wiped_from_freed_memory) {
    master_t *master = watched_master();
    signing_key_t *key = NULL;
    const seal_t seal = {master, "signing_key", STR("snk_1")};
    bytes_t sealed;
    bytes_t der;
    bytes_t signature;
    cr_assert_eq(signing_key_generate(SIGNING_ES256, STR("snk_1"), &key, &err), OK);
    cr_assert_eq(signing_key_seal(arena, key, master, &sealed, &err), OK);
    cr_assert_eq(master_open(arena, &seal, sealed, &der, &err), OK);
    const bytes_t number = private_number(der);
    uint8_t limbs[SECRET_OCTETS]; // as a BIGNUM of a little-endian machine holds it
    for (size_t i = 0; i < sizeof(limbs); i++) {
        limbs[i] = number.ptr[sizeof(limbs) - 1 - i];
    }
    watch(number);
    watch((bytes_t){limbs, sizeof(limbs)});
    cr_assert_eq(signing_key_sign(arena, key, str_bytes(STR("d")), &signature, &err), OK);
    cr_assert_eq(signing_key_verify(key, str_bytes(STR("d")), signature, &err), OK);
    signing_key_free(&key);
    master_free(&master);
    cr_assert_eq(leaks, 0);
}

typedef result_t (*attempt_t)(bool is_forged);

static const master_t *attempt_master;
static bytes_t attempt_sealed;
static const jwks_t *attempt_jwks;
static str_t attempt_token;

static result_t attempt_open(bool is_forged) {
    const seal_t seal = {attempt_master, "row", is_forged ? STR("other") : STR("c")};
    bytes_t plain;
    return master_open(arena, &seal, attempt_sealed, &plain, NULL);
}

static result_t attempt_verify(bool is_forged) {
    const jwt_foreign_t rules = {.jwks = attempt_jwks, .algs = STR("ES256")};
    str_t token = attempt_token;
    if (is_forged) {
        char *copy = arena_alloc(arena, token.len);
        memcpy(copy, token.ptr, token.len);
        copy[token.len - 3] = copy[token.len - 3] == 'A' ? 'B' : 'A';
        token.ptr = copy;
    }
    json_t *claims = NULL;
    const result_t result = jwt_verify_foreign(arena, token, &rules, &claims, NULL);
    cr_assert_eq(claims != NULL, result == OK);
    json_decref(claims);
    return result;
}

// Runs with 0, 1, 2 ... allocations until the genuine attempt succeeds; at least one must have
// failed.
static void assert_fails_closed(attempt_t attempt) {
    result_t genuine = INTERNAL;
    long count = 0;
    for (; genuine != OK && count < 1000; count++) {
        allocations_left = count;
        const result_t forged = attempt(true);
        allocations_left = count;
        genuine = attempt(false);
        allocations_left = -1;
        cr_assert(forged == REFUSED || forged == INTERNAL);
        cr_assert(genuine == OK || genuine == REFUSED || genuine == INTERNAL);
    }
    cr_assert_eq(genuine, OK);
    cr_assert_gt(count, 1);
}

Test(crypto_memory, p_mem_03_a_failing_allocation_opens_no_seal) {
    master_t *master = watched_master();
    const seal_t seal = {master, "row", STR("c")};
    cr_assert_eq(master_seal(arena, &seal, str_bytes(STR("p")), &attempt_sealed, &err), OK);
    attempt_master = master;
    assert_fails_closed(attempt_open);
    master_free(&master);
}

Test(crypto_memory, p_mem_03_a_failing_allocation_verifies_no_token) {
    EVP_PKEY *key = issuer_ec("P-256");
    jwks_t *jwks = NULL;
    cr_assert_eq(jwks_parse(issuer_jwks(arena, key, ""), &jwks, &err), OK);
    attempt_jwks = jwks;
    attempt_token = issuer_token(arena, key, "ES256",
                                 issuer_input(arena, STR("{\"alg\":\"ES256\"}"), STR("{}")));
    assert_fails_closed(attempt_verify);
    jwks_free(&jwks);
    EVP_PKEY_free(key);
}
