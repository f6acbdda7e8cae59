// DNS asked about a domain, between a name server of the test's own and the database.
#include "handle/domain_check.h"
#include "handle/errand.h"
#include "handle/name_server.h"
#include "store/database.h"

#define SECRET "gatehouse-verify-dom_1=00ff"

static void setup(void) {
    errand_setup();
    sql_exec("insert into organizations (id, name) values ('org_1', 'A'), ('org_2', 'B')");
    sql_exec(
        "insert into organization_domains (id, organization_id, domain, type, method, txt_secret,"
        " verify_due_at) values ('dom_1', 'org_1', 'acme.example', 'ORGANIZATION_DOMAIN', 'DNS',"
        " '" SECRET "', now())");
}
TestSuite(handle_domain_check, .init = setup, .fini = errand_teardown, .timeout = 120);

static result_t run(bool is_requested, flow_domain_status_t *out) {
    call_t *call = errand_call();
    store_domain_due_found_t found;
    assert_ok(store_domain_due_read(call->store, STR("org_1"), STR("dom_1"), &found, &call->err));
    const domain_check_t check = {
        .row = &found.row, .is_requested = is_requested, .audit = {.event = "domain.check"}};
    return domain_check(call, &check, out);
}

static flow_domain_status_t checked(bool is_requested) {
    flow_domain_status_t status = FLOW_DOMAIN_PENDING;
    assert_ok(run(is_requested, &status));
    return status;
}

static void says(const char *text) {
    name_server_says((const char *const[]){"v=spf1 -all", text, NULL});
}

static int64_t rows(const char *condition) {
    return sql_number("select count(*) from organization_domains where %s", condition);
}

static int64_t audits(const char *like) {
    return sql_number("select count(*) from audit_events where reason like '%s'", like);
}

Test(handle_domain_check, the_text_at_the_domain_itself_verifies_it) {
    says(SECRET);
    cr_assert_eq(checked(false), FLOW_DOMAIN_VERIFIED);
    cr_assert_str_eq(name_server_name(), "acme.example");
    cr_assert_eq(rows("status = 'verified' and verified_at is not null"), 1);
    cr_assert_eq(audits("domain dom_1 acme.example: the TXT record is there"), 1);
    assert_text(sql_string("select decision || ' ' || organization_id from audit_events"),
                "verified org_1");
}

Test(handle_domain_check, p_link_06_nothing_but_the_whole_text_does) {
    static const char *const OTHERS[] = {"gatehouse-verify-dom_1=00fe",
                                         "gatehouse-verify-dom_1=00f",
                                         "gatehouse-verify-dom_1=00fff",
                                         "GATEHOUSE-VERIFY-DOM_1=00FF",
                                         " " SECRET,
                                         SECRET " ",
                                         "\"" SECRET "\"",
                                         "gatehouse-verify-dom_2=00ff",
                                         ""};
    for (size_t i = 0; i < sizeof(OTHERS) / sizeof(OTHERS[0]); i++) {
        says(OTHERS[i]);
        cr_assert_eq(checked(false), FLOW_DOMAIN_PENDING, "%s", OTHERS[i]);
    }
    cr_assert_eq(rows("failures = 9"), 1);
    cr_assert_eq(audits("%"), 0, "a check that changes nothing is no event");
}

Test(handle_domain_check, a_domain_without_a_text_of_its_own_is_proven_by_nothing) {
    sql_exec("update organization_domains set txt_secret = ''");
    says("");
    cr_assert_eq(checked(true), FLOW_DOMAIN_PENDING);
}

Test(handle_domain_check, what_was_verified_outlives_servers_that_do_not_answer) {
    sql_exec("update organization_domains set status = 'verified', failures = 6");
    name_server_fails(NAME_SERVER_FAILURE);
    cr_assert_eq(checked(false), FLOW_DOMAIN_VERIFIED);
    cr_assert_eq(rows("failures = 6"), 1);
    name_server_fails(NAME_SERVER_NO_NAME);
    cr_assert_eq(checked(false), FLOW_DOMAIN_FAILED);
    cr_assert_eq(rows("status = 'failed' and verify_due_at is null"), 1);
    cr_assert_eq(audits("%gone for a week"), 1);
}

Test(handle_domain_check, p_link_06_a_domain_of_another_organization_stays_pending) {
    sql_exec(
        "insert into organization_domains (id, organization_id, domain, type, status)"
        " values ('dom_2', 'org_2', 'acme.example', 'ORGANIZATION_DOMAIN', 'verified')");
    says(SECRET);
    cr_assert_eq(checked(false), FLOW_DOMAIN_PENDING);
    cr_assert_eq(audits("%another organization has verified%"), 1);
    cr_assert_eq(rows("status = 'verified' and id = 'dom_2'"), 1);
}

Test(handle_domain_check, a_request_is_told_in_the_audit_whatever_comes_of_it) {
    name_server_fails(NAME_SERVER_NO_NAME);
    sql_exec("update organization_domains set status = 'failed', verify_due_at = null");
    cr_assert_eq(checked(true), FLOW_DOMAIN_PENDING);
    cr_assert_eq(audits("%is not there"), 1);
    cr_assert_eq(rows("failures = 1 and verify_due_at > now()"), 1);
}

// On the name server's thread, so with a connection of its own.
static void remove_it(void) {
    PGconn *conn = PQconnectdb(database_conninfo());
    PQclear(PQexec(conn, "delete from organization_domains where id = 'dom_1'"));
    PQfinish(conn);
}

Test(handle_domain_check, a_domain_that_is_removed_while_dns_is_asked_stays_removed) {
    flow_domain_status_t status;
    says(SECRET);
    name_server_before(remove_it);
    cr_assert_eq(run(false, &status), CONFLICT);
    cr_assert_eq(rows("true"), 0);
    cr_assert_eq(audits("%"), 0);
}
