#include "protocol/oidc/identity.h"
#include "protocol/provider.h"

#define TENANT "11111111-aaaa-4444-8888-123456789abc"

static arena_t *arena;
static err_t err;
static oidc_relying_t relying;

static void setup(void) {
    arena = arena_new(4 * TEST_ARENA_MAX);
    relying = provider_relying();
    err = (err_t){0};
}
static void teardown(void) {
    arena_free(&arena);
}
TestSuite(protocol_identity, .init = setup, .fini = teardown);

static oidc_identity_t read_both(const char *claims, const char *userinfo) {
    json_t *one = provider_object(arena, claims);
    json_t *two = userinfo ? provider_object(arena, userinfo) : NULL;
    const oidc_identity_source_t source = {&relying, one, two};
    oidc_identity_t identity;
    cr_assert_eq(oidc_identity_read(arena, &source, &identity, &err), OK, "%s", err.text);
    json_decref(one);
    json_decref(two);
    return identity;
}

static oidc_identity_t read_one(const char *claims) {
    return read_both(claims, NULL);
}

static void social(oidc_preset_t preset, bool is_email_trusted) {
    relying.is_social = true;
    relying.preset = preset;
    relying.is_email_trusted = is_email_trusted;
}

static void assert_verified(const char *claims, bool expected) {
    const oidc_identity_t identity = read_one(claims);
    cr_assert(identity.is_email_present, "%s", claims);
    cr_assert_eq(identity.is_email_verified, expected, "%s", claims);
}

// ---- who it is ----------------------------------------------------------------------------------

Test(protocol_identity, reads_a_person) {
    const oidc_identity_t identity = read_one(
        "{'sub':'u','email':' Ann@X.Example ','name':'Ann Lee','given_name':'Ann',"
        "'family_name':'Lee','picture':'https://x.example/a.png','locale':'de-AT',"
        "'groups':['a','b']}");
    ASSERT_STR(identity.subject, "u");
    cr_assert(identity.is_email_present && !identity.is_email_verified);
    ASSERT_STR(identity.email.display, "Ann@x.example");
    ASSERT_STR(identity.email.normal, "ann@x.example");
    ASSERT_STR(identity.name, "Ann Lee");
    ASSERT_STR(identity.given_name, "Ann");
    ASSERT_STR(identity.family_name, "Lee");
    ASSERT_STR(identity.picture, "https://x.example/a.png");
    ASSERT_STR(identity.locale, "de-AT");
    cr_assert_eq(identity.groups.count, 2);
    ASSERT_STR(identity.groups.items[1], "b");
    ASSERT_STR(identity.custom, "{}");
}

Test(protocol_identity, p_rp_21_there_is_nobody_without_a_subject) {
    static const char *const BAD[] = {"{}", "{'sub':''}", "{'sub':7}", "{'sub':null}"};
    for (size_t i = 0; i < sizeof(BAD) / sizeof(BAD[0]); i++) {
        json_t *claims = provider_object(arena, BAD[i]);
        json_t *userinfo = provider_object(arena, "{'sub':'u'}");
        const oidc_identity_source_t source = {&relying, claims, userinfo};
        oidc_identity_t identity;
        err = (err_t){0};
        cr_assert_eq(oidc_identity_read(arena, &source, &identity, &err), REFUSED, "%s", BAD[i]);
        cr_assert_str_eq(err.code, "subject_invalid");
        json_decref(claims);
        json_decref(userinfo);
    }
}

Test(protocol_identity, p_rp_21_subjects_differ_by_case) {
    cr_assert(!str_eq(read_one("{'sub':'User'}").subject, read_one("{'sub':'user'}").subject));
}

Test(protocol_identity, p_rp_27_the_subject_stays_whatever_address_it_brings) {
    ASSERT_STR(read_one("{'sub':'u','email':'a@x.example'}").subject, "u");
    ASSERT_STR(read_one("{'sub':'u','email':'b@y.example'}").subject, "u");
    static const oidc_pair_t MAPPING[] = {{{"sub", 3}, {"email", 5}},
                                          {{"subject", 7}, {"email", 5}}};
    relying.mapping = (oidc_pairs_t){MAPPING, 2};
    ASSERT_STR(read_one("{'sub':'u','email':'b@y.example'}").subject, "u");
}

