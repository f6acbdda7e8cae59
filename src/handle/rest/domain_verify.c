// PATCH /api/v1/organizations/{organization_id}/domains/{id}:verify asks DNS now, where DNS
// decides, and answers what is known then. That the record is not there yet is no error.
#include "handle/domain_check.h"
#include "handle/rest/domain.h"
#include "handle/rest/endpoints.h"

result_t rest_domain_verify(rest_t *rest, response_t *out) {
    call_t *call = rest->call;
    SCOPED(json_t) answer = json_object();
    store_domain_due_found_t found;
    TRY(store_domain_due_read(call->store, rest->params[0], rest->params[1], &found, &call->err));
    if (!found.is_present) {
        return rest_absent(rest, "domain", out);
    }
    bool is_verified = str_eq(found.row.status, STR("verified"));
    if (!is_verified && found.row.is_dns) {
        flow_domain_status_t status;
        const domain_check_t check = {.row = &found.row,
                                      .is_requested = true,
                                      .audit = rest_audit(rest, "api.domain.verify", STR_NONE)};
        TRY(domain_check(call, &check, &status));
        is_verified = status == FLOW_DOMAIN_VERIFIED;
    }
    rest_add_bool(rest, answer, "verified", is_verified);
    return rest_answer(rest, 200, answer, out);
}
