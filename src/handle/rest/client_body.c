// The fields of an application in a POST or PATCH: read, judged and applied to the row.
#include "handle/client_auth.h"
#include "handle/client_rule.h"
#include "handle/rest/client.h"
#include "protocol/oidc/redirect.h"

enum { NAME_MAX_LEN = 128, SCOPE_MAX = 128, CLAIMS_MAX = 20 };
enum { CLAIM_KEY_MAX = 128, CLAIM_VALUE_MAX = 1024, URL_LEN_MAX = 2048 };

static bool is_public(const store_application_t *row) {
    return !client_auth_is_confidential(row->client.type);
}

// ---- addresses ----------------------------------------------------------------------------------

static void redirect_check(rest_t *rest, const store_application_t *row, const char *place,
                           str_t uri) {
    const char *why = client_redirect_judge(rest->call->arena, row->client.type,
                                            rest->call->settings->is_http_allowed, uri);
    if (why) {
        rest_problem(rest, str_from_c(place), "uri", why);
    }
}

static void redirects_read(const rest_object_t *body, const char *name,
                           const store_application_t *row, flow_list_t *out) {
    arena_t *arena = body->rest->call->arena;
    flow_list_t uris;
    if (!rest_texts(body, name, (rest_length_t){.max = CLIENT_URIS_MAX}, OIDC_REDIRECT_LEN_MAX,
                    &uris)) {
        return;
    }
    for (size_t i = 0; i < uris.count; i++) {
        redirect_check(body->rest, row, arena_format(arena, "%s[%zu]", name, i).ptr, uris.items[i]);
    }
    *out = uris;
}

// We ask these ourselves one day: no address of the inner network (ASVS 1.3.6).
static void back_channels_read(const rest_object_t *body, flow_list_t *out) {
    const call_t *call = body->rest->call;
    const char *name = "back_channel_logout_uris";
    flow_list_t uris;
    if (!rest_texts(body, name, (rest_length_t){.max = CLIENT_URIS_MAX}, URL_LEN_MAX, &uris)) {
        return;
    }
    for (size_t i = 0; i < uris.count; i++) {
        err_t why = {0};
        if (http_url_judge(call->arena, call->settings, uris.items[i], &why) != OK) {
            rest_problem(body->rest, arena_format(call->arena, "%s[%zu]", name, i), "uri",
                         why.text);
        }
    }
    *out = uris;
}

static void uris_read(const rest_object_t *body, store_application_t *row) {
    str_t start;
    redirects_read(body, "post_login_uris", row, &row->client.redirect_uris);
    redirects_read(body, "post_logout_redirect_uris", row, &row->client.post_logout_uris);
    back_channels_read(body, &row->back_channel_logout_uris);
    if (rest_text(body, "initiate_login_uri", (rest_length_t){.max = OIDC_REDIRECT_LEN_MAX},
                  &start)) {
        row->client.initiate_login_uri = start;
        if (start.len) {
            redirect_check(body->rest, row, "initiate_login_uri", start);
        }
    }
}

// ---- tokens -------------------------------------------------------------------------------------

static void scopes_read(const rest_object_t *body, str_t *out) {
    flow_list_t scopes;
    if (!rest_texts(body, "scopes", (rest_length_t){.max = CLIENT_SCOPES_MAX}, SCOPE_MAX,
                    &scopes)) {
        return;
    }
    buf_t text = buf_new(body->rest->call->arena, 64);
    for (size_t i = 0; i < scopes.count; i++) {
        const str_t scope = scopes.items[i];
        if (!client_scope_is_good(scope)) {
            rest_problem(body->rest, STR("scopes"), "pattern", "must be scopes (RFC 6749 3.3)");
            return;
        }
        buf_add_c(&text, i ? " " : "");
        buf_add(&text, scope);
    }
    *out = buf_str(&text);
}

static void grant_types_read(const rest_object_t *body, flow_list_t *out) {
    flow_list_t types;
    if (!rest_texts(body, "grant_types", (rest_length_t){.max = 3}, SCOPE_MAX, &types)) {
        return;
    }
    for (size_t i = 0; i < types.count; i++) {
        if (!str_list_has(STR("authorization_code refresh_token client_credentials"),
                          types.items[i])) {
            rest_problem(body->rest, STR("grant_types"), "enum", "must be grants that are known");
        }
    }
    *out = types;
}

