// PATCH .../connections/{id}:enable and :disable. Only what is complete can be switched on.
#include "handle/rest/connection.h"
#include "handle/rest/endpoints.h"

static result_t incomplete(rest_t *rest, const store_connection_row_t *row, response_t *out) {
    connection_complete_t found;
    TRY(connection_complete(rest, row, (connection_ask_t){0}, &found));
    const str_t why = found.why.len ? found.why : STR("save its configuration again");
    return rest_impossible(
        rest,
        arena_format(rest->call->arena, "the connection is not complete: %.*s", STR_ARG(why)).ptr,
        out);
}

static result_t toggle(rest_t *rest, bool is_environment, bool is_on, response_t *out) {
    SCOPED(json_t) answer = json_object();
    call_t *call = rest->call;
    const store_connection_key_t key = connection_key(rest, is_environment);
    store_connection_found_t found;
    TRY(store_connection_find(call->store, &key, &found, &call->err));
    if (!found.is_present) {
        return rest_absent(rest, "connection", out);
    }
    if (is_on && !str_eq(found.row.status, STR("COMPLETED"))) {
        return incomplete(rest, &found.row, out);
    }
    const store_audit_t audit =
        connection_audit(rest, is_on ? "api.connection.enable" : "api.connection.disable", &key);
    TRY(store_connection_toggle(call->store, &key, is_on, &audit, &call->err));
    rest_add_bool(rest, answer, "enabled", is_on);
    return rest_answer(rest, 200, answer, out);
}

result_t rest_connection_enable(rest_t *rest, response_t *out) {
    return toggle(rest, false, true, out);
}

result_t rest_connection_disable(rest_t *rest, response_t *out) {
    return toggle(rest, false, false, out);
}

result_t rest_social_enable(rest_t *rest, response_t *out) {
    return toggle(rest, true, true, out);
}

result_t rest_social_disable(rest_t *rest, response_t *out) {
    return toggle(rest, true, false, out);
}
