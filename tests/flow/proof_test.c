// Single rows of flow.md 3 and 8, in words.
#include "flow/proof.h"
#include <criterion/criterion.h>

static arena_t *arena;

static void setup(void) {
    arena = arena_new(1 << 16);
}
static void teardown(void) {
    arena_free(&arena);
}
TestSuite(flow_proof, .init = setup, .fini = teardown);

static const str_t conn_1[] = {{"conn_1", 6}};

static flow_proof_t right_code(void) {
    return (flow_proof_t){
        .now = 1000,
        .kind = FLOW_PROOF_CODE,
        .status = FLOW_OPEN,
        .flow_expires_at = 2000,
        .is_own_browser = true,
        .is_same_browser_enforced = true,
        .challenge = {.is_present = true, .tries = 1, .expires_at = 2000},
        .is_secret_right = true,
        .user = {.is_present = true, .id = STR("usr_1"), .is_active = true},
    };
}

static flow_step_t step_of(const flow_proof_t *facts) {
    return flow_after_proof(arena, facts).step;
}

Test(flow_proof, m4_a_right_code_completes_with_a_new_session) {
    const flow_proof_t facts = right_code();
    const flow_decision_t decision = flow_after_proof(arena, &facts);
    cr_assert_eq(decision.step, FLOW_STEP_COMPLETE);
    cr_assert(decision.is_new_session);
}

Test(flow_proof, p_otp_01_the_right_code_after_five_wrong_ones_is_refused) {
    flow_proof_t facts = right_code();
    facts.is_secret_right = false;
    for (int tries = 1; tries <= 4; tries++) {
        facts.challenge.tries = tries;
        const flow_decision_t decision = flow_after_proof(arena, &facts);
        cr_assert_eq(decision.step, FLOW_STEP_CODE_WRONG);
        cr_assert_eq(decision.tries_left, 5 - tries);
    }
    facts.challenge.tries = 5;
    cr_assert_eq(step_of(&facts), FLOW_STEP_CODE_DEAD);
    facts.is_secret_right = true;
    cr_assert_eq(step_of(&facts), FLOW_STEP_COMPLETE, "the fifth try may be the right one");
    facts.challenge.tries = 6;
    cr_assert_eq(step_of(&facts), FLOW_STEP_CODE_DEAD);
}

Test(flow_proof, p_otp_01_five_wrong_numbers_kill_the_link_as_well) {
    flow_proof_t facts = right_code();
    facts.challenge.tries = 5;
    facts.kind = FLOW_PROOF_LINK;
    cr_assert_eq(step_of(&facts), FLOW_STEP_CODE_DEAD);
}

Test(flow_proof, p_otp_03_a_used_replaced_or_old_code_is_refused) {
    flow_proof_t facts = right_code();
    facts.challenge.is_consumed = true;
    cr_assert_eq(step_of(&facts), FLOW_STEP_CODE_EXPIRED);
    facts = right_code();
    facts.challenge.is_superseded = true;
    cr_assert_eq(step_of(&facts), FLOW_STEP_CODE_EXPIRED);
    facts = right_code();
    facts.challenge.expires_at = facts.now;
    cr_assert_eq(step_of(&facts), FLOW_STEP_CODE_EXPIRED);
}

Test(flow_proof, p_otp_04_a_code_counts_in_the_browser_that_asked_for_it_only) {
    flow_proof_t facts = right_code();
    facts.is_own_browser = false;
    cr_assert_eq(step_of(&facts), FLOW_STEP_OTHER_BROWSER);
    // Whether it was right is not told.
    facts.is_secret_right = false;
    cr_assert_eq(step_of(&facts), FLOW_STEP_OTHER_BROWSER);
}

static flow_proof_t trust_proven(void) {
    flow_proof_t facts = right_code();
    facts.challenge.purpose = FLOW_PURPOSE_SSO_TRUST;
    facts.connection = (flow_connection_t){.is_present = true,
                                           .is_usable = true,
                                           .id = STR("conn_a"),
                                           .organization_id = STR("org_a"),
                                           .trust_epoch = 7};
    facts.asserted_epoch = 7;
    return facts;
}

