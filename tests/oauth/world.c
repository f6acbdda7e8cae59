#include "oauth/world.h"
#include "base/encode.h"

world_t world;

static const str_t CALLBACKS[] = {{WORLD_CALLBACK, sizeof(WORLD_CALLBACK) - 1}};
static const str_t BYES[] = {{WORLD_BYE, sizeof(WORLD_BYE) - 1}};
static const str_t ORIGINS[] = {{"https://spa.example", 19}};
static const str_t AMR[] = {{"otp", 3}};

static flow_session_t session(void) {
    return (flow_session_t){
        .is_present = true,
        .id = STR("ses_1"),
        .user_id = STR("usr_1"),
        .email = STR("jane@acme.example"),
        .is_user_active = true,
        .auth_time = call_now(&world.call) - 60000,
        .amr = {AMR, 1},
    };
}

static flow_grant_t grant(void) {
    return (flow_grant_t){
        .id = STR("grt_1"),
        .client_id = STR("skc_web"),
        .scope = STR("openid profile email offline_access"),
        .nonce = STR("n1"),
        .is_member = true,
        .session = session(),
    };
}

static void client_add(size_t i, const char *id, flow_client_type_t type) {
    store_t *store = &world.store;
    const str_t client_id = str_from_c(id);
    store->clients[i].client = (flow_client_t){
        .is_present = true,
        .is_active = true,
        .id = client_id,
        .type = type,
        .redirect_uris = {CALLBACKS, 1},
        .post_logout_uris = {BYES, 1},
        .token_alg = STR("ES256"),
        .access_token_s = type == FLOW_CLIENT_M2M ? 0 : 300,
    };
    if (type == FLOW_CLIENT_SPA) {
        return;
    }
    cr_assert_eq(client_auth_secret_hash(world.master, client_id,
                                         secret_from_str(STR(WORLD_SECRET)), &store->secret_hash[i],
                                         NULL),
                 OK);
    store->clients[i].secret_hashes[0] = hash256_bytes(&store->secret_hash[i]);
    store->clients[i].secret_count = 1;
    store->clients[i].scopes = STR("a:read a:write");
}

static void store_fill(void) {
    store_t *store = &world.store;
    const time_ms_t now = call_now(&world.call);
    client_add(0, "skc_web", FLOW_CLIENT_WEB_APP);
    client_add(1, "skc_spa", FLOW_CLIENT_SPA);
    client_add(2, "skc_m2m", FLOW_CLIENT_M2M);
    const secret_t token = secret_from_str(STR(WORLD_TOKEN));
    cr_assert_eq(hash_token(token, &store->code_hash, NULL), OK);
    store->refresh_hash = store->session_hash = store->code_hash;
    const store_user_claims_t user = {.id = STR("usr_1"),
                                      .email = STR("jane@acme.example"),
                                      .name = STR("Jane"),
                                      .is_email_verified = true};
    store->code.user = store->refresh.user = store->access.user = user;
    store->code.facts = (flow_code_facts_t){
        .now = now,
        .is_present = true,
        .expires_at = now + 30000,
        .redirect_uri = STR(WORLD_CALLBACK),
        .code_challenge = STR(WORLD_CHALLENGE),
        .grant = grant(),
    };
    store->refresh.facts = (flow_refresh_facts_t){
        .now = now, .is_present = true, .expires_at = now + 30000, .grant = grant()};
    store->access.now = now;
    store->access.is_active = true;
    store->access.session = session();
}

void world_begin(void) {
    world = (world_t){.arena = arena_new(4 * 1024 * 1024)};
    signing_entry_t entry = {0};
    const uint8_t master[32] = {7};
    world.settings = (settings_t){.issuer = STR(WORLD_ISSUER), .is_https = true};
    cr_assert_eq(master_from_bytes((bytes_t){master, 32}, &world.master, NULL), OK);
    cr_assert_eq(signing_key_generate(SIGNING_ES256, STR("snk_1"), &entry.key, NULL), OK);
    cr_assert_eq(keyset_new(&entry, 1, &world.keys, NULL), OK);
    world.snapshot = (snapshot_t){.keys = world.keys, .cors_origins = {ORIGINS, 1}};
    world.call = (call_t){.settings = &world.settings,
                          .master = world.master,
                          .snapshot = &world.snapshot,
                          .store = &world.store,
                          .arena = world.arena,
                          .request = &world.request};
    world.request.content_type = STR("application/x-www-form-urlencoded; charset=UTF-8");
    store_fill();
}

void world_end(void) {
    keyset_free(&world.keys);
    master_free(&world.master);
    arena_free(&world.arena);
}

static result_t request_send(handle_fn_t handle) {
    world.response = (response_t){0};
    world.call.err = (err_t){0};
    return handle(&world.call, &world.response);
}

result_t world_post(handle_fn_t handle, const char *body) {
    world.request.method = METHOD_POST;
    world.request.body = str_from_c(body);
    return request_send(handle);
}

result_t world_get(handle_fn_t handle, const char *query) {
    world.request.method = METHOD_GET;
    world.request.query = str_from_c(query);
    world.request.body = STR("");
    return request_send(handle);
}

str_t world_header(const char *name) {
    for (size_t i = 0; i < world.response.header_count; i++) {
        if (str_eq_nocase(world.response.headers[i].name, str_from_c(name))) {
            return world.response.headers[i].value;
        }
    }
    return STR("");
}

str_t world_member(const char *name) {
    json_t *json = NULL;
    str_t text = STR("");
    cr_assert_eq(json_parse_object(world.response.body, 65536, &json, NULL), OK, "%.*s",
                 STR_ARG(world.response.body));
    if (json_get_str(json, name, &text)) {
        text = arena_dup(world.arena, text);
    }
    json_decref(json);
    return text;
}

json_t *world_claims(str_t token) {
    bytes_t payload;
    json_t *json = NULL;
    const str_t rest = str_sub(token, str_find(token, '.') + 1, token.len);
    cr_assert(base64url_decode(world.arena, str_sub(rest, 0, str_find(rest, '.')), &payload));
    const str_t text = {(const char *)payload.ptr, payload.len};
    cr_assert_eq(json_parse_object(text, 65536, &json, NULL), OK);
    return json;
}

void world_expect(int status, const char *error) {
    cr_assert_eq(world.response.status, status, "%d: %.*s", world.response.status,
                 STR_ARG(world.response.body));
    if (error) {
        const str_t given = world_member("error");
        cr_assert(str_eq(given, str_from_c(error)), "%.*s is not %s", STR_ARG(given), error);
    }
}
