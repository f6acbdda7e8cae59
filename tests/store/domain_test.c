#include "store/domain.h"
#include "store/fixture.h"
#include <stdatomic.h>

static void setup(void) {
    fixture_setup();
    sql_exec(
        "insert into organizations (id, name) select 'org_' || n, 'N' from"
        " generate_series(1, 9) n");
}

TestSuite(store_domain, .init = setup, .fini = database_teardown);

static store_domain_t row_of(arena_t *where, int n, const char *domain) {
    return (store_domain_t){
        .id = id_of(where, "dom", n),
        .organization_id = id_of(where, "org", n),
        .domain = str_from_c(domain),
        .type = STR("ORGANIZATION_DOMAIN"),
        .status = STR("verified"),
        .method = STR("ADMIN"),
        .txt_secret = STR(""),
    };
}

static store_domain_t make(int n, const char *domain) {
    const store_domain_t row = row_of(arena, n, domain);
    store_domain_t made;
    assert_ok(store_domain_create(store, &row, &AUDIT, &made, &err));
    return made;
}

Test(store_domain, is_read_below_its_own_organization_only) {
    store_domain_found_t found;
    make(1, "acme.example");
    assert_ok(store_domain_read(store, STR("org_1"), STR("dom_1"), &found, &err));
    cr_assert(found.is_present);
    assert_text(found.row.domain, "acme.example");
    assert_text(found.row.status, "verified");
    cr_assert(found.row.created_at > 0);
    assert_ok(store_domain_read(store, STR("org_2"), STR("dom_1"), &found, &err));
    cr_assert_not(found.is_present);
}

Test(store_domain, a_claim_tells_whose_it_is) {
    store_domain_claim_t claim;
    make(1, "acme.example");
    store_domain_in_t in = {STR("org_1"), STR("acme.example"), STR("ORGANIZATION_DOMAIN")};
    assert_ok(store_domain_claim_read(store, &in, &claim, &err));
    cr_assert(claim.is_organization_present && claim.is_own && !claim.is_foreign);
    in.organization_id = STR("org_2");
    assert_ok(store_domain_claim_read(store, &in, &claim, &err));
    cr_assert(claim.is_organization_present && !claim.is_own && claim.is_foreign);
    sql_exec("update organization_domains set status = 'failed'");
    in.organization_id = STR("org_none");
    assert_ok(store_domain_claim_read(store, &in, &claim, &err));
    cr_assert_not(claim.is_organization_present || claim.is_own || claim.is_foreign);
}

static atomic_int added;

static void claim(store_own_t *own, int index) {
    const store_domain_t row = row_of(own->arena, index + 1, "acme.example");
    store_domain_t made;
    const result_t result = store_domain_create(own->store, &row, &AUDIT, &made, NULL);
    cr_assert(result == OK || result == CONFLICT);
    added += result == OK;
}

Test(store_domain, a_verified_one_belongs_to_one_organization_whoever_is_fastest) {
    run_parallel(8, claim);
    cr_assert_eq(added, 1);
    cr_assert_eq(sql_number("select count(*) from organization_domains"), 1);
    cr_assert_eq(sql_number("select count(*) from audit_events"), 1);
}

Test(store_domain, no_organization_no_domain) {
    store_domain_t row = row_of(arena, 1, "acme.example"), made;
    row.organization_id = STR("org_none");
    assert_result(store_domain_create(store, &row, &AUDIT, &made, &err), CONFLICT);
    cr_assert_eq(sql_number("select count(*) from audit_events"), 0);
}

Test(store_domain, a_list_is_one_organizations) {
    store_domains_t found;
    make(1, "a.example");
    make(2, "b.example");
    sql_exec(
        "insert into organization_domains (id, organization_id, domain, type, method) values"
        " ('dom_3', 'org_1', 'a.example', 'ALLOWED_EMAIL_DOMAIN', 'NOT_APPLICABLE')");
    store_domains_in_t in = {.organization_id = STR("org_1"), .size = 10};
    assert_ok(store_domains_read(store, &in, &found, &err));
    cr_assert(found.is_organization_present && found.count == 2);
    assert_text(found.items[0].id, "dom_1");
    in.skip = 1;
    assert_ok(store_domains_read(store, &in, &found, &err));
    cr_assert_eq(found.count, 1);
    in = (store_domains_in_t){STR("org_1"), STR("ALLOWED_EMAIL_DOMAIN"), 10, 0};
    assert_ok(store_domains_read(store, &in, &found, &err));
    cr_assert_eq(found.count, 1);
    in = (store_domains_in_t){STR("org_none"), STR_NONE, 10, 0};
    assert_ok(store_domains_read(store, &in, &found, &err));
    cr_assert_not(found.is_organization_present);
}

Test(store_domain, p_link_13_deleting_never_widens_what_a_connection_covers) {
    make(1, "a.example");
    sql_exec(
        "insert into connections (id, organization_id, type, name, is_enabled, status, domains)"
        " values ('conn_1', 'org_1', 'oidc', 'C', true, 'COMPLETED', '{a.example}')");
    const store_domain_t row = row_of(arena, 1, "a.example");
    assert_ok(store_domain_delete(store, &row, &AUDIT, &err));
    cr_assert_eq(sql_number("select count(*) from connections where domains = '{a.example}'"), 1);
    assert_result(store_domain_delete(store, &row, &AUDIT, &err), CONFLICT);
}
