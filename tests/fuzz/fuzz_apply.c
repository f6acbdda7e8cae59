// The file of `gatehouse apply`: any text is either good or has told problems, one a line, and what
// is good keeps the promises that the rest of the code builds on.
#include "fuzz.h"
#include "handle/apply_parse.h"

static void check_list(const flow_list_t *list) {
    for (size_t i = 0; i < list->count; i++) {
        FUZZ_ASSERT(list->items[i].len > 0 && str_is_utf8(list->items[i]));
        FUZZ_ASSERT(!str_has_control(list->items[i]));
    }
}

static void check_application(const apply_application_t *application) {
    const flow_client_t *client = &application->row.client;
    const bool is_public = client->type == FLOW_CLIENT_SPA || client->type == FLOW_CLIENT_NATIVE;
    const bool is_machine = client->type == FLOW_CLIENT_M2M;
    FUZZ_ASSERT(client->id.len > 0 && client->name.len > 0 && !str_has_control(client->name));
    FUZZ_ASSERT(!is_public || (client->enforces_pkce && application->secret_count == 0));
    FUZZ_ASSERT(is_machine == (client->redirect_uris.count == 0));
    FUZZ_ASSERT(client->access_token_s >= CLIENT_TOKEN_MIN_S);
    FUZZ_ASSERT(client->access_token_s <= CLIENT_TOKEN_MAX_S);
    FUZZ_ASSERT(application->secret_count <= APPLY_SECRETS_MAX);
    for (size_t i = 0; i < application->secret_count; i++) {
        FUZZ_ASSERT(!apply_secret_judge(application->secrets[i]));
    }
    check_list(&client->redirect_uris);
    check_list(&client->post_logout_uris);
}

static void check_connection(const apply_connection_t *connection, bool is_social) {
    const store_connection_t *config = &connection->row.config;
    FUZZ_ASSERT(config->provider.len > 0 && config->client_id.len > 0);
    FUZZ_ASSERT(config->facts.name.len > 0 && !str_has_control(config->facts.name));
    FUZZ_ASSERT(is_social == (connection->key.len == 0));
    FUZZ_ASSERT(is_social || !config->is_email_trusted);
    FUZZ_ASSERT(connection->secret.len > 0 || connection->secret_file.len > 0 ||
                str_eq(config->token_auth, STR("private_key_jwt")));
    FUZZ_ASSERT(!str_list_has(config->algs, STR("none")) && config->algs.len > 0);
    check_list(&connection->domains);
}

static void check_organization(const apply_organization_t *organization) {
    FUZZ_ASSERT(organization->id.len > 0 || organization->external_id.len > 0);
    FUZZ_ASSERT(organization->name.len > 0 && !str_has_control(organization->name));
    for (size_t i = 0; i < organization->domain_count; i++) {
        FUZZ_ASSERT(organization->domains[i].domain.len > 0);
        FUZZ_ASSERT(organization->domains[i].type.len > 0);
    }
    for (size_t i = 0; i < organization->connection_count; i++) {
        check_connection(&organization->connections[i], false);
    }
    for (size_t i = 0; i < organization->member_count; i++) {
        FUZZ_ASSERT(organization->members[i].email.normal.len > 0);
        FUZZ_ASSERT(organization->members[i].roles.count > 0);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    arena_t *arena = arena_new(FUZZ_ARENA_MAX);
    const apply_rules_t rules = {.is_http_allowed = size % 2};
    buf_t problems = buf_new(arena, 64);
    apply_file_t file;
    apply_parse(arena, fuzz_text(data, size), &rules, &file, &problems);
    const str_t text = buf_str(&problems);
    FUZZ_ASSERT(text.len == 0 || text.ptr[text.len - 1] == '\n');
    for (size_t i = 0; i < file.count && text.len == 0; i++) {
        check_application(&file.items[i]);
    }
    for (size_t i = 0; i < file.organization_count && text.len == 0; i++) {
        check_organization(&file.organizations[i]);
    }
    for (size_t i = 0; i < file.connection_count && text.len == 0; i++) {
        check_connection(&file.connections[i], true);
    }
    arena_free(&arena);
    return 0;
}