Test(protocol_identity, an_address_that_is_none_is_not_present) {
    static const char *const BAD[] = {
        "{'sub':'u'}",
        "{'sub':'u','email':''}",
        "{'sub':'u','email':null}",
        "{'sub':'u','email':['a@x.example']}",
        "{'sub':'u','email':'a'}",
        "{'sub':'u','email':'a@x.example, b@x.example'}",
        "{'sub':'u','email':'a@x.example\\r\\nBcc: b@x.example'}",
        "{'sub':'u','email':'\\\"a@evil.example\\\"@x.example'}",
    };
    social(OIDC_PRESET_GITLAB, true);
    for (size_t i = 0; i < sizeof(BAD) / sizeof(BAD[0]); i++) {
        const oidc_identity_t identity = read_one(BAD[i]);
        cr_assert(!identity.is_email_present && !identity.is_email_verified, "%s", BAD[i]);
        cr_assert_eq(identity.email.normal.len, 0);
    }
}

// ---- whether the address is proven --------------------------------------------------------------

#define EMAIL "'sub':'u','email':'a@x.example'"

Test(protocol_identity, p_rp_16_only_boolean_true_is_true) {
    static const char *const BAD[] = {
        "{" EMAIL "}",
        "{" EMAIL ",'email_verified':false}",
        "{" EMAIL ",'email_verified':'false'}",
        "{" EMAIL ",'email_verified':'true'}",
        "{" EMAIL ",'email_verified':1}",
        "{" EMAIL ",'email_verified':1.0}",
        "{" EMAIL ",'email_verified':null}",
        "{" EMAIL ",'email_verified':[true]}",
        "{" EMAIL ",'email_verified':{'a':true}}",
        "{" EMAIL ",'Email_Verified':true}",
    };
    static const oidc_preset_t PRESETS[] = {OIDC_PRESET_GITLAB, OIDC_PRESET_APPLE,
                                            OIDC_PRESET_GITHUB, OIDC_PRESET_CUSTOM,
                                            OIDC_PRESET_GOOGLE};
    for (size_t p = 0; p < sizeof(PRESETS) / sizeof(PRESETS[0]); p++) {
        social(PRESETS[p], true);
        for (size_t i = 0; i < sizeof(BAD) / sizeof(BAD[0]); i++) {
            assert_verified(BAD[i], false);
        }
    }
}

Test(protocol_identity, others_are_believed_by_the_setting_only) {
    for (size_t i = 0; i < OIDC_PRESET_COUNT; i++) {
        const oidc_preset_t preset = (oidc_preset_t)i;
        if (preset == OIDC_PRESET_GOOGLE || preset == OIDC_PRESET_GITHUB ||
            preset == OIDC_PRESET_MICROSOFT || preset == OIDC_PRESET_MICROSOFT_AD) {
            continue;
        }
        social(preset, false);
        assert_verified("{" EMAIL ",'email_verified':true}", false);
        social(preset, true);
        assert_verified("{" EMAIL ",'email_verified':true}", true);
    }
}

Test(protocol_identity, p_link_15_an_organizations_provider_verifies_nothing) {
    for (size_t i = 0; i < OIDC_PRESET_COUNT; i++) {
        social((oidc_preset_t)i, true);
        relying.is_social = false;
        assert_verified("{" EMAIL ",'email_verified':true,'hd':'x.example','xms_edov':true}",
                        false);
        assert_verified("{'sub':'u','email':'a@gmail.com','email_verified':true}", false);
    }
}

