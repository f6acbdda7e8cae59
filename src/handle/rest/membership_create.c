// POST /api/v1/memberships/organizations/{organization_id}/users/{id} and
// .../users:external/{external_id}.
#include "handle/rest/endpoints.h"
#include "handle/rest/membership.h"
#include "handle/rest/user.h"

static result_t create(rest_t *rest, bool is_external, response_t *out) {
    const rest_object_t in = rest_body(rest);
    membership_body_t body;
    membership_body_read(&in, &body);
    if (rest_is_refused(rest, out)) {
        return OK;
    }
    const membership_ask_t ask = {
        .in = {.organization_id = rest->params[0], .user = user_key(rest, 1, is_external)},
        .body = &body};
    return membership_make(rest, &ask, out);
}

result_t rest_membership_create(rest_t *rest, response_t *out) {
    return create(rest, false, out);
}

result_t rest_membership_create_external(rest_t *rest, response_t *out) {
    return create(rest, true, out);
}