static const flow_hrd_t acme = {FLOW_HRD_ONE, {"acme.com", 8}, {"org_1", 5}, {conn_1, 1}, false};
static const flow_hrd_t acme_alone = {
    FLOW_HRD_ONE, {"acme.com", 8}, {"org_1", 5}, {conn_1, 1}, true};

Test(flow_proof, m5_p_otp_04_a_code_for_sso_trust_ends_at_its_connection_not_as_a_plain_login) {
    const flow_proof_t facts = trust_proven();
    const flow_decision_t decision = flow_after_proof(arena, &facts);
    cr_assert_eq(decision.step, FLOW_STEP_COMPLETE);
    cr_assert(decision.is_linking);
    cr_assert(str_eq(decision.connection_id, STR("conn_a")));
    cr_assert(str_eq(decision.organization_id, STR("org_a")));
}

Test(flow_proof, m5_the_loop_guard_completes_although_the_realm_is_this_connection_s) {
    flow_proof_t facts = trust_proven();
    static const str_t conn_a[] = {{"conn_a", 6}};
    facts.hrd = (flow_hrd_t){FLOW_HRD_ONE, STR("a.example"), STR("org_a"), {conn_a, 1}, true};
    cr_assert_eq(step_of(&facts), FLOW_STEP_COMPLETE);
}

Test(flow_proof, m5_p_link_05_another_organization_s_person_stays_with_the_connection_s) {
    flow_proof_t facts = trust_proven();
    facts.hrd = acme;
    const flow_decision_t decision = flow_after_proof(arena, &facts);
    cr_assert_eq(decision.step, FLOW_STEP_COMPLETE);
    cr_assert(str_eq(decision.organization_id, STR("org_a")));
    facts.hrd = acme_alone;
    cr_assert_eq(step_of(&facts), FLOW_STEP_OTHER_REALM);
    facts.hrd = (flow_hrd_t){0};
    facts.hrd_user = acme_alone; // of the user whose identity this is
    cr_assert_eq(step_of(&facts), FLOW_STEP_OTHER_REALM);
}

Test(flow_proof, m12_p_link_13_a_connection_that_changed_while_the_code_was_on_its_way_fails) {
    flow_proof_t facts = trust_proven();
    facts.connection.is_usable = false;
    cr_assert_eq(step_of(&facts), FLOW_STEP_SSO_FAILED);
    facts = trust_proven();
    facts.connection.trust_epoch++;
    cr_assert_eq(step_of(&facts), FLOW_STEP_SSO_FAILED);
    facts = trust_proven();
    facts.connection = (flow_connection_t){0};
    facts.asserted_epoch = 0;
    cr_assert_eq(step_of(&facts), FLOW_STEP_SSO_FAILED);
    facts = trust_proven();
    facts.connection.is_social = true; // a code of one kind for what waits of the other
    cr_assert_eq(step_of(&facts), FLOW_STEP_SSO_FAILED);
}

static flow_proof_t social_proven(void) {
    flow_proof_t facts = trust_proven();
    facts.challenge.purpose = FLOW_PURPOSE_LOGIN;
    facts.connection.is_social = true;
    facts.connection.id = STR("conn_google");
    facts.connection.organization_id = STR_NONE;
    return facts;
}

Test(flow_proof, m7_p_link_04_a_social_identity_is_linked_only_after_the_code) {
    flow_proof_t facts = social_proven();
    const flow_decision_t decision = flow_after_proof(arena, &facts);
    cr_assert_eq(decision.step, FLOW_STEP_COMPLETE);
    cr_assert(decision.is_linking);
    cr_assert(str_is_empty(decision.organization_id));
    facts.is_secret_right = false;
    cr_assert_not(flow_after_proof(arena, &facts).is_linking);
    facts = social_proven();
    facts.connection.is_usable = false;
    cr_assert_eq(step_of(&facts), FLOW_STEP_SSO_FAILED);
}

Test(flow_proof, m7_p_link_12_where_the_company_signs_in_by_now_nothing_is_linked) {
    flow_proof_t facts = social_proven();
    facts.hrd = acme;
    const flow_decision_t decision = flow_after_proof(arena, &facts);
    cr_assert_eq(decision.step, FLOW_STEP_SSO);
    cr_assert_not(decision.is_linking);
    facts.hrd = (flow_hrd_t){0};
    facts.hrd_user = acme;
    cr_assert_eq(step_of(&facts), FLOW_STEP_SSO);
}

