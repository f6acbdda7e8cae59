#include "handle/document_refresh.h"
#include "handle/provider.h"

enum { NOTHING_S = 86400 }; // until a document that is not needed is thought of again

// To document_read a copy that is due is one that has expired: it is fetched anew, if nobody has
// just done that, and stays where that fails.
static void expire(const store_document_due_t *due, store_connection_t *connection) {
    if (due->is_discovery_due) {
        connection->discovery.expires_at = 0;
    }
    if (due->is_jwks_due) {
        connection->jwks.expires_at = 0;
    }
}

// For a document that nobody was asked for, so that it is not due any more: with the reason, or
// with none (STR_NONE) where the connection does not need it.
static result_t settle(call_t *call, const store_connection_t *connection,
                       store_document_kind_t kind, str_t error) {
    const store_document_t *copy =
        kind == STORE_DISCOVERY ? &connection->discovery : &connection->jwks;
    const store_document_in_t row = {.connection_id = connection->facts.id,
                                     .kind = kind,
                                     .url = copy->url,
                                     .lifetime_s = NOTHING_S,
                                     .error = error};
    return store_document_write(call->store, &row, &call->err);
}

// A secret that does not open, or a mapping that is no JSON, is this connection's own trouble and
// must not come round every few seconds.
static void configure(call_t *call, const store_connection_t *connection,
                      oidc_relying_t *out_relying, fault_t *out_fault) {
    if (provider_configured(call, connection, out_relying) != OK) {
        fault_set(call, "connection_not_complete", &call->err, out_fault);
        call->err = (err_t){0};
    }
}

result_t document_refresh(call_t *call, const store_document_due_t *due) {
    store_connection_t connection;
    oidc_relying_t configured = {0};
    provider_t provider;
    fault_t fault = {0};
    str_t keys = STR_NONE;
    TRY(store_connection_read(call->store, due->connection_id, &connection, &call->err));
    if (!connection.facts.is_present) {
        return OK;
    }
    expire(due, &connection);
    configure(call, &connection, &configured, &fault);
    if (due->is_discovery_due && !fault.code && !oidc_relying_needs_metadata(&configured)) {
        TRY(settle(call, &connection, STORE_DISCOVERY, STR_NONE));
    }
    if (!fault.code) {
        TRY(provider_open(call, &connection, &provider, &fault));
    }
    if (fault.code) {
        return settle(call, &connection, STORE_JWKS, fault.text);
    }
    TRY(provider_keys(call, &provider, false, &keys, &fault));
    const bool has_asked = !str_is_empty(keys) || fault.code;
    return has_asked ? OK : settle(call, &connection, STORE_JWKS, STR_NONE);
}
