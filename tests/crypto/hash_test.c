#include "base/encode.h"
#include "crypto/hash.h"
#include <criterion/criterion.h>

static arena_t *arena;
static err_t err;

static void setup(void) {
    arena = arena_new(1 << 20);
    err = (err_t){0};
}

static void teardown(void) {
    arena_free(&arena);
}

TestSuite(crypto_hash, .init = setup, .fini = teardown);

static void assert_hex(hash256_t hash, const char *expected) {
    cr_assert_str_eq(arena_c(arena, hex_encode(arena, hash256_bytes(&hash))), expected);
}

Test(crypto_hash, sha256_of_the_examples_of_fips_180) {
    hash256_t hash;
    cr_assert_eq(sha256(str_bytes(STR("abc")), &hash, &err), OK);
    assert_hex(hash, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    cr_assert_eq(hash_token(secret_from_str(STR("abc")), &hash, &err), OK);
    assert_hex(hash, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

Test(crypto_hash, p_mem_02_sha256_of_nothing) {
    hash256_t hash;
    cr_assert_eq(sha256((bytes_t){NULL, 0}, &hash, &err), OK);
    assert_hex(hash, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

Test(crypto_hash, hmac_of_rfc_4231_case_2) {
    hash256_t hash;
    cr_assert_eq(hmac_sha256(str_bytes(STR("Jefe")), str_bytes(STR("what do ya want for nothing?")),
                             &hash, &err),
                 OK);
    assert_hex(hash, "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
}

Test(crypto_hash, p_mem_02_hmac_takes_empty_data_and_no_empty_key) {
    hash256_t hash;
    cr_assert_eq(hmac_sha256(str_bytes(STR("key")), (bytes_t){NULL, 0}, &hash, &err), OK);
    assert_hex(hash, "5d5d139563c95b5967b9bd9a8c9b233a9dedb45072794cd232dc1b74832607d0");
    cr_assert_eq(hmac_sha256((bytes_t){NULL, 0}, str_bytes(STR("data")), &hash, &err), INTERNAL);
    assert_hex(hash, "5d5d139563c95b5967b9bd9a8c9b233a9dedb45072794cd232dc1b74832607d0");
}

Test(crypto_hash, secrets_are_equal_only_octet_for_octet) {
    const bytes_t a = str_bytes(STR("0123456789abcdef"));
    cr_assert(secret_equal(a, str_bytes(STR("0123456789abcdef"))));
    cr_assert_not(secret_equal(a, str_bytes(STR("0123456789abcdeg"))));
    cr_assert_not(secret_equal(a, str_bytes(STR("1123456789abcdef"))));
    cr_assert_not(secret_equal(a, str_bytes(STR("0123456789abcde"))));
    cr_assert_not(secret_equal(str_bytes(STR("a\0b")), str_bytes(STR("a\0c"))));
}

Test(crypto_hash, p_mem_02_two_empty_secrets_are_equal_and_one_is_not) {
    cr_assert(secret_equal((bytes_t){NULL, 0}, (bytes_t){NULL, 0}));
    cr_assert_not(secret_equal((bytes_t){NULL, 0}, str_bytes(STR("a"))));
    cr_assert_not(secret_equal(str_bytes(STR("a")), (bytes_t){NULL, 0}));
}

Test(crypto_hash, pkce_challenge_of_rfc_7636_appendix_b) {
    str_t challenge;
    cr_assert_eq(
        hash_pkce_s256(arena, STR("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"), &challenge, &err),
        OK);
    cr_assert(str_eq(challenge, STR("E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM")));
}

Test(crypto_hash, at_hash_of_openid_connect_core_a_3) {
    str_t half;
    cr_assert_eq(
        hash_left_half(arena, STR("jHkWEdUXMU1BwAsC4vtUsZwnNvTIxEl0z9K3vx5KF0Y"), &half, &err), OK);
    cr_assert(str_eq(half, STR("77QmUPtjPfzWtF2AnpK9RQ")));
}
