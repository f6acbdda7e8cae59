// Sign-in at an organization's provider, between our endpoints and a provider of the test's own.
#include "handle/idp.h"
#include "handle/person.h"
#include "store/database.h"

#define JOE "'sub':'joe','email':'joe@megacorp.example'"

static void setup(void) {
    person_setup();
    idp_organization();
}
TestSuite(handle_sso, .init = setup, .fini = person_teardown, .timeout = 120);

static int64_t sessions(void) {
    return sql_number("select count(*) from sessions");
}

// "<before>state=<state><after>" at the callback; "ISS" behind is the right issuer.
static world_answer_t come_back(const char *before, const person_sent_t *sent, const char *after) {
    const bool has_issuer = strstr(after, "ISS") != NULL;
    const str_t query = arena_format(world_arena, "%sstate=%.*s%s%s", before, STR_ARG(sent->state),
                                     has_issuer ? "&iss=" : after, has_issuer ? idp_issuer() : "");
    return person_get("/sso/v1/oidc/conn_mega/callback", query);
}

static person_sent_t begin_joe(void) {
    const str_t flow = world_param(person_begin(""), "flow");
    return person_go(person_enter(flow, "joe@megacorp.example"));
}

// ---- the way there ------------------------------------------------------------------------------

Test(handle_sso, an_address_of_the_domain_is_signed_in_at_its_own_provider_without_a_code) {
    const person_sent_t sent = begin_joe();
    assert_text(world_param(sent.url, "login_hint"), "joe@megacorp.example");
    assert_text(world_param(sent.url, "redirect_uri"),
                "https://login.example.com/sso/v1/oidc/conn_mega/callback");
    idp_says(JOE, sent.nonce);
    const world_answer_t back = person_return("conn_mega", &sent);
    assert_leads(back, PERSON_CALLBACK "?code=");
    cr_assert_eq(sql_number("select count(*) from challenges"), 0);
    cr_assert_eq(sql_number("select count(*) from memberships where status = 'ACTIVE'"
                            " and organization_id = 'org_mega'"),
                 1);
    assert_text(sql_string("select organization_id from sessions"), "org_mega");
    assert_text(sql_string("select array_to_string(amr, ',') from sessions"), "conn_mega");
    assert_text(sql_string("select connection_id || ' ' || organization_id from audit_events"
                           " where event = 'login.sso'"),
                "conn_mega org_mega");
}

Test(handle_sso, p_rp_24_every_request_has_a_state_nonce_and_verifier_of_its_own) {
    const person_sent_t first = begin_joe();
    const str_t again = arena_format(world_arena, "/a/auth/sso?flow=%.*s", STR_ARG(first.flow));
    const person_sent_t second = person_go(again);
    assert_text(world_param(first.url, "code_challenge_method"), "S256");
    cr_assert(!str_eq(first.state, second.state) && !str_eq(first.nonce, second.nonce));
    cr_assert(!str_eq(world_param(first.url, "code_challenge"),
                      world_param(second.url, "code_challenge")));
    cr_assert_eq(first.state.len, 43);
    cr_assert_eq(first.nonce.len, 43);
    idp_says(JOE, first.nonce); // both work: reload and back are safe
    assert_leads(person_return("conn_mega", &first), PERSON_CALLBACK "?code=");
    assert_has(idp_token_request(), "code_verifier=");
}

Test(handle_sso, what_the_application_asked_for_is_passed_on) {
    const str_t flow = world_param(person_begin("&prompt=login&max_age=60&ui_locales=de"), "flow");
    const person_sent_t sent = person_go(person_enter(flow, "joe@megacorp.example"));
    assert_text(world_param(sent.url, "prompt"), "login");
    assert_text(world_param(sent.url, "max_age"), "60");
    assert_text(world_param(sent.url, "ui_locales"), "de");
}

