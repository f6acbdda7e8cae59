// A login through an identity provider: the way out, the way back, and who it is.
#include "store/fixture_sso.h"
#include "store/outbox.h"
#include <stdatomic.h>

#define EMAIL "ann@acme.example"

static void setup(void) {
    fixture_setup();
    make_organization("acme");
}

TestSuite(store_sso, .init = setup, .fini = database_teardown);

// Flow n, sent to `connection`.
static void send_to(int n, const char *connection) {
    store_own_t own = mine();
    assert_ok(make_flow(&own, n));
    const store_next_t next = {.flow_id = id_of(arena, "req", n),
                               .next_connection_id = str_from_c(connection),
                               .why = FLOW_WHY_POLICY,
                               .email = STR(EMAIL),
                               .email_display = STR("Ann@acme.example")};
    assert_ok(store_flow_next(store, &next, &AUDIT, &err));
}

static result_t begin(int n, const char *connection) {
    const store_sso_request_t request = {.state_hash = hash_of(arena, "state", n),
                                         .flow_id = id_of(arena, "req", n),
                                         .connection_id = str_from_c(connection),
                                         .sealed = hash_of(arena, "nonce", n),
                                         .lifetime_s = 600};
    return store_sso_begin(store, &request, &AUDIT, &err);
}

static store_take_t take(int n, int browser, const char *connection) {
    const store_take_in_t in = {.state_hash = hash_of(arena, "state", n),
                                .browser_hash = hash_of(arena, "browser", browser),
                                .connection_id = str_from_c(connection)};
    store_take_t out;
    assert_ok(store_sso_take(store, &in, &out, &err));
    return out;
}

Test(store_sso, what_begins_is_what_the_flow_was_sent_to) {
    send_to(1, "conn_acme");
    store_begin_t out;
    assert_ok(store_begin_read(store, STR("req_1"), &out, &err));
    cr_assert(out.flow.is_present && out.connection.facts.is_usable);
    cr_assert_eq(out.flow.request.why, FLOW_WHY_POLICY);
    assert_text(out.flow.email, EMAIL);
    assert_text(out.connection.facts.organization_name, "acme");
    assert_text(out.connection.protocol, "OIDC");
    assert_text(out.connection.attribute_mapping, "{}");
    cr_assert(out.connection.is_pkce_on && out.connection.is_profile_synced);
    cr_assert_not(out.connection.discovery.is_present);
    assert_ok(begin(1, "conn_acme"));
    assert_result(begin(1, "conn_acme"), CONFLICT); // the same state
    sql_exec("delete from sso_requests");
    assert_result(begin(1, "conn_other"), CONFLICT);
    sql_exec("update flows set picked_ids = '{conn_other}'");
    assert_ok(begin(1, "conn_other"));
    sql_exec("delete from sso_requests; update flows set status = 'completed'");
    assert_result(begin(1, "conn_acme"), CONFLICT);
    cr_assert_eq(count_of("sso_requests"), 0);
}

Test(store_sso, p_op_01_a_login_whose_application_is_gone_is_absent_and_a_test_needs_none) {
    send_to(1, "conn_acme");
    assert_ok(begin(1, "conn_acme"));
    sql_exec("delete from applications");
    store_flow_t flow;
    assert_ok(store_flow_read(store, STR("req_1"), &flow, &err));
    cr_assert(!flow.is_present && flow.request.browser_hash.len == 0);
    store_take_t out = take(1, 1, "conn_acme");
    cr_assert(!out.is_present && !out.flow.is_present && out.sealed.len == 0);
    cr_assert_str_eq(out.why, "the login's application is gone");
    sql_exec("update sso_requests set consumed_at = null; update flows set test_id = 'test_1'");
    out = take(1, 1, "conn_acme");
    cr_assert(out.is_present && out.flow.is_present && out.sealed.len == 32);
    cr_assert_not(out.flow.client.is_present);
}

Test(store_sso, p_rp_02_a_state_that_is_given_back_is_found_once_more) {
    send_to(1, "conn_acme");
    assert_ok(begin(1, "conn_acme"));
    cr_assert(take(1, 1, "conn_acme").is_present);
    cr_assert_not(take(1, 1, "conn_acme").is_present);
    assert_ok(store_sso_give_back(store, hash_of(arena, "state", 1), NULL, &err));
    cr_assert(take(1, 1, "conn_acme").is_present);
    cr_assert_not(take(1, 1, "conn_acme").is_present);
}

