// Single rows of flow.md 2 and 6, in words.
#include "flow/entry.h"
#include <criterion/criterion.h>

static arena_t *arena;

static void setup(void) {
    arena = arena_new(1 << 16);
}
static void teardown(void) {
    arena_free(&arena);
}
TestSuite(flow_entry, .init = setup, .fini = teardown);

static const str_t conn_1[] = {{"conn_1", 6}, {"conn_2", 6}};
static const flow_hrd_t acme = {FLOW_HRD_ONE, {"acme.com", 8}, {"org_1", 5}, {conn_1, 1}, false};

static const str_t sso_1[] = {{"org_1", 5}};
static const str_t sso_2[] = {{"org_2", 5}};

static flow_entry_t plain(void) {
    return (flow_entry_t){
        .now = 5000000,
        .client = {.is_present = true, .is_active = true, .id = STR("skc_1")},
        .is_redirect_registered = true,
    };
}

static flow_entry_t with_session(void) {
    flow_entry_t entry = plain();
    entry.session = (flow_session_t){
        .is_present = true,
        .id = STR("ses_1"),
        .user_id = STR("usr_1"),
        .is_user_active = true,
        .auth_time = 4000000,
    };
    return entry;
}

static void refuses(const flow_entry_t *entry, const char *error) {
    const flow_decision_t decision = flow_at_entry(arena, entry);
    cr_assert_eq(decision.step, FLOW_STEP_ERROR_REDIRECT);
    cr_assert_str_eq(decision.error, error);
}

Test(flow_entry, e10_shows_the_login_page_when_nothing_is_known) {
    const flow_entry_t entry = plain();
    cr_assert_eq(flow_at_entry(arena, &entry).step, FLOW_STEP_LOGIN_PAGE);
}

Test(flow_entry, e9_says_why_a_hint_leads_to_the_company) {
    flow_entry_t entry = plain();
    entry.has_login_hint = true;
    entry.hrd_hint = acme;
    const flow_decision_t decision = flow_at_entry(arena, &entry);
    cr_assert_eq(decision.step, FLOW_STEP_SSO);
    cr_assert_eq(decision.why, FLOW_WHY_NONE);
    cr_assert(str_eq(decision.connection_id, STR("conn_1")));
    cr_assert(
        str_eq(decision.reason,
               STR("domain acme.com is verified for org_1, connection conn_1 is enabled -> SSO")));
}

Test(flow_entry, completes_with_a_usable_session_without_a_page) {
    const flow_entry_t entry = with_session();
    const flow_decision_t decision = flow_at_entry(arena, &entry);
    cr_assert_eq(decision.step, FLOW_STEP_COMPLETE);
    cr_assert_not(decision.is_new_session);
}

Test(flow_entry, e1_p_op_05_unknown_and_inactive_clients_get_a_page_and_no_redirect) {
    flow_entry_t entry = with_session();
    entry.client.is_active = false;
    cr_assert_eq(flow_at_entry(arena, &entry).step, FLOW_STEP_ERROR_PAGE);
    cr_assert_str_eq(flow_at_entry(arena, &entry).error, "application_not_active");
    entry.client.is_present = false;
    cr_assert_str_eq(flow_at_entry(arena, &entry).error, "invalid_client");
}

Test(flow_entry, e2_p_op_10_a_defect_of_pkce_is_sent_back_before_a_session_is_looked_at) {
    flow_entry_t entry = with_session();
    entry.defect = "invalid_request";
    entry.defect_text = STR("code_challenge is missing");
    refuses(&entry, "invalid_request");
}

Test(flow_entry, p_op_12_prompt_none_without_a_session_is_login_required) {
    flow_entry_t entry = plain();
    entry.prompt.none = true;
    refuses(&entry, "login_required");
}

Test(flow_entry, p_op_12_prompt_none_never_leads_to_a_company_or_a_page) {
    flow_entry_t entry = with_session();
    entry.prompt.none = true;
    entry.hrd_session = acme; // the session was made by code, before the company came
    refuses(&entry, "login_required");
    entry.hrd_session = (flow_hrd_t){0};
    cr_assert_eq(flow_at_entry(arena, &entry).step, FLOW_STEP_COMPLETE);
}

Test(flow_entry, e3_p_op_12_prompt_none_with_another_prompt_is_invalid) {
    flow_entry_t entry = with_session();
    entry.prompt = (flow_prompt_t){.none = true, .login = true};
    refuses(&entry, "invalid_request");
}

Test(flow_entry, prompt_login_asks_again) {
    flow_entry_t entry = with_session();
    entry.prompt.login = true;
    cr_assert_eq(flow_at_entry(arena, &entry).step, FLOW_STEP_LOGIN_PAGE);
}

