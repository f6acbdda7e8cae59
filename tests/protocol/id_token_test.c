// Every token here is genuine in all but the point of its test, and each refusal is checked by its
// code, so that no step stands in for another.
#include "base/encode.h"
#include "crypto/hash.h"
#include "protocol/oidc/id_token.h"
#include "protocol/provider.h"

// All that a good token of this provider says, but for what each test leaves to itself.
#define ISS "'iss':'https://idp.example'"
#define SUB "'sub':'user-1'"
#define AUD "'aud':'client'"
#define TIMES "'exp':1700000600,'iat':1700000000"
#define NONCE "'nonce':'" PROVIDER_NONCE "'"
#define GOOD ISS "," SUB "," AUD "," TIMES "," NONCE

static arena_t *arena;
static err_t err;
static provider_t provider;
static oidc_relying_t relying;
static oidc_id_token_rules_t rules;

static void setup(void) {
    arena = arena_new(4 * TEST_ARENA_MAX);
    provider = provider_new(arena, "");
    relying = provider_relying();
    rules = (oidc_id_token_rules_t){.relying = &relying,
                                    .jwks = provider.jwks,
                                    .jwks_text = provider.jwks_text,
                                    .nonce = STR(PROVIDER_NONCE),
                                    .now = (time_ms_t)PROVIDER_NOW_S * 1000};
}
static void teardown(void) {
    provider_free(&provider);
    arena_free(&arena);
}
TestSuite(protocol_id_token, .init = setup, .fini = teardown);

static result_t verify(str_t token) {
    json_t *claims = NULL;
    err = (err_t){0};
    const result_t result = oidc_id_token_verify(arena, token, &rules, &claims, &err);
    cr_assert_eq(claims != NULL, result == OK);
    cr_assert_eq(err.code[0] != 0, result != OK);
    json_decref(claims);
    return result;
}

static result_t verify_payload(const char *payload) {
    return verify(provider_token(arena, &provider, PROVIDER_HEADER, payload));
}

static void assert_refused(const char *payload, const char *code) {
    cr_assert_eq(verify_payload(payload), REFUSED, "%s", payload);
    cr_assert_str_eq(err.code, code, "%s: %s", payload, err.text);
}

static void assert_header(const char *header, result_t result) {
    cr_assert_eq(verify(provider_token(arena, &provider, header, "{" GOOD "}")), result, "%s: %s",
                 header, err.text);
}

Test(protocol_id_token, takes_a_good_token) {
    cr_assert_eq(verify_payload("{" GOOD "}"), OK, "%s", err.text);
    cr_assert_eq(verify_payload("{" GOOD ",'azp':'client','nbf':1699999990,'x':{}}"), OK);
}

// ---- steps 1 and 6 to 8 -------------------------------------------------------------------------

Test(protocol_id_token, step_1_an_encrypted_token_was_not_asked_for) {
    cr_assert_eq(verify(STR("eyJhbGciOiJSU0EtT0FFUCIsImVuYyI6IkEyNTZHQ00ifQ.a.b.c.d")), REFUSED);
    cr_assert_eq(verify(STR("")), REFUSED);
}

Test(protocol_id_token, p_rp_05_alg_none_is_no_algorithm) {
    static const char *const HEADERS[] = {
        "{'alg':'none'}", "{'alg':'None'}", "{'alg':'nOnE'}", "{'alg':''}", "{}", "{'alg':null}"};
    for (size_t i = 0; i < sizeof(HEADERS) / sizeof(HEADERS[0]); i++) {
        assert_header(HEADERS[i], REFUSED);
        const str_t token = provider_token(arena, &provider, HEADERS[i], "{" GOOD "}");
        const str_t bare = str_sub(token, 0, str_find_last(token, '.') + 1);
        cr_assert_eq(verify(bare), REFUSED, "%s", HEADERS[i]);
    }
}

