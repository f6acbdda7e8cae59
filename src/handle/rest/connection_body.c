// The body of a PATCH of a connection: read, judged and applied to the row.
#include "handle/connection_secret.h"
#include "handle/rest/connection.h"
#include "protocol/oidc/metadata.h"
#include "protocol/oidc/scope.h"

enum {
    CLIENT_ID_MAX = 512,
    SECRET_MAX = 2048, // Apple's is a JWT
    SCOPES_MAX = 30,
    SCOPE_MAX = 256,
    ALGS_MAX = 10,
    ALG_MAX = 10,
    TENANTS_MAX = 50,
    TENANT_LEN = 36,
    PROMPT_MAX = 64,
    MAPPING_PAIRS_MAX = 30,
    MAPPING_MAX = 64 * 1024,
};

static void problem(const rest_object_t *in, const char *name, const char *constraint,
                    const char *why) {
    rest_problem(in->rest,
                 arena_format(in->rest->call->arena, "%.*s%s%s", STR_ARG(in->path),
                              in->path.len ? "." : "", name),
                 constraint, why);
}

// ---- addresses ----------------------------------------------------------------------------------

// As http_fetch will judge it, so that an address of the inner network is refused when it is
// written down already (P-SSRF-01, P-SSRF-03). An empty text takes it away.
static bool url_read(const rest_object_t *in, const char *name, str_t *out) {
    const call_t *call = in->rest->call;
    err_t why = {0};
    str_t url;
    if (!rest_text(in, name, (rest_length_t){.max = OIDC_URL_LEN_MAX}, &url)) {
        return false;
    }
    if (url.len && !oidc_url_is_good(url, call->settings->is_http_allowed)) {
        problem(in, name, "uri", "must be an https URL");
        return false;
    }
    if (url.len && http_url_judge(call->arena, call->settings, url, &why) != OK) {
        problem(in, name, "uri", why.text);
        return false;
    }
    *out = url;
    return true;
}

// The template of a provider with many tenants is no URL, but what it publishes is at one.
static void issuer_read(const rest_object_t *in, str_t *out) {
    const call_t *call = in->rest->call;
    err_t why = {0};
    str_t issuer, url;
    if (!rest_text(in, "issuer", (rest_length_t){.max = OIDC_URL_LEN_MAX}, &issuer)) {
        return;
    }
    if (issuer.len &&
        oidc_metadata_url(call->arena, issuer, call->settings->is_http_allowed, &url, &why) != OK) {
        problem(in, "issuer", "uri", "must be an https URL without a query (OIDC Core 2)");
        return;
    }
    if (issuer.len && http_url_judge(call->arena, call->settings, url, &why) != OK) {
        problem(in, "issuer", "uri", why.text);
        return;
    }
    *out = issuer;
}

static void endpoints_read(const rest_object_t *in, store_connection_t *config) {
    (void)!url_read(in, "authorize_uri", &config->authorize_uri);
    (void)!url_read(in, "token_uri", &config->token_uri);
    (void)!url_read(in, "user_info_uri", &config->userinfo_uri);
}

// ---- lists --------------------------------------------------------------------------------------

static void scopes_read(const rest_object_t *in, flow_list_t *out) {
    flow_list_t scopes;
    if (!rest_texts(in, "scopes", (rest_length_t){.max = SCOPES_MAX}, SCOPE_MAX, &scopes)) {
        return;
    }
    for (size_t i = 0; i < scopes.count; i++) {
        if (!oidc_scope_is_well_formed(scopes.items[i]) ||
            str_find(scopes.items[i], ' ') < scopes.items[i].len) {
            problem(in, "scopes", "pattern", "must be scopes (RFC 6749 3.3), one each");
            return;
        }
    }
    *out = scopes;
}

// Asymmetric ones only (RFC 8725 3.2), never "none".
static void algs_read(const rest_object_t *in, str_t *out) {
    flow_list_t algs;
    if (!rest_texts(in, "algs", (rest_length_t){.min = 1, .max = ALGS_MAX}, ALG_MAX, &algs)) {
        return;
    }
    buf_t text = buf_new(in->rest->call->arena, 32);
    for (size_t i = 0; i < algs.count; i++) {
        if (!str_list_has(STR(OIDC_ID_TOKEN_ALGS), algs.items[i])) {
            problem(in, "algs", "enum", "must be of " OIDC_ID_TOKEN_ALGS);
            return;
        }
        buf_add_c(&text, i ? " " : "");
        buf_add(&text, algs.items[i]);
    }
    *out = buf_str(&text);
}

static bool is_tenant(str_t text) {
    for (size_t i = 0; i < text.len; i++) {
        const char c = text.ptr[i];
        const bool is_dash = i == 8 || i == 13 || i == 18 || i == 23;
        const bool is_hex = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
        if (is_dash ? c != '-' : !is_hex) {
            return false;
        }
    }
    return text.len == TENANT_LEN;
}

