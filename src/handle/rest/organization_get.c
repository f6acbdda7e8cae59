// GET /api/v1/organizations/{id} and /api/v1/organizations:external/{external_id}.
#include "handle/rest/endpoints.h"
#include "handle/rest/organization.h"

static result_t get(rest_t *rest, const store_organization_in_t *in, response_t *out) {
    call_t *call = rest->call;
    store_organization_found_t found;
    TRY(store_organization_read(call->store, in, &found, &call->err));
    return found.is_present ? organization_answer(rest, 200, &found.row, out)
                            : rest_absent(rest, "organization", out);
}

result_t rest_organization_get(rest_t *rest, response_t *out) {
    const store_organization_in_t in = {.id = rest->params[0]};
    return get(rest, &in, out);
}

result_t rest_organization_get_external(rest_t *rest, response_t *out) {
    const store_organization_in_t in = {.external_id = rest->params[0]};
    return get(rest, &in, out);
}