static str_t hmac_token(str_t key) {
    const str_t token =
        provider_token(arena, &provider, "{'alg':'HS256','kid':'snk_1'}", "{" GOOD "}");
    const str_t input = str_sub(token, 0, str_find_last(token, '.'));
    hash256_t mac;
    cr_assert_eq(hmac_sha256(str_bytes(key), str_bytes(input), &mac, NULL), OK);
    const str_t text = base64url_encode(arena, hash256_bytes(&mac));
    return arena_format(arena, "%.*s.%.*s", STR_ARG(input), STR_ARG(text));
}

Test(protocol_id_token, p_rp_06_p_rp_07_no_shared_key_signs) {
    relying.algs = STR("RS256 ES256 HS256");
    cr_assert_eq(verify(hmac_token(provider.jwks_text)), REFUSED);
    cr_assert_eq(verify(hmac_token(secret_reveal(relying.client_secret))), REFUSED);
    cr_assert_str_eq(err.code, "jwt_alg");
}

Test(protocol_id_token, step_7_only_pinned_algorithms_count) {
    relying.algs = STR("RS256");
    assert_refused("{" GOOD "}", "jwt_alg");
    relying.algs = STR("");
    assert_refused("{" GOOD "}", "jwt_alg");
}

Test(protocol_id_token, p_rp_08_the_signature_is_of_these_octets) {
    const str_t token = provider_token(arena, &provider, PROVIDER_HEADER, "{" GOOD "}");
    const str_t other = provider_token(arena, &provider, PROVIDER_HEADER, "{" GOOD ",'x':1}");
    const size_t dot = str_find_last(token, '.');
    const str_t mixed = arena_format(arena, "%.*s%.*s", STR_ARG(str_sub(token, 0, dot)),
                                     STR_ARG(str_sub(other, str_find_last(other, '.'), other.len)));
    cr_assert_eq(verify(mixed), REFUSED);
    cr_assert_str_eq(err.code, "signature_invalid");
    cr_assert_eq(verify(str_sub(token, 0, dot + 1)), REFUSED);
    cr_assert_eq(verify(str_sub(token, 0, dot)), REFUSED);
}

Test(protocol_id_token, p_rp_09_p_rp_10_an_unknown_key_may_be_looked_for_once) {
    assert_header("{'alg':'ES256','kid':'snk_2'}", NOT_FOUND);
    cr_assert_str_eq(err.code, "jwt_key_unknown");
    assert_header("{'alg':'ES256','kid':'../../dev/null'}", NOT_FOUND);
    assert_header("{'alg':'ES256','kid':'\\u0027 OR 1=1 --'}", NOT_FOUND);
    assert_header("{'alg':'ES256','kid':{}}", REFUSED);
    assert_header("{'alg':'ES256','kid':'snk_1\\u0000'}", REFUSED);
    assert_header("{'alg':'ES256'}", OK);
}

Test(protocol_id_token, p_rp_11_p_rp_12_the_header_brings_no_key_and_no_rule) {
    static const char *const MEMBERS[] = {"'jku':'https://evil.example'",
                                          "'jwk':{}",
                                          "'x5u':'x'",
                                          "'x5c':[]",
                                          "'crit':['b64']",
                                          "'b64':false"};
    for (size_t i = 0; i < sizeof(MEMBERS) / sizeof(MEMBERS[0]); i++) {
        const str_t header = arena_format(arena, "{'alg':'ES256','kid':'snk_1',%s}", MEMBERS[i]);
        assert_header(arena_c(arena, header), REFUSED);
    }
}

Test(protocol_id_token, a_token_of_another_kind_is_no_id_token) {
    assert_header("{'alg':'ES256','kid':'snk_1','typ':'logout+jwt'}", REFUSED);
    assert_header("{'alg':'ES256','kid':'snk_1','typ':'at+jwt'}", REFUSED);
    assert_header("{'alg':'ES256','kid':'snk_1'}", OK);
}

// ---- steps 2 to 5 -------------------------------------------------------------------------------

