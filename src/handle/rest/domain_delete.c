// DELETE /api/v1/organizations/{organization_id}/domains/{id}.
#include "handle/rest/domain.h"
#include "handle/rest/endpoints.h"

result_t rest_domain_delete(rest_t *rest, response_t *out) {
    call_t *call = rest->call;
    store_domain_found_t found;
    TRY(domain_find(rest, &found));
    if (!found.is_present) {
        return rest_absent(rest, "domain", out);
    }
    const store_audit_t audit = domain_audit(rest, "api.domain.delete", &found.row);
    TRY(store_domain_delete(call->store, &found.row, &audit, &call->err));
    return rest_answer_empty(rest, out);
}
