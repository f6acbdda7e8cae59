// DELETE /api/v1/users/{id} and /api/v1/users:external/{external_id}. A second one finds nobody.
#include "handle/rest/endpoints.h"
#include "handle/rest/user.h"
#include "store/membership.h"

static result_t remove_one(rest_t *rest, bool is_external, response_t *out) {
    call_t *call = rest->call;
    // Without all that hangs on the user: too much of it is no reason that one cannot go.
    const store_member_in_t in = {.user = user_key(rest, 0, is_external)};
    store_member_t found;
    TRY(store_member_read(call->store, &in, &found, &call->err));
    if (!found.is_user_present) {
        return rest_absent(rest, "user", out);
    }
    const store_audit_t audit = user_audit(rest, "api.user.delete", found.user_id, STR_NONE);
    TRY(store_user_delete(call->store, found.user_id, &audit, &call->err));
    return rest_answer_empty(rest, out);
}

result_t rest_user_delete(rest_t *rest, response_t *out) {
    return remove_one(rest, false, out);
}

result_t rest_user_delete_external(rest_t *rest, response_t *out) {
    return remove_one(rest, true, out);
}
