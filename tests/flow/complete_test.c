// flow.md 6 in words: for which organization a login is, and whether it may be.
#include "flow/complete.h"
#include <criterion/criterion.h>

static arena_t *arena;

static void setup(void) {
    arena = arena_new(1 << 16);
}
static void teardown(void) {
    arena_free(&arena);
}
TestSuite(flow_complete, .init = setup, .fini = teardown);

enum { MEMBERS_MAX = 3 };
static flow_membership_t members[MEMBERS_MAX];

static flow_completing_t known(size_t count) {
    static const char *const names[MEMBERS_MAX] = {"org_a", "org_b", "org_c"};
    for (size_t i = 0; i < MEMBERS_MAX; i++) {
        members[i] = (flow_membership_t){.organization_id = str_from_c(names[i])};
    }
    return (flow_completing_t){
        .user = {.is_present = true, .id = STR("usr_1"), .is_active = true},
        .memberships = {members, count},
        .is_signup_open = true,
    };
}

static flow_completing_t through_a(size_t count) {
    flow_completing_t facts = known(count);
    facts.connection = (flow_connection_t){.is_present = true,
                                           .is_usable = true,
                                           .id = STR("conn_a"),
                                           .organization_id = STR("org_a")};
    return facts;
}

static flow_step_t step_of(const flow_completing_t *facts) {
    return flow_complete(arena, facts).step;
}

static void gives(const flow_completing_t *facts, flow_membership_step_t how, const char *name) {
    const flow_decision_t decision = flow_complete(arena, facts);
    cr_assert_eq(decision.step, FLOW_STEP_COMPLETE, "%.*s", STR_ARG(decision.reason));
    cr_assert_eq(decision.membership, how);
    cr_assert(str_eq(decision.organization_id, str_from_c(name)));
}

static void is_refused_for(const flow_completing_t *facts, flow_step_t step, const char *name) {
    const flow_decision_t decision = flow_complete(arena, facts);
    cr_assert_eq(decision.step, step);
    cr_assert(str_eq(decision.organization_id, str_from_c(name)));
}

// ---- no organization in particular --------------------------------------------------------------

Test(flow_complete, one_membership_is_taken_and_of_several_the_person_chooses) {
    flow_completing_t facts = known(1);
    gives(&facts, FLOW_MEMBERSHIP_KEEP, "org_a");
    facts = known(2);
    cr_assert_eq(step_of(&facts), FLOW_STEP_CHOOSE_ORGANIZATION);
    members[1].member = FLOW_MEMBER_INACTIVE; // not a choice
    gives(&facts, FLOW_MEMBERSHIP_KEEP, "org_a");
}

Test(flow_complete, an_invitation_or_an_allowed_domain_is_offered_and_never_taken_by_itself) {
    flow_completing_t facts = known(1);
    members[0].member = FLOW_MEMBER_INVITED;
    cr_assert_eq(step_of(&facts), FLOW_STEP_CHOOSE_ORGANIZATION);
    members[0].member = FLOW_MEMBER_JOINABLE;
    cr_assert_eq(step_of(&facts), FLOW_STEP_CHOOSE_ORGANIZATION);
}

Test(flow_complete, who_has_none_makes_one_or_goes_without) {
    flow_completing_t facts = known(0);
    gives(&facts, FLOW_MEMBERSHIP_NONE, "");
    facts.is_organization_signup_open = true;
    cr_assert_eq(step_of(&facts), FLOW_STEP_CREATE_ORGANIZATION);
}

Test(flow_complete, a_deactivated_user_or_membership_never_completes) {
    flow_completing_t facts = known(1);
    facts.is_organization_signup_open = true;
    members[0].member = FLOW_MEMBER_INACTIVE;
    is_refused_for(&facts, FLOW_STEP_NOT_ACTIVE, "");
    facts.chosen_organization_id = STR("org_a");
    is_refused_for(&facts, FLOW_STEP_NOT_ACTIVE, "org_a");
    facts = through_a(1);
    members[0].member = FLOW_MEMBER_INACTIVE; // just-in-time provisioning does not revive it
    is_refused_for(&facts, FLOW_STEP_NOT_ACTIVE, "org_a");
    facts = through_a(1);
    facts.user.is_active = false;
    is_refused_for(&facts, FLOW_STEP_NOT_ACTIVE, "");
}

Test(flow_complete, somebody_new_needs_an_open_sign_up) {
    flow_completing_t facts = known(0);
    facts.user = (flow_user_t){0};
    gives(&facts, FLOW_MEMBERSHIP_NONE, "");
    facts.is_signup_open = false;
    cr_assert_eq(step_of(&facts), FLOW_STEP_NO_ACCOUNT);
    // Who was invited has a user already, unproven until now.
    facts.user = (flow_user_t){.is_present = true, .id = STR("usr_1"), .is_active = true};
    gives(&facts, FLOW_MEMBERSHIP_NONE, "");
}