// The parameter goes through the browser, and whoever sits there can strike it out.
Test(handle_sso, a_new_sign_in_that_was_asked_for_is_not_an_old_one) {
    static const struct {
        const char *asked, *set_up;
        int age_s;
        bool is_taken;
    } CASES[] = {{"", "", 3600, true},
                 {"&prompt=login", "", 3600, false},
                 {"&prompt=login", "", 0, true},
                 {"", "login", 3600, false},
                 {"&prompt=select_account", "login", 3600, false}};
    for (size_t i = 0; i < sizeof(CASES) / sizeof(CASES[0]); i++) {
        world_browser_new((int)i + 1);
        sql_exec("update connections set prompt = '%s'", CASES[i].set_up);
        const str_t flow = world_param(person_begin(CASES[i].asked), "flow");
        const person_sent_t sent = person_go(person_enter(flow, "joe@megacorp.example"));
        const long long at_s = (long long)(clock_wall_ms() / 1000) - CASES[i].age_s;
        idp_says(arena_format(world_arena, "%s,'auth_time':%lld", JOE, at_s).ptr, sent.nonce);
        const world_answer_t back = person_return("conn_mega", &sent);
        cr_assert_eq(back.status, CASES[i].is_taken ? 303 : 400, "case %zu: %d", i, back.status);
    }
}

Test(handle_sso, a_forced_connection_is_gone_to_at_once_and_no_address_leads_round_it) {
    const str_t location = person_begin("&connection_id=conn_mega");
    cr_assert(str_starts(location, STR("/a/auth/sso?flow=")));
    const person_sent_t sent = person_go(location);
    const str_t query = arena_format(world_arena, "flow=%.*s", STR_ARG(sent.flow));
    assert_leads(person_get("/a/auth/login", query), "/a/auth/sso?");
    const str_t form = arena_format(world_arena, "%.*s&email=ann@foo.example", STR_ARG(query));
    person_post("/a/auth/login", form);
    cr_assert_eq(sql_number("select count(*) from challenges"), 0);
}

Test(handle_sso, documents_are_fetched_once_and_shared) {
    person_sso("joe@megacorp.example", JOE);
    sql_exec("update connection_documents set tried_at = now() - interval '1 hour'");
    world_browser_new(2);
    assert_leads(person_sso("joe@megacorp.example", JOE), PERSON_CALLBACK "?code=");
    cr_assert_eq(idp_discovery_requests(), 1);
    cr_assert_eq(idp_key_requests(), 1);
}

Test(handle_sso, a_stale_document_stays_in_use_while_the_provider_has_no_better_one) {
    person_sso("joe@megacorp.example", JOE);
    sql_exec(
        "update connection_documents set expires_at = now() - interval '1 hour',"
        " tried_at = now() - interval '1 hour'");
    idp_fails(503);
    world_browser_new(2);
    const person_sent_t sent = begin_joe();
    cr_assert_eq(idp_discovery_requests(), 2);
    begin_joe(); // no second try within a minute
    cr_assert_eq(idp_discovery_requests(), 2);
    assert_has(sql_string("select error from connection_documents where kind = 'discovery'"),
               "503");
    idp_fails(0);
    idp_says(JOE, sent.nonce);
    assert_leads(person_return("conn_mega", &sent), PERSON_CALLBACK "?code=");
}

Test(handle_sso, a_provider_that_was_never_seen_and_is_down_is_a_page_with_a_way_on) {
    idp_fails(500);
    const str_t flow = world_param(person_begin(""), "flow");
    const world_answer_t page = person_follow(person_enter(flow, "joe@megacorp.example"));
    cr_assert_gt(page.status, 399);
    assert_has(page.body, "/a/auth/sso?flow=");
    idp_fails(0);
    person_go(arena_format(world_arena, "/a/auth/sso?flow=%.*s", STR_ARG(flow)));
}

Test(handle_sso, p_rp_09_an_unknown_kid_renews_the_keys_once_a_minute) {
    person_sso("joe@megacorp.example", JOE);
    sql_exec("update connection_documents set tried_at = now() - interval '1 hour'");
    idp_rotate(true);
    world_browser_new(2);
    assert_leads(person_sso("joe@megacorp.example", JOE), PERSON_CALLBACK "?code=");
    cr_assert_eq(idp_key_requests(), 2);
    idp_rotate(false);
    sql_exec("update connection_documents set body = '{\"keys\":[]}' where kind = 'jwks'");
    world_browser_new(3);
    cr_assert_eq(person_sso("joe@megacorp.example", JOE).status, 400);
    cr_assert_eq(idp_key_requests(), 2);
    assert_has(sql_string("select reason from audit_events where event = 'login.sso'"
                          " order by id desc limit 1"),
               "a moment ago");
}

