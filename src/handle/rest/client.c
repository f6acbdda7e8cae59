#include "handle/rest/client.h"

#include "handle/client_rule.h"
#include "store/facts.h"

const rest_names_t client_type_names = {.items = client_types, .count = CLIENT_TYPES_COUNT};

str_t client_type_said(str_t kept) {
    for (size_t i = 0; i < client_type_names.count; i++) {
        if (str_eq(kept, str_from_c(client_type_name((flow_client_type_t)i)))) {
            return str_from_c(client_types[i]);
        }
    }
    return STR("");
}

// ---- the answer ---------------------------------------------------------------------------------

void client_secret_add(rest_t *rest, json_t *object, const store_secret_t *secret) {
    rest_add_text(rest, object, "id", secret->id);
    rest_add_time(rest, object, "create_time", secret->created_at);
    rest_add_time(rest, object, "update_time", secret->updated_at);
    rest_add_text(rest, object, "secret_suffix", secret->suffix);
    rest_add_text_if(rest, object, "created_by", secret->created_by);
    rest_add_text(rest, object, "status", secret->is_active ? STR("ACTIVE") : STR("INACTIVE"));
    rest_add_time(rest, object, "expire_time", secret->expires_at);
    rest_add_time(rest, object, "last_used_time", secret->last_used_at);
}

static void scopes_add(rest_t *rest, json_t *object, str_t scopes) {
    json_t *list = rest_add_list(rest, object, "scopes");
    while (scopes.len) {
        const size_t end = str_find(scopes, ' ');
        if (list && json_array_append_new(list, json_str(str_sub(scopes, 0, end))) != 0) {
            rest->is_broken = true;
        }
        scopes = str_sub(scopes, end + 1, scopes.len);
    }
}

void client_add(rest_t *rest, json_t *object, const store_application_t *row) {
    const flow_client_t *client = &row->client;
    rest_add_text(rest, object, "id", client->id);
    rest_add_text(rest, object, "keyId", STR(""));
    rest_add_time(rest, object, "create_time", row->created_at);
    rest_add_time(rest, object, "update_time", row->updated_at);
    rest_add_texts(rest, object, "post_logout_redirect_uris", client->post_logout_uris);
    rest_add_texts(rest, object, "back_channel_logout_uris", row->back_channel_logout_uris);
    rest_add_text(rest, object, "initiate_login_uri", client->initiate_login_uri);
    rest_add_texts(rest, object, "post_login_uris", client->redirect_uris);
    rest_add_text(rest, object, "name", client->name);
    rest_add_int64(rest, object, "access_token_expiry", client->access_token_s);
    scopes_add(rest, object, row->scopes);
    rest_add_json(rest, object, "custom_claims", row->custom_claims);
    rest_add_bool(rest, object, "disallow_scalekit_api_access", !client->may_use_api);
    rest_add_texts(rest, object, "grant_types", row->grant_types);
    rest_add_text(rest, object, "client_type", str_from_c(client_types[client->type]));
    rest_add_bool(rest, object, "enforce_pkce", client->enforces_pkce);
    json_t *secrets = rest_add_list(rest, object, "secrets");
    for (size_t i = 0; i < row->secret_count; i++) {
        client_secret_add(rest, rest_append_object(rest, secrets), &row->secrets[i]);
    }
}

result_t client_answer(rest_t *rest, const store_application_t *row, response_t *out) {
    SCOPED(json_t) answer = json_object();
    client_add(rest, rest_add_object(rest, answer, "client"), row);
    return rest_answer(rest, 200, answer, out);
}

// ---- what they share ----------------------------------------------------------------------------

result_t client_find(rest_t *rest, store_application_found_t *out) {
    return store_application_read(rest->call->store, rest->params[0], out, &rest->call->err);
}

store_audit_t client_audit(rest_t *rest, const char *event, str_t id, str_t secret_id) {
    return rest_audit(rest, event,
                      arena_format(rest->call->arena, "application %.*s%s%.*s", STR_ARG(id),
                                   secret_id.len ? " secret " : "", STR_ARG(secret_id)));
}
