#include "oauth/world.h"

TestSuite(oauth_client_auth, .init = world_begin, .fini = world_end);

static const char *judge(size_t client, oidc_client_method_t method, const hash256_t *hash) {
    const client_proof_t proof = {
        .row = &world.store.clients[client], .method = method, .secret_hash = *hash};
    return client_auth_judge(&proof);
}

Test(oauth_client_auth, takes_either_of_two_secrets) {
    static const hash256_t FIRST = {{1}}, SECOND = {{2}}, THIRD = {{3}};
    store_client_auth_t *web = &world.store.clients[0];
    web->secret_hashes[0] = hash256_bytes(&FIRST);
    web->secret_hashes[1] = hash256_bytes(&SECOND);
    web->secret_count = 2;
    cr_assert_null(judge(0, OIDC_CLIENT_BASIC, &FIRST));
    cr_assert_null(judge(0, OIDC_CLIENT_POST, &SECOND));
    cr_assert_not_null(judge(0, OIDC_CLIENT_POST, &THIRD));
    web->secret_count = 1;
    cr_assert_not_null(judge(0, OIDC_CLIENT_POST, &SECOND));
}

Test(oauth_client_auth, an_empty_slot_is_no_secret_of_zeros) {
    static const hash256_t ZEROS = {{0}};
    world.store.clients[0].secret_count = 0;
    cr_assert_not_null(judge(0, OIDC_CLIENT_BASIC, &ZEROS));
    cr_assert_not_null(judge(1, OIDC_CLIENT_POST, &ZEROS));
    cr_assert_not_null(judge(0, OIDC_CLIENT_NONE, &ZEROS));
    cr_assert_null(judge(1, OIDC_CLIENT_NONE, &ZEROS)); // a public application names itself only
}

Test(oauth_client_auth, a_secret_is_of_its_application) {
    hash256_t web, m2m;
    const secret_t secret = secret_from_str(STR(WORLD_SECRET));
    cr_assert_eq(client_auth_secret_hash(world.master, STR("skc_web"), secret, &web, NULL), OK);
    cr_assert_eq(client_auth_secret_hash(world.master, STR("skc_m2m"), secret, &m2m, NULL), OK);
    cr_assert(!secret_equal(hash256_bytes(&web), hash256_bytes(&m2m)));
    cr_assert_null(judge(0, OIDC_CLIENT_POST, &web));
    cr_assert_not_null(judge(0, OIDC_CLIENT_POST, &m2m));
}

Test(oauth_client_auth, p_op_26_knows_who_may_use_which_grant) {
    static const struct {
        flow_client_type_t type;
        bool may_code, may_refresh, may_machine;
    } ROWS[] = {
        {FLOW_CLIENT_WEB_APP, true, true, true},
        {FLOW_CLIENT_SPA, true, true, false},
        {FLOW_CLIENT_NATIVE, true, true, false},
        {FLOW_CLIENT_M2M, false, false, true},
    };
    for (size_t i = 0; i < sizeof(ROWS) / sizeof(ROWS[0]); i++) {
        const flow_client_type_t type = ROWS[i].type;
        cr_assert_eq(client_auth_may_use(type, OIDC_GRANT_CODE), ROWS[i].may_code);
        cr_assert_eq(client_auth_may_use(type, OIDC_GRANT_REFRESH), ROWS[i].may_refresh);
        cr_assert_eq(client_auth_may_use(type, OIDC_GRANT_MACHINE), ROWS[i].may_machine);
    }
}