Test(flow_proof, p_otp_07_a_link_elsewhere_shows_the_code_or_asks_for_the_number) {
    flow_proof_t facts = right_code();
    facts.kind = FLOW_PROOF_LINK;
    facts.is_own_browser = false;
    cr_assert_eq(step_of(&facts), FLOW_STEP_SHOW_CODE);
    facts.is_same_browser_enforced = false;
    cr_assert_eq(step_of(&facts), FLOW_STEP_CONFIRM_NUMBER);
    facts.kind = FLOW_PROOF_NUMBER;
    cr_assert_eq(step_of(&facts), FLOW_STEP_CONFIRMED);
}

Test(flow_proof, p_otp_07_the_number_is_no_way_around_the_enforced_browser) {
    flow_proof_t facts = right_code();
    facts.kind = FLOW_PROOF_NUMBER;
    facts.is_own_browser = false;
    cr_assert_eq(step_of(&facts), FLOW_STEP_SHOW_CODE);
}

Test(flow_proof, p_otp_07_the_first_browser_goes_on_only_after_the_number) {
    flow_proof_t facts = right_code();
    facts.kind = FLOW_PROOF_CONTINUE;
    facts.is_same_browser_enforced = false;
    cr_assert_eq(step_of(&facts), FLOW_STEP_CONFIRM_NUMBER);
    facts.challenge.is_confirmed = true;
    cr_assert_eq(step_of(&facts), FLOW_STEP_COMPLETE);
    facts.is_own_browser = false;
    cr_assert_eq(step_of(&facts), FLOW_STEP_OTHER_BROWSER);
}

Test(flow_proof, p_otp_08_looking_at_a_link_makes_no_session) {
    flow_proof_t facts = right_code();
    facts.kind = FLOW_PROOF_LINK_VIEW;
    const flow_decision_t decision = flow_after_proof(arena, &facts);
    cr_assert_eq(decision.step, FLOW_STEP_COMPLETE);
    cr_assert_not(decision.is_new_session);
    facts.user.is_active = false; // and tells nothing of the account
    cr_assert_eq(step_of(&facts), FLOW_STEP_COMPLETE);
}

Test(flow_proof, p_link_10_a_code_page_opened_directly_proves_nothing) {
    flow_proof_t facts = right_code();
    facts.challenge = (flow_challenge_t){0};
    cr_assert_eq(step_of(&facts), FLOW_STEP_LOGIN_PAGE);
    facts.kind = FLOW_PROOF_CONTINUE;
    cr_assert_eq(step_of(&facts), FLOW_STEP_LOGIN_PAGE);
}

Test(flow_proof, p_link_10_a_finished_or_old_flow_takes_no_code) {
    flow_proof_t facts = right_code();
    facts.status = FLOW_COMPLETED;
    cr_assert_eq(step_of(&facts), FLOW_STEP_EXPIRED);
    facts.status = FLOW_OPEN;
    facts.flow_expires_at = facts.now;
    cr_assert_eq(step_of(&facts), FLOW_STEP_EXPIRED);
}

Test(flow_proof, m3_p_link_13_a_code_does_not_help_where_the_company_signs_in_by_now) {
    flow_proof_t facts = right_code();
    facts.hrd = acme;
    const flow_decision_t decision = flow_after_proof(arena, &facts);
    cr_assert_eq(decision.step, FLOW_STEP_SSO);
    cr_assert_eq(decision.why, FLOW_WHY_POLICY);
    cr_assert(
        str_eq(decision.reason,
               STR("domain acme.com is verified for org_1, connection conn_1 is enabled -> SSO")));
}

Test(flow_proof, what_is_proven_is_the_same_whether_or_not_there_is_an_account) {
    flow_proof_t facts = right_code();
    facts.user.is_active = false;
    const flow_decision_t known = flow_after_proof(arena, &facts);
    facts.user = (flow_user_t){0};
    const flow_decision_t unknown = flow_after_proof(arena, &facts);
    cr_assert_eq(known.step, FLOW_STEP_COMPLETE); // flow_complete tells, and only now
    cr_assert_eq(unknown.step, FLOW_STEP_COMPLETE);
    cr_assert_not(unknown.is_linking);
}