// ---- the state ----------------------------------------------------------------------------------

static void assert_no_login(world_answer_t answer, const char *what) {
    cr_assert_eq(answer.status, 400, "%s: %d %.*s", what, answer.status, STR_ARG(answer.location));
    cr_assert_eq(idp_token_requests(), 0, "%s", what);
    cr_assert_eq(sessions(), 0, "%s", what);
}

Test(handle_sso, p_rp_02_a_state_that_is_missing_wrong_or_empty_sends_no_token_request) {
    const person_sent_t sent = begin_joe();
    idp_says(JOE, sent.nonce);
    assert_no_login(person_get("/sso/v1/oidc/conn_mega/callback", STR("code=c")), "missing");
    assert_no_login(person_get("/sso/v1/oidc/conn_mega/callback", STR("code=c&state=")), "empty");
    assert_no_login(come_back("code=c&", &sent, "A"), "longer");
    assert_no_login(person_get("/sso/v1/oidc/conn_mega/callback",
                               STR("code=c&state=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")),
                    "unknown");
    sql_exec("update sso_requests set expires_at = now()");
    assert_no_login(person_return("conn_mega", &sent), "too old");
}

Test(handle_sso, p_rp_02_a_state_works_once) {
    const person_sent_t sent = begin_joe();
    idp_says(JOE, sent.nonce);
    assert_leads(person_return("conn_mega", &sent), PERSON_CALLBACK "?code=");
    cr_assert_eq(person_return("conn_mega", &sent).status, 400);
    cr_assert_eq(idp_token_requests(), 1);
    cr_assert_eq(sessions(), 1);
}

Test(handle_sso, p_rp_03_another_browsers_state_is_refused_and_not_spent) {
    const person_sent_t sent = begin_joe();
    idp_says(JOE, sent.nonce);
    world_browser_new(2);
    assert_no_login(person_return("conn_mega", &sent), "no cookie");
    person_begin("");
    assert_no_login(person_return("conn_mega", &sent), "another cookie");
    cr_assert_eq(sql_number("select count(*) from sso_requests where consumed_at is not null"), 0);
}

Test(handle_sso, p_rp_01_an_answer_at_another_connections_callback_is_refused) {
    const person_sent_t sent = begin_joe();
    idp_says(JOE, sent.nonce);
    assert_no_login(person_return("conn_other", &sent), "other connection");
    const str_t query =
        arena_format(world_arena, "code=c&state=%.*s&iss=%s", STR_ARG(sent.state), idp_issuer());
    assert_no_login(person_get("/sso/v1/oauth/conn_mega/callback", query), "other protocol");
}

Test(handle_sso, p_rp_01_an_answer_of_another_issuer_reaches_no_token_endpoint) {
    person_sent_t sent = begin_joe();
    assert_no_login(come_back("code=c&", &sent, "&iss=https%3A%2F%2Fevil.example"), "another iss");
    sent = begin_joe();
    assert_no_login(come_back("code=c&", &sent, ""), "no iss");
}

Test(handle_sso, p_rp_22_a_malformed_answer_is_a_page_and_no_token_request) {
    static const char *const BEFORE[] = {"code=c&error=access_denied&", "code=c&code=d&", ""};
    for (size_t i = 0; i < sizeof(BEFORE) / sizeof(BEFORE[0]); i++) {
        const person_sent_t sent = begin_joe();
        assert_no_login(come_back(BEFORE[i], &sent, "ISS"), BEFORE[i]);
    }
}

Test(handle_sso, p_rp_04_a_nonce_of_another_request_is_refused) {
    const person_sent_t first = begin_joe(), second = begin_joe();
    idp_says(JOE, first.nonce);
    const world_answer_t back = person_return("conn_mega", &second);
    cr_assert_eq(back.status, 400);
    assert_has(back.body, "invalid_id_token");
    cr_assert_eq(sessions(), 0);
    assert_has(sql_string("select reason from audit_events where event = 'login.sso'"), "nonce");
}

// ---- errors -------------------------------------------------------------------------------------