Test(protocol_id_token, p_rp_13_the_issuer_is_exactly_the_connections) {
    assert_refused("{" SUB "," AUD "," TIMES "," NONCE "}", "id_token_issuer");
    static const char *const OTHERS[] = {"'https://idp.example/'",
                                         "'https://evil.example'",
                                         "'https://IDP.example'",
                                         "'idp.example'",
                                         "''",
                                         "['https://idp.example']",
                                         "null",
                                         "'http://idp.example'"};
    for (size_t i = 0; i < sizeof(OTHERS) / sizeof(OTHERS[0]); i++) {
        const str_t text =
            arena_format(arena, "{'iss':%s," SUB "," AUD "," TIMES "," NONCE "}", OTHERS[i]);
        assert_refused(arena_c(arena, text), "id_token_issuer");
    }
    relying.issuer = STR("");
    assert_refused("{'iss':''," SUB "," AUD "," TIMES "," NONCE "}", "id_token_issuer");
}

Test(protocol_id_token, p_rp_19_we_are_the_audience) {
    static const char *const GOOD_ONES[] = {"'aud':'client'", "'aud':['client']",
                                            "'aud':['client','other'],'azp':'client'",
                                            "'aud':['other','client'],'azp':'client'"};
    static const char *const BAD_ONES[] = {"'aud':'other'",
                                           "'aud':['other']",
                                           "'aud':[]",
                                           "'aud':''",
                                           "'aud':null",
                                           "'aud':'Client'",
                                           "'aud':'client '",
                                           "'aud':{'client':1}",
                                           "'aud':['client',7],'azp':'client'",
                                           "'x':1"};
    static const char *const BAD_PARTIES[] = {
        "'aud':['client','other']",     "'aud':['client','other'],'azp':'other'",
        "'aud':'client','azp':'other'", "'aud':'client','azp':null",
        "'aud':'client','azp':''",      "'aud':['client'],'azp':['client']",
        "'aud':['client','client']"};
    for (size_t i = 0; i < sizeof(GOOD_ONES) / sizeof(GOOD_ONES[0]); i++) {
        const str_t text =
            arena_format(arena, "{" ISS "," SUB ",%s," TIMES "," NONCE "}", GOOD_ONES[i]);
        cr_assert_eq(verify_payload(arena_c(arena, text)), OK, "%s", GOOD_ONES[i]);
    }
    for (size_t i = 0; i < sizeof(BAD_ONES) / sizeof(BAD_ONES[0]); i++) {
        const str_t text =
            arena_format(arena, "{" ISS "," SUB ",%s," TIMES "," NONCE "}", BAD_ONES[i]);
        assert_refused(arena_c(arena, text), "id_token_audience");
    }
    for (size_t i = 0; i < sizeof(BAD_PARTIES) / sizeof(BAD_PARTIES[0]); i++) {
        const str_t text =
            arena_format(arena, "{" ISS "," SUB ",%s," TIMES "," NONCE "}", BAD_PARTIES[i]);
        assert_refused(arena_c(arena, text), "id_token_azp");
    }
}

// ---- steps 9 to 13 ------------------------------------------------------------------------------

static void assert_times(const char *times, const char *code) {
    const str_t text =
        arena_format(arena, "{" ISS "," SUB "," AUD "," NONCE "%s%s}", times[0] ? "," : "", times);
    const result_t result = verify_payload(arena_c(arena, text));
    cr_assert_eq(result, code ? REFUSED : OK, "%s: %s", times, err.text);
    cr_assert_str_eq(err.code, code ? code : "", "%s", times);
}

Test(protocol_id_token, p_rp_20_times_forgive_120_seconds_and_no_more) {
    assert_times("'iat':1700000000,'exp':1699999881", NULL);
    assert_times("'iat':1700000000,'exp':1699999880", "jwt_expired");
    cr_assert_not_null(strstr(err.text, "120 s ago"), "the measured difference: %s", err.text);
    assert_times("'iat':1700000120,'exp':1700000600", NULL);
    assert_times("'iat':1700000121,'exp':1700000600", "jwt_early");
    assert_times("'iat':1700000000,'exp':1700000600,'nbf':1700000120", NULL);
    assert_times("'iat':1700000000,'exp':1700000600,'nbf':1700000121", "jwt_early");
}

