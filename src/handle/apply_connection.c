// One connection in the file of `gatehouse apply`, by the names of the REST API (api.md 5).
#include "base/domain.h"
#include "handle/apply_organization.h"
#include "handle/apply_parse.h"
#include "handle/connection_rule.h"
#include "protocol/oidc/relying.h"

enum { URLS_MAX = 5 };

static const char *const field_names[] = {
    "key",
    "provider",
    "type",
    "name",
    "enabled",
    "domains",
    "issuer",
    "discovery_endpoint",
    "authorize_uri",
    "token_uri",
    "user_info_uri",
    "jwks_uri",
    "client_id",
    "client_secret",
    "client_secret_file",
    "scopes",
    "tenants",
    "token_auth_type",
    "response_mode",
    "prompt",
    "pkce_enabled",
    "algs",
    "attribute_mapping",
    "jit",
    "idp_initiated",
    "email_trust",
    "sync_user_profile_on_login",
};

typedef struct {
    const apply_object_t *object;
    const oidc_preset_row_t *preset;
    bool is_social;
    apply_connection_t *out;
} connection_t;

// NULL is no problem.
static void told(const apply_object_t *object, const char *field, const char *why) {
    if (why) {
        apply_problem(object, field, why);
    }
}

static bool is_empty(const apply_object_t *object, const char *field) {
    const json_t *value = apply_member(object, field);
    return json_is_string(value) && json_string_length(value) == 0;
}

typedef const char *(*judge_t)(str_t text);

static void parse_text(const apply_object_t *object, const char *field, judge_t judge, str_t *out) {
    if (apply_text(object, field, out)) {
        told(object, field, judge(*out));
    }
}

static flow_list_t parse_list(const apply_object_t *object, const char *field, size_t max,
                              judge_t judge) {
    const flow_list_t list = apply_list(object, field, max);
    for (size_t i = 0; i < list.count; i++) {
        const char *why = list.items[i].ptr ? judge(list.items[i]) : NULL; // told already
        if (why) {
            apply_problem_at(object, field, i, why);
        }
    }
    return list;
}

// ---- what it is ---------------------------------------------------------------------------------

static void parse_provider(connection_t *in) {
    const apply_object_t *object = in->object;
    oidc_preset_t preset = OIDC_PRESET_CUSTOM;
    str_t text;
    if (!apply_member(object, "provider")) {
        apply_problem(object, "provider", "is missing");
    } else if (apply_text(object, "provider", &text) && !oidc_preset_find(text, &preset)) {
        apply_problem(object, "provider", "there is no such provider");
    }
    in->preset = oidc_preset_row(preset);
    told(object, "provider", connection_owner_judge(in->preset, in->is_social));
}

static void parse_type(connection_t *in) {
    str_t *protocol = &in->out->row.config.protocol;
    *protocol = in->preset->is_oauth_only ? STR("OAUTH") : STR("OIDC");
    str_t text = *protocol;
    apply_word(in->object, "type", "OIDC OAUTH", &text);
    if (!str_eq(text, *protocol)) {
        apply_problem(in->object, "type", "is not what this provider speaks");
    }
}

// An organization may have several of one provider, so each has a key; everybody's has its
// provider.
static void parse_key(connection_t *in) {
    const apply_object_t *object = in->object;
    str_t *key = &in->out->key;
    if (in->is_social) {
        if (apply_member(object, "key")) {
            apply_problem(object, "key", "a connection for everybody is known by its provider");
        }
    } else if (!apply_member(object, "key")) {
        apply_problem(object, "key", "is missing");
    } else if (apply_text(object, "key", key) && !apply_is_id(*key)) {
        apply_problem(object, "key", "must be 1 to 100 letters, digits, '_' or '-'");
    }
    in->out->row.provider_key = *key;
}

static void parse_name(connection_t *in) {
    flow_connection_t *facts = &in->out->row.config.facts;
    facts->name = str_from_c(in->preset->title);
    if (apply_text(in->object, "name", &facts->name) && !apply_is_name(facts->name)) {
        apply_problem(in->object, "name", "must be 1 to 200 octets without control characters");
    }
}

// ---- how it is spoken to ------------------------------------------------------------------------

