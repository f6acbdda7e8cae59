// GET /api/v1/organizations/{organization_id}/domains/{id}, and PATCH of the same, which has no
// field that could be changed (api.md 5: UpdateDomain is empty) and shows what is.
#include "handle/rest/domain.h"
#include "handle/rest/endpoints.h"

result_t rest_domain_get(rest_t *rest, response_t *out) {
    store_domain_found_t found;
    TRY(domain_find(rest, &found));
    return found.is_present ? domain_answer(rest, &found.row, out)
                            : rest_absent(rest, "domain", out);
}

result_t rest_domain_update(rest_t *rest, response_t *out) {
    return rest_domain_get(rest, out);
}
