// The test organization at the start of `serve`: there with the simulator, without a way in
// otherwise.
#include "crypto/random.h"
#include "handle/connection_secret.h"
#include "handle/operate.h"
#include "handle/simulator.h"

static const char *const DOMAINS[STORE_SIMULATOR_DOMAINS] = {"example.com", "example.org"};

static result_t key_make(const operate_t *in, store_simulator_key_t *out, err_t *err) {
    signing_key_t *key = NULL;
    TRY(random_id(in->arena, "snk", clock_wall_ms(), &out->kid, err));
    TRY(signing_key_generate(SIGNING_RS256, out->kid, &key, err));
    const result_t result = signing_key_seal(in->arena, key, in->master, &out->sealed, err);
    signing_key_free(&key);
    return result;
}

static result_t ids_make(const operate_t *in, store_simulator_ensure_t *out, err_t *err) {
    const time_ms_t now = clock_wall_ms();
    TRY(random_id(in->arena, "org", now, &out->organization_id, err));
    TRY(random_id(in->arena, "conn", now, &out->connection_id, err));
    for (size_t i = 0; i < STORE_SIMULATOR_DOMAINS; i++) {
        out->domains[i] = str_from_c(DOMAINS[i]);
        TRY(random_id(in->arena, "dom", now, &out->domain_ids[i], err));
    }
    return OK;
}

static result_t ensure(const operate_t *in, err_t *err) {
    store_simulator_ensure_t wanted = {.issuer = simulator_issuer(in->arena, in->settings),
                                       .client_id = STR("gatehouse")};
    secret_t secret;
    TRY(store_simulator_key_read(in->store, &wanted.key, err));
    if (!wanted.key.is_present) {
        TRY(key_make(in, &wanted.key, err));
    }
    TRY(ids_make(in, &wanted, err));
    TRY(random_token(in->arena, &secret, err));
    const connection_slot_t slot = {in->master, wanted.connection_id};
    TRY(connection_secret_seal(in->arena, &slot, secret, &wanted.client_secret, err));
    const store_audit_t audit = {.event = "simulator.ensure",
                                 .decision = "on",
                                 .reason = STR("GATEHOUSE_SIMULATOR: the test organization is on")};
    return store_simulator_ensure(in->store, &wanted, &audit, err);
}

result_t operate_simulator_ensure(const operate_t *in, err_t *err) {
    return in->settings->simulator == SIMULATOR_OFF
               ? store_simulator_disable(in->store, simulator_issuer(in->arena, in->settings), err)
               : ensure(in, err);
}