Test(store_sso, p_rp_02_a_state_is_found_once_in_its_own_browser_and_time) {
    send_to(1, "conn_acme");
    assert_ok(begin(1, "conn_acme"));
    store_take_t out = take(2, 1, "conn_acme");
    cr_assert_not(out.is_present);
    cr_assert_str_eq(out.why, "the state is unknown");
    out = take(1, 2, "conn_acme");
    cr_assert(!out.is_present && out.sealed.len == 0);
    cr_assert_str_eq(out.why, "the state belongs to another browser");
    out = take(1, 1, "conn_acme");
    cr_assert(out.is_present, "the other browser used nothing up: %s", out.why);
    cr_assert_eq(out.sealed.len, 32);
    assert_text(out.flow.request.id, "req_1");
    assert_text(out.connection.facts.id, "conn_acme");
    out = take(1, 1, "conn_acme");
    cr_assert(!out.is_present && out.sealed.len == 0);
    cr_assert_str_eq(out.why, "the state was used before");
    assert_text(out.flow.request.id, "req_1"); // the way back
    sql_exec("update sso_requests set consumed_at = null, expires_at = now()");
    cr_assert_str_eq(take(1, 1, "conn_acme").why, "the state is too old");
}

Test(store_sso, p_rp_01_a_state_of_another_connection_is_not_taken) {
    send_to(1, "conn_acme");
    assert_ok(begin(1, "conn_acme"));
    const store_take_t out = take(1, 1, "conn_evil");
    cr_assert_not(out.is_present);
    cr_assert_str_eq(out.why, "the state belongs to another connection");
    cr_assert(take(1, 1, "conn_acme").is_present);
}

static atomic_int taken;

static void take_in_parallel(store_own_t *own, int index) {
    (void)index;
    const store_take_in_t in = {.state_hash = hash_of(own->arena, "state", 1),
                                .browser_hash = hash_of(own->arena, "browser", 1),
                                .connection_id = STR("conn_acme")};
    store_take_t out;
    err_t own_err = {0};
    const result_t result = store_sso_take(own->store, &in, &out, &own_err);
    atomic_fetch_add(&taken, result != OK ? 1000 : out.is_present ? 1 : 0);
}

Test(store_sso, p_rp_02_of_many_parallel_callbacks_one_finds_the_state) {
    send_to(1, "conn_acme");
    assert_ok(begin(1, "conn_acme"));
    run_parallel(20, take_in_parallel);
    cr_assert_eq(taken, 1);
}

// A callback that came by POST, with the state of the first request.
static void park(const char *connection_id) {
    const store_callback_t callback = {.token_hash = hash_of(arena, "parked", 1),
                                       .state_hash = hash_of(arena, "state", 1),
                                       .connection_id = str_from_c(connection_id),
                                       .sealed = hash_of(arena, "body", 1)};
    assert_ok(store_callback_park(store, &callback, &err));
}

Test(store_sso, nothing_is_parked_for_a_state_that_nobody_waits_for) {
    park("conn_acme"); // unknown
    send_to(1, "conn_acme");
    assert_ok(begin(1, "conn_acme"));
    park("conn_other");
    sql_exec("update sso_requests set consumed_at = now()");
    park("conn_acme");
    sql_exec("update sso_requests set consumed_at = null, expires_at = now()");
    park("conn_acme");
    cr_assert_eq(count_of("parked_callbacks"), 0);
    sql_exec("update sso_requests set expires_at = now() + interval '1 minute'");
    park("conn_acme");
    cr_assert_eq(count_of("parked_callbacks"), 1);
}

Test(store_sso, a_parked_callback_is_fetched_once_for_its_connection) {
    const bytes_t token = hash_of(arena, "parked", 1);
    send_to(1, "conn_acme");
    assert_ok(begin(1, "conn_acme"));
    park("conn_acme");
    bytes_t sealed;
    assert_ok(store_callback_fetch(store, token, STR("conn_other"), &sealed, &err));
    cr_assert_eq(sealed.len, 0);
    assert_ok(store_callback_fetch(store, token, STR("conn_acme"), &sealed, &err));
    cr_assert_eq(sealed.len, 32);
    assert_ok(store_callback_fetch(store, token, STR("conn_acme"), &sealed, &err));
    cr_assert_eq(sealed.len, 0);
    park("conn_acme");
    sql_exec("update parked_callbacks set expires_at = now()");
    assert_ok(store_callback_fetch(store, token, STR("conn_acme"), &sealed, &err));
    cr_assert_eq(sealed.len, 0);
}