// ---- one organization ---------------------------------------------------------------------------

Test(flow_complete, a_forced_organization_takes_its_members_and_who_is_invited) {
    flow_completing_t facts = known(2);
    facts.chosen_organization_id = STR("org_b");
    gives(&facts, FLOW_MEMBERSHIP_KEEP, "org_b");
    members[1].member = FLOW_MEMBER_INVITED;
    gives(&facts, FLOW_MEMBERSHIP_ACCEPT, "org_b");
    facts.chosen_organization_id = STR("org_c");
    is_refused_for(&facts, FLOW_STEP_NO_MEMBER, "org_c");
}

Test(flow_complete, nobody_joins_without_having_chosen_to) {
    flow_completing_t facts = known(1);
    members[0].member = FLOW_MEMBER_JOINABLE;
    facts.chosen_organization_id = STR("org_a");
    is_refused_for(&facts, FLOW_STEP_NO_MEMBER, "org_a");
    facts.is_chosen_by_person = true;
    gives(&facts, FLOW_MEMBERSHIP_JOIN, "org_a");
}

Test(flow_complete, somebody_new_is_no_member_of_what_the_request_forces) {
    flow_completing_t facts = known(0);
    facts.user = (flow_user_t){0};
    facts.chosen_organization_id = STR("org_a");
    is_refused_for(&facts, FLOW_STEP_NO_MEMBER, "org_a");
}

Test(flow_complete, a_session_keeps_its_organization_while_it_is_a_member) {
    flow_completing_t facts = known(3);
    facts.chosen_organization_id = STR("org_b");
    facts.is_session_organization = true;
    gives(&facts, FLOW_MEMBERSHIP_KEEP, "org_b");
    facts.is_choice_wanted = true;
    cr_assert_eq(step_of(&facts), FLOW_STEP_CHOOSE_ORGANIZATION);
    facts.is_choice_wanted = false;
    members[1].member = FLOW_MEMBER_INACTIVE;
    cr_assert_eq(step_of(&facts), FLOW_STEP_CHOOSE_ORGANIZATION);
    members[2].member = FLOW_MEMBER_INACTIVE;
    gives(&facts, FLOW_MEMBERSHIP_KEEP, "org_a");
}

// ---- through an organization's connection -------------------------------------------------------

Test(flow_complete, sso_is_for_the_connection_s_organization_without_a_chooser) {
    flow_completing_t facts = through_a(3);
    gives(&facts, FLOW_MEMBERSHIP_KEEP, "org_a");
    members[0].member = FLOW_MEMBER_INVITED;
    gives(&facts, FLOW_MEMBERSHIP_ACCEPT, "org_a");
}

Test(flow_complete, sso_makes_members_just_in_time_and_users_even_with_sign_up_off) {
    flow_completing_t facts = through_a(0);
    facts.user = (flow_user_t){0};
    facts.is_signup_open = false;
    gives(&facts, FLOW_MEMBERSHIP_JIT, "org_a");
    facts.connection.jit = FLOW_JIT_OFF;
    is_refused_for(&facts, FLOW_STEP_NO_MEMBER, "org_a");
}

Test(flow_complete, jit_for_organization_domains_takes_nobody_else_whatever_they_have_proven) {
    flow_completing_t facts = through_a(0);
    facts.connection.jit = FLOW_JIT_ORGANIZATION_DOMAINS;
    is_refused_for(&facts, FLOW_STEP_NO_MEMBER, "org_a");
    facts.is_domain_trusted = true;
    gives(&facts, FLOW_MEMBERSHIP_JIT, "org_a");
}

Test(flow_complete, p_link_05_a_login_through_one_organization_is_not_for_another) {
    flow_completing_t facts = through_a(2);
    facts.chosen_organization_id = STR("org_b"); // of which the person is an active member
    is_refused_for(&facts, FLOW_STEP_NO_MEMBER, "org_b");
}

Test(flow_complete, who_signed_in_at_home_first_may_go_on_to_another_organization) {
    flow_completing_t facts = through_a(2);
    facts.is_own_realm = true;
    facts.chosen_organization_id = STR("org_b");
    gives(&facts, FLOW_MEMBERSHIP_KEEP, "org_b");
    members[1].member = FLOW_MEMBER_JOINABLE; // as a member, not by the connection's provisioning
    is_refused_for(&facts, FLOW_STEP_NO_MEMBER, "org_b");
}

Test(flow_complete, a_social_connection_is_no_organization_s) {
    flow_completing_t facts = known(0);
    facts.connection =
        (flow_connection_t){.is_present = true, .is_usable = true, .is_social = true};
    gives(&facts, FLOW_MEMBERSHIP_NONE, "");
}
