// flow.md 1 on real rows, and the rest of what /oauth/authorize reads.
#include "store/fixture.h"

TestSuite(store_entry, .init = fixture_setup, .fini = database_teardown);

// An organization org_<name> with single sign-on and the verified domain <name>.example.
static void add_organization(const char *name) {
    sql_exec("insert into organizations (id, name, is_sso_on) values ('org_%s', '%s', true)", name,
             name);
    sql_exec(
        "insert into organization_domains (id, organization_id, domain, type, status) values"
        " ('dom_%s', 'org_%s', '%s.example', 'ORGANIZATION_DOMAIN', 'verified')",
        name, name, name);
}

static void add_connection(const char *id, const char *organization, const char *domains) {
    sql_exec(
        "insert into connections (id, organization_id, type, name, is_enabled, status,"
        " domains) values ('%s', 'org_%s', 'oidc', '%s', true, 'COMPLETED', '%s')",
        id, organization, id, domains);
}

static store_entry_t entry;

static flow_hrd_t hrd(const char *domain) {
    const store_entry_in_t in = {.client_id = STR("app_1"), .domain = str_from_c(domain)};
    assert_ok(store_entry_read(store, &in, &entry, &err));
    return entry.hrd_domain;
}

static void assert_hrd(const char *domain, flow_hrd_kind_t kind) {
    const flow_hrd_t found = hrd(domain);
    cr_assert_eq(found.kind, kind, "%s: kind %d", domain, (int)found.kind);
}

static void setup(void) {
    fixture_setup();
    add_organization("acme");
    add_connection("conn_1", "acme", "{}");
}

TestSuite(store_realm, .init = setup, .fini = database_teardown);

Test(store_realm, a_verified_domain_with_one_connection_matches_it) {
    const flow_hrd_t found = hrd("acme.example");
    cr_assert_eq(found.kind, FLOW_HRD_ONE);
    assert_text(found.organization_id, "org_acme");
    cr_assert_eq(found.connection_ids.count, 1);
    assert_text(found.connection_ids.items[0], "conn_1");
    cr_assert_not(found.is_exclusive);
    assert_text(found.domain, "acme.example");
}

Test(store_realm, p_otp_16_sub_domains_and_look_alikes_do_not_match) {
    static const char *const OTHERS[] = {"eu.acme.example",   "acme.example.evil.example",
                                         "evil-acme.example", "acme.exampl",
                                         "example",           "acme.example.",
                                         "ACME.example",      "acme_example",
                                         "%.example"};
    for (size_t i = 0; i < sizeof OTHERS / sizeof OTHERS[0]; i++) {
        assert_hrd(OTHERS[i], FLOW_HRD_NONE);
    }
    assert_hrd("acme.example", FLOW_HRD_ONE);
}

Test(store_realm, several_connections_are_for_the_person_to_pick) {
    add_connection("conn_0", "acme", "{}");
    const flow_hrd_t found = hrd("acme.example");
    cr_assert_eq(found.kind, FLOW_HRD_SEVERAL);
    cr_assert_eq(found.connection_ids.count, 2);
    assert_text(found.connection_ids.items[0], "conn_0");
    assert_text(found.connection_ids.items[1], "conn_1");
}

Test(store_realm, a_connection_with_the_domain_assigned_comes_before_those_for_all) {
    add_connection("conn_2", "acme", "{acme.example}");
    add_connection("conn_3", "acme", "{other.example}");
    const flow_hrd_t found = hrd("acme.example");
    cr_assert_eq(found.kind, FLOW_HRD_ONE);
    assert_text(found.connection_ids.items[0], "conn_2");
}

Test(store_realm, a_connection_assigned_to_another_domain_does_not_cover_this_one) {
    sql_exec("update connections set domains = '{other.example}'");
    assert_hrd("acme.example", FLOW_HRD_NONE);
    assert_hrd("other.example", FLOW_HRD_NONE); // nobody verified it
}

Test(store_realm, pending_failed_and_allowed_domains_never_match) {
    sql_exec("update organization_domains set status = 'pending'");
    assert_hrd("acme.example", FLOW_HRD_NONE);
    sql_exec("update organization_domains set status = 'failed'");
    assert_hrd("acme.example", FLOW_HRD_NONE);
    sql_exec("update organization_domains set status = 'verified', type = 'ALLOWED_EMAIL_DOMAIN'");
    assert_hrd("acme.example", FLOW_HRD_NONE);
}