// ---- documents ----------------------------------------------------------------------------------

static store_document_t document(void) {
    store_connection_t connection;
    assert_ok(store_connection_read(store, STR("conn_acme"), &connection, &err));
    return connection.jwks;
}

static store_document_in_t fetched(const char *url, const char *body, const char *error) {
    return (store_document_in_t){.connection_id = STR("conn_acme"),
                                 .kind = STORE_JWKS,
                                 .url = str_from_c(url),
                                 .body = str_from_c(body),
                                 .lifetime_s = 3600,
                                 .error = str_from_c(error)};
}

Test(store_sso, the_last_good_document_stays_until_its_address_changes) {
    store_document_in_t in = fetched("https://a/keys", "{}", "");
    assert_ok(store_document_write(store, &in, &err));
    cr_assert(document().is_present && document().expires_at > document().fetched_at);
    in = fetched("https://a/keys", "", "timed out");
    assert_ok(store_document_write(store, &in, &err));
    cr_assert(document().is_present);
    assert_text(document().body, "{}");
    assert_text(document().error, "timed out");
    in = fetched("https://a/keys", "{\"keys\":[]}", "");
    assert_ok(store_document_write(store, &in, &err));
    assert_text(document().error, "");
    assert_text(document().body, "{\"keys\":[]}");
    in = fetched("https://b/keys", "", "refused");
    assert_ok(store_document_write(store, &in, &err));
    cr_assert_not(document().is_present);
    assert_text(document().url, "https://b/keys");
    in.connection_id = STR("conn_gone");
    assert_ok(store_document_write(store, &in, &err));
}

static atomic_int claims;

static void claim_in_parallel(store_own_t *own, int index) {
    (void)index;
    const store_document_in_t in = fetched("https://a/keys", "", "");
    bool may = false;
    err_t own_err = {0};
    const result_t result = store_document_claim(own->store, &in, 60, &may, &own_err);
    atomic_fetch_add(&claims, result != OK ? 1000 : may ? 1 : 0);
}

Test(store_sso, of_many_instances_one_in_an_interval_may_ask_a_provider) {
    run_parallel(10, claim_in_parallel);
    cr_assert_eq(claims, 1);
    sql_exec("update connection_documents set tried_at = now() - interval '60 seconds'");
    run_parallel(10, claim_in_parallel);
    cr_assert_eq(claims, 2);
    store_document_in_t in = fetched("https://b/keys", "", "");
    bool may = false;
    assert_ok(store_document_claim(store, &in, 60, &may, &err));
    cr_assert(may, "another address does not wait for the old one");
    assert_ok(store_document_claim(store, &in, 60, &may, &err));
    cr_assert_not(may);
    in.connection_id = STR("conn_gone");
    assert_ok(store_document_claim(store, &in, 60, &may, &err));
    cr_assert_not(may);
}

// ---- who it is ----------------------------------------------------------------------------------

static store_arrival_t arrive(const char *connection, const char *subject, const char *email) {
    const char *at = strrchr(email, '@');
    const store_arrival_in_t in = {.flow_id = STR("req_99"),
                                   .connection_id = str_from_c(connection),
                                   .subject = str_from_c(subject),
                                   .email = str_from_c(email),
                                   .email_domain = at ? str_from_c(at + 1) : STR_NONE};
    store_arrival_t out;
    assert_ok(store_arrival_read(store, &in, &out, &err));
    return out;
}

Test(store_sso, p_rp_27_a_known_identity_is_its_user_whatever_address_it_carries) {
    assert_ok(sso_login(1, "acme", "s-1", EMAIL));
    login(2, "ceo@other.example");
    send_to(99, "conn_acme");
    store_arrival_t out = arrive("conn_acme", "s-1", "ceo@other.example");
    cr_assert(out.identity.is_present && out.user.is_present);
    assert_text(out.user.id, "usr_1");
    assert_text(out.user.email, EMAIL);
    assert_text(out.identity.channel_email, "");
    cr_assert_not(out.is_organization_domain);
    cr_assert_eq(out.hrd.kind, FLOW_HRD_NONE);
    assert_text(out.hrd_user.organization_id, "org_acme");
    out = arrive("conn_acme", "s-2", "ceo@other.example");
    cr_assert_not(out.identity.is_present);
    assert_text(out.user.id, "usr_2");
    out = arrive("conn_acme", "s-1", "");
    assert_text(out.user.id, "usr_1");
    assert_text(out.hrd_user.organization_id, "org_acme");
    out = arrive("conn_acme", "S-1", EMAIL);
    cr_assert_not(out.identity.is_present, "a subject is compared octet by octet");
    cr_assert(out.is_organization_domain);
    assert_text(out.hrd.organization_id, "org_acme");
    cr_assert_eq(out.hrd_user.kind, FLOW_HRD_NONE);
}