Test(handle_sso, p_rp_23_a_providers_words_are_never_on_the_page_and_bounded_in_the_log) {
    const person_sent_t sent = begin_joe();
    char words[2048];
    memset(words, 'w', sizeof(words));
    snprintf(words + sizeof(words) - 64, 64, "%s", "");
    memcpy(words, "error=server_error&error_description=%3Cscript%3Ealert(1)%0A", 60);
    const world_answer_t back =
        come_back(arena_format(world_arena, "%s&", words).ptr, &sent, "ISS");
    cr_assert_eq(back.status, 400);
    cr_assert(!person_has(back.body, "<script>alert"));
    assert_has(back.body, "/a/auth/sso?flow=");
    assert_has(sql_string("select reason from audit_events where event = 'login.sso'"),
               "server_error");
    cr_assert_lt(sql_number("select max(length(reason)) from audit_events"), 600);
    cr_assert_eq(sql_number("select count(*) from audit_events where reason ~ '[[:cntrl:]]'"), 0);
}

Test(handle_sso, who_turns_back_at_the_provider_finds_the_login_page_with_a_sentence) {
    const person_sent_t sent = begin_joe();
    const world_answer_t back = come_back("error=access_denied&", &sent, "ISS");
    assert_leads(back, "/a/auth/login?flow=");
    assert_has(person_follow(back.location).body, "Megacorp Login");
}

Test(handle_sso, who_turns_back_from_a_forced_connection_is_back_in_the_application) {
    const person_sent_t sent = person_go(person_begin("&organization_id=org_mega"));
    const world_answer_t back = come_back("error=access_denied&", &sent, "ISS");
    assert_leads(back, PERSON_CALLBACK "?error=access_denied&state=s");
}

Test(handle_sso, m13_no_address_is_told_to_the_application) {
    assert_leads(person_sso("joe@megacorp.example", "'sub':'joe'"),
                 PERSON_CALLBACK "?error=mandatory_attribute_missing&state=s");
    cr_assert_eq(sessions(), 0);
}

Test(handle_sso, m12_a_connection_that_was_switched_off_meanwhile_signs_nobody_in) {
    const person_sent_t sent = begin_joe();
    idp_says(JOE, sent.nonce);
    sql_exec("update connections set is_enabled = false");
    cr_assert_eq(person_return("conn_mega", &sent).status, 400);
    cr_assert_eq(sessions(), 0);
}

Test(handle_sso, a_connection_that_is_off_before_it_began_is_a_page) {
    const str_t flow = world_param(person_begin(""), "flow");
    const str_t location = person_enter(flow, "joe@megacorp.example");
    sql_exec("update connections set is_enabled = false");
    const world_answer_t page = person_follow(location);
    cr_assert_eq(page.status, 400);
    assert_has(page.body, "connection_not_active");
}

// ---- trust --------------------------------------------------------------------------------------

// ---- for another organization -------------------------------------------------------------------

// Joe, at home at Megacorp, asks for org_n; his provider says who he is.
static world_answer_t joe_for_n(void) {
    const str_t flow = world_param(person_begin("&organization_id=org_n"), "flow");
    const person_sent_t sent = person_go(person_enter(flow, "joe@megacorp.example"));
    idp_says(JOE, sent.nonce);
    return person_return("conn_mega", &sent);
}

Test(handle_sso, who_is_at_home_at_the_provider_is_signed_in_for_an_organization_that_has_them) {
    sql_exec("insert into organizations (id, name) values ('org_n', 'Northwind')");
    const world_answer_t refused = joe_for_n();
    assert_has(refused.body, "Northwind");
    cr_assert_eq(sessions(), 0);
    assert_leads(person_sso("joe@megacorp.example", JOE), PERSON_CALLBACK "?code=");
    sql_exec(
        "insert into memberships (organization_id, user_id, status, provisioning)"
        " select 'org_n', id, 'ACTIVE', 'direct_provision' from users");
    world_browser_new(2);
    assert_leads(joe_for_n(), PERSON_CALLBACK "?code=");
    cr_assert_eq(sql_number("select count(*) from sessions where organization_id = 'org_n'"), 1);
}

#define ANN "'sub':'ann','email':'ann@foo.example','email_verified':true"

