// PATCH /api/v1/organizations/{organization_id}/connections/{id} and /api/v1/connections/{id}. What
// the provider publishes is read here, so that a mistake is known before anybody signs in.
#include "handle/rest/connection.h"
#include "handle/rest/endpoints.h"

// Somebody might be locked out by a change that breaks what is in use.
static result_t broken(rest_t *rest, str_t why, response_t *out) {
    return rest_impossible(rest,
                           arena_format(rest->call->arena,
                                        "the connection is enabled and would not work: %.*s",
                                        STR_ARG(why))
                               .ptr,
                           out);
}

static result_t write(rest_t *rest, const store_connection_change_t *change,
                      const connection_complete_t *complete, response_t *out) {
    call_t *call = rest->call;
    const flow_connection_t *facts = &change->row->config.facts;
    const store_connection_key_t key = {facts->organization_id, facts->id};
    store_audit_t audit = connection_audit(rest, "api.connection.update", &key);
    store_connection_row_t made;
    if (change->is_trust_lapsed) {
        audit.reason = arena_format(call->arena, "%.*s: its provider changed, trust lapses",
                                    STR_ARG(audit.reason));
    }
    TRY(store_connection_update(call->store, change, &audit, &made, &call->err));
    if (complete->has_document) {
        TRY(store_document_write(call->store, &complete->document, &call->err));
    }
    return connection_answer(rest, &made, out);
}

static result_t change(rest_t *rest, store_connection_row_t *row, response_t *out) {
    connection_change_t changed;
    connection_complete_t complete = {0};
    TRY(connection_body_apply(rest, row, &changed));
    if (rest_is_refused(rest, out)) {
        return OK;
    }
    if (changed.is_protocol_changed || !str_eq(row->status, STR("COMPLETED"))) {
        const connection_ask_t ask = {.may_fetch = true, .is_forgotten = changed.is_trust_lapsed};
        TRY(connection_complete(rest, row, ask, &complete));
        row->status = str_from_c(connection_state_names.items[complete.state]);
        if (row->is_enabled && complete.state != CONNECTION_COMPLETED) {
            return broken(rest, complete.why, out);
        }
    }
    const store_connection_change_t in = {row, changed.is_trust_lapsed};
    return write(rest, &in, &complete, out);
}

static result_t update(rest_t *rest, bool is_environment, response_t *out) {
    const store_connection_key_t key = connection_key(rest, is_environment);
    store_connection_found_t found;
    TRY(store_connection_find(rest->call->store, &key, &found, &rest->call->err));
    return found.is_present ? change(rest, &found.row, out) : rest_absent(rest, "connection", out);
}

result_t rest_connection_update(rest_t *rest, response_t *out) {
    return update(rest, false, out);
}

result_t rest_social_update(rest_t *rest, response_t *out) {
    return update(rest, true, out);
}
