// Single rows of flow.md 3, the examples of its section 4, and section 7, in words.
#include "flow/arrival.h"
#include <criterion/criterion.h>

static arena_t *arena;

static void setup(void) {
    arena = arena_new(1 << 16);
}
static void teardown(void) {
    arena_free(&arena);
}
TestSuite(flow_arrival, .init = setup, .fini = teardown);

static const str_t conn_b[] = {{"conn_b", 6}};
static const flow_hrd_t realm_b = {
    FLOW_HRD_ONE, {"orgb.example", 12}, {"org_b", 5}, {conn_b, 1}, 0};

static flow_arrival_t arrived(const char *email) {
    const str_t address = str_from_c(email);
    const str_t domain = str_sub(address, str_find_last(address, '@') + 1, address.len);
    return (flow_arrival_t){
        .now = 1000,
        .status = FLOW_OPEN,
        .flow_expires_at = 2000,
        .is_own_browser = true,
        .connection = {.is_present = true,
                       .is_usable = true,
                       .id = STR("conn_a"),
                       .organization_id = STR("org_a"),
                       .trust_epoch = 1},
        .assertion = {.is_present = true,
                      .subject = STR("sub-1"),
                      .email = address,
                      .email_domain = domain},
    };
}

static flow_arrival_t from_social(const char *email, bool is_verified) {
    flow_arrival_t facts = arrived(email);
    facts.connection.is_social = true;
    facts.connection.id = STR("conn_google");
    facts.connection.organization_id = STR_NONE;
    facts.assertion.is_email_verified = is_verified;
    return facts;
}

static flow_step_t step_of(const flow_arrival_t *facts) {
    return flow_after_arrival(arena, facts).step;
}

// ---- social: M6 to M9 ---------------------------------------------------------------------------

Test(flow_arrival, m6_a_social_identity_without_an_address_is_asked_for_one) {
    const flow_arrival_t facts = from_social("", true);
    const flow_decision_t decision = flow_after_arrival(arena, &facts);
    cr_assert_eq(decision.step, FLOW_STEP_ASK_EMAIL);
    cr_assert_not(decision.is_linking);
}

Test(flow_arrival, m7_p_link_01_p_link_04_an_unverified_address_is_linked_only_after_a_code) {
    flow_arrival_t facts = from_social("victim@mail.example", false);
    facts.user = (flow_user_t){.is_present = true, .id = STR("usr_1"), .is_active = true};
    const flow_decision_t decision = flow_after_arrival(arena, &facts);
    cr_assert_eq(decision.step, FLOW_STEP_SEND_CODE);
    cr_assert_eq(decision.purpose, FLOW_PURPOSE_LOGIN);
    cr_assert_not(decision.is_linking);
}

Test(flow_arrival, m7_an_identity_that_has_proven_this_very_address_is_believed) {
    flow_arrival_t facts = from_social("ann@mail.example", false);
    facts.identity = (flow_identity_t){.is_present = true,
                                       .user_id = STR("usr_1"),
                                       .channel_email = STR("ann@mail.example"),
                                       .channel_epoch = 1};
    cr_assert_eq(step_of(&facts), FLOW_STEP_COMPLETE);
    facts.identity.channel_email = STR("old@mail.example"); // it carries another address today
    cr_assert_eq(step_of(&facts), FLOW_STEP_SEND_CODE);
}

Test(flow_arrival, m8_p_link_12_a_company_s_person_goes_to_the_company_and_nothing_is_linked) {
    flow_arrival_t facts = from_social("user@orgb.example", true);
    facts.hrd = realm_b;
    for (int verified = 0; verified < 2; verified++) {
        facts.assertion.is_email_verified = verified;
        const flow_decision_t decision = flow_after_arrival(arena, &facts);
        cr_assert_eq(decision.step, FLOW_STEP_SSO);
        cr_assert_eq(decision.why, FLOW_WHY_POLICY);
        cr_assert(str_eq(decision.connection_id, STR("conn_b")));
        cr_assert_not(decision.is_linking);
        cr_assert_not(decision.is_new_session);
    }
}

Test(flow_arrival, m8_the_company_of_a_known_identity_s_user_counts_as_well) {
    // The identity is user@orgb.example's; it asserts a private address today.
    flow_arrival_t facts = from_social("user@mail.example", true);
    facts.identity = (flow_identity_t){.is_present = true, .user_id = STR("usr_1")};
    facts.hrd_user = realm_b;
    cr_assert_eq(step_of(&facts), FLOW_STEP_SSO);
}

