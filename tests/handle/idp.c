#include "handle/idp.h"
#include "base/encode.h"
#include "crypto/signing.h"
#include "fault/world.h"
#include "remote/web_server.h"
#include "store/database.h"
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { TEXT_MAX = 16 * 1024 };

static web_server_t web;
static signing_key_t *key;
static char issuer[64];
static char discovery[TEXT_MAX], keys[TEXT_MAX], tokens[TEXT_MAX], token_request[TEXT_MAX];
static atomic_int token_requests, key_requests, discovery_requests, failure;

// ---- the server's thread ------------------------------------------------------------------------

static void answer(web_peer_t *peer, int status, const char *body) {
    char text[TEXT_MAX + 256];
    const int len = snprintf(text, sizeof(text),
                             "HTTP/1.1 %d Status\r\nContent-Type: application/json\r\n"
                             "Content-Length: %zu\r\nConnection: close\r\n\r\n%s",
                             status, strlen(body), body);
    web_write(peer, text, (size_t)len);
}

static bool is_for(const web_peer_t *peer, const char *line) {
    return strncmp(peer->request, line, strlen(line)) == 0;
}

static void on_request(web_peer_t *peer) {
    const char *body = "{}";
    if (is_for(peer, "GET /.well-known/openid-configuration ")) {
        atomic_fetch_add(&discovery_requests, 1);
        body = discovery;
    } else if (is_for(peer, "GET /keys ")) {
        atomic_fetch_add(&key_requests, 1);
        body = keys;
    } else if (is_for(peer, "POST /token ")) {
        atomic_fetch_add(&token_requests, 1);
        strncpy(token_request, peer->request, sizeof(token_request) - 1);
        body = tokens;
    }
    const int status = atomic_load(&failure);
    answer(peer, status ? status : 200, status ? "{\"error\":\"server_error\"}" : body);
}

// ---- the test's thread --------------------------------------------------------------------------

static void key_publish(void) {
    str_t jwk;
    assert_ok(signing_key_jwk(world_arena, key, &jwk, &err));
    snprintf(keys, sizeof(keys), "{\"keys\":[%.*s]}", STR_ARG(jwk));
}

void idp_start(void) {
    const web_options_t options = {.on_request = on_request, .closes = true};
    web_server_start(&web, &options);
    snprintf(issuer, sizeof(issuer), "http://127.0.0.1:%d", web.port);
    snprintf(discovery, sizeof(discovery),
             "{\"issuer\":\"%s\",\"authorization_endpoint\":\"%s/authorize\","
             "\"token_endpoint\":\"%s/token\",\"jwks_uri\":\"%s/keys\","
             "\"response_types_supported\":[\"code\"],\"subject_types_supported\":[\"public\"],"
             "\"id_token_signing_alg_values_supported\":[\"ES256\"],"
             "\"authorization_response_iss_parameter_supported\":true,"
             "\"token_endpoint_auth_methods_supported\":[\"private_key_jwt\"]}",
             issuer, issuer, issuer, issuer);
    assert_ok(signing_key_generate(SIGNING_ES256, STR("snk_1"), &key, &err));
    key_publish();
}

void idp_stop(void) {
    web_server_stop(&web);
    signing_key_free(&key);
}

const char *idp_issuer(void) {
    return issuer;
}

static void connection_add(const char *id, const char *organization, const char *more) {
    sql_exec(
        "insert into connections (id, organization_id, type, provider, name, is_enabled, status,"
        " issuer, client_id, token_auth, algs) values ('%s', %s, '%s', 'CUSTOM', '%s', true,"
        " 'COMPLETED', '%s', 'client', 'private_key_jwt', 'ES256')",
        id, organization, strcmp(organization, "null") == 0 ? "social" : "oidc", more, issuer);
}

void idp_organization(void) {
    sql_exec(
        "insert into organizations (id, name, external_id, is_sso_on)"
        " values ('org_mega', 'Megacorp', 'mega', true)");
    sql_exec(
        "insert into organization_domains (id, organization_id, domain, type, status)"
        " values ('dom_mega', 'org_mega', 'megacorp.example', 'ORGANIZATION_DOMAIN',"
        " 'verified')");
    connection_add("conn_mega", "'org_mega'", "Megacorp Login");
    connection_add("conn_other", "'org_mega'", "Megacorp Old");
    sql_exec("update connections set is_enabled = false where id = 'conn_other'");
}

void idp_social(void) {
    connection_add("conn_social", "null", "Chirper");
    sql_exec("update connections set is_email_trusted = true where id = 'conn_social'");
}

static str_t json_of(const char *text) {
    char *to = arena_alloc(world_arena, strlen(text) + 1);
    for (size_t i = 0; text[i]; i++) {
        to[i] = text[i] == '\'' ? '"' : text[i];
    }
    return str_from_c(to);
}

void idp_says(const char *claims, str_t nonce) {
    const long long now_s = (long long)time(NULL);
    const str_t kid = signing_key_id(key);
    const str_t header =
        arena_format(world_arena, "{\"alg\":\"ES256\",\"kid\":\"%.*s\"}", STR_ARG(kid));
    const str_t payload = arena_format(
        world_arena,
        "{\"iss\":\"%s\",\"aud\":\"client\",\"iat\":%lld,\"exp\":%lld,\"nonce\":\"%.*s\",%.*s}",
        issuer, now_s, now_s + 300, STR_ARG(nonce), STR_ARG(json_of(claims)));
    const str_t input = arena_format(world_arena, "%.*s.%.*s",
                                     STR_ARG(base64url_encode(world_arena, str_bytes(header))),
                                     STR_ARG(base64url_encode(world_arena, str_bytes(payload))));
    bytes_t signature;
    assert_ok(signing_key_sign(world_arena, key, str_bytes(input), &signature, &err));
    snprintf(tokens, sizeof(tokens),
             "{\"access_token\":\"at-1\",\"token_type\":\"Bearer\",\"id_token\":\"%.*s.%.*s\"}",
             STR_ARG(input), STR_ARG(base64url_encode(world_arena, signature)));
}

void idp_fails(int status) {
    atomic_store(&failure, status);
}

int idp_token_requests(void) {
    return atomic_load(&token_requests);
}

int idp_key_requests(void) {
    return atomic_load(&key_requests);
}

int idp_discovery_requests(void) {
    return atomic_load(&discovery_requests);
}

str_t idp_token_request(void) {
    return str_from_c(token_request);
}

void idp_rotate(bool is_published) {
    signing_key_free(&key);
    assert_ok(signing_key_generate(SIGNING_ES256, STR("snk_2"), &key, &err));
    if (is_published) {
        key_publish();
    }
}
