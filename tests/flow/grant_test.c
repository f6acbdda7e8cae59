// Codes and refresh tokens (RFC 6749 4.1.3, 6; RFC 7636 4.6; RFC 9700 4.14; flow.md 6).
#include "flow/grant.h"
#include "flow_case.h"
#include <criterion/criterion.h>

static arena_t *arena;

static void setup(void) {
    arena = arena_new(1 << 20);
}
static void teardown(void) {
    arena_free(&arena);
}
TestSuite(flow_grant, .init = setup, .fini = teardown);

static const str_t connections[] = {{"conn_1", 6}};

static flow_grant_t living_grant(void) {
    return (flow_grant_t){
        .id = STR("grt_1"),
        .client_id = STR("skc_1"),
        .scope = STR("openid email offline_access"),
        .is_member = true,
        .session = {.is_present = true, .id = STR("ses_1"), .is_user_active = true},
    };
}

static flow_code_facts_t good_code(void) {
    return (flow_code_facts_t){
        .now = 1000,
        .client_id = STR("skc_1"),
        .is_present = true,
        .expires_at = 1001,
        .redirect_uri = STR("https://app.example/cb"),
        .code_challenge = STR("E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"),
        .has_redirect_uri = true,
        .given_redirect_uri = STR("https://app.example/cb"),
        .has_verifier = true,
        .given_code_challenge = STR("E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"),
        .grant = living_grant(),
    };
}

static flow_refresh_facts_t good_refresh(void) {
    return (flow_refresh_facts_t){
        .now = 1000,
        .client_id = STR("skc_1"),
        .is_present = true,
        .expires_at = 1001,
        .grant = living_grant(),
    };
}

static void code_gives(const flow_code_facts_t *facts, flow_grant_step_t step) {
    const flow_grant_decision_t decision = flow_code_redeem(arena, facts);
    cr_assert_eq(decision.step, step, "%.*s", STR_ARG(decision.reason));
    cr_assert(step == FLOW_GRANT_ISSUE ? decision.error == NULL
                                       : strcmp(decision.error, "invalid_grant") == 0);
}

static void refresh_gives(const flow_refresh_facts_t *facts, flow_grant_step_t step) {
    const flow_grant_decision_t decision = flow_refresh_use(arena, facts);
    cr_assert_eq(decision.step, step, "%.*s", STR_ARG(decision.reason));
    cr_assert(step == FLOW_GRANT_ISSUE ? decision.error == NULL
                                       : strcmp(decision.error, "invalid_grant") == 0);
}

Test(flow_grant, a_good_code_gives_what_was_granted) {
    const flow_code_facts_t facts = good_code();
    code_gives(&facts, FLOW_GRANT_ISSUE);
    cr_assert(str_eq(flow_code_redeem(arena, &facts).scope, facts.grant.scope));
}

Test(flow_grant, p_op_07_a_replayed_code_is_refused_and_its_tokens_are_revoked) {
    flow_code_facts_t facts = good_code();
    facts.is_consumed = true;
    code_gives(&facts, FLOW_GRANT_REFUSE_AND_REVOKE);
    facts.expires_at = 0; // after half a minute or a day
    facts.grant.session.is_present = false;
    facts.has_verifier = false;
    code_gives(&facts, FLOW_GRANT_REFUSE_AND_REVOKE);
}

Test(flow_grant, p_op_08_another_client_s_code_is_refused_and_nothing_of_its_owner_ends) {
    flow_code_facts_t facts = good_code();
    facts.client_id = STR("skc_2");
    code_gives(&facts, FLOW_GRANT_REFUSE);
    facts.is_consumed = true;
    code_gives(&facts, FLOW_GRANT_REFUSE);
}

Test(flow_grant, p_op_09_a_code_is_good_to_its_last_millisecond) {
    flow_code_facts_t facts = good_code();
    facts.expires_at = facts.now;
    code_gives(&facts, FLOW_GRANT_REFUSE);
    cr_assert_eq(FLOW_CODE_LIFETIME_S, 60);
}

Test(flow_grant, p_op_04_the_redirect_uri_must_stand_in_the_token_request_unchanged) {
    flow_code_facts_t facts = good_code();
    facts.has_redirect_uri = false;
    facts.given_redirect_uri = STR_NONE;
    code_gives(&facts, FLOW_GRANT_REFUSE);
    facts.has_redirect_uri = true;
    facts.given_redirect_uri = STR("https://app.example/cb/");
    code_gives(&facts, FLOW_GRANT_REFUSE);
}

