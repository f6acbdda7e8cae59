#include "store/fixture.h"

const store_audit_t AUDIT = {.event = "test", .decision = "test"};

void fixture_setup(void) {
    database_setup();
    sql_exec(
        "insert into applications (id, name, type, redirect_uris, token_alg)"
        " values ('app_1', 'App', 'web_app', '{https://app.example/cb}', 'ES256')");
}

bytes_t hash_of(arena_t *where, const char *what, int n) {
    uint8_t *octets = arena_alloc(where, 32);
    memset(octets, 0xAA, 32);
    strncpy((char *)octets, what, 20);
    memcpy(octets + 24, &n, sizeof n);
    return (bytes_t){octets, 32};
}

str_t id_of(arena_t *where, const char *prefix, int n) {
    return arena_format(where, "%s_%d", prefix, n);
}

store_own_t mine(void) {
    return (store_own_t){store, arena};
}

result_t make_flow(store_own_t *own, int n) {
    const store_request_t request = {
        .id = id_of(own->arena, "req", n),
        .browser_hash = hash_of(own->arena, "browser", n),
        .client_id = STR("app_1"),
        .redirect_uri = STR("https://app.example/cb"),
        .scope = STR("openid email"),
        .state = STR("st"),
        .has_state = true,
        .nonce = STR("no"),
        .code_challenge = STR("cc"),
        .lifetime_s = 3600,
    };
    return store_flow_create(own->store, &request, &AUDIT, &err);
}

store_limits_t limits_of(arena_t *where, const char *limit, int64_t max) {
    store_limit_t *item = ARENA_NEW(where, store_limit_t);
    *item = (store_limit_t){.key = hash_of(where, limit, 0), .window_s = 60, .max = max};
    return (store_limits_t){item, 1};
}

result_t make_challenge(store_own_t *own, int flow, int challenge, const char *email) {
    const store_challenge_new_t in = {
        .challenge_id = id_of(own->arena, "chl", challenge),
        .flow_id = id_of(own->arena, "req", flow),
        .email = str_from_c(email),
        .email_display = str_from_c(email),
        .code_hash = hash_of(own->arena, "code", challenge),
        .link_hash = hash_of(own->arena, "link", challenge),
        .code_sealed = hash_of(own->arena, "sealed", challenge),
        .confirm_number = STR("42"),
        .lifetime_s = 300,
        .outbox_id = id_of(own->arena, "out", challenge),
        .mail_sealed = hash_of(own->arena, "mail", challenge),
    };
    store_limited_t limited;
    return store_challenge_create(own->store, &in, &AUDIT, &limited, &err);
}

store_completion_t completion_of(arena_t *where, int n, const char *email) {
    static const str_t AMR[] = {{"otp", 3}};
    return (store_completion_t){
        .flow_id = id_of(where, "req", n),
        .proven = {.challenge_id = id_of(where, "chl", n),
                   .email = str_from_c(email),
                   .email_display = str_from_c(email),
                   .user_id = id_of(where, "usr", n),
                   .may_create_user = true,
                   .amr = {AMR, 1}},
        .is_new_session = true,
        .session_id = id_of(where, "ses", n),
        .session_hash = hash_of(where, "session", n),
        .session_s = 86400,
        .browser_hash = hash_of(where, "browser", n),
        .grant_id = id_of(where, "grt", n),
        .code_hash = hash_of(where, "oauth", n),
        .code_s = 60,
        .ip = STR("192.0.2.1"),
        .user_agent = STR("test"),
    };
}

store_completed_t login(int n, const char *email) {
    store_own_t own = mine();
    assert_ok(make_flow(&own, n));
    assert_ok(make_challenge(&own, n, n, email));
    const store_completion_t in = completion_of(arena, n, email);
    store_completed_t out;
    assert_ok(store_login_complete(store, &in, &AUDIT, &out, &err));
    return out;
}

flow_session_t session_of(int n) {
    const store_logout_in_t in = {.session_hash = hash_of(arena, "session", n)};
    store_logout_t out;
    assert_ok(store_logout_read(store, &in, &out, &err));
    return out.session;
}