Test(protocol_identity, p_rp_17_google_answers_for_gmail_and_its_customers) {
    static const struct {
        const char *claims;
        bool is_verified;
    } ROWS[] = {
        {"{'sub':'u','email':'a@gmail.com','email_verified':true}", true},
        {"{'sub':'u','email':'A@GMAIL.com','email_verified':true}", true},
        {"{'sub':'u','email':'a@gmail.com'}", false},
        {"{'sub':'u','email':'a@gmail.com','email_verified':false}", false},
        {"{'sub':'u','email':'a@gmail.com','hd':'gmail.com'}", false},
        {"{" EMAIL ",'email_verified':true}", false},
        {"{" EMAIL ",'email_verified':true,'hd':'x.example'}", true},
        {"{" EMAIL ",'email_verified':true,'hd':'X.Example.'}", true},
        {"{" EMAIL ",'email_verified':true,'hd':'y.example'}", false},
        {"{" EMAIL ",'email_verified':true,'hd':'example'}", false},
        {"{" EMAIL ",'email_verified':true,'hd':''}", false},
        {"{" EMAIL ",'email_verified':true,'hd':['x.example']}", false},
        {"{" EMAIL ",'email_verified':true,'hd':'x.example.evil.example'}", false},
        {"{" EMAIL ",'hd':'x.example'}", false},
        {"{'sub':'u','email':'a@eu.x.example','email_verified':true,'hd':'x.example'}", false},
        {"{'sub':'u','email':'a@gmail.com.evil.example','email_verified':true}", false},
        {"{'sub':'u','email':'a@xgmail.com','email_verified':true}", false},
        {"{'sub':'u','email':'a@mail.gmail.com','email_verified':true}", false},
    };
    // email_trust changes nothing: whom Google answers for is known.
    for (int trust = 0; trust < 2; trust++) {
        social(OIDC_PRESET_GOOGLE, trust == 1);
        for (size_t i = 0; i < sizeof(ROWS) / sizeof(ROWS[0]); i++) {
            assert_verified(ROWS[i].claims, ROWS[i].is_verified);
        }
    }
}

Test(protocol_identity, p_rp_15_microsoft_is_believed_by_its_own_rule) {
    static const oidc_preset_t PRESETS[] = {OIDC_PRESET_MICROSOFT, OIDC_PRESET_MICROSOFT_AD};
    for (size_t i = 0; i < 2; i++) {
        social(PRESETS[i], true);
        assert_verified("{" EMAIL ",'email_verified':true,'tid':'" TENANT "'}", false);
        assert_verified("{" EMAIL ",'xms_edov':true,'tid':'" TENANT "'}", true);
        assert_verified("{" EMAIL ",'xms_edov':'1','tid':'" TENANT "'}", false);
    }
}

Test(protocol_identity, github_is_believed_for_what_its_emails_say) {
    social(OIDC_PRESET_GITHUB, false);
    assert_verified("{" EMAIL ",'email_verified':true}", true);
    assert_verified("{" EMAIL ",'email_verified':false}", false);
}

Test(protocol_identity, what_is_said_of_one_address_is_not_said_of_another) {
    social(OIDC_PRESET_GITLAB, true);
    // Of userinfo about the ID token's address, and the other way.
    oidc_identity_t identity =
        read_both("{" EMAIL "}", "{'sub':'u','email':'b@x.example','email_verified':true}");
    ASSERT_STR(identity.email.normal, "a@x.example");
    cr_assert(!identity.is_email_verified);
    identity = read_both("{'sub':'u','email_verified':true}", "{'sub':'u','email':'b@x.example'}");
    ASSERT_STR(identity.email.normal, "b@x.example");
    cr_assert(!identity.is_email_verified);
    identity = read_both("{'sub':'u','email':null}",
                         "{'sub':'u','email':'b@x.example','email_verified':true}");
    cr_assert(identity.is_email_verified);
    social(OIDC_PRESET_MICROSOFT, true);
    identity = read_both("{'sub':'u','xms_edov':true}", "{'sub':'u','email':'b@x.example'}");
    cr_assert(identity.is_email_present && !identity.is_email_verified);
}

Test(protocol_identity, a_mapped_address_is_never_a_verified_one) {
    static const oidc_pair_t MAPPING[] = {{{"email", 5}, {"mail", 4}}};
    relying.mapping = (oidc_pairs_t){MAPPING, 1};
    social(OIDC_PRESET_GITLAB, true);
    const oidc_identity_t identity =
        read_one("{" EMAIL ",'mail':'ceo@victim.example','email_verified':true}");
    ASSERT_STR(identity.email.normal, "ceo@victim.example");
    cr_assert(!identity.is_email_verified);
    cr_assert(!read_one("{" EMAIL ",'email_verified':true}").is_email_present, "no falling back");
}

// ---- the profile --------------------------------------------------------------------------------

