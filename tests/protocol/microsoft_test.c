#include "protocol/oidc/id_token.h"
#include "protocol/oidc/identity.h"
#include "protocol/oidc/microsoft.h"
#include "protocol/provider.h"

#define A "11111111-aaaa-4444-8888-123456789abc"
#define B "22222222-bbbb-4444-8888-123456789abc"
#define CONSUMER "9188040d-6c67-4c5b-b112-36a304b66dad"
#define HOST "https://login.microsoftonline.com/"
#define REST                                                                                       \
    "'aud':'client','exp':1700000600,'iat':1700000000,'sub':'u','nonce':'" PROVIDER_NONCE "'"
#define OF(tenant) "'tid':'" tenant "','iss':'" HOST tenant "/v2.0'"

static arena_t *arena;
static err_t err;
static oidc_relying_t relying;

static void setup(void) {
    arena = arena_new(4 * TEST_ARENA_MAX);
    relying = provider_relying();
    relying.preset = OIDC_PRESET_MICROSOFT;
    relying.is_social = true;
    relying.issuer = STR(HOST "{tenantid}/v2.0");
}
static void teardown(void) {
    arena_free(&arena);
}
TestSuite(protocol_microsoft, .init = setup, .fini = teardown);

// Signed with a key of which the set says `more`.
static result_t verify_with(const char *more, const char *header, const char *payload) {
    provider_t provider = provider_new(arena, more);
    const oidc_id_token_rules_t rules = {.relying = &relying,
                                         .jwks = provider.jwks,
                                         .jwks_text = provider.jwks_text,
                                         .nonce = STR(PROVIDER_NONCE),
                                         .now = (time_ms_t)PROVIDER_NOW_S * 1000};
    json_t *claims = NULL;
    err = (err_t){0};
    const str_t token = provider_token(arena, &provider, header, payload);
    const result_t result = oidc_id_token_verify(arena, token, &rules, &claims, &err);
    json_decref(claims);
    provider_free(&provider);
    return result;
}

#define ANY_KEY ",'issuer':'" HOST "{tenantid}/v2.0'"

static void assert_payload(const char *payload, const char *code) {
    const result_t result = verify_with(ANY_KEY, PROVIDER_HEADER, payload);
    cr_assert_eq(result, code ? REFUSED : OK, "%s: %s", payload, err.text);
    cr_assert_str_eq(err.code, code ? code : "", "%s", payload);
}

static void assert_key(const char *more, const char *payload, const char *code) {
    const result_t result = verify_with(more, PROVIDER_HEADER, payload);
    cr_assert_eq(result, code ? REFUSED : OK, "%s: %s", more, err.text);
    cr_assert_str_eq(err.code, code ? code : "", "%s", more);
}

Test(protocol_microsoft, p_rp_14_iss_is_the_template_with_tid) {
    assert_payload("{" OF(A) "," REST "}", NULL);
    assert_payload("{'tid':'" A "','iss':'" HOST B "/v2.0'," REST "}", "id_token_issuer");
    assert_payload("{'tid':'" A "','iss':'" HOST "{tenantid}/v2.0'," REST "}", "id_token_issuer");
    assert_payload("{'tid':'" A "','iss':'https://evil.example/" A "/v2.0'," REST "}",
                   "id_token_issuer");
    assert_payload("{'tid':'" A "','iss':'" HOST A "/v2.0/'," REST "}", "id_token_issuer");
    assert_payload("{'tid':'" A "','iss':'" HOST A "/v1.0'," REST "}", "id_token_issuer");
    assert_payload("{'tid':'" A "','iss':'" HOST A "/x/v2.0'," REST "}", "id_token_issuer");
    assert_payload("{'tid':'" A "','iss':'https://login.microsoftonline.net/" A "/v2.0'," REST "}",
                   "id_token_issuer");
    assert_payload("{'tid':'" A "'," REST "}", "id_token_issuer");
}

Test(protocol_microsoft, p_rp_14_tid_is_a_guid) {
    static const char *const BAD[] = {"''",
                                      "'{tenantid}'",
                                      "'common'",
                                      "'" A "x'",
                                      "'11111111-AAAA-4444-8888-123456789abc'",
                                      "7",
                                      "null",
                                      "['" A "']",
                                      "'11111111aaaaa4444a8888a123456789abc'",
                                      "'..'"};
    for (size_t i = 0; i < sizeof(BAD) / sizeof(BAD[0]); i++) {
        const str_t text =
            arena_format(arena, "{'tid':%s,'iss':'" HOST "{tenantid}/v2.0'," REST "}", BAD[i]);
        assert_payload(arena_c(arena, text), "id_token_tenant");
    }
    assert_payload("{'iss':'" HOST A "/v2.0'," REST "}", "id_token_tenant");
}

Test(protocol_microsoft, p_rp_14_only_listed_tenants_come_in) {
    static const str_t LIST[] = {{A, 36}};
    relying.tenants = (oidc_list_t){LIST, 1};
    assert_payload("{" OF(A) "," REST "}", NULL);
    assert_payload("{" OF(B) "," REST "}", "id_token_tenant");
    relying.is_social = false;
    assert_payload("{" OF(A) "," REST "}", NULL);
    assert_payload("{" OF(B) "," REST "}", "id_token_tenant");
    relying.tenants.count = 0;
    assert_payload("{" OF(A) "," REST "}", "id_token_tenant");
}

