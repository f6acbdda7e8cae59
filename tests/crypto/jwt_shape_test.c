// Tokens that are genuinely signed and wrong in form: bytes, lengths, encodings, JSON.
#include "base/buffer.h"
#include "base/encode.h"
#include "crypto/issuer.h"
#include "crypto/jwt.h"
#include <criterion/criterion.h>
#include <openssl/err.h>

static arena_t *arena;
static err_t err;
static EVP_PKEY *rsa;
static EVP_PKEY *ec;
static jwks_t *jwks;

static const char CLAIMS[] = "{\"sub\":\"u\",\"exp\":1700000000}";

static void setup(void) {
    arena = arena_new(8 << 20);
    err = (err_t){0};
    rsa = issuer_rsa(2048);
    ec = issuer_ec("P-256");
    const str_t one = issuer_jwk(arena, rsa, ",\"kid\":\"r\"");
    const str_t two = issuer_jwk(arena, ec, ",\"kid\":\"e\"");
    const str_t set = arena_format(arena, "{\"keys\":[%.*s,%.*s]}", STR_ARG(one), STR_ARG(two));
    cr_assert_eq(jwks_parse(set, &jwks, &err), OK);
}

static void teardown(void) {
    jwks_free(&jwks);
    EVP_PKEY_free(rsa);
    EVP_PKEY_free(ec);
    arena_free(&arena);
}

TestSuite(crypto_jwt_shape, .init = setup, .fini = teardown);

static result_t verify(str_t token) {
    const jwt_foreign_t rules = {.jwks = jwks, .algs = STR("RS256 ES256")};
    json_t *claims = NULL;
    err = (err_t){0};
    const result_t result = jwt_verify_foreign(arena, token, &rules, &claims, &err);
    cr_assert_eq(claims != NULL, result == OK);
    cr_assert_eq(err.code[0] != 0, result != OK);
    cr_assert_eq(ERR_peek_error(), 0);
    json_decref(claims);
    return result;
}

static str_t input_of(const char *header) {
    return issuer_input(arena, str_from_c(header), str_from_c(CLAIMS));
}

static str_t rs256(const char *header) {
    return issuer_token(arena, rsa, "RS256", input_of(header));
}

static str_t es256(const char *header) {
    return issuer_token(arena, ec, "ES256", input_of(header));
}

static str_t joined(str_t a, const char *b) {
    return arena_format(arena, "%.*s%s", STR_ARG(a), b);
}

Test(crypto_jwt_shape, duplicate_names_are_refused_in_header_and_payload) {
    cr_assert_eq(verify(rs256("{\"alg\":\"none\",\"alg\":\"RS256\"}")), REFUSED);
    cr_assert_eq(verify(rs256("{\"alg\":\"RS256\",\"\\u0061lg\":\"RS256\"}")), REFUSED);
    cr_assert_eq(verify(rs256("{\"alg\":\"RS256\",\"kid\":\"x\",\"kid\":\"r\"}")), REFUSED);
    const str_t input = issuer_input(arena, STR("{\"alg\":\"RS256\"}"),
                                     STR("{\"sub\":\"victim\",\"sub\":\"attacker\"}"));
    cr_assert_eq(verify(issuer_token(arena, rsa, "RS256", input)), REFUSED);
}

Test(crypto_jwt_shape, a_nul_ends_no_text_early) {
    const str_t headers[] = {STR("{\"alg\":\"RS256\"}\0"), STR("{\"alg\":\"RS256\"}\0{}"),
                             STR("{\"alg\":\"RS256\0\"}"), STR("\0{\"alg\":\"RS256\"}"),
                             STR("{\"alg\\u0000\":\"RS256\"}")};
    for (size_t i = 0; i < sizeof(headers) / sizeof(headers[0]); i++) {
        const str_t input = issuer_input(arena, headers[i], str_from_c(CLAIMS));
        cr_assert_eq(verify(issuer_token(arena, rsa, "RS256", input)), REFUSED);
    }
    const str_t payload =
        issuer_input(arena, STR("{\"alg\":\"RS256\"}"), STR("{\"sub\":\"a\"}\0,\"sub\":\"b\"}"));
    cr_assert_eq(verify(issuer_token(arena, rsa, "RS256", payload)), REFUSED);
    const str_t token = rs256("{\"alg\":\"RS256\"}");
    char *copy = arena_alloc(arena, token.len + 2);
    memcpy(copy, token.ptr, token.len);
    cr_assert_eq(verify((str_t){copy, token.len}), OK);
    cr_assert_eq(verify((str_t){copy, token.len + 1}), REFUSED);
    copy[token.len + 1] = 'A';
    cr_assert_eq(verify((str_t){copy, token.len + 2}), REFUSED);
}

Test(crypto_jwt_shape, payloads_that_are_no_object_are_refused_though_signed) {
    const char *const payloads[] = {"",
                                    "null",
                                    "[]",
                                    "\"a\"",
                                    "7",
                                    "{} {}",
                                    "{}x",
                                    "{\"a\":}",
                                    "{'a':1}",
                                    "\xff",
                                    "{\"a\":\"\xc0\x80\"}",
                                    "{\"a\":\"\\u0000\"}"};
    for (size_t i = 0; i < sizeof(payloads) / sizeof(payloads[0]); i++) {
        const str_t input =
            issuer_input(arena, STR("{\"alg\":\"RS256\"}"), str_from_c(payloads[i]));
        cr_assert_eq(verify(issuer_token(arena, rsa, "RS256", input)), REFUSED, "%s", payloads[i]);
    }
}

