// flow.md 4 and the loop guard in the write: a login that rests on what changed meanwhile is
// refused.
#include "store/fixture_sso.h"
#include <stdatomic.h>
#include <unistd.h>

#define EMAIL "ann@acme.example"
#define GUEST "ann@foo.example"

static void setup(void) {
    fixture_setup();
    make_organization("acme");
    make_social();
}

TestSuite(store_trust, .init = setup, .fini = database_teardown);

static void no_realm(void) {
    sql_exec("update organizations set is_sso_on = false");
}

// ---- what the decision relied on ----------------------------------------------------------------

static result_t trusted_after(int n, const char *change) {
    store_own_t own = mine();
    assert_ok(make_flow(&own, n));
    const store_assertion_t said = assertion_of(arena, n, "acme", "s-1", EMAIL);
    const store_completion_t in = sso_of(arena, n, "acme", &said);
    sql_exec("%s", change);
    return complete(&in);
}

Test(store_trust, p_link_06_p_link_13_trust_is_as_good_as_domain_and_connection_at_the_write) {
    static const char *const CHANGES[][2] = {
        {"update organization_domains set status = 'pending'",
         "update organization_domains set status = 'verified'"},
        {"update organization_domains set type = 'ALLOWED_EMAIL_DOMAIN'",
         "update organization_domains set type = 'ORGANIZATION_DOMAIN'"},
        {"update organization_domains set domain = 'eu.acme.example'",
         "update organization_domains set domain = 'acme.example'"},
        {"update connections set domains = '{other.example}'",
         "update connections set domains ="
         " '{}'"},
        {"update connections set trust_epoch = 2", "update connections set trust_epoch = 1"},
        {"update connections set is_enabled = false", "update connections set is_enabled = true"},
        {"update organizations set is_sso_on = false", "update organizations set is_sso_on = true"},
    };
    int n = 1;
    for (size_t i = 0; i < sizeof CHANGES / sizeof CHANGES[0]; i++) {
        assert_result(trusted_after(n++, CHANGES[i][0]), CONFLICT);
        cr_assert_eq(count_of("users") + count_of("identities") + count_of("sessions"), 0, "%s",
                     CHANGES[i][0]);
        assert_ok(trusted_after(n++, CHANGES[i][1]));
        sql_exec("delete from users");
    }
}

static PGconn *other_connection(void) {
    PGconn *other = PQconnectdb(database_conninfo());
    cr_assert_eq(PQstatus(other), CONNECTION_OK);
    return other;
}

static bool other_does(PGconn *other, const char *sql) {
    PGresult *result = PQexec(other, sql);
    const ExecStatusType status = PQresultStatus(result);
    PQclear(result);
    return status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK;
}

static atomic_int outcome;

static void sso_in_thread(store_own_t *own, int n) {
    const store_assertion_t said = assertion_of(own->arena, n, "acme", "s-1", EMAIL);
    const store_completion_t in = sso_of(own->arena, n, "acme", &said);
    store_completed_t out;
    err_t own_err = {0};
    atomic_store(&outcome, (int)store_login_complete(own->store, &in, &AUDIT, &out, &own_err));
}

static PGconn *holder;

// Thread 0 is the login, thread 1 lets go once somebody waits for what `holder` holds.
static void race(store_own_t *own, int index) {
    if (index == 0) {
        sso_in_thread(own, 0);
        return;
    }
    PGconn *look = other_connection();
    for (int64_t waiting = 0; waiting == 0; usleep(2000)) {
        PGresult *result = PQexec(look,
                                  "select count(*) from pg_stat_activity where"
                                  " datname = current_database() and wait_event_type = 'Lock'");
        waiting = strtoll(PQgetvalue(result, 0, 0), NULL, 10);
        PQclear(result);
        cr_assert_eq(atomic_load(&outcome), -1, "the login did not wait");
    }
    PQfinish(look);
    cr_assert(other_does(holder, "commit"));
}

Test(store_trust, p_link_06_a_login_that_meets_a_removal_of_the_domain_is_not_trusted) {
    static const char *const REMOVALS[] = {
        "begin; delete from organization_domains",
        "begin; update organization_domains set status = 'failed'",
        "begin; update connections set is_enabled = false",
        "begin; update connections set trust_epoch = 2",
    };
    for (size_t i = 0; i < sizeof REMOVALS / sizeof REMOVALS[0]; i++) {
        sql_exec("delete from flows; delete from organizations");
        make_organization("acme");
        store_own_t own = mine();
        assert_ok(make_flow(&own, 0));
        outcome = -1;
        holder = other_connection();
        cr_assert(other_does(holder, REMOVALS[i]));
        run_parallel(2, race);
        PQfinish(holder);
        cr_assert_eq(outcome, CONFLICT, "%s: %d", REMOVALS[i], outcome);
        cr_assert_eq(count_of("users") + count_of("sessions"), 0);
    }
}

