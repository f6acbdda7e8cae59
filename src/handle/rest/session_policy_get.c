// GET /api/v1/organizations/{organization_id}/session-policy.
#include "handle/rest/endpoints.h"
#include "handle/rest/session_policy.h"

result_t rest_session_policy_get(rest_t *rest, response_t *out) {
    store_organization_found_t found;
    TRY(organization_find(rest, rest->params[0], &found));
    return found.is_present ? session_policy_answer(rest, &found.row.policy, out)
                            : rest_absent(rest, "organization", out);
}