Test(flow_grant, p_op_10_a_missing_or_wrong_verifier_is_refused) {
    flow_code_facts_t facts = good_code();
    facts.has_verifier = false;
    facts.given_code_challenge = STR_NONE;
    code_gives(&facts, FLOW_GRANT_REFUSE);
    facts.has_verifier = true;
    facts.given_code_challenge = STR("E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cN");
    code_gives(&facts, FLOW_GRANT_REFUSE);
}

Test(flow_grant, p_op_11_a_verifier_for_a_request_without_challenge_is_a_downgrade) {
    flow_code_facts_t facts = good_code();
    facts.code_challenge = STR_NONE;
    code_gives(&facts, FLOW_GRANT_REFUSE);
    facts.has_verifier = false;
    code_gives(&facts, FLOW_GRANT_ISSUE);
}

Test(flow_grant, an_unknown_code_or_refresh_token_is_refused) {
    flow_code_facts_t code = good_code();
    code.is_present = false;
    code_gives(&code, FLOW_GRANT_REFUSE);
    flow_refresh_facts_t refresh = good_refresh();
    refresh.is_present = false;
    refresh_gives(&refresh, FLOW_GRANT_REFUSE);
}

Test(flow_grant, p_op_24_another_client_s_refresh_token_is_refused_and_its_owner_keeps_it) {
    flow_refresh_facts_t facts = good_refresh();
    facts.client_id = STR("skc_2");
    refresh_gives(&facts, FLOW_GRANT_REFUSE);
    facts.is_used = true;
    refresh_gives(&facts, FLOW_GRANT_REFUSE);
}

// What ends a grant ends its code and its refresh token alike.
static void grant_is_over(flow_grant_t grant) {
    flow_code_facts_t code = good_code();
    code.grant = grant;
    code_gives(&code, FLOW_GRANT_REFUSE);
    flow_refresh_facts_t refresh = good_refresh();
    refresh.grant = grant;
    refresh_gives(&refresh, FLOW_GRANT_REFUSE);
}

Test(flow_grant, p_op_24_after_logout_revocation_or_deactivation_nothing_is_given) {
    flow_grant_t grant = living_grant();
    grant.session = (flow_session_t){0};
    grant_is_over(grant);
    grant = living_grant();
    grant.is_revoked = true;
    grant_is_over(grant);
    grant = living_grant();
    grant.session.is_user_active = false;
    grant_is_over(grant);
}

static const str_t sso_1[] = {{"org_1", 5}};
static const flow_hrd_t realm_1 = {
    FLOW_HRD_ONE, {"acme.com", 8}, {"org_1", 5}, {connections, 1}, false};

static void grant_is_good(flow_grant_t grant) {
    flow_code_facts_t code = good_code();
    code.grant = grant;
    code_gives(&code, FLOW_GRANT_ISSUE);
    flow_refresh_facts_t refresh = good_refresh();
    refresh.grant = grant;
    refresh_gives(&refresh, FLOW_GRANT_ISSUE);
}

Test(flow_grant, p_op_24_a_new_company_policy_acts_at_the_next_use) {
    flow_grant_t grant = living_grant();
    grant.hrd = realm_1;
    grant_is_over(grant); // by code, and the domain has a connection since
    grant.session.sso_organization_ids = (flow_list_t){sso_1, 1};
    grant_is_good(grant);
}

Test(flow_grant, p_op_24_a_membership_that_is_gone_ends_its_tokens_and_no_others) {
    flow_grant_t grant = living_grant();
    grant.organization_id = STR("org_1");
    grant_is_good(grant);
    grant.is_member = false;
    grant_is_over(grant);
}

Test(flow_grant, p_link_05_who_came_through_another_s_connection_has_tokens_for_that_one_alone) {
    static const str_t sso_2[] = {{"org_2", 5}};
    flow_grant_t grant = living_grant();
    grant.hrd = realm_1;
    grant.session.sso_organization_ids = (flow_list_t){sso_2, 1};
    grant.organization_id = STR("org_2");
    grant_is_good(grant);
    grant.hrd.is_exclusive = true;
    grant_is_over(grant);
    grant.hrd.is_exclusive = false;
    grant.organization_id = STR("org_1");
    grant_is_over(grant);
    grant.organization_id = STR_NONE;
    grant_is_over(grant);
}

