#include "store/fixture_sso.h"

#define EMAIL "ann@home.example"

static void setup(void) {
    fixture_setup();
    make_organization("acme");
    make_organization("beta");
    make_social();
    sql_exec(
        "insert into organization_domains (id, organization_id, domain, type) values"
        " ('dom_home', 'org_beta', 'home.example', 'ALLOWED_EMAIL_DOMAIN')");
}

TestSuite(store_proof, .init = setup, .fini = database_teardown);

static store_proof_t tried(int flow, bytes_t session_hash) {
    const store_try_t in = {.flow_id = id_of(arena, "req", flow),
                            .session_hash = session_hash,
                            .limits = limits_of(arena, "net", 100)};
    store_proof_t proof;
    assert_ok(store_challenge_try(store, &in, &proof, &err));
    return proof;
}

// Email addresses of flows 1, 2, ...; NULL: no code was sent.
static const char *const EMAILS[] = {NULL, "new@nowhere.example", "new@home.example", EMAIL,
                                     "ann@acme.example"};
enum { FLOW_COUNT = sizeof EMAILS / sizeof EMAILS[0] };

static void start_all(void) {
    login(99, EMAIL);
    make_member("org_acme", "usr_99", "ACTIVE");
    for (int i = 0; i < FLOW_COUNT; i++) {
        store_own_t own = mine();
        assert_ok(make_flow(&own, i + 1));
        if (EMAILS[i]) {
            assert_ok(make_challenge(&own, i + 1, i + 1, EMAILS[i]));
        }
    }
}

static str_t memberships_text(const flow_memberships_t *memberships) {
    str_t text = STR_NONE;
    for (size_t i = 0; i < memberships->count; i++) {
        const flow_membership_t *one = &memberships->items[i];
        text = arena_format(arena, "%.*s %.*s:%d", STR_ARG(text), STR_ARG(one->organization_id),
                            (int)one->member);
    }
    return text;
}

// All that decides, in words.
static str_t proof_text(const store_proof_t *proof) {
    const bytes_t hash = proof->code_hash;
    return arena_format(arena, "%.*s %.*s hash %d user %.*s %d realm %d %.*s members%.*s",
                        STR_ARG(proof->flow.request.id), STR_ARG(proof->flow.challenge.id),
                        hash.len ? hash.ptr[0] : -1, STR_ARG(proof->user.id),
                        proof->user.is_active && proof->user.is_proven, (int)proof->hrd.kind,
                        STR_ARG(proof->hrd.organization_id),
                        STR_ARG(memberships_text(&proof->memberships)));
}

Test(store_proof, without_a_session_the_facts_are_those_that_a_dead_session_finds) {
    start_all();
    for (int flow = 1; flow <= FLOW_COUNT; flow++) {
        const store_proof_t plain = tried(flow, (bytes_t){0});
        const store_proof_t whole = tried(flow, hash_of(arena, "dead", flow));
        assert_text(proof_text(&plain), arena_c(arena, proof_text(&whole)));
        cr_assert(plain.flow.is_present && !plain.session.is_present && !whole.session.is_present);
        cr_assert(!plain.connection.is_present && !plain.identity.is_present);
        cr_assert(str_is_empty(plain.assertion.id) && plain.hrd_user.kind == FLOW_HRD_NONE);
    }
    const store_proof_t known = tried(4, (bytes_t){0});
    assert_text(known.user.id, "usr_99");
    assert_text(memberships_text(&known.memberships),
                arena_c(arena, arena_format(arena, " org_acme:%d org_beta:%d", FLOW_MEMBER_ACTIVE,
                                            FLOW_MEMBER_JOINABLE)));
    cr_assert_eq(tried(5, (bytes_t){0}).hrd.kind, FLOW_HRD_ONE);
}

Test(store_proof, p_link_11_an_identity_that_waits_is_judged_with_the_code) {
    const store_assertion_t said = assertion_of(arena, 1, "google", "g-1", EMAIL);
    assert_ok(start_proof(1, &said, EMAIL));
    const store_proof_t proof = tried(1, (bytes_t){0});
    assert_text(proof.assertion.id, "ast_1");
    assert_text(proof.connection.id, "conn_google");
    cr_assert_eq(proof.flow.challenge.tries, 1);
}

// A mail for an identity replaces the code just when the try has been counted: it is not taken for
// a code that nothing waits for.
Test(store_proof, p_link_11_an_identity_that_comes_during_the_try_is_judged_with_it) {
    store_own_t own = mine();
    assert_ok(make_flow(&own, 1));
    assert_ok(make_challenge(&own, 1, 1, EMAIL));
    sql_exec(
        "insert into assertions (id, flow_id, connection_id, subject, email, email_display,"
        " trust_epoch) values ('ast_1', 'req_1', 'conn_google', 'g-1', '" EMAIL "', '', 1)");
    sql_exec(
        "create function replace_code() returns trigger language plpgsql as $$ begin"
        " update challenges set superseded_at = now() where id = 'chl_1';"
        " insert into challenges (id, flow_id, purpose, email, email_display, code_hash, link_hash,"
        " code_sealed, confirm_number, expires_at, assertion_id) select 'chl_2', flow_id, purpose,"
        " email, email_display, code_hash, '\\x02', code_sealed, confirm_number, expires_at, "
        "'ast_1'"
        " from challenges where id = 'chl_1'; return new; end $$");
    sql_exec(
        "create trigger replace_code before insert on rate_counters for each row"
        " execute function replace_code()");
    const store_proof_t proof = tried(1, (bytes_t){0});
    assert_text(proof.flow.challenge.id, "chl_2");
    assert_text(proof.assertion.id, "ast_1");
    assert_text(proof.connection.id, "conn_google");
}