static void tenants_read(const rest_object_t *in, flow_list_t *out) {
    flow_list_t tenants;
    if (!rest_texts(in, "tenants", (rest_length_t){.max = TENANTS_MAX}, TENANT_LEN, &tenants)) {
        return;
    }
    for (size_t i = 0; i < tenants.count; i++) {
        if (!is_tenant(tenants.items[i])) {
            problem(in, "tenants", "pattern", "must be tenant ids (GUIDs in lower case)");
            return;
        }
    }
    *out = tenants;
}

// ---- what OpenID Connect and OAuth share --------------------------------------------------------

static bool is_printable(str_t text) {
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] < ' ' || text.ptr[i] > '~') {
            return false;
        }
    }
    return true;
}

// An empty one, as answers have it, changes nothing.
static result_t secret_read(const rest_object_t *in, store_connection_t *config) {
    call_t *call = in->rest->call;
    const connection_slot_t slot = {call->master, config->facts.id};
    str_t secret = STR("");
    if (!rest_text(in, "client_secret", (rest_length_t){.max = SECRET_MAX}, &secret) ||
        str_is_empty(secret)) {
        return OK;
    }
    if (!is_printable(secret)) { // RFC 6749 A.2
        problem(in, "client_secret", "pattern", "must be printable ASCII");
        return OK;
    }
    return connection_secret_seal(call->arena, &slot, secret_from_str(secret),
                                  &config->client_secret, &call->err);
}

static result_t common_read(const rest_object_t *in, store_connection_t *config) {
    str_t text;
    endpoints_read(in, config);
    if (rest_text(in, "client_id", (rest_length_t){.max = CLIENT_ID_MAX}, &text)) {
        config->client_id = text;
        if (!is_printable(text)) { // RFC 6749 A.1
            problem(in, "client_id", "pattern", "must be printable ASCII");
        }
    }
    scopes_read(in, &config->scopes);
    (void)!rest_bool(in, "pkce_enabled", false, &config->is_pkce_on);
    (void)!rest_bool(in, "sync_user_profile_on_login", false, &config->is_profile_synced);
    if (rest_text(in, "prompt", (rest_length_t){.max = PROMPT_MAX}, &text)) {
        config->prompt = text;
        if (text.len && !oidc_scope_is_well_formed(text)) {
            problem(in, "prompt", "pattern", "must be words, with one space between them");
        }
    }
    return secret_read(in, config);
}

// ---- OpenID Connect -----------------------------------------------------------------------------

static void oidc_words_read(const rest_object_t *in, store_connection_row_t *row) {
    static const char *const MODES[] = {"query", "form_post"};
    bool is_jit_on;
    size_t place;
    if (rest_enum(in, "token_auth_type", connection_token_auth_names, &place)) {
        row->config.token_auth = str_from_c(connection_token_auths[place]);
    }
    if (rest_enum(in, "response_mode", REST_NAMES(MODES), &place)) {
        row->config.response_mode = str_from_c(MODES[place]);
    }
    (void)!rest_bool(in, "idp_logout_required", false, &row->is_logout_wanted);
    if (rest_bool(in, "jit_provisioning_with_sso_enabled", false, &is_jit_on)) {
        // Our third value is a kind of on, and is kept by clients that know only two.
        const bool was_on = !str_eq(row->jit, STR("off"));
        row->jit = is_jit_on == was_on ? row->jit : (is_jit_on ? STR("on") : STR("off"));
    }
}

static result_t oidc_read(const rest_object_t *in, store_connection_row_t *row) {
    issuer_read(in, &row->config.issuer);
    (void)!url_read(in, "discovery_endpoint", &row->config.discovery_endpoint);
    (void)!url_read(in, "jwks_uri", &row->config.jwks_uri);
    algs_read(in, &row->config.algs);
    tenants_read(in, &row->config.tenants);
    oidc_words_read(in, row);
    return common_read(in, &row->config);
}

// ---- the connection -----------------------------------------------------------------------------

// Merged, as maps are; a key whose value is null is removed.
static result_t mapping_read(const rest_object_t *in, store_connection_t *config) {
    static const rest_map_t RULE = {.pairs_max = 2 * MAPPING_PAIRS_MAX,
                                    .key_min = 1,
                                    .key_max = 100,
                                    .value_min = 1,
                                    .value_max = 256,
                                    .may_remove = true};
    call_t *call = in->rest->call;
    SCOPED(json_t) merged = NULL;
    SCOPED(json_t) patch = NULL;
    const char *key;
    json_t *value;
    void *next;
    str_t text;
    if (!rest_map(in, "attribute_mapping", &RULE, &text)) {
        return OK;
    }
    TRY(json_parse_object(config->attribute_mapping, MAPPING_MAX, &merged, &call->err));
    TRY(json_parse_object(text, MAPPING_MAX, &patch, &call->err));
    if (json_object_update(merged, patch) != 0) {
        return FAIL(&call->err, INTERNAL, "json_failed", "jansson cannot merge objects");
    }
    json_object_foreach_safe(merged, next, key, value) {
        if (json_is_null(value)) {
            json_object_del(merged, key);
        }
    }
    if (json_object_size(merged) > MAPPING_PAIRS_MAX) {
        problem(in, "attribute_mapping", "count", "would have more than 30 pairs");
    }
    return json_text(call->arena, merged, &config->attribute_mapping, &call->err);
}

