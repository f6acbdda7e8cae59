#include "base/encode.h"
#include "crypto/issuer.h"
#include "crypto/jwt.h"
#include "crypto/signature.h"
#include <criterion/criterion.h>
#include <openssl/err.h>

static arena_t *arena;
static err_t err;
static keyset_t *keyset;

enum { REMOVED_AT = 900, NOW = 500 };

static void setup(void) {
    arena = arena_new(4 << 20);
    err = (err_t){0};
    signing_entry_t entries[2] = {{NULL, 0, 0, 600, REMOVED_AT}, {NULL, 0, 0, 0, 0}};
    cr_assert_eq(signing_key_generate(SIGNING_ES256, STR("snk_1"), &entries[0].key, &err), OK);
    cr_assert_eq(signing_key_generate(SIGNING_RS256, STR("snk_2"), &entries[1].key, &err), OK);
    cr_assert_eq(keyset_new(entries, 2, &keyset, &err), OK);
}

static void teardown(void) {
    keyset_free(&keyset);
    arena_free(&arena);
}

TestSuite(crypto_jwt, .init = setup, .fini = teardown);

static str_t own_token(signing_alg_t alg, const char *typ) {
    json_t *claims = json_pack("{s:s, s:[s], s:I}", "sub", "usr_1", "aud", "skc_1", "exp",
                               (json_int_t)1700000000);
    const jwt_signer_t signer = {keyset_signer(keyset, alg, NOW), typ};
    str_t token;
    cr_assert_eq(jwt_sign(arena, &signer, claims, &token, &err), OK, "%s", err.text);
    json_decref(claims);
    return token;
}

static result_t own(str_t token, const char *typ, time_ms_t now) {
    const jwt_own_t rules = {.keyset = keyset, .typ = typ, .now = now};
    json_t *claims = NULL;
    err = (err_t){0};
    const result_t result = jwt_verify_own(arena, token, &rules, &claims, &err);
    cr_assert_eq(claims != NULL, result == OK);
    cr_assert_eq(err.code[0] != 0, result != OK);
    cr_assert_eq(ERR_peek_error(), 0);
    json_decref(claims);
    return result;
}

Test(crypto_jwt, has_three_parts_and_a_header_of_three_members) {
    const str_t token = own_token(SIGNING_ES256, "at+jwt");
    bytes_t header;
    cr_assert(base64url_decode(arena, str_sub(token, 0, str_find(token, '.')), &header));
    cr_assert(secret_equal(header, str_bytes(STR("{\"alg\":\"ES256\",\"kid\":\"snk_1\","
                                                 "\"typ\":\"at+jwt\"}"))));
    cr_assert_eq(token.len - str_find_last(token, '.') - 1, 86);
}

Test(crypto_jwt, verifies_what_it_signed) {
    cr_assert_eq(own(own_token(SIGNING_ES256, "JWT"), "JWT", NOW), OK, "%s", err.text);
    cr_assert_eq(own(own_token(SIGNING_RS256, "logout+jwt"), "logout+jwt", NOW), OK);
}

Test(crypto_jwt, gives_the_claims_back) {
    const jwt_own_t rules = {.keyset = keyset, .typ = "JWT", .now = NOW};
    SCOPED(json_t) claims = NULL;
    cr_assert_eq(jwt_verify_own(arena, own_token(SIGNING_RS256, "JWT"), &rules, &claims, &err), OK);
    str_t sub;
    cr_assert(json_get_str(claims, "sub", &sub));
    cr_assert(str_eq(sub, STR("usr_1")));
    cr_assert(jwt_has_audience(claims, STR("skc_1")));
}

Test(crypto_jwt, one_type_does_not_pass_for_another) {
    const str_t access = own_token(SIGNING_ES256, "at+jwt");
    cr_assert_eq(own(access, "JWT", NOW), REFUSED);
    cr_assert_eq(own(access, "AT+JWT", NOW), REFUSED);
    cr_assert_eq(own(access, "at+jwt2", NOW), REFUSED);
    cr_assert_eq(own(access, "", NOW), REFUSED);
    cr_assert_eq(own(access, "at+jwt", NOW), OK);
}

Test(crypto_jwt, p_op_28_a_token_verifies_until_its_key_is_removed) {
    const str_t token = own_token(SIGNING_ES256, "JWT");
    cr_assert_eq(own(token, "JWT", 700), OK); // the key signs no more, what it signed stays valid
    cr_assert_eq(own(token, "JWT", REMOVED_AT - 1), OK);
    cr_assert_eq(own(token, "JWT", REMOVED_AT), REFUSED);
    cr_assert_str_eq(err.code, "jwt_key_unknown");
}

Test(crypto_jwt, a_token_of_another_installation_is_refused) {
    EVP_PKEY *other = issuer_ec("P-256");
    const char *const kids[] = {"snk_1", "snk_2", "snk_3"};
    for (size_t i = 0; i < 3; i++) {
        const str_t header =
            arena_format(arena, "{\"alg\":\"ES256\",\"kid\":\"%s\",\"typ\":\"JWT\"}", kids[i]);
        const str_t input = issuer_input(arena, header, STR("{\"sub\":\"usr_1\"}"));
        cr_assert_eq(own(issuer_token(arena, other, "ES256", input), "JWT", NOW), REFUSED);
    }
    EVP_PKEY_free(other);
}

// Signed by our own key, whatever the header says.
static result_t own_header(const char *header) {
    const str_t input = issuer_input(arena, str_from_c(header), STR("{}"));
    bytes_t signature;
    cr_assert_eq(signing_key_sign(arena, keyset_signer(keyset, SIGNING_ES256, NOW),
                                  str_bytes(input), &signature, &err),
                 OK);
    const str_t text = base64url_encode(arena, signature);
    return own(arena_format(arena, "%.*s.%.*s", STR_ARG(input), STR_ARG(text)), "JWT", NOW);
}

