// flow.md 4 and 5 in the write: what a login links, and what it refuses to rely on.
#include "store/fixture_sso.h"
#include <stdatomic.h>

#define EMAIL "ann@acme.example"
#define GUEST "ann@foo.example"

static void setup(void) {
    fixture_setup();
    make_organization("acme");
    make_social();
}

TestSuite(store_linking, .init = setup, .fini = database_teardown);

static store_proof_t proof_of(int n) {
    const store_confirmed_in_t in = {.flow_id = id_of(arena, "req", n)};
    store_proof_t proof;
    assert_ok(store_confirmed_read(store, &in, &proof, &err));
    return proof;
}

// ---- one user, whatever the method --------------------------------------------------------------

static atomic_int failed, made;

static store_completion_t mixed_of(arena_t *where, int n, store_assertion_t *said) {
    *said = assertion_of(where, n, n % 3 == 1 ? "acme" : "google", "s-1", GUEST);
    if (n % 3 == 0) {
        return completion_of(where, n, GUEST);
    }
    return n % 3 == 1 ? guest_of(n, said) : social_of(where, n, said);
}

static void mixed_in_parallel(store_own_t *own, int n) {
    store_assertion_t said;
    const store_completion_t in = mixed_of(own->arena, n, &said);
    store_completed_t out;
    err_t own_err = {0};
    const result_t result = store_login_complete(own->store, &in, &AUDIT, &out, &own_err);
    atomic_fetch_add(result == OK ? &made : &failed, result == OK ? out.is_new_user : 1);
}

Test(store_linking, p_link_14_a_hundred_first_logins_by_mixed_methods_end_in_one_user) {
    for (int n = 0; n < 100; n++) {
        const store_assertion_t said = assertion_of(arena, n, "acme", "s-1", GUEST);
        assert_ok(start_proof(n, n % 3 == 1 ? &said : NULL, GUEST));
    }
    run_parallel(100, mixed_in_parallel);
    cr_assert_eq(failed, 0);
    cr_assert_eq(made, 1);
    cr_assert_eq(count_of("users where proven_at is not null"), 1);
    cr_assert_eq(count_of("users"), 1);
    cr_assert_eq(count_of("identities"), 2);
    cr_assert_eq(count_of("identities where channel_email = '" GUEST "' and channel_epoch = 1"
                          " and connection_id = 'conn_acme'"),
                 1);
    cr_assert_eq(count_of("memberships where status = 'ACTIVE'"), 1);
    cr_assert_eq(count_of("sessions"), 100);
    cr_assert_eq(sql_number("select count(distinct user_id) from sessions"), 1);
}

Test(store_linking, p_rp_27_a_known_identity_stays_with_its_user_whatever_was_proven) {
    assert_ok(sso_login(1, "acme", "s-1", EMAIL));
    login(2, GUEST);
    const store_assertion_t said = assertion_of(arena, 3, "acme", "s-1", GUEST);
    assert_ok(start_proof(3, &said, GUEST));
    const store_completion_t in = guest_of(3, &said);
    store_completed_t out;
    assert_ok(store_login_complete(store, &in, &AUDIT, &out, &err));
    assert_text(out.user_id, "usr_1");
    cr_assert_not(out.is_new_user);
    cr_assert_eq(count_of("identities where user_id = 'usr_1' and email = '" GUEST "'"), 1);
    cr_assert_eq(count_of("users where id = 'usr_1' and email = '" EMAIL "'"), 1);
}

Test(store_linking, p_rp_27_an_identity_never_moves_to_another_user) {
    login(1, GUEST);
    login(2, "bob@foo.example");
    // As if somebody had linked it between our look and our write.
    sql_exec(
        "create function steal() returns trigger language plpgsql as $$ begin"
        " insert into identities (connection_id, subject, user_id, email) values"
        " ('conn_google', 'g-1', 'usr_2', '') on conflict do nothing; return new; end $$;"
        " create trigger steal before update on users for each row execute function steal()");
    store_own_t own = mine();
    assert_ok(make_flow(&own, 3));
    const store_assertion_t said = assertion_of(arena, 3, "google", "g-1", GUEST);
    const store_completion_t in = social_of(arena, 3, &said);
    assert_result(complete(&in), CONFLICT);
    cr_assert_eq(count_of("sessions where id = 'ses_3'"), 0);
}

// ---- an address that nobody proved --------------------------------------------------------------

Test(store_linking, p_link_04_what_a_provider_says_is_parked_until_the_address_is_proven) {
    const store_assertion_t said = assertion_of(arena, 1, "google", "evil-1", GUEST);
    assert_ok(start_proof(1, &said, GUEST));
    cr_assert_eq(count_of("identities") + count_of("users"), 0);
    const store_proof_t proof = proof_of(1);
    assert_text(proof.assertion.id, "ast_1");
    assert_text(proof.assertion.profile, "{\"name\": \"Ann Example\"}");
    assert_text(proof.flow.challenge_assertion_id, "ast_1");
    cr_assert(proof.connection.is_social && proof.connection.is_usable);
    cr_assert(!proof.identity.is_present && !proof.user.is_present);
    login(2, GUEST); // the owner, by another way
    cr_assert_eq(count_of("identities"), 0);
    assert_text(proof_of(1).user.id, "usr_2");
}

