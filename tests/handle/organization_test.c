// The organization of a login: chooser, joining, making one, switching.
#include "handle/idp.h"
#include "handle/person.h"
#include "store/database.h"
#include <stdlib.h>

static void setup(void) {
    person_setup();
    idp_organization();
    sql_exec(
        "insert into organizations (id, name, external_id) values ('org_a', 'Alpha', 'xa'),"
        " ('org_b', 'Beta', 'xb'), ('org_c', 'Gamma', 'xc')");
    sql_exec(
        "insert into organization_domains (id, organization_id, domain, type, status, method)"
        " values ('dom_c', 'org_c', 'foo.example', 'ALLOWED_EMAIL_DOMAIN', 'verified',"
        " 'NOT_APPLICABLE')");
    sql_exec(
        "insert into users (id, email, email_display, proven_at)"
        " values ('usr_ann', 'ann@foo.example', 'ann@foo.example', now())");
    sql_exec(
        "insert into memberships (organization_id, user_id, status, provisioning) values"
        " ('org_a', 'usr_ann', 'ACTIVE', 'direct_provision')");
}
TestSuite(handle_organization, .init = setup, .fini = person_teardown, .timeout = 120);

static int64_t sessions(void) {
    return sql_number("select count(*) from sessions where ended_at is null");
}

// A login by code up to the chooser; its flow.
static str_t reach_chooser(const char *more) {
    const str_t flow = world_param(person_begin(more), "flow");
    person_enter(flow, "ann@foo.example");
    const world_answer_t proven = person_verify(flow, person_code());
    assert_leads(proven, "/a/auth/organization?flow=");
    cr_assert_eq(sessions() + sql_number("select count(*) from authorization_codes"), 0);
    return flow;
}

static str_t show(str_t flow) {
    const world_answer_t page =
        person_get("/a/auth/organization", arena_format(world_arena, "flow=%.*s", STR_ARG(flow)));
    cr_assert_eq(page.status, 200, "%d %.*s", page.status, STR_ARG(page.location));
    return page.body;
}

static world_answer_t choose(str_t flow, const char *what) {
    const str_t form = person_form("/a/auth/organization", flow);
    return person_post("/a/auth/organization",
                       arena_format(world_arena, "%.*s&%s", STR_ARG(form), what));
}

Test(handle_organization, the_chooser_lists_what_there_is_and_completes_with_the_one_chosen) {
    const str_t flow = reach_chooser("");
    const str_t page = show(flow);
    assert_has(page, "Alpha");
    assert_has(page, "Gamma"); // by the allowed domain
    cr_assert(!person_has(page, "Beta"));
    assert_leads(choose(flow, "organization_id=org_a"), PERSON_CALLBACK "?code=");
    assert_text(sql_string("select organization_id from sessions"), "org_a");
    assert_text(sql_string("select organization_id from grants"), "org_a");
    assert_text(sql_string("select array_to_string(amr, ',') from sessions"), "otp");
}

Test(handle_organization, joining_makes_a_member_and_nothing_that_is_not_offered_can_be_joined) {
    const str_t flow = reach_chooser("");
    const world_answer_t refused = choose(flow, "organization_id=org_b");
    cr_assert_eq(refused.status, 403);
    assert_has(refused.body, "/a/auth/cancel?flow=");
    cr_assert_eq(sessions(), 0);
    assert_leads(choose(flow, "organization_id=org_c"), PERSON_CALLBACK "?code=");
    assert_text(sql_string("select provisioning from memberships where organization_id = 'org_c'"),
                "allowed_email_domain");
}

Test(handle_organization, p_sess_06_a_choice_of_no_page_of_ours_counts_for_nothing) {
    const str_t flow = reach_chooser("");
    const str_t form = arena_format(world_arena, "flow=%.*s&organization_id=org_a", STR_ARG(flow));
    cr_assert_eq(person_post("/a/auth/organization", form).status, 200);
    cr_assert_eq(sessions(), 0);
    world_browser_new(2);
    person_begin("");
    const world_answer_t other = person_post("/a/auth/organization", form);
    cr_assert(!person_has(other.body, "Alpha"));
    cr_assert_eq(sessions(), 0);
}

Test(handle_organization, back_reload_and_a_double_click_break_nothing) {
    const str_t flow = reach_chooser("");
    const str_t query = arena_format(world_arena, "flow=%.*s", STR_ARG(flow));
    const str_t form = person_form("/a/auth/organization", flow);
    assert_leads(person_get("/a/auth/code", query), "/a/auth/organization?");
    show(flow);
    show(flow);
    const str_t chosen = arena_format(world_arena, "%.*s&organization_id=org_a", STR_ARG(form));
    assert_leads(person_post("/a/auth/organization", chosen), PERSON_CALLBACK "?code=");
    cr_assert_eq(person_post("/a/auth/organization", chosen).status, 200);
    cr_assert_eq(sessions(), 1);
}

Test(handle_organization, p_link_13_a_policy_that_came_meanwhile_is_judged_at_the_choice) {
    const str_t flow = reach_chooser("");
    sql_exec("update organization_domains set domain = 'foo.example' where id = 'dom_mega'");
    const world_answer_t answer = choose(flow, "organization_id=org_a");
    assert_leads(answer, "/a/auth/sso?flow=");
    assert_has(person_follow(answer.location).body, "Megacorp");
    cr_assert_eq(sessions(), 0);
}

