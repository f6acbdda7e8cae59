// POST /api/v1/clients, PATCH and DELETE /api/v1/clients/{client_id}.
#include "handle/client_rule.h"
#include "handle/rest/client.h"
#include "handle/rest/endpoints.h"

static result_t draft_make(rest_t *rest, flow_client_type_t type, store_application_t *out) {
    *out = (store_application_t){
        .client = {.type = type,
                   .name = STR(""),
                   .initiate_login_uri = STR(""),
                   .enforces_pkce = type != FLOW_CLIENT_WEB_APP,
                   .access_token_s = client_token_lifetime_s(
                       type, rest->call->settings->access_token_lifetime_s)},
        .scopes = STR(""),
        .custom_claims = STR("[]"),
    };
    return rest_id(rest, "skc", &out->client.id);
}

result_t rest_client_create(rest_t *rest, response_t *out) {
    call_t *call = rest->call;
    const rest_object_t body = rest_body(rest);
    rest_names_t names = client_type_names;
    store_application_t row, made;
    size_t type = FLOW_CLIENT_WEB_APP;
    names.is_required = true;
    (void)!rest_enum(&body, "client_type", names, &type);
    TRY(draft_make(rest, (flow_client_type_t)type, &row));
    client_body_apply(rest, &body, &row);
    if (rest_is_refused(rest, out)) {
        return OK;
    }
    const store_audit_t audit = client_audit(rest, "api.client.create", row.client.id, STR_NONE);
    TRY(store_application_create(call->store, &row, &audit, &made, &call->err));
    return client_answer(rest, &made, out);
}

result_t rest_client_update(rest_t *rest, response_t *out) {
    call_t *call = rest->call;
    const rest_object_t body = rest_body(rest);
    store_application_found_t found;
    store_application_t made;
    TRY(client_find(rest, &found));
    if (!found.is_present) {
        return rest_absent(rest, "client", out);
    }
    client_body_apply(rest, &body, &found.row);
    if (rest_is_refused(rest, out)) {
        return OK;
    }
    const store_audit_t audit =
        client_audit(rest, "api.client.update", found.row.client.id, STR_NONE);
    TRY(store_application_update(call->store, &found.row, &audit, &made, &call->err));
    return client_answer(rest, &made, out);
}

result_t rest_client_delete(rest_t *rest, response_t *out) {
    call_t *call = rest->call;
    store_application_found_t found;
    TRY(client_find(rest, &found));
    if (!found.is_present) {
        return rest_absent(rest, "client", out);
    }
    if (str_eq(found.row.client.id, rest->client_id)) {
        return rest_impossible(rest, "an application cannot delete itself", out);
    }
    const store_audit_t audit =
        client_audit(rest, "api.client.delete", found.row.client.id, STR_NONE);
    TRY(store_application_delete(call->store, found.row.client.id, &audit, &call->err));
    return rest_answer_empty(rest, out);
}