Test(crypto_jwt_shape, padding_junk_and_other_alphabets_are_refused) {
    const str_t token = rs256("{\"alg\":\"RS256\"}");
    const char *const tails[] = {"=", "==", " ", "\n", ".", ".AAAA", "A", "AA", "!", "%00", "#a"};
    for (size_t i = 0; i < sizeof(tails) / sizeof(tails[0]); i++) {
        cr_assert_eq(verify(joined(token, tails[i])), REFUSED, "%s", tails[i]);
    }
    const char *const heads[] = {" ", ".", "=", "Bearer "};
    for (size_t i = 0; i < sizeof(heads) / sizeof(heads[0]); i++) {
        cr_assert_eq(verify(arena_format(arena, "%s%.*s", heads[i], STR_ARG(token))), REFUSED);
    }
    const str_t dotted = arena_format(arena, "%.*s==%s", (int)str_find(token, '.'), token.ptr,
                                      token.ptr + str_find(token, '.'));
    cr_assert_eq(verify(dotted), REFUSED);
}

// The last character of a part carries spare bits; another value of them is another token text.
Test(crypto_jwt_shape, spare_bits_of_the_signature_are_refused) {
    const str_t token = es256("{\"alg\":\"ES256\",\"kid\":\"e\"}"); // 64 octets: 4 spare bits
    char *copy = arena_alloc(arena, token.len);
    memcpy(copy, token.ptr, token.len);
    const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    const char last = copy[token.len - 1];
    size_t accepted = 0;
    for (const char *c = alphabet; *c; c++) {
        copy[token.len - 1] = *c;
        const bool is_ok = verify((str_t){copy, token.len}) == OK;
        cr_assert_eq(is_ok, *c == last);
        accepted += is_ok;
    }
    cr_assert_eq(accepted, 1);
}

Test(crypto_jwt_shape, p_mem_02_empty_and_one_octet_parts_are_refused) {
    const char *const tokens[] = {"",     ".",     "..",    "...",      "a",          "a.",
                                  ".a",   "a.b",   "a..b",  "a.b.c",    ".b.c",       "aa..",
                                  "..aa", "e30..", ".e30.", "e30.e30.", "e30.e30.AA", "AA.AA.AA"};
    for (size_t i = 0; i < sizeof(tokens) / sizeof(tokens[0]); i++) {
        const size_t len = strlen(tokens[i]);
        char *exact = arena_alloc(arena, len); // the octet behind it is poisoned
        memcpy(exact, tokens[i], len);
        cr_assert_eq(verify((str_t){exact, len}), REFUSED, "%s", tokens[i]);
    }
    cr_assert_eq(verify(STR_NONE), REFUSED);
    const str_t token = rs256("{\"alg\":\"RS256\"}");
    for (size_t len = 0; len < token.len; len++) {
        cr_assert_eq(verify(str_sub(token, 0, len)), REFUSED, "%zu octets", len);
    }
}

static size_t base64_len(size_t len) {
    return (len * 4 + 2) / 3;
}

// A token of exactly `len` octets. Base64 skips a length in four: the header makes up for it.
static str_t token_of(size_t len) {
    const char *const headers[] = {"{\"alg\":\"RS256\"}", "{\"alg\":\"RS256\"} ",
                                   "{\"alg\":\"RS256\"}  "};
    const size_t signature = base64_len(256);
    for (size_t i = 0; i < 3; i++) {
        const size_t payload = len - base64_len(strlen(headers[i])) - signature - 2;
        const size_t fill = payload * 3 / 4 - strlen("{\"a\":\"\"}");
        char *text = arena_alloc(arena, fill + 1);
        memset(text, 'a', fill);
        const str_t claims = arena_format(arena, "{\"a\":\"%s\"}", text);
        const str_t input = issuer_input(arena, str_from_c(headers[i]), claims);
        if (input.len + 1 + signature == len) {
            return issuer_token(arena, rsa, "RS256", input);
        }
    }
    cr_assert_fail("no such token");
    return STR_NONE;
}

Test(crypto_jwt_shape, p_mem_02_takes_8192_octets_and_not_one_more) {
    const str_t most = token_of(8192);
    cr_assert_eq(most.len, 8192);
    cr_assert_eq(verify(most), OK, "%s", err.text);
    cr_assert_eq(verify(token_of(8193)), REFUSED);
    cr_assert_str_eq(err.code, "jwt_too_long");
    const size_t huge = 4 << 20;
    char *text = malloc(huge);
    memset(text, 'a', huge);
    cr_assert_eq(verify((str_t){text, huge}), REFUSED);
    free(text);
}

Test(crypto_jwt_shape, p_mem_05_a_deeply_nested_header_is_refused) {
    buf_t text = buf_new(arena, 6000);
    buf_add_c(&text, "{\"alg\":\"RS256\",\"x\":");
    for (int i = 0; i < 2500; i++) {
        buf_add_char(&text, '[');
    }
    for (int i = 0; i < 2500; i++) {
        buf_add_char(&text, ']');
    }
    buf_add_c(&text, "}");
    cr_assert_eq(verify(rs256(buf_str(&text).ptr)), REFUSED);
}

Test(crypto_jwt_shape, p_mem_04_an_error_tells_nothing_of_the_token) {
    const str_t token = rs256("{\"alg\":\"RS256\",\"kid\":\"top-secret\"}");
    cr_assert_eq(verify(token), NOT_FOUND);
    cr_assert_null(strstr(err.text, "top-secret"));
    cr_assert_eq(verify(rs256("{\"alg\":\"top-secret\"}")), REFUSED);
    cr_assert_null(strstr(err.text, "top-secret"));
}