Test(store_realm, p_link_13_disabled_incomplete_or_social_connections_and_a_switched_off_feature) {
    static const char *const CHANGES[] = {
        "update connections set is_enabled = false",
        "update connections set is_enabled = false, status = 'DRAFT'",
        "update connections set type = 'social', organization_id = null",
        "update organizations set is_sso_on = false",
        "delete from connections",
    };
    for (size_t i = 0; i < sizeof CHANGES / sizeof CHANGES[0]; i++) {
        sql_exec("%s", CHANGES[i]);
        cr_assert_eq(hrd("acme.example").kind, FLOW_HRD_NONE, "%s", CHANGES[i]);
        sql_exec("delete from connections");
        sql_exec("update organizations set is_sso_on = true");
        add_connection("conn_1", "acme", "{}");
        cr_assert_eq(hrd("acme.example").kind, FLOW_HRD_ONE);
    }
}

Test(store_realm, p_link_06_a_second_organization_cannot_hold_a_verified_domain) {
    sql_exec("insert into organizations (id, name, is_sso_on) values ('org_evil', 'Evil', true)");
    sql_exec(
        "insert into organization_domains (id, organization_id, domain, type) values"
        " ('dom_evil', 'org_evil', 'acme.example', 'ORGANIZATION_DOMAIN')");
    add_connection("conn_evil", "evil", "{acme.example}");
    assert_text(hrd("acme.example").organization_id, "org_acme");
    PGresult *second =
        PQexec(sql_connection(), "update organization_domains set status = 'verified'");
    cr_assert_str_eq(PQresultErrorField(second, PG_DIAG_SQLSTATE), "23505");
    PQclear(second);
}

Test(store_realm, says_that_single_sign_on_is_exclusive) {
    sql_exec("update organizations set is_sso_exclusive = true");
    cr_assert(hrd("acme.example").is_exclusive);
}

Test(store_entry, an_unknown_client_and_no_session_are_facts) {
    const store_entry_in_t in = {.client_id = STR("app_2"),
                                 .session_hash = hash_of(arena, "nobody", 0)};
    assert_ok(store_entry_read(store, &in, &entry, &err));
    cr_assert_not(entry.client.is_present);
    cr_assert_not(entry.session.is_present);
    cr_assert_eq(entry.hrd_session.kind, FLOW_HRD_NONE);
    cr_assert_not(entry.provider.is_named || entry.connection.is_named);
    cr_assert_not(entry.organization.is_named);
    cr_assert_gt(entry.now, 1700000000000);
}

Test(store_entry, a_client_is_read_as_it_was_written) {
    sql_exec(
        "update applications set is_active = false, type = 'spa', enforces_pkce = false,"
        " redirect_uris = array['https://a.example/\"{,}\\\\', '', 'x'], logo_url = 'l'");
    const store_entry_in_t in = {.client_id = STR("app_1")};
    assert_ok(store_entry_read(store, &in, &entry, &err));
    cr_assert(entry.client.is_present);
    cr_assert_not(entry.client.is_active);
    cr_assert_eq(entry.client.type, FLOW_CLIENT_SPA);
    cr_assert(entry.client.enforces_pkce, "a public client always has to");
    cr_assert_eq(entry.client.redirect_uris.count, 3);
    assert_text(entry.client.redirect_uris.items[0], "https://a.example/\"{,}\\\\");
    assert_text(entry.client.redirect_uris.items[1], "");
    assert_text(entry.client.redirect_uris.items[2], "x");
    assert_text(entry.client.token_alg, "ES256");
    cr_assert_eq(entry.client.access_token_s, 300);
    assert_text(entry.client.logo_url, "l");
}

