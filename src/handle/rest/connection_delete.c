// DELETE /api/v1/organizations/{organization_id}/connections/{id} and /api/v1/connections/{id}. Who
// has signed in by it has to sign in again: a session lives as long as its connections.
#include "handle/rest/connection.h"
#include "handle/rest/endpoints.h"

static result_t delete (rest_t *rest, bool is_environment, response_t *out) {
    call_t *call = rest->call;
    const store_connection_key_t key = connection_key(rest, is_environment);
    store_connection_found_t found;
    TRY(store_connection_find(call->store, &key, &found, &call->err));
    if (!found.is_present) {
        return rest_absent(rest, "connection", out);
    }
    const store_audit_t audit = connection_audit(rest, "api.connection.delete", &key);
    TRY(store_connection_delete(call->store, &key, &audit, &call->err));
    return rest_answer_empty(rest, out);
}

result_t rest_connection_delete(rest_t *rest, response_t *out) {
    return delete (rest, false, out);
}

result_t rest_social_delete(rest_t *rest, response_t *out) {
    return delete (rest, true, out);
}