static void parse_issuer(connection_t *in) {
    const apply_object_t *object = in->object;
    str_t url, *issuer = &in->out->row.config.issuer;
    err_t why = {0};
    *issuer = STR("");
    if (apply_text(object, "issuer", issuer) &&
        oidc_metadata_url(object->arena, *issuer, object->rules->is_http_allowed, &url, &why) !=
            OK) {
        apply_problem(object, "issuer", "must be an https URL without a query (OIDC Core 2)");
    }
}

static void parse_urls(connection_t *in) {
    store_connection_t *config = &in->out->row.config;
    const struct {
        const char *name;
        str_t *slot;
    } urls[URLS_MAX] = {{"discovery_endpoint", &config->discovery_endpoint},
                        {"authorize_uri", &config->authorize_uri},
                        {"token_uri", &config->token_uri},
                        {"user_info_uri", &config->userinfo_uri},
                        {"jwks_uri", &config->jwks_uri}};
    parse_issuer(in);
    for (size_t i = 0; i < URLS_MAX; i++) {
        *urls[i].slot = STR("");
        if (apply_text(in->object, urls[i].name, urls[i].slot) &&
            !oidc_url_is_good(*urls[i].slot, in->object->rules->is_http_allowed)) {
            apply_problem(in->object, urls[i].name, "must be an https URL");
        }
    }
    const bool is_manual = config->authorize_uri.len > 0 && config->token_uri.len > 0;
    in->out->row.configuration_type = is_manual ? STR("MANUAL") : STR("DISCOVERY");
}

static void parse_client(connection_t *in) {
    const apply_object_t *object = in->object;
    str_t secret = STR_NONE, *id = &in->out->row.config.client_id;
    parse_text(object, "client_id", connection_client_id_judge, id);
    told(object, "client_id", apply_member(object, "client_id") ? NULL : "is missing");
    told(object, "client_id", is_empty(object, "client_id") ? "is empty" : NULL);
    parse_text(object, "client_secret", connection_secret_judge, &secret);
    told(object, "client_secret", is_empty(object, "client_secret") ? "is empty" : NULL);
    in->out->secret = secret_from_str(secret);
    (void)apply_text(object, "client_secret_file", &in->out->secret_file);
    told(object, "client_secret_file",
         is_empty(object, "client_secret_file") ? "must be a path" : NULL);
    if (apply_member(object, "client_secret") && apply_member(object, "client_secret_file")) {
        apply_problem(object, "client_secret_file", "stands beside client_secret");
    }
}

static void parse_authentication(connection_t *in) {
    const apply_object_t *object = in->object;
    str_t type = in->preset->method == OIDC_CLIENT_BASIC ? STR("BASIC_AUTH") : STR("URL_PARAMS");
    apply_word(object, "token_auth_type", CONNECTION_TOKEN_AUTHS, &type);
    in->out->row.config.token_auth = connection_token_auth_kept(type);
    if (!str_eq(type, STR("PRIVATE_KEY_JWT")) && !apply_member(object, "client_secret") &&
        !apply_member(object, "client_secret_file")) {
        apply_problem(object, "client_secret", "is missing");
    }
}

static void parse_scopes(connection_t *in) {
    const flow_list_t scopes =
        parse_list(in->object, "scopes", CONNECTION_SCOPES_MAX, connection_scope_judge);
    bool is_openid = scopes.count == 0 || in->preset->is_oauth_only; // none: the preset's
    for (size_t i = 0; i < scopes.count; i++) {
        is_openid |= str_eq(scopes.items[i], STR("openid"));
    }
    told(in->object, "scopes", is_openid ? NULL : "must hold openid");
    in->out->row.config.scopes = scopes;
}

static void parse_protocol(connection_t *in) {
    const apply_object_t *object = in->object;
    store_connection_t *config = &in->out->row.config;
    parse_scopes(in);
    config->tenants =
        parse_list(object, "tenants", CONNECTION_TENANTS_MAX, connection_tenant_judge);
    config->response_mode =
        in->preset->response_mode ? str_from_c(in->preset->response_mode) : STR("query");
    apply_word(object, "response_mode", CONNECTION_RESPONSE_MODES, &config->response_mode);
    config->prompt = STR("");
    parse_text(object, "prompt", connection_prompt_judge, &config->prompt);
    config->is_pkce_on = in->preset->is_pkce_default;
    apply_bool(object, "pkce_enabled", &config->is_pkce_on);
    config->algs = STR("RS256");
    parse_text(object, "algs", connection_algs_judge, &config->algs);
}

