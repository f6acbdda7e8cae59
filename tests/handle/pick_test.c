// Several connections of one organization cover a person's domain.
#include "handle/idp.h"
#include "handle/person.h"
#include "store/database.h"

static void setup(void) {
    person_setup();
    idp_organization();
    sql_exec("update connections set is_enabled = true");
}
TestSuite(handle_pick, .init = setup, .fini = person_teardown, .timeout = 120);

static str_t reach(void) {
    const str_t flow = world_param(person_begin(""), "flow");
    const str_t location = person_enter(flow, "joe@megacorp.example");
    cr_assert(str_starts(location, STR("/a/auth/pick?flow=")), "%.*s", STR_ARG(location));
    const world_answer_t page = person_follow(location);
    assert_has(page.body, "Megacorp Login");
    assert_has(page.body, "Megacorp Old");
    return flow;
}

static world_answer_t pick(str_t flow, const char *connection) {
    const str_t form = person_form("/a/auth/pick", flow);
    return person_post("/a/auth/pick", arena_format(world_arena, "%.*s&connection_id=%s",
                                                    STR_ARG(form), connection));
}

Test(handle_pick, the_one_that_is_picked_signs_in_and_another_can_be_picked_after_going_back) {
    const str_t flow = reach();
    person_go(pick(flow, "conn_other").location);
    const person_sent_t sent = person_go(pick(flow, "conn_mega").location);
    idp_says("'sub':'joe','email':'joe@megacorp.example'", sent.nonce);
    assert_leads(person_return("conn_mega", &sent), PERSON_CALLBACK "?code=");
}

Test(handle_pick, only_what_was_stored_with_the_flow_can_be_picked) {
    idp_social();
    const str_t flow = reach();
    cr_assert_eq(pick(flow, "conn_social").status, 200);
    cr_assert_eq(pick(flow, "conn_none").status, 200);
    const str_t query = arena_format(world_arena, "flow=%.*s", STR_ARG(flow));
    const str_t bare = arena_format(world_arena, "%.*s&connection_id=conn_mega", STR_ARG(query));
    cr_assert_eq(person_post("/a/auth/pick", bare).status, 200); // of no page of ours
    cr_assert_eq(sql_number("select count(*) from flows where next_connection_id <> ''"), 0);
    assert_leads(person_get("/a/auth/sso", query), "/a/auth/pick?");
}

Test(handle_pick, one_that_was_switched_off_meanwhile_is_not_offered) {
    const str_t flow = reach();
    sql_exec("update connections set is_enabled = false where id = 'conn_mega'");
    cr_assert_eq(pick(flow, "conn_mega").status, 200);
    sql_exec("update connections set is_enabled = false");
    const str_t query = arena_format(world_arena, "flow=%.*s", STR_ARG(flow));
    cr_assert_eq(person_get("/a/auth/pick", query).status, 400);
}

Test(handle_pick, a_forced_organization_with_several_is_picked_from_and_not_left) {
    const str_t location = person_begin("&organization_id=org_mega");
    const str_t flow = world_param(location, "flow");
    const str_t query = arena_format(world_arena, "flow=%.*s", STR_ARG(flow));
    assert_leads(person_get("/a/auth/login", query), "/a/auth/pick?");
    const person_sent_t sent = person_go(pick(flow, "conn_mega").location);
    assert_leads(person_get("/a/auth/login", query), "/a/auth/pick?"); // still among both
    cr_assert_eq(person_get("/a/auth/pick", query).status, 200);
    idp_says("'sub':'joe','email':'joe@megacorp.example'", sent.nonce);
    assert_leads(person_return("conn_mega", &sent), PERSON_CALLBACK "?code=");
}

Test(handle_pick, starting_again_begins_where_the_request_began) {
    const str_t flow = world_param(person_begin("&organization_id=org_mega"), "flow");
    pick(flow, "conn_mega");
    sql_exec("update flows set expires_at = now()");
    const str_t query = arena_format(world_arena, "flow=%.*s", STR_ARG(flow));
    const world_answer_t again = person_post("/a/auth/restart", query);
    assert_leads(again, "/a/auth/pick?flow=");
    assert_has(person_follow(again.location).body, "Megacorp Old");
}

Test(handle_pick, no_address_and_no_button_leads_round_what_is_forced) {
    idp_social();
    const str_t flow = world_param(person_begin("&organization_id=org_mega"), "flow");
    const str_t form = person_form("/a/auth/pick", flow);
    static const char *const EMAILS[] = {"bob@bar.example", "joe@megacorp.example", "none"};
    for (size_t i = 0; i < sizeof(EMAILS) / sizeof(EMAILS[0]); i++) {
        assert_leads(person_post("/a/auth/login", arena_format(world_arena, "%.*s&email=%s",
                                                               STR_ARG(form), EMAILS[i])),
                     "/a/auth/pick?");
    }
    assert_leads(
        person_post("/a/auth/connection",
                    arena_format(world_arena, "%.*s&connection_id=conn_social", STR_ARG(form))),
        "/a/auth/pick?");
    const str_t query = arena_format(world_arena, "flow=%.*s", STR_ARG(flow));
    assert_leads(person_get("/sso/v1/oidc/conn_social/init", query), "/a/auth/pick?");
    cr_assert_eq(sql_number("select count(*) from challenges"), 0);
    cr_assert_eq(sql_number("select count(*) from flows where next_connection_id <> ''"), 0);
}