Test(flow_entry, max_age_counts_to_the_millisecond_and_survives_any_number) {
    flow_entry_t entry = with_session(); // 1000 seconds old
    entry.has_max_age = true;
    entry.max_age_s = 1000;
    cr_assert_eq(flow_at_entry(arena, &entry).step, FLOW_STEP_COMPLETE);
    entry.now++;
    cr_assert_eq(flow_at_entry(arena, &entry).step, FLOW_STEP_LOGIN_PAGE);
    entry.max_age_s = INT64_MAX;
    cr_assert_eq(flow_at_entry(arena, &entry).step, FLOW_STEP_COMPLETE);
    entry.max_age_s = 0;
    entry.session.auth_time = entry.now;
    cr_assert_eq(flow_at_entry(arena, &entry).step, FLOW_STEP_LOGIN_PAGE);
}

Test(flow_entry, e5_p_link_13_a_disabled_connection_never_falls_back_to_the_login_page) {
    flow_entry_t entry = with_session();
    entry.connection = (flow_named_t){.is_named = true, .id = STR("conn_1")};
    refuses(&entry, "invalid_connection_id");
    // Not even for the session that came from it while it was enabled.
    entry.session.connection_ids = (flow_list_t){conn_1, 1};
    refuses(&entry, "invalid_connection_id");
}

Test(flow_entry, e5_p_link_13_a_connection_of_another_organization_is_refused) {
    flow_entry_t entry = plain();
    entry.connection = (flow_named_t){
        .is_named = true, .is_usable = true, .id = STR("conn_1"), .organization_id = STR("org_1")};
    entry.organization = (flow_named_t){.is_named = true, .is_usable = true, .id = STR("org_2")};
    refuses(&entry, "invalid_connection_id");
}

Test(flow_entry, e8_p_link_13_of_several_connections_the_person_picks) {
    flow_entry_t entry = plain();
    entry.hrd_domain = acme;
    entry.hrd_domain.kind = FLOW_HRD_SEVERAL;
    entry.hrd_domain.connection_ids.count = 2;
    const flow_decision_t decision = flow_at_entry(arena, &entry);
    cr_assert_eq(decision.step, FLOW_STEP_PICK_CONNECTION);
    cr_assert(str_is_empty(decision.connection_id));
    cr_assert(str_eq(decision.organization_id, STR("org_1")));
}

Test(flow_entry, a_session_by_code_is_sent_to_the_company_once_its_domain_is_covered) {
    flow_entry_t entry = with_session();
    entry.hrd_session = acme;
    cr_assert_eq(flow_at_entry(arena, &entry).step, FLOW_STEP_SSO);
    cr_assert_eq(flow_at_entry(arena, &entry).why, FLOW_WHY_SESSION);
    entry.session.sso_organization_ids = (flow_list_t){sso_1, 1}; // the loop guard
    cr_assert_eq(flow_at_entry(arena, &entry).step, FLOW_STEP_COMPLETE);
}

Test(flow_entry, e4_a_provider_that_is_unknown_is_refused_and_wins_over_every_other_selector) {
    flow_entry_t entry = plain();
    entry.provider = (flow_named_t){.is_named = true, .id = STR("myspace")};
    entry.hrd_domain = acme;
    refuses(&entry, "invalid_connection_selector");
    entry.provider.is_usable = true;
    const flow_decision_t decision = flow_at_entry(arena, &entry);
    cr_assert_eq(decision.step, FLOW_STEP_SOCIAL);
    cr_assert(str_eq(decision.connection_id, STR("myspace")));
}

static flow_named_t organization(const char *id, size_t connections) {
    return (flow_named_t){.is_named = true,
                          .is_usable = true,
                          .id = str_from_c(id),
                          .organization_id = str_from_c(id),
                          .connection_ids = {conn_1, connections}};
}

Test(flow_entry, e6_an_unknown_organization_is_refused) {
    flow_entry_t entry = plain();
    entry.organization = (flow_named_t){.is_named = true, .id = STR("org_9")};
    refuses(&entry, "invalid_organization_id");
}

Test(flow_entry, e7_an_organization_forces_its_connection_even_on_a_session_of_its_own) {
    flow_entry_t entry = with_session();
    entry.session.organization_id = STR("org_1"); // by code
    entry.organization = organization("org_1", 1);
    const flow_decision_t decision = flow_at_entry(arena, &entry);
    cr_assert_eq(decision.step, FLOW_STEP_SSO);
    cr_assert_eq(decision.why, FLOW_WHY_NONE);
}

