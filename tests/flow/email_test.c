// flow.md 3, M1 and M2.
#include "flow/email.h"
#include <criterion/criterion.h>

static arena_t *arena;

static void setup(void) {
    arena = arena_new(1 << 16);
}
static void teardown(void) {
    arena_free(&arena);
}
TestSuite(flow_email, .init = setup, .fini = teardown);

static const str_t connections[] = {{"conn_1", 6}, {"conn_2", 6}};

static flow_email_t typed(void) {
    return (flow_email_t){
        .now = 100000,
        .status = FLOW_OPEN,
        .flow_expires_at = 200000,
        .is_own_browser = true,
        .challenge = {.is_present = true, .sent_at = 99000, .expires_at = 200000},
        .resend_wait_s = 30,
    };
}

static flow_step_t step_of(const flow_email_t *facts) {
    return flow_after_email(arena, facts).step;
}

Test(flow_email, m2_sends_a_code_where_no_company_signs_in) {
    const flow_email_t facts = typed();
    cr_assert_eq(step_of(&facts), FLOW_STEP_SEND_CODE);
}

Test(flow_email, p_otp_18_is_not_told_whether_there_is_a_user) {
    // There is no such fact: the struct has the flow, the realm and the mails, nothing else.
    flow_email_t facts = typed();
    facts.challenge = (flow_challenge_t){0};
    const flow_decision_t first = flow_after_email(arena, &facts);
    cr_assert_eq(first.step, FLOW_STEP_SEND_CODE);
    cr_assert(str_is_empty(first.organization_id));
}

Test(flow_email, m1_sends_no_code_where_the_company_signs_in) {
    flow_email_t facts = typed();
    facts.hrd = (flow_hrd_t){FLOW_HRD_ONE, STR("acme.com"), STR("org_1"),
                             (flow_list_t){connections, 1}, false};
    cr_assert_eq(step_of(&facts), FLOW_STEP_SSO);
    facts.is_resend = true;
    cr_assert_eq(step_of(&facts), FLOW_STEP_SSO);
    facts.hrd.kind = FLOW_HRD_SEVERAL;
    facts.hrd.connection_ids.count = 2;
    const flow_decision_t decision = flow_after_email(arena, &facts);
    cr_assert_eq(decision.step, FLOW_STEP_PICK_CONNECTION);
    cr_assert_eq(decision.connection_ids.count, 2);
    cr_assert_eq(decision.why, FLOW_WHY_NONE); // the person's own address led there
}

Test(flow_email, m15_a_new_code_for_an_asserted_address_is_for_the_same_purpose) {
    flow_email_t facts = typed();
    facts.hrd = (flow_hrd_t){FLOW_HRD_ONE, STR("acme.com"), STR("org_1"),
                             (flow_list_t){connections, 1}, false};
    facts.challenge.purpose = FLOW_PURPOSE_SSO_TRUST;
    facts.challenge.sent_at = 0;
    facts.is_resend = true;
    cr_assert_eq(step_of(&facts), FLOW_STEP_SEND_CODE);
    cr_assert_eq(flow_after_email(arena, &facts).purpose, FLOW_PURPOSE_SSO_TRUST);
    facts.is_resend = false; // an address typed anew is a login by email
    cr_assert_eq(step_of(&facts), FLOW_STEP_SSO);
    facts.hrd.kind = FLOW_HRD_NONE;
    cr_assert_eq(flow_after_email(arena, &facts).purpose, FLOW_PURPOSE_LOGIN);
}

Test(flow_email, a_resend_waits_and_says_how_long) {
    flow_email_t facts = typed();
    facts.is_resend = true;
    const flow_decision_t early = flow_after_email(arena, &facts);
    cr_assert_eq(early.step, FLOW_STEP_LIMITED);
    cr_assert_eq(early.retry_after_s, 29);
    facts.now = 99000 + 29999;
    cr_assert_eq(flow_after_email(arena, &facts).retry_after_s, 1);
    facts.now++;
    cr_assert_eq(step_of(&facts), FLOW_STEP_SEND_CODE);
}

Test(flow_email, a_clock_that_went_back_never_makes_the_wait_longer) {
    flow_email_t facts = typed();
    facts.is_resend = true;
    facts.challenge.sent_at = facts.now + 3600000;
    cr_assert_eq(flow_after_email(arena, &facts).retry_after_s, 30);
}

Test(flow_email, another_address_typed_anew_does_not_wait) {
    const flow_email_t facts = typed(); // the last mail went out a second ago
    cr_assert_eq(step_of(&facts), FLOW_STEP_SEND_CODE);
}

Test(flow_email, p_link_10_a_resend_before_any_address_leads_to_the_login_page) {
    flow_email_t facts = typed();
    facts.is_resend = true;
    facts.challenge = (flow_challenge_t){0};
    cr_assert_eq(step_of(&facts), FLOW_STEP_LOGIN_PAGE);
}

Test(flow_email, another_browser_sends_nothing_and_an_old_flow_starts_again) {
    flow_email_t facts = typed();
    facts.is_own_browser = false;
    facts.status = FLOW_COMPLETED;
    cr_assert_eq(step_of(&facts), FLOW_STEP_OTHER_BROWSER);
    facts.is_own_browser = true;
    cr_assert_eq(step_of(&facts), FLOW_STEP_EXPIRED);
    facts.status = FLOW_OPEN;
    facts.flow_expires_at = facts.now;
    cr_assert_eq(step_of(&facts), FLOW_STEP_EXPIRED);
}