static PGconn *remover;

// The login stands at the user's row, which `holder` keeps: the removal must wait for the login.
static void race_of_removal(store_own_t *own, int index) {
    if (index == 0) {
        sso_in_thread(own, 7);
        return;
    }
    while (atomic_load(&outcome) == -1 &&
           sql_number("select count(*) from pg_stat_activity where datname = current_database()"
                      " and wait_event_type = 'Lock'") == 0) {
        usleep(2000);
    }
    cr_assert(other_does(remover, "set lock_timeout = '100ms'"));
    cr_assert_not(other_does(remover, "delete from organization_domains"),
                  "removed while a login relied on it");
    cr_assert_not(other_does(remover, "update connections set trust_epoch = 2"),
                  "changed while a login relied on it");
    cr_assert(other_does(holder, "commit"));
}

Test(store_trust, p_link_06_a_removal_waits_for_the_login_that_relies_on_the_domain) {
    assert_ok(sso_login(1, "acme", "s-1", EMAIL));
    store_own_t own = mine();
    assert_ok(make_flow(&own, 7));
    outcome = -1;
    holder = other_connection();
    remover = other_connection();
    cr_assert(other_does(holder, "begin; select from users for update"));
    run_parallel(2, race_of_removal);
    cr_assert_eq(outcome, OK);
    cr_assert(other_does(remover, "delete from organization_domains"));
    PQfinish(holder);
    PQfinish(remover);
    assert_result(trusted_after(8, "select 1"), CONFLICT);
}

// ---- the realm, once more, in the write ---------------------------------------------------------

Test(store_trust, p_link_13_a_code_does_not_complete_where_a_realm_matches_by_now) {
    store_own_t own = mine();
    assert_ok(make_flow(&own, 1));
    assert_ok(make_challenge(&own, 1, 1, EMAIL));
    const store_completion_t in = completion_of(arena, 1, EMAIL);
    assert_result(complete(&in), CONFLICT);
    assert_ok(make_flow(&own, 2));
    const store_assertion_t said = assertion_of(arena, 2, "google", "g-1", EMAIL);
    const store_completion_t social = social_of(arena, 2, &said);
    assert_result(complete(&social), CONFLICT);
    cr_assert_eq(count_of("users") + count_of("identities"), 0, "nothing of it was kept");
    no_realm();
    assert_ok(complete(&in));
    // The session goes on only until the organization wants its own sign-in.
    sql_exec("update organizations set is_sso_on = true");
    store_completion_t reuse = completion_of(arena, 3, EMAIL);
    assert_ok(make_flow(&own, 3));
    reuse.proven = (store_proven_t){0};
    reuse.is_new_session = false;
    reuse.session_id = STR("ses_1");
    assert_result(complete(&reuse), CONFLICT);
    no_realm();
    assert_ok(complete(&reuse));
}

Test(store_trust, p_link_13_the_users_own_address_counts_beside_the_proven_one) {
    no_realm();
    store_own_t own = mine();
    assert_ok(make_flow(&own, 1));
    store_assertion_t said = assertion_of(arena, 1, "google", "g-1", EMAIL);
    const store_completion_t first = social_of(arena, 1, &said);
    assert_ok(complete(&first));
    sql_exec("update organizations set is_sso_on = true");
    assert_ok(make_flow(&own, 2));
    said = assertion_of(arena, 2, "google", "g-1", GUEST);
    const store_completion_t in = social_of(arena, 2, &said);
    assert_result(complete(&in), CONFLICT);
}

Test(store_trust, p_link_05_org_a_may_vouch_for_a_guest_of_org_b_unless_b_is_exclusive) {
    make_organization("beta");
    const store_assertion_t said = assertion_of(arena, 1, "acme", "s-1", "ceo@beta.example");
    assert_ok(start_proof(1, &said, "ceo@beta.example"));
    store_completion_t in = guest_of(1, &said);
    in.organization_id = STR("org_beta"); // loop guard: never a session for B
    assert_result(complete(&in), CONFLICT);
    in.organization_id = STR("org_acme");
    sql_exec("update organizations set is_sso_exclusive = true where id = 'org_beta'");
    assert_result(complete(&in), CONFLICT);
    in.proven.is_by_domain = true; // B's domain is not A's
    sql_exec("update organizations set is_sso_exclusive = false");
    assert_result(complete(&in), CONFLICT);
    in.proven.is_by_domain = false;
    assert_ok(complete(&in));
    assert_text(session_of(1).organization_id, "org_acme");
}