Test(handle_sso, m15_a_guest_confirms_the_address_that_the_provider_named_and_only_once) {
    const world_answer_t back = person_sso("joe@megacorp.example", ANN);
    assert_leads(back, "/a/auth/code?flow=");
    cr_assert_eq(sessions(), 0);
    const world_answer_t page = person_follow(back.location);
    assert_has(page.body, "ann@foo.example");
    assert_has(page.body, "Megacorp Login");
    const str_t flow = world_param(back.location, "flow");
    assert_leads(person_verify(flow, person_code()), PERSON_CALLBACK "?code=");
    assert_text(sql_string("select array_to_string(amr, ',') from sessions"), "otp,conn_mega");
    assert_text(sql_string("select channel_email from identities"), "ann@foo.example");
    world_browser_new(2);
    assert_leads(person_sso("joe@megacorp.example", ANN), PERSON_CALLBACK "?code=");
}

Test(handle_sso, m15_a_new_code_still_confirms_the_same_thing) {
    const world_answer_t back = person_sso("joe@megacorp.example", ANN);
    const str_t flow = world_param(back.location, "flow");
    person_code();
    sql_exec("update challenges set sent_at = sent_at - interval '2 minutes'");
    const str_t form = person_form("/a/auth/code", flow);
    assert_leads(person_post("/a/auth/resend", form), "/a/auth/code?");
    assert_text(sql_string("select purpose from challenges where superseded_at is null"),
                "sso_trust");
    assert_leads(person_verify(flow, person_code()), PERSON_CALLBACK "?code=");
    assert_text(sql_string("select channel_email from identities"), "ann@foo.example");
}

Test(handle_sso, p_link_10_no_step_can_be_skipped_while_the_code_is_owed) {
    const world_answer_t back = person_sso("joe@megacorp.example", ANN);
    const str_t flow = world_param(back.location, "flow");
    const str_t query = arena_format(world_arena, "flow=%.*s", STR_ARG(flow));
    assert_leads(person_get("/a/auth/organization", query), "/a/auth/login?");
    assert_leads(
        person_post("/a/auth/organization",
                    arena_format(world_arena, "%.*s&organization_id=org_mega", STR_ARG(query))),
        "/a/auth/login?");
    cr_assert_neq(person_post("/a/auth/continue", query).status, 500);
    person_get("/oauth/authorize", STR(PERSON_AUTHORIZE));
    cr_assert_eq(sessions(), 0);
    cr_assert_eq(sql_number("select count(*) from authorization_codes"), 0);
}

Test(handle_sso, p_link_11_a_code_of_one_flow_finishes_no_other) {
    const world_answer_t one = person_sso("joe@megacorp.example", ANN);
    const str_t code = person_code();
    const str_t other = world_param(person_begin(""), "flow");
    person_enter(other, "bob@bar.example");
    const str_t wrong = person_code();
    cr_assert_eq(person_verify(other, code).status, 400);
    cr_assert_eq(person_verify(world_param(one.location, "flow"), wrong).status, 400);
    cr_assert_eq(sessions(), 0);
}

Test(handle_sso, p_sess_01_a_login_makes_a_new_session_and_ends_the_one_before) {
    person_sso("joe@megacorp.example", JOE);
    const str_t first = sql_string("select encode(token_hash, 'hex') from sessions");
    const str_t flow = world_param(person_begin("&prompt=login"), "flow");
    const person_sent_t sent = person_go(person_enter(flow, "joe@megacorp.example"));
    idp_says(JOE, sent.nonce);
    assert_leads(person_return("conn_mega", &sent), PERSON_CALLBACK "?code=");
    cr_assert_eq(sql_number("select count(*) from sessions where encode(token_hash, 'hex')"
                            " = '%.*s' and ended_at is null",
                            STR_ARG(first)),
                 0);
}

// ---- form_post ----------------------------------------------------------------------------------

Test(handle_sso, a_form_post_is_parked_and_fetched_once_by_the_browser_that_asked) {
    const person_sent_t sent = begin_joe();
    idp_says(JOE, sent.nonce);
    const str_t body =
        arena_format(world_arena, "code=c&state=%.*s&iss=%s", STR_ARG(sent.state), idp_issuer());
    const world_answer_t parked = person_post("/sso/v1/oidc/conn_mega/callback", body);
    assert_leads(parked, "/sso/v1/oidc/conn_mega/callback?parked=");
    cr_assert_eq(sessions(), 0);
    assert_leads(person_follow(parked.location), PERSON_CALLBACK "?code=");
    cr_assert_eq(person_follow(parked.location).status, 400);
}