Test(store_sso, p_rp_28_the_same_subject_of_two_connections_is_two_identities) {
    make_organization("beta");
    assert_ok(sso_login(1, "acme", "s-1", EMAIL));
    assert_ok(sso_login(2, "beta", "s-1", "bob@beta.example"));
    cr_assert_eq(count_of("identities where subject = 's-1'"), 2);
    cr_assert_eq(sql_number("select count(distinct user_id) from identities"), 2);
    send_to(99, "conn_beta");
    assert_text(arrive("conn_beta", "s-1", EMAIL).user.id, "usr_2");
}

Test(store_sso, a_connection_that_was_switched_off_arrives_as_not_usable) {
    static const char *const OFF[] = {"update connections set is_enabled = false",
                                      "update organizations set is_sso_on = false",
                                      "delete from connections"};
    send_to(99, "conn_acme");
    cr_assert(arrive("conn_acme", "s", EMAIL).connection.is_usable);
    for (size_t i = 0; i < sizeof OFF / sizeof OFF[0]; i++) {
        sql_exec("%s", OFF[i]);
        cr_assert_not(arrive("conn_acme", "s", EMAIL).connection.is_usable, "%s", OFF[i]);
        sql_exec("update connections set is_enabled = true");
    }
}

// ---- memberships as facts -----------------------------------------------------------------------

Test(store_sso, memberships_come_by_name_with_open_invitations_and_joinable_organizations) {
    for (int i = 0; i < 60; i++) {
        sql_exec("insert into organizations (id, name) values ('org_j%d', 'A joinable %02d')", i,
                 i);
        sql_exec(
            "insert into organization_domains (id, organization_id, domain, type)"
            " values ('dom_j%d', 'org_j%d', 'acme.example', 'ALLOWED_EMAIL_DOMAIN')",
            i, i);
    }
    login(1, "zoe@other.example");
    sql_exec("insert into organizations (id, name) values ('org_z', 'Zeta'), ('org_y', 'Ypsilon')");
    sql_exec("update organization_domains set type = 'ALLOWED_EMAIL_DOMAIN' where id = 'dom_acme'");
    make_invitation("org_y", EMAIL);
    make_member("org_z", "usr_inv", "INACTIVE");
    make_member("org_j0", "usr_inv", "ACTIVE");
    send_to(99, "conn_acme");
    flow_memberships_t found = arrive("conn_acme", "s", EMAIL).memberships;
    cr_assert_eq(found.count, 50);
    assert_text(found.items[0].name, "A joinable 00");
    cr_assert_eq(found.items[0].member, FLOW_MEMBER_ACTIVE);
    cr_assert_eq(found.items[1].member, FLOW_MEMBER_JOINABLE);
    assert_text(found.items[47].name, "acme"); // the connection's own is never left out
    assert_text(found.items[48].organization_id, "org_y");
    cr_assert_eq(found.items[48].member, FLOW_MEMBER_INVITED);
    cr_assert_eq(found.items[49].member, FLOW_MEMBER_INACTIVE);
    sql_exec("update invitations set expires_at = now()");
    found = arrive("conn_acme", "s", EMAIL).memberships;
    assert_text(found.items[48].name, "acme");
    cr_assert_eq(arrive("conn_acme", "s", "new@nowhere.example").memberships.count, 0);
}

// ---- where a flow goes, and what the pages offer ------------------------------------------------

Test(store_sso, an_identity_waits_for_an_address_until_the_flow_goes_elsewhere) {
    make_social();
    store_own_t own = mine();
    assert_ok(make_flow(&own, 1));
    const store_assertion_t said = assertion_of(arena, 1, "google", "g-1", "");
    store_next_t next = {.flow_id = STR("req_1"), .assertion = &said};
    assert_ok(store_flow_next(store, &next, &AUDIT, &err));
    store_flow_t flow;
    assert_ok(store_flow_read(store, STR("req_1"), &flow, &err));
    assert_text(flow.assertion_id, "ast_1");
    next = (store_next_t){.flow_id = STR("req_1"), .next_connection_id = STR("conn_acme")};
    assert_ok(store_flow_next(store, &next, &AUDIT, &err));
    assert_ok(store_flow_read(store, STR("req_1"), &flow, &err));
    assert_text(flow.assertion_id, "");
    assert_text(flow.request.next_connection_id, "conn_acme");
    sql_exec("update flows set expires_at = now()");
    assert_result(store_flow_next(store, &next, &AUDIT, &err), CONFLICT);
}

