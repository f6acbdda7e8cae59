#include "handle/errand.h"
#include "fault/world.h"
#include "handle/idp.h"
#include "handle/name_server.h"
#include "store/database.h"

static const settings_network_t LOOPBACK = {.address = {127}, .prefix = 8};
static settings_dns_server_t resolver;
static settings_t settings;
static master_t *master;
static snapshot_t snapshot;
static store_pool_t *pool;
static http_client_t *http;
static gate_t *gate;
static request_t request;
static call_t call;

void errand_setup(void) {
    static const uint8_t KEY[32] = {1, 2, 3};
    database_setup();
    world_arena = arena_new(1 << 24);
    idp_start();
    resolver = (settings_dns_server_t){.address = {127, 0, 0, 1}, .port = name_server_start()};
    settings = (settings_t){.issuer = STR("https://login.example"),
                            .is_http_allowed = true,
                            .outbound_allow = &LOOPBACK,
                            .outbound_allow_count = 1,
                            .dns_servers = &resolver,
                            .dns_servers_count = 1};
    assert_ok(master_from_bytes((bytes_t){KEY, sizeof(KEY)}, &master, &err));
    assert_ok(store_pool_open(database_conninfo(), 1, &pool, &err));
    assert_ok(http_client_open(&settings, &http, &err));
    gate = gate_new();
    call = (call_t){0};
}

void errand_teardown(void) {
    call_store_release(&call);
    gate_free(&gate);
    http_client_close(&http);
    store_pool_close(&pool);
    master_free(&master);
    name_server_stop();
    idp_stop();
    arena_free(&world_arena);
    database_teardown();
}

call_t *errand_call(void) {
    call_store_release(&call);
    request = (request_t){.id = STR("errand"), .deadline = deadline_in(60000)};
    call = (call_t){.settings = &settings,
                    .master = master,
                    .snapshot = &snapshot,
                    .http = http,
                    .store_pool = pool,
                    .gate = gate,
                    .arena = world_arena,
                    .request = &request};
    assert_ok(call_store_acquire(&call));
    return &call;
}