Test(handle_organization, a_deactivated_membership_never_completes) {
    const str_t flow = reach_chooser("");
    sql_exec("update memberships set status = 'INACTIVE'");
    const world_answer_t answer = choose(flow, "organization_id=org_a");
    cr_assert_eq(answer.status, 403);
    assert_has(answer.body, "user_not_active");
    cr_assert_eq(sessions(), 0);
}

Test(handle_organization, the_way_back_from_a_refusal_tells_the_application) {
    sql_exec("delete from organization_domains where id = 'dom_c'");
    const str_t flow = world_param(person_begin("&organization_id=org_b"), "flow");
    person_enter(flow, "ann@foo.example");
    cr_assert_eq(person_verify(flow, person_code()).status, 403);
    const str_t query = arena_format(world_arena, "flow=%.*s&error=access_denied", STR_ARG(flow));
    assert_leads(person_get("/a/auth/cancel", query),
                 PERSON_CALLBACK "?error=access_denied&state=s");
    const str_t odd = arena_format(world_arena, "flow=%.*s&error=%%3Cx%%3E", STR_ARG(flow));
    assert_leads(person_get("/a/auth/cancel", odd), PERSON_CALLBACK "?error=access_denied&");
    world_browser_new(2);
    cr_assert_eq(person_get("/a/auth/cancel", query).location.len, 0);
}

// ---- switching ----------------------------------------------------------------------------------

static void sign_in(void) {
    assert_leads(choose(reach_chooser(""), "organization_id=org_a"), PERSON_CALLBACK "?code=");
}

Test(handle_organization, select_account_shows_the_chooser_to_a_session_and_switches_it) {
    sign_in();
    const str_t location = person_begin("&prompt=select_account");
    cr_assert(str_starts(location, STR("/a/auth/organization?flow=")), "%.*s", STR_ARG(location));
    assert_leads(choose(world_param(location, "flow"), "organization_id=org_c"),
                 PERSON_CALLBACK "?code=");
    cr_assert_eq(sessions(), 1);
    assert_text(sql_string("select organization_id from sessions where ended_at is null"), "org_c");
}

Test(handle_organization, a_session_that_ends_while_its_person_chooses_switches_nothing) {
    sign_in();
    const str_t flow = world_param(person_begin("&prompt=select_account"), "flow");
    const str_t form = person_form("/a/auth/organization", flow);
    sql_exec("update sessions set ended_at = now()");
    assert_leads(
        person_post("/a/auth/organization",
                    arena_format(world_arena, "%.*s&organization_id=org_c", STR_ARG(form))),
        "/a/auth/login?");
    cr_assert_eq(sessions(), 0);
}

// ---- making one ---------------------------------------------------------------------------------

static str_t reach_creation(const char *email) {
    const str_t flow = world_param(person_begin(""), "flow");
    person_enter(flow, email);
    assert_leads(person_verify(flow, person_code()), "/a/auth/organization?flow=");
    return flow;
}

static void setup_open(void) {
    setup();
    world_organization_signup(true);
}
TestSuite(handle_organization_new, .init = setup_open, .fini = person_teardown, .timeout = 120);

Test(handle_organization_new, who_has_none_makes_one_and_is_its_admin) {
    const str_t flow = reach_creation("eve@new.example");
    assert_has(show(flow), "organization_name");
    assert_leads(choose(flow, "intent=create&organization_name=+New+Corp+"),
                 PERSON_CALLBACK "?code=");
    assert_text(sql_string("select o.name || ' ' || array_to_string(m.roles, ',') || ' '"
                           " || m.provisioning from memberships m join organizations o"
                           " on o.id = m.organization_id join users u on u.id = m.user_id"
                           " where u.email = 'eve@new.example'"),
                "New Corp admin org_creator");
}

Test(handle_organization_new, a_name_that_is_none_is_asked_for_again_with_what_was_typed) {
    const str_t flow = reach_creation("eve@new.example");
    cr_assert_eq(choose(flow, "intent=create&organization_name=++").status, 400);
    char name[512] = "intent=create&organization_name=";
    memset(name + strlen(name), 'n', 201);
    const world_answer_t answer = choose(flow, name);
    cr_assert_eq(answer.status, 400);
    assert_has(answer.body, "nnnnnnnn");
    cr_assert_eq(choose(flow, "intent=create&organization_name=a%0Ab").status, 400);
    cr_assert_eq(sql_number("select count(*) from organizations where name like 'n%%'"), 0);
    name[strlen(name) - 1] = '\0';
    assert_leads(choose(flow, name), PERSON_CALLBACK "?code=");
}

Test(handle_organization_new, an_organization_of_ones_own_is_no_way_round_a_policy) {
    const str_t flow = reach_creation("eve@new.example");
    sql_exec("update organization_domains set domain = 'new.example' where id = 'dom_mega'");
    assert_leads(choose(flow, "intent=create&organization_name=Mine"), "/a/auth/sso?flow=");
    cr_assert_eq(sessions(), 0);
}