static result_t by_channel(int n, const char *email) {
    store_own_t own = mine();
    assert_ok(make_flow(&own, n));
    store_assertion_t said = assertion_of(arena, n, "acme", "s-1", email);
    said.trust_epoch = sql_number("select trust_epoch from connections where id = 'conn_acme'");
    store_completion_t in = sso_of(arena, n, "acme", &said);
    in.proven.is_by_domain = false;
    return complete(&in);
}

Test(store_trust, p_link_08_without_code_or_domain_only_a_channel_that_is_valid_is_trusted) {
    login(1, GUEST);
    assert_result(by_channel(2, GUEST), CONFLICT);
    const store_assertion_t said = assertion_of(arena, 3, "acme", "s-1", GUEST);
    assert_ok(start_proof(3, &said, GUEST));
    const store_completion_t in = guest_of(3, &said);
    assert_ok(complete(&in));
    assert_ok(by_channel(4, GUEST));
    assert_result(by_channel(5, "other@foo.example"), CONFLICT);
    sql_exec("update connections set trust_epoch = 2");
    assert_result(by_channel(6, GUEST), CONFLICT);
}

// ---- for another organization -------------------------------------------------------------------

// Ann of acme.example, who is at home at conn_acme, for org_beta.
static result_t for_beta(int n, const char *email, flow_membership_step_t step) {
    store_own_t own = mine();
    assert_ok(make_flow(&own, n));
    const store_assertion_t said = assertion_of(arena, n, "acme", "s-1", email);
    store_completion_t in = sso_of(arena, n, "acme", &said);
    in.proven.is_by_domain = str_eq(said.email, STR(EMAIL));
    in.organization_id = STR("org_beta");
    in.membership = step;
    return complete(&in);
}

Test(store_trust, p_link_05_who_is_at_home_there_goes_on_to_an_organization_that_has_them) {
    make_organization("beta");
    assert_ok(sso_login(1, "acme", "s-1", EMAIL));
    assert_result(for_beta(2, EMAIL, FLOW_MEMBERSHIP_KEEP), CONFLICT); // no member
    assert_result(for_beta(3, EMAIL, FLOW_MEMBERSHIP_JIT), CONFLICT);
    make_member("org_beta", "usr_1", "INACTIVE");
    assert_result(for_beta(4, EMAIL, FLOW_MEMBERSHIP_KEEP), CONFLICT);
    sql_exec("update memberships set status = 'ACTIVE'");
    assert_ok(for_beta(5, EMAIL, FLOW_MEMBERSHIP_KEEP));
    assert_text(session_of(5).organization_id, "org_beta");
    // Not by JIT, even for a member; and not once acme's sign-in is the person's own no more.
    assert_result(for_beta(6, EMAIL, FLOW_MEMBERSHIP_JIT), CONFLICT);
    sql_exec("update connections set domains = '{other.example}' where id = 'conn_acme'");
    assert_result(for_beta(7, EMAIL, FLOW_MEMBERSHIP_KEEP), CONFLICT);
}

Test(store_trust, p_link_05_a_guest_goes_on_to_no_other_organization) {
    make_organization("beta");
    login(1, GUEST);
    make_member("org_beta", "usr_1", "ACTIVE");
    store_assertion_t said = assertion_of(arena, 2, "acme", "s-1", GUEST);
    assert_ok(start_proof(2, &said, GUEST));
    store_completion_t in = guest_of(2, &said);
    assert_ok(complete(&in));
    assert_result(for_beta(3, GUEST, FLOW_MEMBERSHIP_KEEP), CONFLICT);
    // Nor by way of the session that acme's provider made.
    store_own_t own = mine();
    assert_ok(make_flow(&own, 5));
    store_completion_t reuse = completion_of(arena, 5, GUEST);
    reuse.proven = (store_proven_t){0};
    reuse.is_new_session = false;
    reuse.session_id = STR("ses_2");
    reuse.organization_id = STR("org_beta");
    reuse.membership = FLOW_MEMBERSHIP_KEEP;
    assert_result(complete(&reuse), CONFLICT);
    reuse.organization_id = STR("org_acme");
    assert_ok(complete(&reuse));
    said = assertion_of(arena, 4, "acme", "s-1", GUEST);
    assert_ok(start_proof(4, &said, GUEST));
    in = guest_of(4, &said);
    in.organization_id = STR("org_beta");
    in.membership = FLOW_MEMBERSHIP_KEEP;
    assert_result(complete(&in), CONFLICT);
}