Test(store_sso, a_test_keeps_its_first_result_and_its_flow_signs_nobody_in) {
    sql_exec("insert into connection_tests (id, connection_id) values ('test_1', 'conn_acme')");
    store_own_t own = mine();
    assert_ok(make_flow(&own, 1));
    sql_exec("update flows set test_id = 'test_1'");
    const store_assertion_t said = assertion_of(arena, 1, "acme", "s-1", EMAIL);
    const store_completion_t in = sso_of(arena, 1, "acme", &said);
    assert_result(complete(&in), CONFLICT);
    store_audit_t audit = AUDIT;
    audit.flow_id = STR("req_1");
    store_test_result_t result = {
        .test_id = STR("test_1"), .is_success = true, .user_info = STR("{}")};
    assert_ok(store_test_finish(store, &result, &audit, &err));
    result.is_success = false;
    assert_ok(store_test_finish(store, &result, &audit, &err));
    cr_assert_eq(count_of("connection_tests where status = 'SUCCESS' and finished_at > now() -"
                          " interval '1 hour'"),
                 1);
    cr_assert_eq(count_of("flows where status = 'completed'"), 1);
}

Test(store_sso, buttons_picker_and_default_application_show_what_can_be_used) {
    make_social();
    sql_exec(
        "insert into connections (id, type, provider, name) values"
        " ('conn_off', 'social', 'GITHUB', 'GitHub')");
    store_buttons_t buttons;
    assert_ok(store_buttons_read(store, &buttons, &err));
    cr_assert_eq(buttons.count, 1);
    assert_text(buttons.items[0].provider, "GOOGLE");
    make_organization("beta");
    const str_t ids[] = {STR("conn_beta"), STR("conn_gone"), STR("conn_acme")};
    const flow_list_t list = {ids, 3};
    assert_ok(store_picked_read(store, &list, &buttons, &err));
    cr_assert_eq(buttons.count, 2);
    assert_text(buttons.items[0].name, "beta");
    flow_client_t client;
    assert_ok(store_default_application(store, &client, &err));
    cr_assert_not(client.is_present);
    sql_exec(
        "insert into applications (id, name, type, initiate_login_uri, created_at) values"
        " ('app_2', 'B', 'web_app', 'https://b/', now()),"
        " ('app_0', 'O', 'spa', 'https://o/', now() - interval '1 day')");
    assert_ok(store_default_application(store, &client, &err));
    assert_text(client.id, "app_0");
    sql_exec("update applications set is_default = true where id = 'app_1'");
    assert_ok(store_default_application(store, &client, &err));
    assert_text(client.id, "app_1");
    sql_exec("update applications set deleted_at = now() where id = 'app_1'");
    assert_ok(store_default_application(store, &client, &err));
    assert_text(client.id, "app_0");
}

Test(store_sso, what_is_left_of_logins_through_providers_is_cleaned_away) {
    send_to(1, "conn_acme");
    assert_ok(begin(1, "conn_acme"));
    const store_assertion_t said = assertion_of(arena, 1, "acme", "s-1", EMAIL);
    const store_next_t next = {.flow_id = STR("req_1"), .assertion = &said};
    assert_ok(store_flow_next(store, &next, &AUDIT, &err));
    park("conn_acme");
    sql_exec("insert into connection_tests (id, connection_id) values ('test_1', 'conn_acme')");
    int64_t rows;
    assert_ok(store_clean(store, &rows, &err));
    cr_assert_eq(rows, 0);
    sql_exec(
        "update flows set created_at = now() - interval '3 days';"
        " update parked_callbacks set expires_at = now() - interval '1 second';"
        " update connection_tests set created_at = now() - interval '91 days'");
    assert_ok(store_clean(store, &rows, &err));
    cr_assert_eq(rows, 3);
    cr_assert_eq(count_of("sso_requests") + count_of("assertions") + count_of("parked_callbacks") +
                     count_of("connection_tests"),
                 0);
}