Test(protocol_id_token, p_rp_20_times_are_numbers_of_this_world) {
    static const char *const BAD[] = {
        "",
        "'iat':1700000000",
        "'exp':1700000600",
        "'iat':1700000000,'exp':'1700000600'",
        "'iat':1700000000,'exp':1e300",
        "'iat':1700000000,'exp':-1",
        "'iat':1700000000,'exp':null",
        "'iat':1700000000,'exp':true",
        "'iat':1700000000,'exp':253402300800",
        "'iat':'1700000000','exp':1700000600",
        "'iat':null,'exp':1700000600",
        "'iat':-1,'exp':1700000600",
        "'iat':1700000000,'exp':1700000600,'nbf':'x'",
    };
    for (size_t i = 0; i < sizeof(BAD) / sizeof(BAD[0]); i++) {
        assert_times(BAD[i], "jwt_time");
    }
    assert_times("'iat':1700000000.5,'exp':1700000600.25", NULL);
}

Test(protocol_id_token, p_rp_04_the_nonce_is_of_this_request) {
    static const char *const BAD[] = {"'x':1",
                                      "'nonce':''",
                                      "'nonce':null",
                                      "'nonce':7",
                                      "'nonce':['" PROVIDER_NONCE "']",
                                      "'nonce':'" PROVIDER_NONCE "x'",
                                      "'nonce':'nonce'",
                                      "'nonce':'Nonce-nonce-nonce-nonce-nonce-nonce-nonce-nonce'"};
    for (size_t i = 0; i < sizeof(BAD) / sizeof(BAD[0]); i++) {
        const str_t text = arena_format(arena, "{" ISS "," SUB "," AUD "," TIMES ",%s}", BAD[i]);
        assert_refused(arena_c(arena, text), "id_token_nonce");
    }
    // Nothing was sent by mistake: an empty nonce is not a match for an empty one.
    rules.nonce = STR("");
    assert_refused("{" ISS "," SUB "," AUD "," TIMES ",'nonce':''}", "id_token_nonce");
    assert_refused("{" ISS "," SUB "," AUD "," TIMES "}", "id_token_nonce");
}

Test(protocol_id_token, p_rp_04_only_the_preset_that_loses_nonces_may_do_without) {
    relying.preset = OIDC_PRESET_LINKEDIN;
    cr_assert_eq(verify_payload("{" ISS "," SUB "," AUD "," TIMES "}"), OK, "%s", err.text);
    relying.preset = OIDC_PRESET_GOOGLE;
    assert_refused("{" ISS "," SUB "," AUD "," TIMES "}", "id_token_nonce");
}

Test(protocol_id_token, step_13_a_sign_in_is_not_older_than_asked_for) {
    cr_assert_eq(verify_payload("{" GOOD ",'auth_time':'x'}"), OK, "not asked for");
    cr_assert_eq(verify_payload("{" GOOD ",'auth_time':1}"), OK, "nor for a new sign-in");
    rules.has_max_age = true;
    rules.max_age_s = 60;
    cr_assert_eq(verify_payload("{" GOOD ",'auth_time':1699999820}"), OK, "%s", err.text);
    assert_refused("{" GOOD ",'auth_time':1699999819}", "id_token_auth_time");
    cr_assert_not_null(strstr(err.text, "181 s ago"), "%s", err.text);
    cr_assert_eq(verify_payload("{" GOOD ",'auth_time':1700000120}"), OK);
    assert_refused("{" GOOD ",'auth_time':1700000121}", "id_token_auth_time");
    assert_refused("{" GOOD "}", "id_token_auth_time");
    assert_refused("{" GOOD ",'auth_time':'1700000000'}", "id_token_auth_time");
    assert_refused("{" GOOD ",'auth_time':-9223372036854775808}", "id_token_auth_time");
    assert_refused("{" GOOD ",'auth_time':1e300}", "id_token_auth_time");
    rules.max_age_s = 0;
    cr_assert_eq(verify_payload("{" GOOD ",'auth_time':1699999990}"), OK);
}

