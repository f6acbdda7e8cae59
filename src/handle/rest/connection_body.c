// The body of a PATCH of a connection: read, judged and applied to the row.
#include "handle/connection_rule.h"
#include "handle/connection_secret.h"
#include "handle/rest/connection.h"
#include "protocol/oidc/metadata.h"

enum { ALG_MAX = 10 };

static void problem(const rest_object_t *in, const char *name, const char *constraint,
                    const char *why) {
    rest_problem(in->rest,
                 arena_format(in->rest->call->arena, "%.*s%s%s", STR_ARG(in->path),
                              in->path.len ? "." : "", name),
                 constraint, why);
}

typedef const char *(*judge_t)(str_t text);

// The judge knows the length, too.
static bool text_read(const rest_object_t *in, const char *name, judge_t judge, str_t *out) {
    str_t text;
    if (!rest_text(in, name, (rest_length_t){.max = SIZE_MAX}, &text)) {
        return false;
    }
    const char *why = judge(text);
    if (why) {
        problem(in, name, "pattern", why);
        return false;
    }
    *out = text;
    return true;
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

typedef struct {
    const char *name;
    rest_length_t length; // of the list
    size_t text_max;
    judge_t judge;
} list_rule_t;

static bool list_read(const rest_object_t *in, const list_rule_t *rule, flow_list_t *out) {
    flow_list_t texts;
    if (!rest_texts(in, rule->name, rule->length, rule->text_max, &texts)) {
        return false;
    }
    for (size_t i = 0; i < texts.count; i++) {
        const char *why = rule->judge(texts.items[i]);
        if (why) {
            problem(in, rule->name, "pattern", why);
            return false;
        }
    }
    *out = texts;
    return true;
}

static void scopes_read(const rest_object_t *in, flow_list_t *out) {
    static const list_rule_t RULE = {.name = "scopes",
                                     .length = {.max = CONNECTION_SCOPES_MAX},
                                     .text_max = CONNECTION_SCOPE_MAX,
                                     .judge = connection_scope_judge};
    (void)!list_read(in, &RULE, out);
}

// A list, or the text that answers have.
static void algs_read(const rest_object_t *in, str_t *out) {
    static const list_rule_t RULE = {.name = "algs",
                                     .length = {.min = 1, .max = CONNECTION_ALGS_MAX},
                                     .text_max = ALG_MAX,
                                     .judge = connection_alg_judge};
    flow_list_t algs;
    if (json_is_string(json_object_get(in->json, "algs"))) {
        (void)!text_read(in, "algs", connection_algs_judge, out);
        return;
    }
    if (!list_read(in, &RULE, &algs)) {
        return;
    }
    buf_t text = buf_new(in->rest->call->arena, 32);
    for (size_t i = 0; i < algs.count; i++) {
        buf_add_c(&text, i ? " " : "");
        buf_add(&text, algs.items[i]);
    }
    *out = buf_str(&text);
}

static void tenants_read(const rest_object_t *in, flow_list_t *out) {
    static const list_rule_t RULE = {.name = "tenants",
                                     .length = {.max = CONNECTION_TENANTS_MAX},
                                     .text_max = CONNECTION_TENANT_LEN,
                                     .judge = connection_tenant_judge};
    (void)!list_read(in, &RULE, out);
}

// ---- what OpenID Connect and OAuth share --------------------------------------------------------

// An empty one, as answers have it, changes nothing.
static result_t secret_read(const rest_object_t *in, store_connection_t *config) {
    call_t *call = in->rest->call;
    const connection_slot_t slot = {call->master, config->facts.id};
    str_t secret;
    if (!text_read(in, "client_secret", connection_secret_judge, &secret) || str_is_empty(secret)) {
        return OK;
    }
    return connection_secret_seal(call->arena, &slot, secret_from_str(secret),
                                  &config->client_secret, &call->err);
}

static result_t common_read(const rest_object_t *in, store_connection_t *config) {
    endpoints_read(in, config);
    (void)!text_read(in, "client_id", connection_client_id_judge, &config->client_id);
    scopes_read(in, &config->scopes);
    (void)!rest_bool(in, "pkce_enabled", false, &config->is_pkce_on);
    (void)!rest_bool(in, "sync_user_profile_on_login", false, &config->is_profile_synced);
    (void)!text_read(in, "prompt", connection_prompt_judge, &config->prompt);
    return secret_read(in, config);
}

// ---- OpenID Connect -----------------------------------------------------------------------------

static void oidc_words_read(const rest_object_t *in, store_connection_row_t *row) {
    bool is_jit_on;
    str_t said;
    if (rest_word(in, "token_auth_type", CONNECTION_TOKEN_AUTHS, &said)) {
        row->config.token_auth = connection_token_auth_kept(said);
    }
    (void)!rest_word(in, "response_mode", CONNECTION_RESPONSE_MODES, &row->config.response_mode);
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
    static const rest_map_t RULE = {.pairs_max = 2 * CONNECTION_MAPPING_PAIRS_MAX,
                                    .key_min = 1,
                                    .key_max = CONNECTION_MAPPING_KEY_MAX,
                                    .value_min = 1,
                                    .value_max = CONNECTION_MAPPING_VALUE_MAX,
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
    TRY(json_parse_object(config->attribute_mapping, CONNECTION_MAPPING_LEN_MAX, &merged,
                          &call->err));
    TRY(json_parse_object(text, CONNECTION_MAPPING_LEN_MAX, &patch, &call->err));
    if (json_object_update(merged, patch) != 0) {
        return FAIL(&call->err, INTERNAL, "json_failed", "jansson cannot merge objects");
    }
    json_object_foreach_safe(merged, next, key, value) {
        if (json_is_null(value)) {
            json_object_del(merged, key);
        }
    }
    if (json_object_size(merged) > CONNECTION_MAPPING_PAIRS_MAX) {
        problem(in, "attribute_mapping", "count", "would have more than 30 pairs");
    }
    return json_text(call->arena, merged, &config->attribute_mapping, &call->err);
}

static void rules_read(const rest_object_t *in, store_connection_row_t *row) {
    const rest_length_t title = {.min = 1, .max = CONNECTION_NAME_MAX};
    (void)!rest_name(in, "ui_button_title", title, &row->config.facts.name);
    (void)!rest_text(in, "provider_key", (rest_length_t){.max = CONNECTION_KEY_MAX},
                     &row->provider_key);
    (void)!rest_word(in, "configuration_type", "DISCOVERY MANUAL", &row->configuration_type);
    (void)!rest_word(in, "jit", CONNECTION_JITS, &row->jit);
    (void)!rest_word(in, "idp_initiated", CONNECTION_INITIATED, &row->idp_initiated);
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

// Said once all else is well, so that a secret that cannot be read is told once.
static void secret_check(const rest_object_t *in, const store_connection_t *before,
                         const store_connection_t *after) {
    const char *why = connection_secret_move_judge(before, after);
    if (why && in->rest->problem_count == 0) {
        problem(in, "client_secret", "required", why);
    }
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
        secret_check(&config, &before, &row->config);
    }
    *out = (connection_change_t){
        .is_protocol_changed = has_config || !str_eq(configuration_before, row->configuration_type),
        .is_trust_lapsed = connection_is_trust_lapsed(row->status, &before, &row->config),
    };
    return OK;
}
