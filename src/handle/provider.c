#include "handle/provider.h"

#include "handle/connection_rule.h"
#include "handle/connection_secret.h"

// ---- what is configured -------------------------------------------------------------------------

str_t provider_callback_url(arena_t *arena, const settings_t *settings,
                            const store_connection_t *connection) {
    const bool is_oauth = str_eq(connection->protocol, STR("OAUTH"));
    return arena_format(arena, "%.*s/sso/v1/%s/%.*s/callback", STR_ARG(settings->issuer),
                        is_oauth ? "oauth" : "oidc", STR_ARG(connection->facts.id));
}

static str_t words(arena_t *arena, const flow_list_t *list) {
    buf_t text = buf_new(arena, 64);
    for (size_t i = 0; i < list->count; i++) {
        buf_add_c(&text, i ? " " : "");
        buf_add(&text, list->items[i]);
    }
    return buf_str(&text);
}

static oidc_client_method_t method_of(str_t token_auth) {
    if (str_eq(token_auth, STR("private_key_jwt"))) {
        return OIDC_CLIENT_ASSERTION;
    }
    return str_eq(token_auth, STR("basic")) ? OIDC_CLIENT_BASIC : OIDC_CLIENT_POST;
}

// {"email": "mail"}: ours, and the provider's claim.
static result_t read_mapping(call_t *call, str_t text, oidc_pairs_t *out) {
    SCOPED(json_t) object = NULL;
    const char *name;
    json_t *value;
    if (str_is_empty(text)) {
        return OK;
    }
    TRY(json_parse_object(text, CONNECTION_MAPPING_LEN_MAX, &object, &call->err));
    oidc_pair_t *pairs = ARENA_ARRAY(call->arena, oidc_pair_t, json_object_size(object));
    size_t count = 0;
    json_object_foreach(object, name, value) {
        if (json_is_string(value)) {
            pairs[count++] =
                (oidc_pair_t){arena_dup(call->arena, str_from_c(name)),
                              arena_dup(call->arena, str_from_c(json_string_value(value)))};
        }
    }
    *out = (oidc_pairs_t){pairs, count};
    return OK;
}

result_t provider_configured(call_t *call, const store_connection_t *connection,
                             oidc_relying_t *out) {
    const connection_slot_t slot = {call->master, connection->facts.id};
    const bool is_post = str_eq(connection->response_mode, STR("form_post"));
    oidc_relying_t relying = {
        .connection_id = connection->facts.id,
        .preset = OIDC_PRESET_CUSTOM,
        .is_social = connection->facts.is_social,
        .may_http = call->settings->is_http_allowed,
        .issuer = connection->issuer,
        .authorization_endpoint = connection->authorize_uri,
        .token_endpoint = connection->token_uri,
        .userinfo_endpoint = connection->userinfo_uri,
        .jwks_uri = connection->jwks_uri,
        .client_id = connection->client_id,
        .method = method_of(connection->token_auth),
        .scopes = words(call->arena, &connection->scopes),
        .prompt = connection->prompt,
        .response_mode = is_post ? STR("form_post") : STR_NONE,
        .is_pkce_on = connection->is_pkce_on,
        .algs = connection->algs,
        .redirect_uri = provider_callback_url(call->arena, call->settings, connection),
        .tenants = {connection->tenants.items, connection->tenants.count},
        .is_email_trusted = connection->is_email_trusted,
    };
    if (!oidc_preset_find(connection->provider, &relying.preset)) {
        relying.preset = OIDC_PRESET_CUSTOM;
    }
    TRY(connection_secret_open(call->arena, &slot, connection->client_secret,
                               &relying.client_secret, &call->err));
    TRY(read_mapping(call, connection->attribute_mapping, &relying.mapping));
    *out = relying;
    return OK;
}

// ---- with the provider's documents --------------------------------------------------------------

static result_t read_metadata(call_t *call, const provider_t *provider, oidc_metadata_t *out,
                              fault_t *out_fault) {
    const store_connection_t *connection = provider->connection;
    const bool may_http = call->settings->is_http_allowed;
    document_want_t want = {.connection = connection,
                            .kind = STORE_DISCOVERY,
                            .url = connection->discovery_endpoint,
                            .issuer = oidc_relying_issuer(&provider->relying)};
    err_t why = {0};
    str_t text;
    if (str_is_empty(want.url) &&
        oidc_metadata_url(call->arena, want.issuer, may_http, &want.url, &why) != OK) {
        fault_set(call, "invalid_provider_metadata", &why, out_fault);
        return OK;
    }
    TRY(document_read(call, &want, &text, out_fault));
    if (out_fault->code) {
        return OK;
    }
    const oidc_answer_t answer = {200, STR("application/json"), text};
    const oidc_metadata_rules_t rules = {want.issuer, may_http};
    if (oidc_metadata_parse(call->arena, &answer, &rules, out, &why) != OK) {
        fault_set(call, "invalid_provider_metadata", &why, out_fault);
    }
    return OK;
}

result_t provider_open(call_t *call, const store_connection_t *connection, provider_t *out,
                       fault_t *out_fault) {
    provider_t provider = {.connection = connection};
    oidc_metadata_t metadata = {0};
    err_t why = {0};
    TRY(provider_configured(call, connection, &provider.relying));
    const bool has_metadata = oidc_relying_needs_metadata(&provider.relying);
    if (has_metadata) {
        TRY(read_metadata(call, &provider, &metadata, out_fault));
    }
    if (out_fault->code) {
        return OK;
    }
    const oidc_relying_t configured = provider.relying;
    if (oidc_relying_complete(call->arena, &configured, has_metadata ? &metadata : NULL,
                              &provider.relying, &why) != OK) {
        fault_set(call, "connection_not_complete", &why, out_fault);
        return OK;
    }
    *out = provider;
    return OK;
}

result_t provider_keys(call_t *call, const provider_t *provider, bool is_renewed, str_t *out,
                       fault_t *out_fault) {
    if (oidc_preset_row(provider->relying.preset)->is_oauth_only) {
        *out = STR_NONE;
        return OK;
    }
    const document_want_t want = {.connection = provider->connection,
                                  .kind = STORE_JWKS,
                                  .url = provider->relying.jwks_uri,
                                  .is_renewed = is_renewed};
    return document_read(call, &want, out, out_fault);
}