Test(handle_sso, p_rp_03_a_parked_answer_is_of_no_use_in_another_browser) {
    const person_sent_t sent = begin_joe();
    idp_says(JOE, sent.nonce);
    const str_t body =
        arena_format(world_arena, "code=c&state=%.*s&iss=%s", STR_ARG(sent.state), idp_issuer());
    const world_answer_t parked = person_post("/sso/v1/oidc/conn_mega/callback", body);
    world_browser_new(2);
    person_begin("");
    assert_no_login(person_follow(parked.location), "another browser");
}

Test(handle_sso, what_has_no_state_of_ours_is_not_parked) {
    cr_assert_eq(person_post("/sso/v1/oidc/conn_mega/callback", STR("code=c&state=x")).status, 400);
    cr_assert_eq(sql_number("select count(*) from parked_callbacks"), 0);
}

// ---- the lock behind the pages ------------------------------------------------------------------

Test(handle_sso, a_code_completes_no_flow_that_a_connection_is_forced_on_and_no_test) {
    static const char *const CHANGES[] = {"forced_connection_id = 'conn_mega'",
                                          "test_id = 'test_1'"};
    for (size_t i = 0; i < sizeof(CHANGES) / sizeof(CHANGES[0]); i++) {
        const str_t flow = world_param(person_begin(""), "flow");
        person_enter(flow, "bob@bar.example");
        const str_t form = person_form("/a/auth/code", flow), code = person_code();
        sql_exec("update flows set %s", CHANGES[i]);
        const world_answer_t answer =
            person_post("/a/auth/code",
                        arena_format(world_arena, "%.*s&code=%.*s", STR_ARG(form), STR_ARG(code)));
        cr_assert_eq(answer.status, 403, "%s: %d", CHANGES[i], answer.status);
        cr_assert_eq(sessions(), 0);
        sql_exec("truncate rate_counters");
    }
}

// Of a login whose application is deleted, switched off or gone nothing is answered, whichever step
// asks, and the provider is not asked for anything.
Test(handle_sso, p_op_01_a_login_ends_with_its_application) {
    static const char *const ENDS[] = {"delete from applications",
                                       "update applications set deleted_at = now()",
                                       "update applications set is_active = false"};
    static const char *const PAGES[] = {"/a/auth/login", "/a/auth/sso",  "/a/auth/organization",
                                        "/a/auth/pick",  "/a/auth/code", "/a/auth/cancel"};
    for (size_t i = 0; i < sizeof(ENDS) / sizeof(ENDS[0]); i++) {
        const person_sent_t sent = begin_joe();
        const str_t query = arena_format(world_arena, "flow=%.*s", STR_ARG(sent.flow));
        idp_says(JOE, sent.nonce);
        sql_exec("%s", ENDS[i]);
        for (size_t j = 0; j < sizeof(PAGES) / sizeof(PAGES[0]); j++) {
            const world_answer_t page = person_get(PAGES[j], query);
            cr_assert(page.status == 400 || page.status == 404, "%s: %d %s", ENDS[i], page.status,
                      PAGES[j]);
        }
        cr_assert_geq(person_post("/a/auth/restart", query).status, 400, "%s", ENDS[i]);
        cr_assert_eq(person_return("conn_mega", &sent).status, 400, "%s", ENDS[i]);
        cr_assert_eq(sessions(), 0, "%s", ENDS[i]);
        sql_exec(
            "insert into applications (id, name, type, redirect_uris, enforces_pkce)"
            " values ('skc_1', 'App', 'web_app', '{" PERSON_CALLBACK
            "}', false)"
            " on conflict (id) do update set is_active = true, deleted_at = null");
    }
}

Test(handle_sso, p_op_01_a_code_typed_when_the_application_is_gone_signs_nobody_in) {
    const str_t flow = world_param(person_begin(""), "flow");
    person_enter(flow, "bob@bar.example");
    const str_t form = person_form("/a/auth/code", flow), code = person_code();
    sql_exec("delete from applications");
    const str_t body = arena_format(world_arena, "%.*s&code=%.*s", STR_ARG(form), STR_ARG(code));
    cr_assert_eq(person_post("/a/auth/code", body).location.len, 0);
    cr_assert_eq(sql_number("select count(*) from challenges where consumed_at is not null"), 0);
    cr_assert_eq(sessions(), 0);
}
