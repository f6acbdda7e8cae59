// DELETE /api/v1/memberships/organizations/{organization_id}/users/{id} and
// .../users:external/{external_id}. With the last one the user goes (hosted-login.md 6.3).
#include "handle/rest/endpoints.h"
#include "handle/rest/membership.h"
#include "handle/rest/user.h"

static result_t remove_one(rest_t *rest, bool is_external, response_t *out) {
    call_t *call = rest->call;
    const store_member_in_t in = {.organization_id = rest->params[0],
                                  .user = user_key(rest, 1, is_external)};
    store_member_t member;
    TRY(store_member_read(call->store, &in, &member, &call->err));
    if (!member.is_member) {
        return rest_absent(rest, "membership", out);
    }
    const store_audit_t audit =
        user_audit(rest, "api.membership.delete", member.user_id, in.organization_id);
    TRY(store_membership_delete(call->store, in.organization_id, member.user_id, &audit,
                                &call->err));
    return rest_answer_empty(rest, out);
}

result_t rest_membership_delete(rest_t *rest, response_t *out) {
    return remove_one(rest, false, out);
}

result_t rest_membership_delete_external(rest_t *rest, response_t *out) {
    return remove_one(rest, true, out);
}
