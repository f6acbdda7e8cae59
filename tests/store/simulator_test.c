// What the identity provider for developers keeps, and its test organization.
#include "store/database.h"
#include "store/simulator.h"

TestSuite(store_simulator, .init = database_setup, .fini = database_teardown, .timeout = 60);

#define ISSUER "http://localhost/simulator"

static const store_audit_t audit = {.event = "simulator.ensure", .decision = "on"};

// What the nth start would bring along.
static result_t ensure(const char *issuer, int nth) {
    const store_simulator_ensure_t in = {
        .issuer = str_from_c(issuer),
        .key = {true, arena_format(arena, "snk_%d", nth), str_bytes(STR("sealed"))},
        .organization_id = arena_format(arena, "org_%d", nth),
        .connection_id = arena_format(arena, "conn_%d", nth),
        .client_id = STR("gatehouse"),
        .client_secret = str_bytes(STR("sealed")),
        .domain_ids = {arena_format(arena, "dom_%d", 2 * nth),
                       arena_format(arena, "dom_%d", 2 * nth + 1)},
        .domains = {STR("example.com"), STR("example.org")}};
    return store_simulator_ensure(store, &in, &audit, &err);
}

Test(store_simulator, makes_one_of_each_however_often_it_is_asked) {
    assert_ok(ensure(ISSUER, 1));
    assert_ok(ensure(ISSUER, 2));
    cr_assert_eq(sql_number("select count(*) from organizations where is_test and is_sso_on"), 1);
    cr_assert_eq(sql_number("select count(*) from organization_domains where status = 'verified'"),
                 2);
    cr_assert_eq(sql_number("select count(*) from connections where id = 'conn_1' and is_enabled"
                            " and status = 'COMPLETED' and trust_epoch = 1"),
                 1);
    cr_assert_eq(sql_number("select count(*) from connections"), 1);
    store_simulator_key_t key;
    assert_ok(store_simulator_key_read(store, &key, &err));
    assert_text(key.kid, "snk_1");
}

Test(store_simulator, p_hrd_never_takes_a_domain_from_its_owner) {
    sql_exec(
        "insert into organizations (id, name) values ('org_real', 'Real');"
        " insert into organization_domains (id, organization_id, domain, type, status)"
        " values ('dom_real', 'org_real', 'example.com', 'ORGANIZATION_DOMAIN', 'verified')");
    assert_ok(ensure(ISSUER, 1));
    cr_assert_eq(sql_number("select count(*) from organization_domains"
                            " where organization_id = 'org_1'"),
                 1);
    cr_assert_eq(sql_number("select count(*) from organization_domains where domain = 'example.com'"
                            " and organization_id = 'org_real'"),
                 1);
}

Test(store_simulator, p_link_another_issuer_lapses_what_was_verified) {
    assert_ok(ensure(ISSUER, 1));
    assert_ok(ensure("http://elsewhere/simulator", 2));
    cr_assert_eq(sql_number("select count(*) from connections where trust_epoch = 2"
                            " and issuer = 'http://elsewhere/simulator'"),
                 1);
}

Test(store_simulator, switched_off_no_connection_leads_to_it_and_others_stay) {
    assert_ok(ensure(ISSUER, 1));
    sql_exec(
        "insert into organizations (id, name) values ('org_real', 'Real');"
        " insert into connections (id, organization_id, type, name, issuer, status, is_enabled)"
        " values ('conn_sim', 'org_real', 'oidc', 'a', '" ISSUER
        "', 'COMPLETED', true),"
        " ('conn_real', 'org_real', 'oidc', 'a', 'https://idp.example', 'COMPLETED', true)");
    assert_ok(store_simulator_disable(store, STR(ISSUER), &err));
    cr_assert_eq(sql_number("select count(*) from connections where is_enabled"), 1);
    cr_assert_eq(
        sql_number("select count(*) from connections where is_enabled and id = 'conn_real'"), 1);
    assert_ok(ensure(ISSUER, 2));
    cr_assert_eq(sql_number("select count(*) from connections where is_enabled and id = 'conn_1'"),
                 1);
}

static store_simulator_redeemed_t redeem(const char *code, const char *access) {
    const store_simulator_redeem_t in = {.code_hash = str_bytes(str_from_c(code)),
                                         .access_hash = str_bytes(str_from_c(access)),
                                         .lifetime_s = 60};
    store_simulator_redeemed_t out;
    assert_ok(store_simulator_redeem(store, &in, &out, &err));
    return out;
}

static void add(const char *code) {
    const store_simulator_grant_t grant = {
        .code_hash = str_bytes(str_from_c(code)), .chosen = STR("{\"a\": 1}"), .lifetime_s = 60};
    assert_ok(store_simulator_grant_add(store, &grant, &err));
}

Test(store_simulator, a_code_works_once_and_its_token_after_it) {
    str_t chosen;
    add("code");
    assert_ok(store_simulator_access_read(store, str_bytes(STR("access")), &chosen, &err));
    cr_assert(str_is_empty(chosen));
    cr_assert(redeem("code", "access").is_present);
    cr_assert_not(redeem("code", "other").is_present);
    cr_assert_not(redeem("access", "third").is_present, "an access token is no code");
    assert_ok(store_simulator_access_read(store, str_bytes(STR("access")), &chosen, &err));
    assert_text(chosen, "{\"a\": 1}");
    assert_ok(store_simulator_access_read(store, str_bytes(STR("other")), &chosen, &err));
    cr_assert(str_is_empty(chosen));
}

Test(store_simulator, what_is_over_is_of_no_use_and_goes) {
    add("old");
    sql_exec("update simulator_grants set expires_at = now() - interval '1 second'");
    cr_assert_not(redeem("old", "access").is_present);
    add("new");
    cr_assert_eq(sql_number("select count(*) from simulator_grants"), 1);
}

Test(store_simulator, offers_the_domains_of_whoever_asks_first) {
    assert_ok(ensure(ISSUER, 1));
    sql_exec(
        "insert into organizations (id, name) values ('org_mega', 'Mega');"
        " insert into organization_domains (id, organization_id, domain, type, status)"
        " values ('dom_m', 'org_mega', 'mega.example', 'ORGANIZATION_DOMAIN', 'verified'),"
        " ('dom_p', 'org_mega', 'p.example', 'ORGANIZATION_DOMAIN', 'pending');"
        " insert into connections (id, organization_id, type, name, issuer, client_id)"
        " values ('conn_m', 'org_mega', 'oidc', 'a', '" ISSUER "', 'mega')");
    const store_simulator_client_t mega = {STR(ISSUER), STR("mega")};
    flow_list_t domains;
    assert_ok(store_simulator_domains_read(store, &mega, &domains, &err));
    cr_assert_eq(domains.count, 3);
    assert_text(domains.items[0], "mega.example");
    assert_text(domains.items[1], "example.com");
}
