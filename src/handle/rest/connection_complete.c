// Is everything there that a login through a connection needs, and if not, what is missing?
#include "handle/provider.h"
#include "handle/rest/connection.h"

enum { DOCUMENT_LIFETIME_S = 3600, DOCUMENT_LIFETIME_MAX_S = 86400 };

static bool is_untouched(const store_connection_t *config) {
    const str_t texts[] = {config->issuer,    config->discovery_endpoint, config->authorize_uri,
                           config->token_uri, config->userinfo_uri,       config->jwks_uri,
                           config->client_id};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        if (texts[i].len) {
            return false;
        }
    }
    return config->client_secret.len == 0;
}

// Not complete, in words.
static void missing(rest_t *rest, const err_t *why, connection_complete_t *out) {
    out->state = CONNECTION_IN_PROGRESS;
    out->why = arena_dup(rest->call->arena, str_from_c(why->text));
}

static result_t parse(rest_t *rest, str_t issuer, const oidc_answer_t *answer, oidc_metadata_t *out,
                      err_t *why) {
    const oidc_metadata_rules_t rules = {issuer, rest->call->settings->is_http_allowed};
    return oidc_metadata_parse(rest->call->arena, answer, &rules, out, why);
}

static int64_t lifetime_of(const http_response_t *response) {
    const int64_t said_s = response->cache_s;
    return said_s < DOCUMENT_LIFETIME_S
               ? DOCUMENT_LIFETIME_S
               : (said_s > DOCUMENT_LIFETIME_MAX_S ? DOCUMENT_LIFETIME_MAX_S : said_s);
}

// Asks the provider. What came of it is in out->document, for all instances.
static result_t fetch(rest_t *rest, str_t issuer, oidc_metadata_t *metadata,
                      connection_complete_t *out) {
    call_t *call = rest->call;
    const http_request_t request = {.url = out->document.url,
                                    .accept = STR("application/json"),
                                    .body_max = OIDC_ANSWER_LEN_MAX};
    http_response_t response = {0};
    fault_t fault = {0};
    err_t why = {0};
    TRY(document_fetch(call, out->document.connection_id, &request, &response, &fault));
    TRY(call_store_acquire(call));
    const oidc_answer_t answer = {response.status, response.content_type, response.body};
    if (!fault.code && parse(rest, issuer, &answer, metadata, &why) != OK) {
        fault_set(call, "invalid_provider_metadata", &why, &fault);
    }
    out->has_document = true;
    out->document.body = response.body;
    out->document.lifetime_s = lifetime_of(&response);
    out->document.error = fault.code ? fault.text : STR_NONE;
    if (fault.code) {
        out->state = CONNECTION_IN_PROGRESS;
        out->why = fault.text;
    }
    return OK;
}

typedef struct {
    const store_connection_t *config;
    const oidc_relying_t *configured;
    connection_ask_t ask;
} metadata_in_t;

// The copy at hand if there is one of the right address, else the provider's answer. out->why says
// why there is none.
static result_t metadata_read(rest_t *rest, const metadata_in_t *in, oidc_metadata_t *metadata,
                              connection_complete_t *out) {
    call_t *call = rest->call;
    const store_connection_t *config = in->config;
    const oidc_relying_t *configured = in->configured;
    const str_t issuer = oidc_relying_issuer(configured);
    const oidc_answer_t copy = {200, STR("application/json"), config->discovery.body};
    str_t url = config->discovery_endpoint;
    err_t why = {0};
    if (str_is_empty(url) &&
        oidc_metadata_url(call->arena, issuer, configured->may_http, &url, &why) != OK) {
        missing(rest, &why, out);
        return OK;
    }
    out->document = (store_document_in_t){
        .connection_id = config->facts.id, .kind = STORE_DISCOVERY, .url = url};
    const bool has_copy = !in->ask.is_forgotten && config->discovery.is_present &&
                          str_eq(config->discovery.url, url) &&
                          parse(rest, issuer, &copy, metadata, &why) == OK;
    if (has_copy) {
        return OK;
    }
    if (in->ask.may_fetch) {
        return fetch(rest, issuer, metadata, out);
    }
    out->state = CONNECTION_IN_PROGRESS;
    out->why = config->discovery.error.len ? config->discovery.error
                                           : STR("the discovery document was not read yet");
    return OK;
}

result_t connection_complete(rest_t *rest, const store_connection_row_t *row, connection_ask_t ask,
                             connection_complete_t *out) {
    call_t *call = rest->call;
    oidc_relying_t configured, whole;
    oidc_metadata_t metadata = {0};
    err_t why = {0};
    *out = (connection_complete_t){.state = CONNECTION_COMPLETED};
    if (is_untouched(&row->config)) {
        out->state = CONNECTION_DRAFT;
        out->why = STR("nothing is configured yet");
        return OK;
    }
    TRY(provider_configured(call, &row->config, &configured));
    const bool is_discovered = str_eq(row->configuration_type, STR("DISCOVERY")) &&
                               oidc_relying_needs_metadata(&configured);
    if (is_discovered) {
        const metadata_in_t in = {&row->config, &configured, ask};
        TRY(metadata_read(rest, &in, &metadata, out));
    }
    if (out->state == CONNECTION_COMPLETED &&
        oidc_relying_complete(call->arena, &configured, is_discovered ? &metadata : NULL, &whole,
                              &why) != OK) {
        missing(rest, &why, out);
    }
    return OK;
}