Test(protocol_id_token, step_13_prompt_login_is_not_answered_with_a_sign_in_from_before_it) {
    rules.login_asked_at = 1699999700LL * 1000; // five minutes ago
    cr_assert_eq(verify_payload("{" GOOD ",'auth_time':1699999990}"), OK, "%s", err.text);
    cr_assert_eq(verify_payload("{" GOOD ",'auth_time':1699999580}"), OK, "their clock is late");
    assert_refused("{" GOOD ",'auth_time':1699999579}", "id_token_auth_time");
    cr_assert_not_null(strstr(err.text, "121 s before"), "%s", err.text);
    assert_refused("{" GOOD ",'auth_time':1700000121}", "id_token_auth_time");
    assert_refused("{" GOOD ",'auth_time':'1700000000'}", "id_token_auth_time");
    assert_refused("{" GOOD ",'auth_time':null}", "id_token_auth_time");
    cr_assert_eq(verify_payload("{" GOOD "}"), OK, "not every provider tells");
    rules.has_max_age = true;
    rules.max_age_s = 86400;
    assert_refused("{" GOOD ",'auth_time':1699999579}", "id_token_auth_time");
    assert_refused("{" GOOD "}", "id_token_auth_time");
}

// ---- subject and hashes -------------------------------------------------------------------------

static void assert_subject(const char *subject, const char *code) {
    const str_t text =
        arena_format(arena, "{" ISS "," AUD "," TIMES "," NONCE ",'sub':%s}", subject);
    const result_t result = verify_payload(arena_c(arena, text));
    cr_assert_eq(result, code ? REFUSED : OK, "%s", subject);
    cr_assert_str_eq(err.code, code ? code : "", "%s", subject);
}

Test(protocol_id_token, p_rp_21_a_subject_is_short_printable_text) {
    assert_refused("{" ISS "," AUD "," TIMES "," NONCE "}", "id_token_subject");
    static const char *const BAD[] = {"''",   "7",         "null",    "['u']",    "{}",
                                      "true", "'\\u00e4'", "'a\\nb'", "'\\u007f'"};
    for (size_t i = 0; i < sizeof(BAD) / sizeof(BAD[0]); i++) {
        assert_subject(BAD[i], "id_token_subject");
    }
    assert_subject("'a\\u0000b'", "invalid_json");
    const str_t longest = text_of(arena, 'a', 255);
    const str_t big = text_of(arena, 'a', 5000);
    assert_subject(arena_c(arena, arena_format(arena, "'%.*s'", STR_ARG(longest))), NULL);
    assert_subject(arena_c(arena, arena_format(arena, "'%.*sa'", STR_ARG(longest))),
                   "id_token_subject");
    assert_subject(arena_c(arena, arena_format(arena, "'%.*s'", STR_ARG(big))), "id_token_subject");
    assert_subject("'https://login.salesforce.com/id/00D/005'", NULL);
}

static void assert_hash(const char *name, const char *of, const char *code) {
    str_t hash;
    cr_assert_eq(hash_left_half(arena, str_from_c(of), &hash, NULL), OK);
    const str_t text = arena_format(arena, "{" GOOD ",'%s':'%.*s'}", name, STR_ARG(hash));
    cr_assert_eq(verify_payload(arena_c(arena, text)), code ? REFUSED : OK, "%s of %s", name, of);
    cr_assert_str_eq(err.code, code ? code : "");
}

Test(protocol_id_token, hashes_that_are_there_are_right) {
    rules.access_token = secret_from_str(STR("at"));
    rules.code = secret_from_str(STR("code"));
    assert_hash("at_hash", "at", NULL);
    assert_hash("at_hash", "other", "id_token_hash");
    assert_hash("at_hash", "code", "id_token_hash");
    assert_hash("c_hash", "code", NULL);
    assert_hash("c_hash", "at", "id_token_hash");
    assert_refused("{" GOOD ",'at_hash':7}", "id_token_hash");
    assert_refused("{" GOOD ",'c_hash':''}", "id_token_hash");
    cr_assert_eq(verify_payload("{" GOOD "}"), OK);
    rules.access_token = (secret_t){0};
    assert_hash("at_hash", "other", NULL);
}