Test(store_entry, named_things_are_usable_only_if_enabled_and_completed) {
    add_organization("acme");
    add_connection("conn_1", "acme", "{}");
    add_connection("conn_2", "acme", "{}");
    sql_exec(
        "insert into connections (id, type, provider, name, is_enabled, status)"
        " values ('conn_g', 'social', 'GOOGLE', 'Google', true, 'COMPLETED')");
    const store_entry_in_t in = {.client_id = STR("app_1"),
                                 .provider = STR("google"),
                                 .connection_id = STR("conn_1"),
                                 .organization_id = STR("org_acme")};
    assert_ok(store_entry_read(store, &in, &entry, &err));
    cr_assert(entry.provider.is_usable && entry.connection.is_usable);
    assert_text(entry.provider.id, "conn_g");
    assert_text(entry.connection.organization_id, "org_acme");
    cr_assert(entry.organization.is_usable);
    cr_assert_eq(entry.organization.connection_ids.count, 2);
    sql_exec("update connections set is_enabled = false where id <> 'conn_2'");
    assert_ok(store_entry_read(store, &in, &entry, &err));
    cr_assert(entry.provider.is_named && !entry.provider.is_usable);
    cr_assert(entry.connection.is_named && !entry.connection.is_usable);
    assert_text(entry.connection.id, "conn_1");
    cr_assert_eq(entry.organization.connection_ids.count, 1);
    sql_exec("update organizations set is_sso_on = false");
    assert_ok(store_entry_read(store, &in, &entry, &err));
    cr_assert(entry.organization.is_usable);
    cr_assert_eq(entry.organization.connection_ids.count, 0);
}

Test(store_entry, a_social_connection_is_not_an_sso_connection_and_the_other_way_round) {
    add_organization("acme");
    sql_exec(
        "insert into connections (id, type, provider, name, is_enabled, status)"
        " values ('conn_g', 'social', 'GOOGLE', 'Google', true, 'COMPLETED')");
    add_connection("conn_1", "acme", "{}");
    sql_exec("update connections set provider = 'okta' where id = 'conn_1'");
    const store_entry_in_t in = {
        .client_id = STR("app_1"), .provider = STR("okta"), .connection_id = STR("conn_g")};
    assert_ok(store_entry_read(store, &in, &entry, &err));
    cr_assert_not(entry.provider.is_usable || entry.connection.is_usable);
}

Test(store_entry, the_session_comes_with_the_realm_of_its_user) {
    login(1, "ann@acme.example");
    add_organization("acme");
    add_connection("conn_1", "acme", "{}");
    const store_entry_in_t in = {.client_id = STR("app_1"),
                                 .session_hash = hash_of(arena, "session", 1),
                                 .hint_domain = STR("acme.example")};
    assert_ok(store_entry_read(store, &in, &entry, &err));
    cr_assert(entry.session.is_present && entry.session.is_user_active);
    assert_text(entry.session.email, "ann@acme.example");
    assert_text(entry.session.amr.items[0], "otp");
    cr_assert_eq(entry.session.connection_ids.count, 0);
    cr_assert_eq(entry.hrd_session.kind, FLOW_HRD_ONE);
    cr_assert_eq(entry.hrd_hint.kind, FLOW_HRD_ONE);
    cr_assert_eq(entry.hrd_domain.kind, FLOW_HRD_NONE);
    cr_assert_eq(entry.memberships.count, 0);
}

Test(store_entry, the_session_comes_with_the_organizations_of_its_user_and_of_nobody_else) {
    login(1, "ann@acme.example");
    add_organization("acme");
    add_organization("beta");
    sql_exec(
        "update organization_domains set domain = 'acme.example', type = 'ALLOWED_EMAIL_DOMAIN'"
        " where id = 'dom_beta'");
    sql_exec(
        "insert into memberships (organization_id, user_id, status, provisioning)"
        " values ('org_acme', 'usr_1', 'ACTIVE', 'direct_provision')");
    store_entry_in_t in = {.client_id = STR("app_1"), .session_hash = hash_of(arena, "session", 1)};
    assert_ok(store_entry_read(store, &in, &entry, &err));
    cr_assert_eq(entry.memberships.count, 2);
    assert_text(entry.memberships.items[0].organization_id, "org_acme");
    cr_assert_eq(entry.memberships.items[0].member, FLOW_MEMBER_ACTIVE);
    cr_assert_eq(entry.memberships.items[1].member, FLOW_MEMBER_JOINABLE);
    in.session_hash = hash_of(arena, "session", 2);
    assert_ok(store_entry_read(store, &in, &entry, &err));
    cr_assert_eq(entry.memberships.count, 0);
}