Test(crypto_jwt, a_header_of_ours_must_name_kid_type_and_the_algorithm_of_the_key) {
    cr_assert_eq(own_header("{\"alg\":\"ES256\",\"kid\":\"snk_1\",\"typ\":\"JWT\"}"), OK);
    const char *const bad[] = {"{\"alg\":\"ES256\",\"typ\":\"JWT\"}",
                               "{\"alg\":\"ES256\",\"kid\":\"snk_1\"}",
                               "{\"kid\":\"snk_1\",\"typ\":\"JWT\"}",
                               "{\"alg\":\"RS256\",\"kid\":\"snk_1\",\"typ\":\"JWT\"}",
                               "{\"alg\":\"es256\",\"kid\":\"snk_1\",\"typ\":\"JWT\"}",
                               "{\"alg\":\"none\",\"kid\":\"snk_1\",\"typ\":\"JWT\"}",
                               "{\"alg\":\"ES256\",\"kid\":\"snk_2\",\"typ\":\"JWT\"}"};
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        cr_assert_eq(own_header(bad[i]), REFUSED, "%s", bad[i]);
    }
}

Test(crypto_jwt, p_rp_08_every_flipped_character_of_our_token_is_noticed) {
    const str_t token = own_token(SIGNING_ES256, "JWT");
    for (size_t i = 0; i < token.len; i++) {
        const str_t copy = arena_dup(arena, token);
        char *at = arena_alloc(arena, token.len);
        memcpy(at, copy.ptr, copy.len);
        at[i] = at[i] == 'A' ? 'B' : 'A';
        cr_assert_eq(own((str_t){at, token.len}, "JWT", NOW), REFUSED, "character %zu", i);
    }
}

Test(crypto_jwt, does_not_sign_what_it_would_not_verify) {
    SCOPED(json_t) claims = json_object();
    char text[7000];
    memset(text, 'a', sizeof(text));
    json_object_set_new(claims, "custom", json_stringn(text, 1000));
    str_t token = STR_NONE;
    const jwt_signer_t signer = {keyset_signer(keyset, SIGNING_RS256, NOW), "JWT"};
    cr_assert_eq(jwt_sign(arena, &signer, claims, &token, &err), OK);
    json_object_set_new(claims, "custom", json_stringn(text, sizeof(text)));
    token = STR_NONE;
    cr_assert_eq(jwt_sign(arena, &signer, claims, &token, &err), INTERNAL);
    cr_assert_null(token.ptr);
}

static result_t foreign(const char *jwks_text, const char *algs, const char *token) {
    jwks_t *jwks = NULL;
    cr_assert_eq(jwks_parse(str_from_c(jwks_text), &jwks, &err), OK);
    cr_assert_eq(jwks_count(jwks), 1);
    const jwt_foreign_t rules = {.jwks = jwks, .algs = str_from_c(algs)};
    json_t *claims = NULL;
    const result_t result = jwt_verify_foreign(arena, str_from_c(token), &rules, &claims, &err);
    json_decref(claims);
    jwks_free(&jwks);
    return result;
}

static const char RFC7515_A2_JWKS[] =
    "{\"keys\":[{\"kty\":\"RSA\",\"n\":\"ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddx"
    "HmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wG"
    "zjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxv"
    "b3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWy"
    "uXpoQ\",\"e\":\"AQAB\"}]}";
static const char RFC7515_A2_TOKEN[] =
    "eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNv"
    "bS9pc19yb290Ijp0cnVlfQ.cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm"
    "4Bh-0Qc_lF5YKt_O8W2Fp5jujGbds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6"
    "xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB_eSN9383LcOLn6_dO--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqv"
    "hJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe77Rw";
static const char RFC7515_A3_JWKS[] =
    "{\"keys\":[{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRV"
    "EU\",\"y\":\"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0\"}]}";
static const char RFC7515_A3_TOKEN[] =
    "eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNv"
    "bS9pc19yb290Ijp0cnVlfQ.DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxf"
    "KTUJqPP3-Kg6NU1Q";

Test(crypto_jwt, verifies_the_examples_of_rfc_7515) {
    cr_assert_eq(foreign(RFC7515_A2_JWKS, "RS256", RFC7515_A2_TOKEN), OK, "%s", err.text);
    cr_assert_eq(foreign(RFC7515_A3_JWKS, "ES256", RFC7515_A3_TOKEN), OK, "%s", err.text);
    cr_assert_eq(foreign(RFC7515_A3_JWKS, "RS256", RFC7515_A2_TOKEN), REFUSED);
    cr_assert_eq(foreign(RFC7515_A2_JWKS, "ES256", RFC7515_A3_TOKEN), REFUSED);
}

Test(crypto_jwt, verifies_the_example_of_rfc_8037) {
    bytes_t x;
    bytes_t signature;
    cr_assert(base64url_decode(arena, STR("11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"), &x));
    cr_assert(base64url_decode(arena,
                               STR("hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5"
                                   "BhVsPt9g7sVvpAr_MuM0KAg"),
                               &signature));
    EVP_PKEY *key = EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL, x.ptr, x.len);
    const str_t input = STR("eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc");
    const signature_key_t verifier = {signature_alg_find(STR("EdDSA")), key};
    cr_assert_eq(signature_verify(&verifier, str_bytes(input), signature, &err), OK);
    cr_assert_eq(signature_verify(&verifier, str_bytes(STR("other")), signature, &err), REFUSED);
    EVP_PKEY_free(key);
}
