// PUT /api/v1/organizations/{organization_id}/connections/{connection_id}/domains: which of the
// organization's domains lead to this connection; none named: all of them.
#include "handle/connection_rule.h"
#include "handle/rest/connection.h"
#include "handle/rest/endpoints.h"

enum { DOMAIN_ID_MAX = 32 };

result_t rest_connection_domains(rest_t *rest, response_t *out) {
    call_t *call = rest->call;
    const rest_object_t body = rest_body(rest);
    const store_connection_key_t key = connection_key(rest, false);
    store_connection_found_t found;
    store_connection_row_t made;
    flow_list_t ids = {0};
    size_t count = 0;
    (void)!rest_texts(&body, "domain_ids",
                      (rest_length_t){.max = CONNECTION_DOMAINS_MAX, .is_required = true},
                      DOMAIN_ID_MAX, &ids);
    if (rest_is_refused(rest, out)) {
        return OK;
    }
    TRY(store_connection_find(call->store, &key, &found, &call->err));
    if (!found.is_present) {
        return rest_absent(rest, "connection", out);
    }
    TRY(store_connection_domains_count(call->store, key.organization_id, ids, &count, &call->err));
    if (count != ids.count) {
        rest_problem(rest, STR("domain_ids"), "exists",
                     "must be organization domains of this organization");
        (void)!rest_is_refused(rest, out);
        return OK;
    }
    const store_audit_t audit = connection_audit(rest, "api.connection.domains", &key);
    const store_connection_domains_t assigned = {key, ids};
    TRY(store_connection_domains_set(call->store, &assigned, &audit, &made, &call->err));
    return connection_answer(rest, &made, out);
}