Test(flow_arrival, m9_a_verified_address_is_linked) {
    const flow_arrival_t facts = from_social("ann@mail.example", true);
    const flow_decision_t decision = flow_after_arrival(arena, &facts);
    cr_assert_eq(decision.step, FLOW_STEP_COMPLETE);
    cr_assert(decision.is_linking);
    cr_assert(str_is_empty(decision.organization_id));
}

// ---- SSO: M12 to M15 ----------------------------------------------------------------------------

Test(flow_arrival, m12_p_link_13_a_connection_that_was_disabled_meanwhile_gives_nothing) {
    flow_arrival_t facts = arrived("user@acmecorp.com");
    facts.is_organization_domain = true;
    cr_assert_eq(step_of(&facts), FLOW_STEP_COMPLETE);
    facts.connection.is_usable = false;
    cr_assert_eq(step_of(&facts), FLOW_STEP_SSO_FAILED);
}

Test(flow_arrival, m12_an_invalid_response_says_what_was_wrong_with_it) {
    flow_arrival_t facts = arrived("user@acmecorp.com");
    facts.is_organization_domain = true;
    facts.defect = "invalid_id_token";
    facts.defect_text = STR("the nonce is another one");
    const flow_decision_t decision = flow_after_arrival(arena, &facts);
    cr_assert_eq(decision.step, FLOW_STEP_SSO_FAILED);
    cr_assert(str_eq(decision.reason, STR("connection conn_a: the response does not hold: "
                                          "invalid_id_token, the nonce is another one")));
}

Test(flow_arrival, m12_who_cancels_at_the_provider_is_said_to_have_cancelled) {
    flow_arrival_t facts = arrived("");
    facts.assertion = (flow_assertion_t){0};
    facts.is_refused_by_person = true;
    facts.defect = "access_denied";
    const flow_decision_t decision = flow_after_arrival(arena, &facts);
    cr_assert_eq(decision.step, FLOW_STEP_SSO_FAILED);
    cr_assert(
        str_eq(decision.reason, STR("connection conn_a: the person cancelled at the provider")));
}

Test(flow_arrival, m12_an_assertion_about_nobody_is_none) {
    flow_arrival_t facts = arrived("user@acmecorp.com");
    facts.is_organization_domain = true;
    facts.assertion.subject = STR_NONE;
    cr_assert_eq(step_of(&facts), FLOW_STEP_SSO_FAILED);
    facts = arrived("user@acmecorp.com");
    facts.is_organization_domain = true;
    facts.assertion.is_present = false;
    cr_assert_eq(step_of(&facts), FLOW_STEP_SSO_FAILED);
}

Test(flow_arrival, m13_no_usable_email_is_a_missing_attribute) {
    const flow_arrival_t facts = arrived("");
    const flow_decision_t decision = flow_after_arrival(arena, &facts);
    cr_assert_eq(decision.step, FLOW_STEP_ERROR_REDIRECT);
    cr_assert_str_eq(decision.error, "mandatory_attribute_missing");
}

Test(flow_arrival, p_rp_03_another_browser_or_a_finished_flow_learns_and_gets_nothing) {
    flow_arrival_t facts = arrived("user@acmecorp.com");
    facts.is_organization_domain = true;
    facts.is_own_browser = false;
    facts.connection.is_usable = false;
    cr_assert_eq(step_of(&facts), FLOW_STEP_OTHER_BROWSER);
    facts.is_own_browser = true;
    facts.status = FLOW_COMPLETED;
    cr_assert_eq(step_of(&facts), FLOW_STEP_EXPIRED);
}

// ---- the examples of section 4, M14 and M15 -----------------------------------------------------

static const str_t acmecorp[] = {{"acmecorp.com", 12}};

Test(flow_arrival, m14_example_1_an_address_of_the_organization_s_domain_completes) {
    flow_arrival_t facts = arrived("user@acmecorp.com");
    facts.is_organization_domain = true;
    const flow_decision_t decision = flow_after_arrival(arena, &facts);
    cr_assert_eq(decision.step, FLOW_STEP_COMPLETE);
    cr_assert(decision.is_linking);
    cr_assert(str_eq(decision.organization_id, STR("org_a")));
}