Test(protocol_identity, names_are_bounded_and_without_controls) {
    const oidc_identity_t identity = read_one(
        "{'sub':'u','name':'A\\nB\\u202eC','given_name':['x'],'family_name':7,'locale':'de<b>',"
        "'picture':'javascript:alert(1)'}");
    ASSERT_STR(identity.name, "ABC");
    ASSERT_STR(identity.given_name, "");
    ASSERT_STR(identity.family_name, "");
    ASSERT_STR(identity.locale, "");
    ASSERT_STR(identity.picture, "");
    const str_t big = text_of(arena, 'a', 1000);
    const str_t text = arena_format(arena, "{'sub':'u','name':'%.*s'}", STR_ARG(big));
    cr_assert_eq(read_one(arena_c(arena, text)).name.len, 255);
}

Test(protocol_identity, userinfo_adds_what_the_token_leaves_out) {
    const oidc_identity_t identity =
        read_both("{'sub':'u','name':'Token'}",
                  "{'sub':'u','name':'Info','given_name':'Ann','groups':'staff'}");
    ASSERT_STR(identity.name, "Token");
    ASSERT_STR(identity.given_name, "Ann");
    cr_assert_eq(identity.groups.count, 1);
    ASSERT_STR(identity.groups.items[0], "staff");
}

Test(protocol_identity, groups_are_bounded) {
    buf_t text = buf_new(arena, 1024);
    buf_add_c(&text, "{'sub':'u','groups':[7,null,'',['x'],'a\\nb'");
    for (int i = 0; i < 60; i++) {
        buf_add_format(&text, ",'g%d'", i);
    }
    buf_add_c(&text, "]}");
    const oidc_identity_t identity = read_one(arena_c(arena, buf_str(&text)));
    cr_assert_eq(identity.groups.count, OIDC_GROUPS_MAX);
    ASSERT_STR(identity.groups.items[0], "g0");
    cr_assert_eq(read_one("{'sub':'u','groups':{'a':'b'}}").groups.count, 0);
}

Test(protocol_identity, maps_attributes_of_the_customers_own) {
    static const oidc_pair_t MAPPING[] = {
        {{"department", 10}, {"https://x.example/dept", 22}},
        {{"given_name", 10}, {"first", 5}},
        {{"age", 3}, {"age", 3}},
        {{"roles", 5}, {"roles", 5}},
        {{"absent", 6}, {"absent", 6}},
        {{"none", 4}, {"none", 4}},
        {{"long", 4}, {"long", 4}},
    };
    relying.mapping = (oidc_pairs_t){MAPPING, sizeof(MAPPING) / sizeof(MAPPING[0])};
    const str_t big = text_of(arena, 'a', 257);
    const str_t text =
        arena_format(arena,
                     "{'sub':'u','https://x.example/dept':'R&D \\\"x\\\"','first':'Ann','age':42,"
                     "'roles':['a','b'],'none':null,'long':'%.*s'}",
                     STR_ARG(big));
    const oidc_identity_t identity = read_one(arena_c(arena, text));
    ASSERT_STR(identity.given_name, "Ann");
    ASSERT_STR(identity.custom,
               "{\"department\":\"R&D \\\"x\\\"\",\"age\":\"42\","
               "\"roles\":\"[\\\"a\\\",\\\"b\\\"]\"}");
}

Test(protocol_identity, apple_says_a_name_once_and_never_an_address) {
    oidc_identity_t identity = read_one("{'sub':'u'}");
    oidc_identity_add_user(arena,
                           provider_json(arena,
                                         "{'name':{'firstName':'Ann','lastName':'Lee'},"
                                         "'email':'ceo@victim.example'}"),
                           &identity);
    ASSERT_STR(identity.given_name, "Ann");
    ASSERT_STR(identity.family_name, "Lee");
    cr_assert(!identity.is_email_present);
    oidc_identity_add_user(arena, provider_json(arena, "{'name':{'firstName':'Eve'}}"), &identity);
    ASSERT_STR(identity.given_name, "Ann");
    static const char *const BAD[] = {"", "{", "[]", "{'name':7}", "{'name':{'firstName':[]}}"};
    oidc_identity_t empty = read_one("{'sub':'u'}");
    for (size_t i = 0; i < sizeof(BAD) / sizeof(BAD[0]); i++) {
        oidc_identity_add_user(arena, provider_json(arena, BAD[i]), &empty);
        ASSERT_STR(empty.given_name, "");
    }
}
