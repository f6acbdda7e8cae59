// DELETE /api/v1/organizations/{id}: with the members who belong to no other (hosted-login.md 6.3).
#include "handle/rest/endpoints.h"
#include "handle/rest/organization.h"

result_t rest_organization_delete(rest_t *rest, response_t *out) {
    call_t *call = rest->call;
    store_organization_found_t found;
    TRY(organization_find(rest, rest->params[0], &found));
    if (!found.is_present) {
        return rest_absent(rest, "organization", out);
    }
    const store_audit_t audit = organization_audit(rest, "api.organization.delete", found.row.id);
    TRY(store_organization_delete(call->store, found.row.id, &audit, &call->err));
    return rest_answer_empty(rest, out);
}