static void rules_read(const rest_object_t *in, store_connection_row_t *row) {
    static const char *const CONFIGURATIONS[] = {"DISCOVERY", "MANUAL"};
    static const char *const JITS[] = {"on", "off", "organization_domains"};
    static const char *const INITIATED[] = {"convert", "direct", "off"};
    const rest_length_t title = {.min = 1, .max = CONNECTION_NAME_MAX};
    size_t place;
    (void)!rest_text(in, "ui_button_title", title, &row->config.facts.name);
    (void)!rest_text(in, "provider_key", (rest_length_t){.max = CONNECTION_KEY_MAX},
                     &row->provider_key);
    if (rest_enum(in, "configuration_type", REST_NAMES(CONFIGURATIONS), &place)) {
        row->configuration_type = str_from_c(CONFIGURATIONS[place]);
    }
    if (rest_enum(in, "jit", REST_NAMES(JITS), &place)) {
        row->jit = str_from_c(JITS[place]);
    }
    if (rest_enum(in, "idp_initiated", REST_NAMES(INITIATED), &place)) {
        row->idp_initiated = str_from_c(INITIATED[place]);
    }
    (void)!rest_bool(in, "email_trust", false, &row->config.is_email_trusted);
    if (row->config.is_email_trusted && row->config.facts.organization_id.len) {
        problem(in, "email_trust", "enum", "is for the environment's connections only");
    }
}

// What a connection is cannot be changed: identities and links hang on it.
static void nature_check(const rest_object_t *in, const store_connection_t *config) {
    oidc_preset_t preset;
    size_t type;
    str_t text;
    if (rest_text(in, "provider", (rest_length_t){.max = CONNECTION_KEY_MAX}, &text) &&
        !str_eq(text, STR("CONNECTION_PROVIDER_UNSPECIFIED")) &&
        (!oidc_preset_find(text, &preset) ||
         !str_eq(config->provider, str_from_c(oidc_preset_row(preset)->name)))) {
        problem(in, "provider", "immutable", "cannot be changed");
    }
    if (rest_enum(in, "type", connection_type_names, &type) &&
        !str_eq(config->protocol, str_from_c(connection_type_names.items[type]))) {
        problem(in, "type", "immutable", "cannot be changed");
    }
}

// Whoever answers at one of these says who people are (flow.md 4.2, and what follows from it for
// OAuth, where it is the userinfo endpoint).
static bool is_other_provider(const store_connection_t *a, const store_connection_t *b) {
    return !str_eq(a->issuer, b->issuer) || !str_eq(a->jwks_uri, b->jwks_uri) ||
           !str_eq(a->discovery_endpoint, b->discovery_endpoint) ||
           !str_eq(a->token_uri, b->token_uri) || !str_eq(a->userinfo_uri, b->userinfo_uri);
}

result_t connection_body_apply(rest_t *rest, store_connection_row_t *row,
                               connection_change_t *out) {
    const store_connection_t before = row->config;
    const str_t configuration_before = row->configuration_type;
    const bool is_oauth = str_eq(before.protocol, STR("OAUTH"));
    const rest_object_t body = rest_body(rest);
    rest_object_t config;
    bool has_config = false;
    nature_check(&body, &before);
    rules_read(&body, row);
    TRY(mapping_read(&body, &row->config));
    if (rest_object(&body, "saml_config", false, &config)) {
        problem(&body, "saml_config", "enum", "SAML is not supported yet");
    }
    if (rest_object(&body, is_oauth ? "oidc_config" : "oauth_config", false, &config)) {
        problem(&body, is_oauth ? "oidc_config" : "oauth_config", "enum", "is of another type");
    }
    if (rest_object(&body, is_oauth ? "oauth_config" : "oidc_config", false, &config)) {
        has_config = true;
        TRY(is_oauth ? common_read(&config, &row->config) : oidc_read(&config, row));
    }
    *out = (connection_change_t){
        .is_protocol_changed = has_config || !str_eq(configuration_before, row->configuration_type),
        // Nobody has signed in by a draft, and one that was emptied has lapsed then.
        .is_trust_lapsed =
            !str_eq(row->status, STR("DRAFT")) && is_other_provider(&before, &row->config),
    };
    return OK;
}
