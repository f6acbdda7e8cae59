// GET /api/v1/organizations/{organization_id}/users/{user_id}/roles, and .../permissions.
#include "handle/rest/endpoints.h"
#include "handle/rest/user.h"
#include "handle/rest/user_role.h"
#include "store/membership.h"

static result_t member_find(rest_t *rest, store_member_t *out) {
    const store_member_in_t in = {.organization_id = rest->params[0],
                                  .user = user_key(rest, 1, false)};
    return store_member_read(rest->call->store, &in, out, &rest->call->err);
}

result_t rest_user_role_list(rest_t *rest, response_t *out) {
    SCOPED(json_t) answer = json_object();
    store_member_t member;
    TRY(member_find(rest, &member));
    if (!member.is_member) {
        return rest_absent(rest, "membership", out);
    }
    user_roles_add(rest, answer, "roles", member.roles);
    return rest_answer(rest, 200, answer, out);
}

// What is in force: an invitation permits nothing yet.
result_t rest_user_permission_list(rest_t *rest, response_t *out) {
    SCOPED(json_t) answer = json_object();
    store_member_t member;
    TRY(member_find(rest, &member));
    if (!member.is_member) {
        return rest_absent(rest, "membership", out);
    }
    const bool is_active = str_eq(member.status, STR("ACTIVE"));
    user_permissions_add(rest, answer, "permissions", is_active ? member.roles : (flow_list_t){0});
    return rest_answer(rest, 200, answer, out);
}
