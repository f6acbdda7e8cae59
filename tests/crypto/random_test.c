// RAND_set_rand_method is deprecated, and the one hook by which a test can fail the generator.
#define OPENSSL_SUPPRESS_DEPRECATED
#include "crypto/random.h"
#include <criterion/criterion.h>
#include <openssl/err.h>
#include <openssl/rand.h>

static arena_t *arena;
static err_t err;

static void setup(void) {
    arena = arena_new(1 << 20);
    err = (err_t){0};
}

static void teardown(void) {
    arena_free(&arena);
}

TestSuite(crypto_random, .init = setup, .fini = teardown);

static int on_bytes_fail(unsigned char *out, int len) {
    (void)out;
    (void)len;
    return 0;
}

static int on_bytes_unsupported(unsigned char *out, int len) {
    (void)out;
    (void)len;
    return -1;
}

static int on_bytes_all_ones(unsigned char *out, int len) {
    memset(out, 0xff, (size_t)len);
    return 1;
}

static int on_status(void) {
    return 1;
}

static void generator_is(int (*on_bytes)(unsigned char *, int)) {
    static RAND_METHOD method;
    method = (RAND_METHOD){.bytes = on_bytes, .pseudorand = on_bytes, .status = on_status};
    cr_assert_eq(RAND_set_rand_method(&method), 1);
}

static uint32_t code(unsigned digits) {
    secret_t text;
    cr_assert_eq(random_code(arena, digits, &text, &err), OK);
    cr_assert_eq(text.len, digits);
    uint32_t value = 0;
    for (size_t i = 0; i < text.len; i++) {
        cr_assert(text.ptr[i] >= '0' && text.ptr[i] <= '9');
        value = value * 10 + (uint32_t)(text.ptr[i] - '0');
    }
    return value;
}

// 99 degrees of freedom: the mean of chi-square is 99, its deviation 14. A fair generator passes
// 350 once in more than 10^29 runs; a code of `uint16 % 1000000` has 10^6 and one of a remainder
// that favours a tenth of the values by a half has above 1000.
static void assert_flat(const unsigned *counts, double expected) {
    double chi_square = 0;
    for (int i = 0; i < 100; i++) {
        const double off = counts[i] - expected;
        chi_square += off * off / expected;
    }
    cr_assert_lt(chi_square, 350.0, "chi-square %f", chi_square);
    cr_assert_gt(chi_square, 5.0, "chi-square %f: flatter than chance", chi_square);
}

Test(crypto_random, p_otp_06_ten_thousand_codes_are_spread_evenly) {
    unsigned head[100] = {0};
    unsigned tail[100] = {0};
    for (int i = 0; i < 10000; i++) {
        const uint32_t value = code(6);
        head[value / 10000]++;
        tail[value % 100]++;
        arena_reset(arena);
    }
    assert_flat(head, 100.0);
    assert_flat(tail, 100.0);
}

Test(crypto_random, p_otp_06_nine_digits_have_no_remainder_bias) {
    // 2^32 mod 10^9 = 294967296: a plain remainder gives values below that 5 chances, others 4.
    unsigned head[100] = {0};
    for (int i = 0; i < 40000; i++) {
        head[code(9) / 10000000]++;
        arena_reset(arena);
    }
    assert_flat(head, 400.0);
    unsigned low = 0;
    for (int i = 0; i < 29; i++) {
        low += head[i];
    }
    // Fair: 11600, deviation 91. With a plain remainder: 13510.
    cr_assert(low > 10600 && low < 12600, "%u", low);
}

Test(crypto_random, keeps_leading_zeros) {
    bool is_seen = false;
    for (int i = 0; i < 1000 && !is_seen; i++) {
        secret_t text;
        cr_assert_eq(random_code(arena, 1, &text, &err), OK);
        cr_assert_eq(text.len, 1);
        is_seen = text.ptr[0] == '0';
    }
    cr_assert(is_seen);
}

static void assert_fails_closed(void) {
    uint8_t raw[16] = {7, 7, 7};
    secret_t secret = {NULL, 0};
    str_t id = STR_NONE;
    cr_assert_eq(random_fill(sizeof(raw), raw, &err), INTERNAL);
    cr_assert_eq(random_token(arena, &secret, &err), INTERNAL);
    cr_assert_eq(random_code(arena, 6, &secret, &err), INTERNAL);
    cr_assert_eq(random_id(arena, "usr", 1700000000000, &id, &err), INTERNAL);
    cr_assert_null(secret.ptr);
    cr_assert_null(id.ptr);
    cr_assert_str_eq(err.code, "crypto_failed");
    cr_assert_eq(ERR_peek_error(), 0);
}

Test(crypto_random, p_otp_06_a_failing_generator_gives_no_code_and_no_token) {
    generator_is(on_bytes_fail);
    assert_fails_closed();
}

Test(crypto_random, p_otp_06_an_unsupported_generator_is_not_taken_for_a_working_one) {
    generator_is(on_bytes_unsupported);
    assert_fails_closed();
}

Test(crypto_random, p_otp_06_a_stuck_generator_ends_in_an_error_and_not_in_a_loop) {
    generator_is(on_bytes_all_ones);
    secret_t secret = {NULL, 0};
    cr_assert_eq(random_code(arena, 6, &secret, &err), INTERNAL);
    cr_assert_str_eq(err.code, "random_stuck");
    cr_assert_null(secret.ptr);
}

Test(crypto_random, a_token_has_43_characters_of_base64url_and_is_new_each_time) {
    secret_t a;
    secret_t b;
    cr_assert_eq(random_token(arena, &a, &err), OK);
    cr_assert_eq(random_token(arena, &b, &err), OK);
    cr_assert_eq(a.len, 43);
    cr_assert_eq(strspn(arena_c(arena, secret_reveal(a)),
                        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"),
                 43);
    cr_assert_not(str_eq(secret_reveal(a), secret_reveal(b)));
}

Test(crypto_random, an_id_is_prefix_time_and_eight_digits) {
    str_t id;
    cr_assert_eq(random_id(arena, "usr", 1700000000123, &id, &err), OK);
    cr_assert_eq(id.len, 4 + 21);
    cr_assert(str_starts(id, STR("usr_1700000000123")));
    cr_assert_eq(random_id(arena, "conn", 5, &id, &err), OK);
    cr_assert(str_starts(id, STR("conn_0000000000005")));
    cr_assert_eq(id.len, 5 + 21);
}

Test(crypto_random, an_id_of_a_time_that_needs_another_width_is_refused) {
    str_t id;
    cr_assert_eq(random_id(arena, "usr", 9999999999999, &id, &err), OK);
    cr_assert_eq(random_id(arena, "usr", 10000000000000, &id, &err), INTERNAL);
    cr_assert_eq(random_id(arena, "usr", -1, &id, &err), INTERNAL);
}

Test(crypto_random, p_mem_02_fills_nothing_and_one_octet) {
    uint8_t raw[3] = {1, 2, 3};
    cr_assert_eq(random_fill(0, raw, &err), OK);
    cr_assert(raw[0] == 1 && raw[1] == 2 && raw[2] == 3);
    for (int i = 0; i < 64; i++) {
        cr_assert_eq(random_fill(1, raw + 1, &err), OK);
    }
    cr_assert(raw[0] == 1 && raw[2] == 3);
}
