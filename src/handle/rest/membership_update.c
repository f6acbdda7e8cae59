// PATCH /api/v1/memberships/organizations/{organization_id}/users/{id} and
// .../users:external/{external_id}.
#include "handle/rest/endpoints.h"
#include "handle/rest/membership.h"
#include "handle/rest/user.h"
#include "handle/rest/user_role.h"

static void body_read(rest_t *rest, store_membership_change_t *out) {
    const rest_map_t metadata = {.pairs_max = 2 * STORE_PAIRS_MAX,
                                 .key_min = 3,
                                 .key_max = 25,
                                 .value_min = 1,
                                 .value_max = 256,
                                 .may_remove = true};
    const rest_object_t in = rest_body(rest);
    (void)!user_roles_read(&in, "roles", "name", &out->roles);
    (void)!rest_map(&in, "metadata", &metadata, &out->metadata);
}

static result_t update(rest_t *rest, bool is_external, response_t *out) {
    call_t *call = rest->call;
    const store_member_in_t in = {.organization_id = rest->params[0],
                                  .user = user_key(rest, 1, is_external)};
    store_membership_change_t change = {.organization_id = in.organization_id};
    store_member_t member;
    store_user_t row;
    body_read(rest, &change);
    if (rest_is_refused(rest, out)) {
        return OK;
    }
    TRY(store_member_read(call->store, &in, &member, &call->err));
    if (!member.is_member) {
        return rest_absent(rest, "membership", out);
    }
    user_map_check(rest, "metadata", member.metadata, change.metadata);
    if (rest_is_refused(rest, out)) {
        return OK;
    }
    change.user_id = member.user_id;
    const store_audit_t audit =
        user_audit(rest, "api.membership.update", change.user_id, in.organization_id);
    TRY(store_membership_update(call->store, &change, &audit, &row, &call->err));
    return user_answer(rest, 200, &row, out);
}

result_t rest_membership_update(rest_t *rest, response_t *out) {
    return update(rest, false, out);
}

result_t rest_membership_update_external(rest_t *rest, response_t *out) {
    return update(rest, true, out);
}
