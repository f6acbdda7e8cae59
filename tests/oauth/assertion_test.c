#include "base/encode.h"
#include "crypto/jwt.h"
#include "oauth/world.h"

static signing_entry_t client_key, other_key;
static keyset_t *client_keys;

static void setup(void) {
    world_begin();
    cr_assert_eq(signing_key_generate(SIGNING_ES256, STR("k1"), &client_key.key, NULL), OK);
    cr_assert_eq(signing_key_generate(SIGNING_ES256, STR("k1"), &other_key.key, NULL), OK);
    cr_assert_eq(keyset_new(&client_key, 1, &client_keys, NULL), OK);
    cr_assert_eq(keyset_jwks(world.arena, client_keys, call_now(&world.call),
                             &world.store.clients[2].jwks, NULL),
                 OK);
}
static void teardown(void) {
    signing_key_free(&other_key.key);
    keyset_free(&client_keys);
    world_end();
}
TestSuite(oauth_assertion, .init = setup, .fini = teardown);

static json_t *claims_with(const char *aud, const char *jti, int64_t lifetime_s) {
    const int64_t now_s = call_now(&world.call) / 1000;
    json_t *claims =
        json_pack("{s:s,s:s,s:s,s:s,s:I,s:I}", "iss", "skc_m2m", "sub", "skc_m2m", "aud", aud,
                  "jti", jti, "iat", (json_int_t)now_s, "exp", (json_int_t)(now_s + lifetime_s));
    cr_assert_not_null(claims);
    return claims;
}

// Takes the claims over.
static str_t signed_by(const signing_key_t *key, json_t *claims) {
    const jwt_signer_t signer = {key, "JWT"};
    str_t token;
    cr_assert_eq(jwt_sign(world.arena, &signer, claims, &token, NULL), OK);
    json_decref(claims);
    return token;
}

static void post(str_t assertion, int status, const char *error) {
    const str_t body =
        arena_format(world.arena, "grant_type=client_credentials&client_assertion_type=%s%.*s",
                     "urn%3Aietf%3Aparams%3Aoauth%3Aclient-assertion-type%3Ajwt-bearer"
                     "&client_assertion=",
                     STR_ARG(assertion));
    cr_assert_eq(world_post(handle_token, body.ptr), OK, "%s", world.call.err.text);
    world_expect(status, error);
}

Test(oauth_assertion, p_op_23_takes_a_good_assertion_and_only_once) {
    const str_t good = signed_by(client_key.key, claims_with(WORLD_ISSUER, "j1", 300));
    post(good, 200, NULL);
    post(good, 401, "invalid_client");
    post(signed_by(client_key.key, claims_with(WORLD_ISSUER "/oauth/token", "j2", 300)), 200, NULL);
}

Test(oauth_assertion, p_op_23_refuses_assertions_that_do_not_hold) {
    const signing_key_t *key = client_key.key;
    post(signed_by(other_key.key, claims_with(WORLD_ISSUER, "j1", 300)), 401, "invalid_client");
    post(signed_by(key, claims_with("https://evil.example", "j1", 300)), 401, "invalid_client");
    post(signed_by(key, claims_with(WORLD_ISSUER, "j1", -60)), 401, "invalid_client");
    post(signed_by(key, claims_with(WORLD_ISSUER, "j1", 3600)), 401, "invalid_client");
    cr_assert_eq(world.store.used_jti.len, 0);
    cr_assert_eq(world.store.audits, 4);
}

// The payload of a good assertion behind another header.
static str_t with_header(const char *header) {
    const str_t good = signed_by(client_key.key, claims_with(WORLD_ISSUER, "j1", 300));
    const size_t first = str_find(good, '.');
    const str_t rest = str_sub(good, first + 1, good.len);
    const str_t encoded = base64url_encode(world.arena, str_bytes(str_from_c(header)));
    return arena_format(world.arena, "%.*s.%.*s", STR_ARG(encoded),
                        STR_ARG(str_sub(rest, 0, str_find(rest, '.'))));
}

Test(oauth_assertion, p_op_23_refuses_none_and_hmac_with_the_public_key) {
    const str_t none = with_header("{\"alg\":\"none\"}");
    const str_t hmac = with_header("{\"alg\":\"HS256\"}");
    hash256_t mac;
    cr_assert_eq(hmac_sha256(str_bytes(world.store.clients[2].jwks), str_bytes(hmac), &mac, NULL),
                 OK);
    const str_t signature = base64url_encode(world.arena, hash256_bytes(&mac));
    post(arena_format(world.arena, "%.*s.", STR_ARG(none)), 401, "invalid_client");
    post(arena_format(world.arena, "%.*s.%.*s", STR_ARG(hmac), STR_ARG(signature)), 401,
         "invalid_client");
    cr_assert_eq(world.store.used_jti.len, 0);
}

Test(oauth_assertion, refuses_an_assertion_of_an_application_without_keys) {
    world.store.clients[2].jwks = STR("");
    post(signed_by(client_key.key, claims_with(WORLD_ISSUER, "j1", 300)), 401, "invalid_client");
}