static void says(flow_grant_t grant, const char *why) {
    flow_refresh_facts_t facts = good_refresh();
    facts.grant = grant;
    cr_assert(str_eq(flow_refresh_use(arena, &facts).reason, str_from_c(why)));
}

Test(flow_grant, support_reads_which_of_them_it_was) {
    flow_grant_t grant = living_grant();
    grant.session.is_user_active = false;
    says(grant, "the user is deactivated");
    grant.session.is_present = false;
    says(grant, "the session has ended");
    grant = living_grant();
    grant.is_member = false;
    says(grant, "the user is no longer a member of the organization");
}

Test(flow_grant, p_op_25_a_refresh_token_used_again_ends_the_whole_family) {
    flow_refresh_facts_t facts = good_refresh();
    facts.is_used = true;
    refresh_gives(&facts, FLOW_GRANT_REFUSE_AND_REVOKE);
    facts.expires_at = 0;
    facts.grant.is_revoked = true;
    refresh_gives(&facts, FLOW_GRANT_REFUSE_AND_REVOKE);
}

Test(flow_grant, an_old_refresh_token_is_refused) {
    flow_refresh_facts_t facts = good_refresh();
    facts.expires_at = facts.now;
    refresh_gives(&facts, FLOW_GRANT_REFUSE);
}

static void scope_gives(const char *given, const char *wanted) {
    flow_refresh_facts_t facts = good_refresh();
    facts.has_scope = true;
    facts.given_scope = str_from_c(given);
    const flow_grant_decision_t decision = flow_refresh_use(arena, &facts);
    if (wanted) {
        cr_assert_eq(decision.step, FLOW_GRANT_ISSUE);
        cr_assert(str_eq(decision.scope, str_from_c(wanted)), "%.*s", STR_ARG(decision.scope));
    } else {
        cr_assert_eq(decision.step, FLOW_GRANT_REFUSE);
        cr_assert_str_eq(decision.error, "invalid_scope");
    }
}

Test(flow_grant, a_refresh_may_narrow_the_scope_and_never_widen_it) {
    scope_gives("openid", "openid");
    scope_gives("email openid email", "email openid");
    scope_gives("", "openid email offline_access"); // RFC 6749 3.2: as if omitted
    scope_gives("openid profile", NULL);
    scope_gives("Openid", NULL);
    scope_gives("openi", NULL);
    scope_gives("openid  email", "openid email");
}

// All combinations of the facts of a code: tokens come out if and only if nothing speaks against.
Test(flow_grant, a_code_is_redeemed_only_if_no_fact_speaks_against_it) {
    enum { FACTS = 11 };
    static const int sizes[FACTS] = {2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2};
    int bad[FACTS] = {0};
    size_t issued = 0, revoked = 0;
    do {
        flow_code_facts_t facts = good_code();
        facts.is_present = !bad[0];
        facts.client_id = bad[1] ? STR("skc_2") : STR("skc_1");
        facts.is_consumed = bad[2];
        facts.expires_at = bad[3] ? 999 : 1001;
        facts.has_redirect_uri = !bad[4];
        facts.has_verifier = !bad[5];
        facts.grant.is_revoked = bad[6];
        facts.grant.session.is_present = !bad[7];
        facts.grant.session.is_user_active = !bad[8];
        facts.grant.hrd.kind = bad[9] ? FLOW_HRD_ONE : FLOW_HRD_NONE;
        facts.grant.is_member = !bad[10];
        const flow_grant_decision_t decision = flow_code_redeem(arena, &facts);
        int count = 0;
        for (size_t i = 0; i < FACTS; i++) {
            count += bad[i];
        }
        cr_assert_eq(decision.step == FLOW_GRANT_ISSUE, count == 0);
        cr_assert_eq(decision.step == FLOW_GRANT_REFUSE_AND_REVOKE, !bad[0] && !bad[1] && bad[2]);
        cr_assert(!str_is_empty(decision.reason) && !str_has_control(decision.reason));
        issued += decision.step == FLOW_GRANT_ISSUE;
        revoked += decision.step == FLOW_GRANT_REFUSE_AND_REVOKE;
    } while (case_next(bad, sizes, FACTS));
    cr_assert_eq(issued, 1);
    cr_assert_eq(revoked, 256);
}
