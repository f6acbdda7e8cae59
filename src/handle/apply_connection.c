// One connection in the file of `gatehouse apply`, by the names of the REST API (api.md 5).
#include "base/domain.h"
#include "handle/apply_organization.h"
#include "handle/apply_parse.h"
#include "protocol/oidc/relying.h"

enum {
    CLIENT_ID_MAX = 512,
    SECRET_MAX = 4096, // Apple's is a JWT
    URLS_MAX = 6,
    LIST_MAX = 50,
    MAPPING_MAX = 30,
};

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
    if (in->is_social && !in->preset->may_be_social) {
        apply_problem(object, "provider", "belongs to an organization");
    }
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

static void parse_urls(connection_t *in) {
    store_connection_t *config = &in->out->row.config;
    const struct {
        const char *name;
        str_t *slot;
    } urls[URLS_MAX] = {{"issuer", &config->issuer},
                        {"discovery_endpoint", &config->discovery_endpoint},
                        {"authorize_uri", &config->authorize_uri},
                        {"token_uri", &config->token_uri},
                        {"user_info_uri", &config->userinfo_uri},
                        {"jwks_uri", &config->jwks_uri}};
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
    if (!apply_member(object, "client_id")) {
        apply_problem(object, "client_id", "is missing");
    } else if (apply_text(object, "client_id", id) &&
               (str_is_empty(*id) || id->len > CLIENT_ID_MAX || str_has_control(*id))) {
        apply_problem(object, "client_id", "must be 1 to 512 octets without control characters");
    }
    if (apply_text(object, "client_secret", &secret) &&
        (str_is_empty(secret) || secret.len > SECRET_MAX || str_has_control(secret))) {
        apply_problem(object, "client_secret",
                      "must be 1 to 4096 octets without control characters");
    }
    in->out->secret = secret_from_str(secret);
    if (apply_text(object, "client_secret_file", &in->out->secret_file) &&
        str_is_empty(in->out->secret_file)) {
        apply_problem(object, "client_secret_file", "must be a path");
    }
    if (apply_member(object, "client_secret") && apply_member(object, "client_secret_file")) {
        apply_problem(object, "client_secret_file", "stands beside client_secret");
    }
}

static void parse_authentication(connection_t *in) {
    const apply_object_t *object = in->object;
    str_t type = in->preset->method == OIDC_CLIENT_BASIC ? STR("BASIC_AUTH") : STR("URL_PARAMS");
    apply_word(object, "token_auth_type", "URL_PARAMS BASIC_AUTH PRIVATE_KEY_JWT", &type);
    const bool is_keyed = str_eq(type, STR("PRIVATE_KEY_JWT"));
    in->out->row.config.token_auth = is_keyed                          ? STR("private_key_jwt")
                                     : str_eq(type, STR("BASIC_AUTH")) ? STR("basic")
                                                                       : STR("post");
    if (!is_keyed && !apply_member(object, "client_secret") &&
        !apply_member(object, "client_secret_file")) {
        apply_problem(object, "client_secret", "is missing");
    }
}

static void parse_protocol(connection_t *in) {
    const apply_object_t *object = in->object;
    store_connection_t *config = &in->out->row.config;
    const str_t algs = STR(OIDC_ID_TOKEN_ALGS);
    str_t rest, word;
    config->scopes = apply_list(object, "scopes", LIST_MAX);
    config->tenants = apply_list(object, "tenants", LIST_MAX);
    config->response_mode =
        in->preset->response_mode ? str_from_c(in->preset->response_mode) : STR("query");
    apply_word(object, "response_mode", "query form_post", &config->response_mode);
    config->prompt = STR("");
    apply_word(object, "prompt", "none login consent select_account", &config->prompt);
    config->is_pkce_on = in->preset->is_pkce_default;
    apply_bool(object, "pkce_enabled", &config->is_pkce_on);
    config->algs = STR("RS256");
    apply_text(object, "algs", &config->algs);
    rest = config->algs;
    size_t count = 0;
    for (; str_next_word(&rest, &word); count++) {
        if (!str_list_has(algs, word)) { // RFC 8725 3.1, 3.2: neither "none" nor HMAC
            apply_problem(object, "algs", "must be of: " OIDC_ID_TOKEN_ALGS);
            return;
        }
    }
    if (count == 0) {
        apply_problem(object, "algs", "must name one at least");
    }
}

// ---- what it is good for ------------------------------------------------------------------------

static void parse_mapping(connection_t *in) {
    const json_t *mapping = apply_member(in->object, "attribute_mapping");
    str_t *out = &in->out->row.config.attribute_mapping;
    const char *name;
    json_t *value;
    *out = STR("{}");
    if (!mapping) {
        return;
    }
    if (!json_is_object(mapping) || json_object_size(mapping) > MAPPING_MAX) {
        apply_problem(in->object, "attribute_mapping", "must be an object of at most 30 texts");
        return;
    }
    json_object_foreach(json_object_get(in->object->object, "attribute_mapping"), name, value) {
        if (!json_is_string(value)) {
            apply_problem(in->object, "attribute_mapping", "must be an object of texts");
            return;
        }
    }
    if (json_text(in->object->arena, mapping, out, NULL) != OK) {
        apply_problem(in->object, "attribute_mapping", "cannot be kept");
    }
}

static void parse_domains(connection_t *in) {
    const apply_object_t *object = in->object;
    const flow_list_t texts = apply_list(object, "domains", LIST_MAX);
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
    apply_word(object, "jit", "on off organization_domains", &row->jit);
    row->idp_initiated = STR("convert");
    apply_word(object, "idp_initiated", "convert direct off", &row->idp_initiated);
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
