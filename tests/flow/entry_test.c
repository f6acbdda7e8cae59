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

Test(flow_entry, shows_the_login_page_when_nothing_is_known) {
    const flow_entry_t entry = plain();
    cr_assert_eq(flow_at_entry(arena, &entry).step, FLOW_STEP_LOGIN_PAGE);
}

Test(flow_entry, says_why_a_hint_leads_to_the_company) {
    flow_entry_t entry = plain();
    entry.has_login_hint = true;
    entry.hrd_hint = acme;
    const flow_decision_t decision = flow_at_entry(arena, &entry);
    cr_assert_eq(decision.step, FLOW_STEP_SSO);
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

Test(flow_entry, p_op_05_unknown_and_inactive_clients_get_a_page_and_no_redirect) {
    flow_entry_t entry = with_session();
    entry.client.is_active = false;
    cr_assert_eq(flow_at_entry(arena, &entry).step, FLOW_STEP_ERROR_PAGE);
    cr_assert_str_eq(flow_at_entry(arena, &entry).error, "application_not_active");
    entry.client.is_present = false;
    cr_assert_str_eq(flow_at_entry(arena, &entry).error, "invalid_client");
}

Test(flow_entry, p_op_10_a_defect_of_pkce_is_sent_back_before_a_session_is_looked_at) {
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

Test(flow_entry, p_op_12_prompt_none_with_another_prompt_is_invalid) {
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

Test(flow_entry, p_link_13_a_disabled_connection_never_falls_back_to_the_login_page) {
    flow_entry_t entry = with_session();
    entry.connection = (flow_named_t){.is_named = true, .id = STR("conn_1")};
    refuses(&entry, "invalid_connection_id");
    // Not even for the session that came from it while it was enabled.
    entry.session.connection_ids = (flow_list_t){conn_1, 1};
    refuses(&entry, "invalid_connection_id");
}

Test(flow_entry, p_link_13_a_connection_of_another_organization_is_refused) {
    flow_entry_t entry = plain();
    entry.connection = (flow_named_t){
        .is_named = true, .is_usable = true, .id = STR("conn_1"), .organization_id = STR("org_1")};
    entry.organization = (flow_named_t){.is_named = true, .is_usable = true, .id = STR("org_2")};
    refuses(&entry, "invalid_connection_id");
}

Test(flow_entry, p_link_13_of_several_connections_the_person_picks) {
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
    entry.session.connection_ids = (flow_list_t){conn_1, 1}; // the loop guard
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
    cr_assert(flow_session_is_allowed(&session, &none));
    session.is_user_active = false;
    cr_assert_not(flow_session_is_allowed(&session, &none));
    session.is_user_active = true;
    session.is_present = false;
    cr_assert_not(flow_session_is_allowed(&session, &none));
}

Test(flow_entry, every_step_has_a_name_of_its_own) {
    for (int i = 0; i <= FLOW_STEP_NOT_ACTIVE; i++) {
        cr_assert_not_null(flow_step_name((flow_step_t)i));
        for (int k = 0; k < i; k++) {
            cr_assert_str_neq(flow_step_name((flow_step_t)i), flow_step_name((flow_step_t)k));
        }
    }
}