Test(flow_arrival, m15_p_link_08_example_2_another_address_gets_a_code_once_and_then_never_again) {
    flow_arrival_t facts = arrived("user@foocorp.com");
    const flow_decision_t first = flow_after_arrival(arena, &facts);
    cr_assert_eq(first.step, FLOW_STEP_SEND_CODE);
    cr_assert_eq(first.purpose, FLOW_PURPOSE_SSO_TRUST);
    cr_assert(str_eq(first.connection_id, STR("conn_a")));
    facts.identity = (flow_identity_t){.is_present = true,
                                       .user_id = STR("usr_1"),
                                       .channel_email = STR("user@foocorp.com"),
                                       .channel_epoch = 1};
    cr_assert_eq(step_of(&facts), FLOW_STEP_COMPLETE);
    facts.connection.trust_epoch = 2; // until a key or the issuer is changed by hand
    cr_assert_eq(step_of(&facts), FLOW_STEP_SEND_CODE);
}

// The same function for every spelling: nothing but the normalised domain itself is the domain.
static void gets_a_code(const char *email) {
    flow_arrival_t facts = arrived(email);
    facts.connection.domains = (flow_list_t){acmecorp, 1};
    facts.is_organization_domain = true; // even if somebody looked it up too kindly
    cr_assert_eq(step_of(&facts), FLOW_STEP_SEND_CODE, "%s", email);
}

Test(flow_arrival, m15_p_link_07_examples_3_and_4_sub_domains_and_look_alikes_get_a_code) {
    gets_a_code("user@eu.acmecorp.com");
    gets_a_code("user@acmecorp.com.evil.example");
    gets_a_code("user@acmec0rp.com");
    gets_a_code("user@xn--acmecrp-q3f.com");
    gets_a_code("user@notacmecorp.com");
    gets_a_code("user@acmecorp.co");
    gets_a_code("user@acmecorp.com.");
    gets_a_code("user@ACMECORP.COM"); // not normalised: a mistake further up trusts nobody
    gets_a_code("user@");
}

Test(flow_arrival, m15_p_link_06_example_5_a_pending_domain_gets_a_code) {
    flow_arrival_t facts = arrived("user@acmecorp.com");
    facts.connection.domains = (flow_list_t){acmecorp, 1}; // assigned, but not verified
    cr_assert_eq(step_of(&facts), FLOW_STEP_SEND_CODE);
}

Test(flow_arrival, m15_p_link_08_a_domain_that_is_assigned_to_another_connection_gets_a_code) {
    flow_arrival_t facts = arrived("user@acmecorp.org");
    facts.is_organization_domain = true;
    facts.connection.domains = (flow_list_t){acmecorp, 1};
    cr_assert_eq(step_of(&facts), FLOW_STEP_SEND_CODE);
}

Test(flow_arrival, m15_p_link_15_an_organization_s_provider_is_not_asked_whether_it_is_verified) {
    flow_arrival_t facts = arrived("ceo@foocorp.com");
    facts.assertion.is_email_verified = true;
    cr_assert_eq(step_of(&facts), FLOW_STEP_SEND_CODE);
}

Test(flow_arrival, m15_a_known_identity_with_a_new_address_proves_it_and_stays_its_user) {
    flow_arrival_t facts = arrived("new@foocorp.com");
    facts.identity = (flow_identity_t){.is_present = true,
                                       .user_id = STR("usr_1"),
                                       .channel_email = STR("old@foocorp.com"),
                                       .channel_epoch = 1};
    cr_assert_eq(step_of(&facts), FLOW_STEP_SEND_CODE);
}

// ---- the loop guard -----------------------------------------------------------------------------

Test(flow_arrival, m14_the_loop_guard_completes_although_the_realm_is_this_connection_s) {
    static const str_t conn_a[] = {{"conn_a", 6}};
    flow_arrival_t facts = arrived("user@acmecorp.com");
    facts.is_organization_domain = true;
    facts.hrd = (flow_hrd_t){FLOW_HRD_ONE, STR("acmecorp.com"), STR("org_a"), {conn_a, 1}, true};
    cr_assert_eq(step_of(&facts), FLOW_STEP_COMPLETE);
}

Test(flow_arrival, m15_p_link_05_another_organization_s_person_proves_and_stays_with_this_one) {
    flow_arrival_t facts = arrived("ceo@orgb.example");
    facts.hrd = realm_b;
    const flow_decision_t decision = flow_after_arrival(arena, &facts);
    cr_assert_eq(decision.step, FLOW_STEP_SEND_CODE);
    cr_assert(str_eq(decision.organization_id, STR("org_a")));
    facts.hrd.is_exclusive = true; // and if org_b keeps its people, not even that
    const flow_decision_t refused = flow_after_arrival(arena, &facts);
    cr_assert_eq(refused.step, FLOW_STEP_OTHER_REALM);
    cr_assert(str_eq(refused.reason, STR("domain orgb.example is verified for org_b, which accepts "
                                         "only its own sign-in")));
}

