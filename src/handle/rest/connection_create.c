// POST /api/v1/organizations/{organization_id}/connections, and POST /api/v1/connections for the
// environment's own (social login). Both make a draft: PATCH configures it.
#include "handle/connection_rule.h"
#include "handle/rest/connection.h"
#include "handle/rest/endpoints.h"

typedef struct {
    bool is_environment;
    const oidc_preset_row_t *preset;
    connection_type_t type;
    str_t provider_key;
} wish_t;

static void provider_read(rest_t *rest, const rest_object_t *body, wish_t *wish) {
    oidc_preset_t preset = OIDC_PRESET_CUSTOM;
    str_t name;
    if (rest_text(body, "provider", (rest_length_t){.max = CONNECTION_KEY_MAX}, &name) &&
        !str_eq(name, STR("CONNECTION_PROVIDER_UNSPECIFIED")) && !oidc_preset_find(name, &preset)) {
        rest_problem(rest, STR("provider"), "enum", "must be a provider that is supported");
    }
    wish->preset = oidc_preset_row(preset);
}

static void type_read(rest_t *rest, const rest_object_t *body, wish_t *wish) {
    rest_names_t names = connection_type_names;
    size_t type = CONNECTION_OIDC;
    names.is_required = true;
    if (!rest_enum(body, "type", names, &type)) {
        return;
    }
    wish->type = (connection_type_t)type;
    if (wish->type == CONNECTION_SAML) {
        rest_problem(rest, STR("type"), "enum", "SAML is not supported yet");
    }
}

static void wish_check(rest_t *rest, const wish_t *wish) {
    const bool is_oauth = wish->type == CONNECTION_OAUTH;
    const char *why = connection_owner_judge(wish->preset, wish->is_environment);
    if (wish->type != CONNECTION_SAML && is_oauth != wish->preset->is_oauth_only) {
        rest_problem(rest, STR("type"), "enum", "this provider does not speak it");
    } else if (why) {
        rest_problem(rest, wish->is_environment ? STR("provider") : STR("type"), "enum", why);
    }
}

static void wish_read(rest_t *rest, bool is_environment, wish_t *out) {
    const rest_object_t body = rest_body(rest);
    *out = (wish_t){.is_environment = is_environment, .provider_key = STR("")};
    provider_read(rest, &body, out);
    type_read(rest, &body, out);
    (void)!rest_text(&body, "provider_key", (rest_length_t){.max = CONNECTION_KEY_MAX},
                     &out->provider_key);
    wish_check(rest, out);
}

static result_t draft_make(rest_t *rest, const wish_t *wish, store_connection_draft_t *out) {
    const oidc_preset_row_t *preset = wish->preset;
    *out = (store_connection_draft_t){
        .key.organization_id = wish->is_environment ? STR("") : rest->params[0],
        .provider = str_from_c(preset->name),
        .protocol = str_from_c(connection_type_names.items[wish->type]),
        .name = str_from_c(preset->title),
        .provider_key = wish->provider_key,
        .response_mode = str_from_c(preset->response_mode ? preset->response_mode : "query"),
        .is_pkce_on = preset->is_pkce_default,
    };
    return rest_id(rest, "conn", &out->key.id);
}

static result_t create(rest_t *rest, bool is_environment, response_t *out) {
    call_t *call = rest->call;
    wish_t wish;
    store_connection_draft_t draft;
    store_connection_place_t place;
    store_connection_row_t made;
    wish_read(rest, is_environment, &wish);
    if (rest_is_refused(rest, out)) {
        return OK;
    }
    TRY(draft_make(rest, &wish, &draft));
    TRY(store_connection_place_read(call->store, draft.key.organization_id, draft.provider, &place,
                                    &call->err));
    if (!is_environment && !place.is_organization_present) {
        return rest_absent(rest, "organization", out);
    }
    if (is_environment && place.is_social_taken) {
        return rest_taken(rest, "there is a connection to this provider already", out);
    }
    const store_audit_t audit = connection_audit(rest, "api.connection.create", &draft.key);
    TRY(store_connection_create(call->store, &draft, &audit, &made, &call->err));
    return connection_answer(rest, &made, out);
}

result_t rest_connection_create(rest_t *rest, response_t *out) {
    return create(rest, false, out);
}

result_t rest_social_create(rest_t *rest, response_t *out) {
    return create(rest, true, out);
}