Test(flow_entry, e7_of_several_connections_the_person_picks_among_exactly_those) {
    flow_entry_t entry = plain();
    entry.organization = organization("org_1", 2);
    const flow_decision_t decision = flow_at_entry(arena, &entry);
    cr_assert_eq(decision.step, FLOW_STEP_PICK_CONNECTION);
    cr_assert_eq(decision.connection_ids.count, 2);
    cr_assert(str_eq(decision.connection_ids.items[1], STR("conn_2")));
}

Test(flow_entry, e10_an_organization_without_sign_in_of_its_own_is_fixed) {
    flow_entry_t entry = plain();
    entry.organization = organization("org_2", 0);
    const flow_decision_t decision = flow_at_entry(arena, &entry);
    cr_assert_eq(decision.step, FLOW_STEP_LOGIN_PAGE);
    cr_assert(str_eq(decision.organization_id, STR("org_2")));
}

static const flow_membership_t member_of_both[] = {
    {.organization_id = {"org_1", 5}, .member = FLOW_MEMBER_ACTIVE},
    {.organization_id = {"org_2", 5}, .member = FLOW_MEMBER_ACTIVE}};

static flow_entry_t switching(const char *to, size_t connections) {
    flow_entry_t entry = with_session();
    entry.prompt.select_account = true;
    entry.session.organization_id = STR("org_1");
    entry.memberships = (flow_memberships_t){member_of_both, 2};
    entry.organization = organization(to, connections);
    return entry;
}

Test(flow_entry, a_switch_of_organization_is_made_at_once) {
    flow_entry_t entry = switching("org_2", 0);
    const flow_decision_t decision = flow_at_entry(arena, &entry);
    cr_assert_eq(decision.step, FLOW_STEP_COMPLETE);
    cr_assert(str_eq(decision.organization_id, STR("org_2")));
    cr_assert_eq(decision.membership, FLOW_MEMBERSHIP_KEEP);
    entry.prompt.select_account = false; // and only with select_account
    cr_assert_eq(flow_at_entry(arena, &entry).step, FLOW_STEP_LOGIN_PAGE);
}

Test(flow_entry, a_switch_to_an_organization_with_its_own_sign_in_goes_there_first) {
    flow_entry_t entry = switching("org_2", 1);
    const flow_decision_t decision = flow_at_entry(arena, &entry);
    cr_assert_eq(decision.step, FLOW_STEP_SSO);
    cr_assert_eq(decision.why, FLOW_WHY_SWITCH);
    entry.session.connection_ids = (flow_list_t){conn_1, 1}; // it has been there
    entry.session.sso_organization_ids = (flow_list_t){sso_2, 1};
    cr_assert_eq(flow_at_entry(arena, &entry).step, FLOW_STEP_COMPLETE);
    entry.session.is_present = false; // there is nothing to switch
    cr_assert_eq(flow_at_entry(arena, &entry).why, FLOW_WHY_NONE);
}

Test(flow_entry, a_switch_by_somebody_whose_company_signs_in_by_now_goes_there_first) {
    flow_entry_t entry = switching("org_2", 0);
    entry.hrd_session = acme;
    const flow_decision_t decision = flow_at_entry(arena, &entry);
    cr_assert_eq(decision.step, FLOW_STEP_SSO);
    cr_assert(str_eq(decision.organization_id, STR("org_1")));
    cr_assert_eq(decision.why, FLOW_WHY_SESSION);
    entry.session.sso_organization_ids = (flow_list_t){sso_1, 1};
    cr_assert_eq(flow_at_entry(arena, &entry).step, FLOW_STEP_COMPLETE);
}

Test(flow_entry, nobody_switches_to_an_organization_without_being_its_member) {
    flow_entry_t entry = switching("org_3", 0);
    const flow_decision_t decision = flow_at_entry(arena, &entry);
    cr_assert_eq(decision.step, FLOW_STEP_NO_MEMBER);
    cr_assert(str_eq(decision.organization_id, STR("org_3")));
}

Test(flow_entry, select_account_shows_the_chooser_to_who_has_a_choice) {
    flow_entry_t entry = switching("org_2", 0);
    entry.organization = (flow_named_t){0};
    cr_assert_eq(flow_at_entry(arena, &entry).step, FLOW_STEP_CHOOSE_ORGANIZATION);
    entry.memberships.count = 1;
    cr_assert_eq(flow_at_entry(arena, &entry).step, FLOW_STEP_COMPLETE);
}

Test(flow_entry, a_session_whose_membership_was_removed_chooses_anew) {
    flow_entry_t entry = with_session();
    entry.session.organization_id = STR("org_3");
    entry.memberships = (flow_memberships_t){member_of_both, 2};
    cr_assert_eq(flow_at_entry(arena, &entry).step, FLOW_STEP_CHOOSE_ORGANIZATION);
    entry.memberships.count = 1;
    const flow_decision_t decision = flow_at_entry(arena, &entry);
    cr_assert_eq(decision.step, FLOW_STEP_COMPLETE);
    cr_assert(str_eq(decision.organization_id, STR("org_1")));
}