Test(flow_arrival, p_link_05_an_exclusive_organization_keeps_who_has_proven_through_another_s) {
    flow_arrival_t facts = arrived("ceo@orgb.example");
    facts.identity = (flow_identity_t){.is_present = true,
                                       .user_id = STR("usr_1"),
                                       .channel_email = STR("ceo@orgb.example"),
                                       .channel_epoch = 1};
    facts.hrd = realm_b;
    cr_assert_eq(step_of(&facts), FLOW_STEP_COMPLETE);
    facts.hrd.is_exclusive = true;
    cr_assert_eq(step_of(&facts), FLOW_STEP_OTHER_REALM);
}

Test(flow_arrival, p_link_05_a_private_address_is_no_way_round_the_exclusive_organization) {
    flow_arrival_t facts = arrived("ceo@acmecorp.com");
    facts.is_organization_domain = true;
    facts.identity = (flow_identity_t){.is_present = true, .user_id = STR("usr_1")};
    facts.hrd_user = realm_b; // the identity is that of ceo@orgb.example
    cr_assert_eq(step_of(&facts), FLOW_STEP_COMPLETE);
    facts.hrd_user.is_exclusive = true;
    cr_assert_eq(step_of(&facts), FLOW_STEP_OTHER_REALM);
}

// ---- section 7 ----------------------------------------------------------------------------------

Test(flow_arrival, p_link_09_a_login_begun_at_the_provider_is_a_hint_and_signs_nobody_in) {
    flow_unsolicited_t facts = {.connection = arrived("").connection,
                                .has_default_application = true,
                                .has_initiate_login = true};
    const flow_decision_t hint = flow_after_unsolicited(arena, &facts);
    cr_assert_eq(hint.step, FLOW_STEP_HINT_APPLICATION);
    cr_assert_not(hint.is_new_session);
    facts.has_initiate_login = false;
    cr_assert_eq(flow_after_unsolicited(arena, &facts).step, FLOW_STEP_SSO);
    facts.connection.idp_initiated = FLOW_IDP_OFF;
    cr_assert_eq(flow_after_unsolicited(arena, &facts).step, FLOW_STEP_SSO_FAILED);
}

// ---- a known subject with another address -------------------------------------------------------

// The subject of joe@foo.example, a guest of organization A, whose issuer was changed by hand; the
// new one names it with an address of A's own domain.
static flow_arrival_t renamed(void) {
    flow_arrival_t facts = arrived("boss@orga.example");
    facts.is_organization_domain = true;
    facts.connection.trust_epoch = 2;
    facts.user = (flow_user_t){true, STR("usr_joe"), STR("joe@foo.example"), true, true};
    facts.identity = (flow_identity_t){true, STR("usr_joe"), STR("joe@foo.example"), 1};
    return facts;
}

Test(flow_arrival, p_rp_27_no_own_address_leads_into_the_account_of_a_guest) {
    flow_arrival_t facts = renamed();
    const flow_decision_t decision = flow_after_arrival(arena, &facts);
    cr_assert_eq(decision.step, FLOW_STEP_NO_MEMBER);
    cr_assert(str_eq(decision.organization_id, STR("org_a")));
    facts.is_organization_domain = false; // nor does a code to it
    cr_assert_eq(step_of(&facts), FLOW_STEP_NO_MEMBER);
    facts.hrd_user = realm_b;
    cr_assert_eq(step_of(&facts), FLOW_STEP_NO_MEMBER);
}

Test(flow_arrival, p_rp_27_a_subject_that_is_vouched_for_may_change_its_address) {
    flow_arrival_t facts = renamed();
    facts.identity.channel_epoch = 2;
    cr_assert_eq(step_of(&facts), FLOW_STEP_COMPLETE);
    facts = renamed();
    facts.hrd_user = realm_b;
    facts.hrd_user.organization_id = STR("org_a");
    cr_assert_eq(step_of(&facts), FLOW_STEP_COMPLETE);
    facts = renamed();
    facts.user.email = facts.assertion.email;
    cr_assert_eq(step_of(&facts), FLOW_STEP_COMPLETE);
}
