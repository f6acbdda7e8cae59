// A provider at which as many people wait already as may: nothing is spent, and the person can try
// again with what they came back with.
#include "handle/idp.h"
#include "handle/person.h"
#include "store/database.h"

#define JOE "'sub':'joe','email':'joe@megacorp.example'"

static void setup(void) {
    person_setup();
    idp_organization();
}
TestSuite(handle_busy, .init = setup, .fini = person_teardown, .timeout = 120);

static person_sent_t begin_joe(void) {
    const str_t flow = world_param(person_begin(""), "flow");
    const person_sent_t sent = person_go(person_enter(flow, "joe@megacorp.example"));
    idp_says(JOE, sent.nonce);
    return sent;
}

static void assert_busy(world_answer_t page, const char *url) {
    cr_assert_eq(page.status, 503, "%d %.*s", page.status, STR_ARG(page.location));
    assert_has(page.body, "temporarily_unavailable");
    assert_has(page.body, url);
    cr_assert_eq(sql_number("select count(*) from sessions"), 0);
    cr_assert_eq(sql_number("select count(*) from sso_requests where consumed_at is not null"), 0);
}

// Whether the keys are at hand already or not: they, too, are the provider's to give.
Test(handle_busy, p_rp_02_a_busy_provider_spends_no_state_and_the_same_answer_is_good_again) {
    for (int i = 0; i < 2; i++) {
        world_browser_new(i + 1);
        const person_sent_t sent = begin_joe();
        world_crowd("conn_mega");
        for (int j = 0; j < 2; j++) {
            assert_busy(person_return("conn_mega", &sent),
                        "href=\"/sso/v1/oidc/conn_mega/callback?code=c&amp;state=");
        }
        cr_assert_eq(idp_token_requests(), i);
        world_crowd_leave();
        assert_leads(person_return("conn_mega", &sent), PERSON_CALLBACK "?code=");
        cr_assert_eq(idp_token_requests(), i + 1);
        cr_assert_eq(person_return("conn_mega", &sent).status, 400);
        sql_exec("delete from sessions; delete from sso_requests");
    }
}

Test(handle_busy, a_parked_answer_to_a_busy_provider_is_parked_again) {
    sql_exec("update connections set response_mode = 'form_post'");
    const person_sent_t sent = begin_joe();
    const str_t body =
        arena_format(world_arena, "code=c&state=%.*s&iss=%s", STR_ARG(sent.state), idp_issuer());
    const str_t parked = person_post("/sso/v1/oidc/conn_mega/callback", body).location;
    world_crowd("conn_mega");
    assert_busy(person_follow(parked), "callback?parked=");
    assert_busy(person_follow(parked), "callback?parked=");
    world_crowd_leave();
    assert_leads(person_follow(parked), PERSON_CALLBACK "?code=");
    cr_assert_eq(sql_number("select count(*) from parked_callbacks"), 0);
}

Test(handle_busy, p_rp_03_a_busy_provider_gives_no_state_to_another_browser) {
    const person_sent_t sent = begin_joe();
    world_crowd("conn_mega");
    assert_busy(person_return("conn_mega", &sent), "callback?code=c");
    world_browser_new(2);
    person_begin("");
    cr_assert_eq(person_return("conn_mega", &sent).status, 400);
    cr_assert_eq(idp_token_requests(), 0);
    world_crowd_leave();
}