Test(store_linking, p_link_03_a_proof_that_was_pending_links_nothing_once_it_is_over) {
    const store_assertion_t said = assertion_of(arena, 1, "google", "evil-1", GUEST);
    assert_ok(start_proof(1, &said, GUEST));
    login(2, GUEST);
    sql_exec("update challenges set expires_at = now() where id = 'chl_1'");
    store_completion_t in = social_of(arena, 1, &said);
    in.proven.challenge_id = STR("chl_1");
    in.proven.is_channel = true;
    assert_result(complete(&in), CONFLICT);
    cr_assert_eq(count_of("identities"), 0);
}

Test(store_linking, p_link_11_an_identity_is_not_linked_by_the_proof_of_another_address) {
    store_assertion_t said = assertion_of(arena, 1, "google", "g-1", EMAIL);
    assert_result(start_proof(1, &said, GUEST), CONFLICT);
    said = assertion_of(arena, 2, "google", "g-1", GUEST);
    assert_ok(start_proof(2, &said, GUEST));
    store_assertion_t other = assertion_of(arena, 3, "google", "g-2", GUEST);
    store_completion_t in = social_of(arena, 2, &other);
    in.proven.challenge_id = STR("chl_2");
    assert_result(complete(&in), CONFLICT); // not what this code waits for
    other.email = STR(EMAIL);
    in.proven.email = STR(GUEST);
    assert_result(complete(&in), INTERNAL);
    // One that another flow keeps is not this flow's.
    store_own_t own = mine();
    assert_ok(make_flow(&own, 4));
    const store_challenge_new_t foreign = {.challenge_id = STR("chl_4"),
                                           .flow_id = STR("req_4"),
                                           .email = STR(GUEST),
                                           .email_display = STR(GUEST),
                                           .code_hash = hash_of(arena, "c", 4),
                                           .link_hash = hash_of(arena, "l", 4),
                                           .code_sealed = hash_of(arena, "s", 4),
                                           .lifetime_s = 300,
                                           .outbox_id = STR("out_4"),
                                           .mail_sealed = hash_of(arena, "m", 4),
                                           .assertion_id = STR("ast_2")};
    store_limited_t limited;
    assert_result(store_challenge_create(store, &foreign, &AUDIT, &limited, &err), CONFLICT);
}

Test(store_linking, p_link_01_p_link_02_the_first_proof_drops_identities_and_sessions_from_before) {
    sql_exec("insert into users (id, email, email_display) values ('usr_inv', '" GUEST "', '')");
    sql_exec(
        "insert into identities (connection_id, subject, user_id, email) values"
        " ('conn_google', 'evil', 'usr_inv', '" GUEST "')");
    sql_exec(
        "insert into sessions (id, token_hash, user_id, amr, expires_at, ip, user_agent)"
        " values ('ses_inv', '\\x01', 'usr_inv', '{}', now() + interval '1 day', '', '')");
    // By the planted identity alone nobody comes in: it has proven another address.
    store_own_t own = mine();
    assert_ok(make_flow(&own, 1));
    const store_assertion_t evil = assertion_of(arena, 1, "google", "evil", "evil@evil.example");
    const store_completion_t planted = social_of(arena, 1, &evil);
    assert_result(complete(&planted), CONFLICT);
    assert_ok(make_flow(&own, 2));
    const store_assertion_t said = assertion_of(arena, 2, "google", "g-1", GUEST);
    const store_completion_t in = social_of(arena, 2, &said);
    store_completed_t out;
    assert_ok(store_login_complete(store, &in, &AUDIT, &out, &err));
    assert_text(out.user_id, "usr_inv");
    assert_text(sql_string("select string_agg(subject, ',') from identities"), "g-1");
    cr_assert_eq(count_of("sessions where ended_at is null"), 1);
    cr_assert_eq(count_of("users where proven_at is not null"), 1);
}

Test(store_linking, p_link_02_a_flow_that_waits_on_a_session_from_before_dies_with_it) {
    sql_exec("insert into users (id, email, email_display) values ('usr_inv', '" GUEST "', '')");
    sql_exec(
        "insert into sessions (id, token_hash, user_id, amr, expires_at, ip, user_agent)"
        " values ('ses_inv', '\\x01', 'usr_inv', '{}', now() + interval '1 day', '', '')");
    store_request_t request = {.id = STR("req_9"),
                               .browser_hash = hash_of(arena, "browser", 9),
                               .client_id = STR("app_1"),
                               .lifetime_s = 600,
                               .session_id = STR("ses_inv")};
    assert_ok(store_flow_create(store, &request, &AUDIT, &err));
    login(1, GUEST);
    store_completion_t in = completion_of(arena, 9, GUEST);
    in.proven = (store_proven_t){.is_from_flow = true};
    in.is_new_session = false;
    in.session_id = STR("ses_inv");
    assert_result(complete(&in), CONFLICT);
    request.id = STR("req_10");
    assert_result(store_flow_create(store, &request, &AUDIT, &err), CONFLICT);
}