// ---- what it is good for ------------------------------------------------------------------------

static bool is_mapping(json_t *mapping) {
    const char *name;
    const json_t *value;
    json_object_foreach(mapping, name, value) {
        const size_t name_len = strlen(name), len = json_string_length(value);
        if (!json_is_string(value) || name_len == 0 || name_len > CONNECTION_MAPPING_KEY_MAX ||
            len == 0 || len > CONNECTION_MAPPING_VALUE_MAX || str_has_control(str_from_c(name)) ||
            str_has_control((str_t){json_string_value(value), len})) {
            return false;
        }
    }
    return json_is_object(mapping) && json_object_size(mapping) <= CONNECTION_MAPPING_PAIRS_MAX;
}

static void parse_mapping(connection_t *in) {
    json_t *mapping = json_object_get(in->object->object, "attribute_mapping");
    str_t *out = &in->out->row.config.attribute_mapping;
    *out = STR("{}");
    if (mapping &&
        (!is_mapping(mapping) || json_text(in->object->arena, mapping, out, NULL) != OK)) {
        apply_problem(in->object, "attribute_mapping",
                      "must be an object of at most 30 short texts");
    }
}

static void parse_domains(connection_t *in) {
    const apply_object_t *object = in->object;
    const flow_list_t texts = apply_list(object, "domains", CONNECTION_DOMAINS_MAX);
    str_t *items = ARENA_ARRAY(object->arena, str_t, texts.count);
    for (size_t i = 0; i < texts.count; i++) {
        err_t why = {0};
        if (texts.items[i].ptr &&
            domain_normalise(object->arena, texts.items[i], &items[i], &why) != OK) {
            apply_problem_at(object, "domains", i, "must be a domain name");
        }
    }
    in->out->domains = (flow_list_t){items, texts.count};
    if (in->is_social && texts.count > 0) {
        apply_problem(object, "domains", "a connection for everybody has none");
    }
}

static void parse_rules(connection_t *in) {
    const apply_object_t *object = in->object;
    store_connection_row_t *row = &in->out->row;
    row->jit = STR("on");
    apply_word(object, "jit", CONNECTION_JITS, &row->jit);
    row->idp_initiated = STR("convert");
    apply_word(object, "idp_initiated", CONNECTION_INITIATED, &row->idp_initiated);
    apply_bool(object, "email_trust", &row->config.is_email_trusted);
    if (row->config.is_email_trusted && !in->is_social) { // flow.md 4.3
        apply_problem(object, "email_trust", "only a connection for everybody may have it");
    }
    row->config.is_profile_synced = true;
    apply_bool(object, "sync_user_profile_on_login", &row->config.is_profile_synced);
    row->is_enabled = true;
    apply_bool(object, "enabled", &row->is_enabled);
}

// Without an issuer or endpoints nobody can be sent anywhere.
static void judge_whole(const connection_t *in) {
    const store_connection_t *config = &in->out->row.config;
    oidc_relying_t relying = {.authorization_endpoint = config->authorize_uri,
                              .token_endpoint = config->token_uri,
                              .userinfo_endpoint = config->userinfo_uri,
                              .jwks_uri = config->jwks_uri,
                              .issuer = config->issuer};
    if (!oidc_preset_find(config->provider, &relying.preset)) {
        return;
    }
    if (oidc_relying_needs_metadata(&relying) && str_is_empty(oidc_relying_issuer(&relying))) {
        apply_problem(in->object, "issuer", "is missing");
    }
}

void apply_connection_parse(const apply_object_t *object, bool is_social, apply_connection_t *out) {
    connection_t in = {.object = object, .is_social = is_social, .out = out};
    const size_t before = object->problems->len;
    apply_names_judge(object, field_names, sizeof field_names / sizeof field_names[0]);
    out->place = object->place;
    parse_provider(&in);
    out->row.config.provider = str_from_c(in.preset->name);
    out->row.status = STR("COMPLETED");
    parse_type(&in);
    parse_key(&in);
    parse_name(&in);
    parse_urls(&in);
    parse_client(&in);
    parse_authentication(&in);
    parse_protocol(&in);
    parse_mapping(&in);
    parse_domains(&in);
    parse_rules(&in);
    if (object->problems->len == before) {
        judge_whole(&in);
    }
}