static json_t *claim_read(const rest_object_t *item) {
    const rest_length_t key_rule = {.min = 1, .max = CLAIM_KEY_MAX, .is_required = true};
    const rest_length_t value_rule = {.max = CLAIM_VALUE_MAX, .is_required = true};
    str_t key = STR(""), value = STR("");
    (void)!rest_text(item, "key", key_rule, &key);
    (void)!rest_text(item, "value", value_rule, &value);
    return json_pack("{s:o, s:o}", "key", json_str(key), "value", json_str(value));
}

static void claims_read(const rest_object_t *body, str_t *out) {
    rest_objects_t items;
    err_t err = {0};
    if (!rest_objects(body, "custom_claims", (rest_length_t){.max = CLAIMS_MAX}, &items)) {
        return;
    }
    SCOPED(json_t) list = json_array();
    bool is_well = list != NULL;
    for (size_t i = 0; i < items.count; i++) {
        is_well = json_array_append_new(list, claim_read(&items.items[i])) == 0 && is_well;
    }
    body->rest->is_broken |= !is_well || json_text(body->rest->call->arena, list, out, &err) != OK;
}

static void tokens_read(const rest_object_t *body, store_application_t *row) {
    const rest_range_t lifetime = {.max = CLIENT_TOKEN_MAX_S};
    int64_t lifetime_s = 0;
    bool is_api_closed;
    // 0 is what typed clients send for "not given".
    if (rest_int(body, "access_token_expiry", lifetime, &lifetime_s) && lifetime_s) {
        row->client.access_token_s = lifetime_s;
        if (lifetime_s < CLIENT_TOKEN_MIN_S) {
            rest_problem(body->rest, STR("access_token_expiry"), "range",
                         "must be 60 to 2592000 seconds");
        }
    }
    scopes_read(body, &row->scopes);
    grant_types_read(body, &row->grant_types);
    claims_read(body, &row->custom_claims);
    (void)!rest_bool(body, "enforce_pkce", false, &row->client.enforces_pkce);
    if (rest_bool(body, "disallow_scalekit_api_access", false, &is_api_closed)) {
        row->client.may_use_api = !is_api_closed;
    }
}

// ---- what fits together -------------------------------------------------------------------------

static void machine_check(rest_t *rest, const store_application_t *row) {
    const struct {
        const char *name;
        bool is_set;
    } foreign[] = {
        {"post_login_uris", row->client.redirect_uris.count > 0},
        {"post_logout_redirect_uris", row->client.post_logout_uris.count > 0},
        {"initiate_login_uri", row->client.initiate_login_uri.len > 0},
    };
    for (size_t i = 0; i < sizeof foreign / sizeof foreign[0]; i++) {
        if (foreign[i].is_set) {
            rest_problem(rest, str_from_c(foreign[i].name), "type",
                         "must be empty: a machine (M2M) signs nobody in");
        }
    }
}

// Nothing in a browser or on a person's device stays secret (RFC 8252 8.5, RFC 6749 2.1).
static void whole_check(rest_t *rest, const store_application_t *row) {
    const flow_client_t *client = &row->client;
    if (client->type == FLOW_CLIENT_M2M) {
        machine_check(rest, row);
    } else if (row->scopes.len) {
        rest_problem(rest, STR("scopes"), "type", "only a machine (M2M) has scopes");
    }
    if (is_public(row) && !client->enforces_pkce) {
        rest_problem(rest, STR("enforce_pkce"), "enum", "must be true for SPA and NTV");
    }
    if (is_public(row) && client->may_use_api) {
        rest_problem(rest, STR("disallow_scalekit_api_access"), "enum",
                     "must be true for SPA and NTV");
    }
}

void client_body_apply(rest_t *rest, const rest_object_t *body, store_application_t *row) {
    const bool is_new = str_is_empty(row->client.name);
    const rest_length_t name = {.min = 1, .max = NAME_MAX_LEN, .is_required = is_new};
    (void)!rest_name(body, "name", name, &row->client.name);
    uris_read(body, row);
    tokens_read(body, row);
    whole_check(rest, row);
}