// ---- what is kept of an identity ----------------------------------------------------------------

Test(store_linking, only_a_code_makes_a_channel_and_trust_by_domain_leaves_it) {
    const store_assertion_t said = assertion_of(arena, 1, "acme", "s-1", GUEST);
    assert_ok(start_proof(1, &said, GUEST));
    const store_completion_t in = guest_of(1, &said);
    assert_ok(complete(&in));
    assert_text(sql_string("select channel_email || channel_epoch from identities"), GUEST "1");
    store_own_t own = mine();
    assert_ok(make_flow(&own, 2));
    const store_assertion_t again = assertion_of(arena, 2, "acme", "s-1", EMAIL);
    const store_completion_t by_domain = sso_of(arena, 2, "acme", &again);
    assert_ok(complete(&by_domain));
    assert_text(sql_string("select email || channel_email from identities"), EMAIL GUEST);
    sql_exec("update identities set channel_email = null, channel_epoch = null");
    assert_ok(sso_login(4, "acme", "s-1", EMAIL));
    cr_assert_eq(count_of("identities where channel_email is null and channel_verified_at is not"
                          " null"),
                 1);
}

Test(store_linking, a_profile_is_synced_and_what_is_not_said_erases_nothing) {
    assert_ok(sso_login(1, "acme", "s-1", EMAIL));
    assert_text(sql_string("select name from users"), "Ann Example");
    store_own_t own = mine();
    static const char *const PROFILES[] = {
        "{\"name\": \"\", \"given_name\": \"Ann\", \"locale\": null, \"email\": \"x\"}",
        "{\"name\": \"Other\"}",
    };
    for (int i = 0; i < 2; i++) {
        assert_ok(make_flow(&own, 10 + i));
        store_assertion_t said = assertion_of(arena, 10 + i, "acme", "s-1", EMAIL);
        said.profile = str_from_c(PROFILES[i]);
        const store_completion_t in = sso_of(arena, 10 + i, "acme", &said);
        assert_ok(complete(&in));
        assert_text(sql_string("select name || '|' || given_name || '|' || email from users"),
                    "Ann Example|Ann|" EMAIL);
        sql_exec("update connections set is_profile_synced = false");
    }
    cr_assert_eq(count_of("users where last_login_at > now() - interval '1 hour'"), 1);
}

Test(store_linking, mapped_attributes_and_groups_reach_the_profile_beside_what_is_there) {
    assert_ok(sso_login(1, "acme", "s-1", EMAIL));
    sql_exec(
        "update users set profile = '{\"gender\": \"x\", \"custom_attributes\":"
        " {\"desk\": \"7\", \"team\": \"old\"}}'");
    store_own_t own = mine();
    static const char *const PROFILES[] = {
        "{\"groups\": [\"a\", \"b\"], \"custom_attributes\": {\"team\": \"blue\"}}",
        "{\"groups\": []}",
    };
    for (int i = 0; i < 2; i++) {
        assert_ok(make_flow(&own, 10 + i));
        store_assertion_t said = assertion_of(arena, 10 + i, "acme", "s-1", EMAIL);
        said.profile = str_from_c(PROFILES[i]);
        const store_completion_t in = sso_of(arena, 10 + i, "acme", &said);
        assert_ok(complete(&in));
        assert_text(sql_string("select concat_ws('|', profile ->> 'gender', profile ->> 'groups',"
                               " profile -> 'custom_attributes' ->> 'team',"
                               " profile -> 'custom_attributes' ->> 'desk') from users"),
                    "x|[\"a\", \"b\"]|blue|7");
    }
}

Test(store_linking, what_no_caller_may_ask_for_is_refused_before_anything_is_written) {
    const store_assertion_t said = assertion_of(arena, 1, "acme", "s-1", EMAIL);
    store_completion_t wrong[7];
    for (int i = 0; i < 7; i++) {
        wrong[i] = sso_of(arena, 1, "acme", &said);
    }
    wrong[0].proven.assertion = NULL;
    wrong[1].proven.is_from_flow = true;
    wrong[2].proven.is_channel = true;
    wrong[3].proven.connection_id = STR("conn_google");
    wrong[4].is_new_session = false;
    wrong[5].membership = FLOW_MEMBERSHIP_NONE;
    wrong[6].organization_id = STR_NONE;
    for (int i = 0; i < 7; i++) {
        assert_result(complete(&wrong[i]), INTERNAL);
    }
    wrong[0] = social_of(arena, 1, &said);
    wrong[0].proven.is_by_domain = true;
    assert_result(complete(&wrong[0]), INTERNAL);
}