Test(flow_entry, p_link_05_choosing_anew_does_not_leave_the_organization_of_the_connection) {
    // Through org_2's connection with an address of org_1; org_2 is gone, org_3 would be next.
    static const flow_membership_t third = {.organization_id = {"org_3", 5}};
    flow_entry_t entry = with_session();
    entry.session.organization_id = STR("org_2");
    entry.session.sso_organization_ids = (flow_list_t){sso_2, 1};
    entry.hrd_session = acme;
    entry.memberships = (flow_memberships_t){&third, 1};
    const flow_decision_t decision = flow_at_entry(arena, &entry);
    cr_assert_eq(decision.step, FLOW_STEP_SSO);
    cr_assert(str_eq(decision.organization_id, STR("org_1")));
}

Test(flow_entry, p_op_12_prompt_none_never_shows_a_chooser_or_a_refusal) {
    flow_entry_t entry = with_session();
    entry.prompt.none = true;
    entry.memberships = (flow_memberships_t){member_of_both, 2};
    refuses(&entry, "account_selection_required");
    entry.memberships.count = 0;
    entry.is_organization_signup_open = true;
    refuses(&entry, "interaction_required");
    entry.session.organization_id = STR("org_3");
    entry.organization = organization("org_3", 0);
    refuses(&entry, "interaction_required");
}

Test(flow_entry, p_link_05_the_loop_guard_keeps_a_session_to_the_organization_it_came_through) {
    flow_session_t session = with_session().session;
    flow_hrd_t realm = acme;
    session.sso_organization_ids = (flow_list_t){sso_2, 1};
    cr_assert(flow_session_is_allowed(&session, &realm, STR("org_2")));
    cr_assert_not(flow_session_is_allowed(&session, &realm, STR("org_1")));
    cr_assert_not(flow_session_is_allowed(&session, &realm, STR("org_3")));
    cr_assert_not(flow_session_is_allowed(&session, &realm, STR_NONE));
    realm.is_exclusive = true;
    cr_assert_not(flow_session_is_allowed(&session, &realm, STR("org_2")));
    session.sso_organization_ids = (flow_list_t){sso_1, 1};
    cr_assert(flow_session_is_allowed(&session, &realm, STR("org_3")));
}

Test(flow_entry, p_link_05_a_guest_s_session_is_switched_to_no_other_organization) {
    flow_entry_t entry = with_session();
    entry.memberships = (flow_memberships_t){member_of_both, 2};
    entry.session.organization_id = STR("org_2");
    entry.organization = organization("org_1", 0);
    entry.prompt.select_account = true;
    cr_assert_eq(flow_at_entry(arena, &entry).step, FLOW_STEP_COMPLETE); // signed in by a code
    entry.session.sso_organization_ids = (flow_list_t){sso_2, 1};
    const flow_decision_t decision = flow_at_entry(arena, &entry);
    cr_assert_eq(decision.step, FLOW_STEP_LOGIN_PAGE);
    cr_assert(str_eq(decision.organization_id, STR("org_1")));
    entry.session.sso_organization_ids = (flow_list_t){sso_1, 1};
    cr_assert_eq(flow_at_entry(arena, &entry).step, FLOW_STEP_COMPLETE);
}

Test(flow_entry, a_deactivated_user_s_session_is_as_good_as_none) {
    flow_entry_t entry = with_session();
    entry.session.is_user_active = false;
    cr_assert_eq(flow_at_entry(arena, &entry).step, FLOW_STEP_LOGIN_PAGE);
}

Test(flow_entry, no_policy_allows_a_session_that_is_not_there_or_whose_user_is_not_active) {
    const flow_hrd_t none = {0};
    flow_session_t session = with_session().session;
    cr_assert(flow_session_is_allowed(&session, &none, STR_NONE));
    session.is_user_active = false;
    cr_assert_not(flow_session_is_allowed(&session, &none, STR_NONE));
    session.is_user_active = true;
    session.is_present = false;
    cr_assert_not(flow_session_is_allowed(&session, &none, STR_NONE));
}

Test(flow_entry, every_step_has_a_name_of_its_own) {
    for (int i = 0; i <= FLOW_STEP_HINT_APPLICATION; i++) {
        cr_assert_not_null(flow_step_name((flow_step_t)i));
        for (int k = 0; k < i; k++) {
            cr_assert_str_neq(flow_step_name((flow_step_t)i), flow_step_name((flow_step_t)k));
        }
    }
}