Test(protocol_microsoft, p_rp_14_the_key_is_one_of_the_issuer) {
    assert_key(",'issuer':'" HOST A "/v2.0'", "{" OF(A) "," REST "}", NULL);
    assert_key(",'issuer':'" HOST A "/v2.0'", "{" OF(B) "," REST "}", "id_token_key_issuer");
    assert_key(",'issuer':'" HOST CONSUMER "/v2.0'", "{" OF(A) "," REST "}", "id_token_key_issuer");
    assert_key(",'issuer':''", "{" OF(A) "," REST "}", "id_token_key_issuer");
    assert_key(",'issuer':7", "{" OF(A) "," REST "}", "id_token_key_issuer");
    assert_key("", "{" OF(A) "," REST "}", "id_token_key_issuer");
}

Test(protocol_microsoft, p_rp_14_a_key_without_a_name_is_nobodys) {
    cr_assert_eq(verify_with(ANY_KEY, "{'alg':'ES256'}", "{" OF(A) "," REST "}"), REFUSED);
    cr_assert_str_eq(err.code, "id_token_key_issuer");
}

Test(protocol_microsoft, p_rp_14_of_two_keys_with_one_name_both_must_be_of_the_issuer) {
    json_t *claims = provider_object(arena, "{" OF(A) "}");
    const char *const sets[] = {
        "{'keys':[{'kid':'k','issuer':'" HOST A "/v2.0'},{'kid':'k','issuer':'" HOST B "/v2.0'}]}",
        "{'keys':[{'kid':'k','issuer':'" HOST B "/v2.0'},{'kid':'k','issuer':'" HOST A "/v2.0'}]}",
        "{'keys':[]}",
        "{'keys':7}",
        "[]",
        ""};
    for (size_t i = 0; i < sizeof(sets) / sizeof(sets[0]); i++) {
        cr_assert_eq(
            oidc_microsoft_key_check(provider_json(arena, sets[i]), STR("k"), claims, NULL),
            REFUSED, "%s", sets[i]);
    }
    const str_t good =
        provider_json(arena, "{'keys':[{'kid':'x','issuer':'" HOST B
                             "/v2.0'},{'kid':'k','issuer':'" HOST "{tenantid}/v2.0'}]}");
    cr_assert_eq(oidc_microsoft_key_check(good, STR("k"), claims, NULL), OK);
    json_decref(claims);
}

// ---- the address --------------------------------------------------------------------------------

static bool is_verified(const char *claims) {
    json_t *json = provider_object(arena, claims);
    const bool result = oidc_microsoft_is_verified(json);
    json_decref(json);
    return result;
}

Test(protocol_microsoft, p_rp_15_an_address_typed_in_by_an_administrator_proves_nothing) {
    cr_assert(!is_verified("{" OF(A) ",'email':'ceo@victim.example'}"));
    cr_assert(!is_verified("{" OF(A) ",'email':'ceo@victim.example','email_verified':true}"));
    cr_assert(!is_verified("{" OF(A) ",'verified_primary_email':['ceo@victim.example']}"));
    cr_assert(is_verified("{" OF(A) ",'xms_edov':true}"));
}

Test(protocol_microsoft, p_rp_16_xms_edov_counts_as_boolean_true_only) {
    static const char *const BAD[] = {"false", "'true'", "1", "'1'", "null", "[true]", "{}"};
    for (size_t i = 0; i < sizeof(BAD) / sizeof(BAD[0]); i++) {
        const str_t text = arena_format(arena, "{" OF(A) ",'xms_edov':%s}", BAD[i]);
        cr_assert(!is_verified(arena_c(arena, text)), "%s", BAD[i]);
    }
}

Test(protocol_microsoft, p_rp_15_consumer_accounts_are_microsofts_own) {
    cr_assert(is_verified("{" OF(CONSUMER) "}"));
    cr_assert(!is_verified("{'tid':'" CONSUMER "','iss':'" HOST A "/v2.0'}"));
    cr_assert(!is_verified("{'tid':'" A "','iss':'" HOST CONSUMER "/v2.0'}"));
    cr_assert(!is_verified("{'tid':'" CONSUMER "'}"));
    cr_assert(!is_verified("{'tid':['" CONSUMER "'],'iss':'" HOST CONSUMER "/v2.0'}"));
    cr_assert(!is_verified("{}"));
}

Test(protocol_microsoft, p_rp_28_each_tenant_has_subjects_of_its_own) {
    json_t *a = provider_object(arena, "{" OF(A) ",'sub':'u'}");
    json_t *b = provider_object(arena, "{" OF(B) ",'sub':'u'}");
    json_t *none = provider_object(arena, "{'sub':'u'}");
    oidc_identity_t one;
    oidc_identity_t two;
    cr_assert_eq(
        oidc_identity_read(arena, &(oidc_identity_source_t){&relying, a, NULL}, &one, NULL), OK);
    cr_assert_eq(
        oidc_identity_read(arena, &(oidc_identity_source_t){&relying, b, NULL}, &two, NULL), OK);
    ASSERT_STR(one.subject, A ".u");
    ASSERT_STR(two.subject, B ".u");
    cr_assert_eq(
        oidc_identity_read(arena, &(oidc_identity_source_t){&relying, none, NULL}, &two, NULL),
        REFUSED);
    json_decref(a);
    json_decref(b);
    json_decref(none);
}
