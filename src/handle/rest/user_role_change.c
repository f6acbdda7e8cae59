// POST /api/v1/organizations/{organization_id}/users/{user_id}/roles adds roles,
// DELETE .../roles/{role_name} takes one away, but never the last.
#include "handle/rest/endpoints.h"
#include "handle/rest/user.h"
#include "handle/rest/user_role.h"
#include "store/membership.h"

static result_t member_find(rest_t *rest, store_member_t *out) {
    const store_member_in_t in = {.organization_id = rest->params[0],
                                  .user = user_key(rest, 1, false)};
    return store_member_read(rest->call->store, &in, out, &rest->call->err);
}

static result_t change(rest_t *rest, const store_roles_change_t *in, flow_list_t *out_roles) {
    call_t *call = rest->call;
    const store_audit_t audit =
        user_audit(rest, in->is_removal ? "api.role.remove" : "api.role.assign", in->user_id,
                   in->organization_id);
    return store_roles_change(call->store, in, &audit, out_roles, &call->err);
}

result_t rest_user_role_assign(rest_t *rest, response_t *out) {
    SCOPED(json_t) answer = json_object();
    const rest_object_t body = rest_body(rest);
    store_member_t member;
    flow_list_t asked = {0}, roles;
    if (!user_roles_read(&body, "roles", "role_name", &asked) && rest->problem_count == 0) {
        rest_problem(rest, STR("roles"), "required", "must be given");
    }
    if (rest_is_refused(rest, out)) {
        return OK;
    }
    TRY(member_find(rest, &member));
    if (!member.is_member) {
        return rest_absent(rest, "membership", out);
    }
    const store_roles_change_t in = {
        .organization_id = rest->params[0], .user_id = member.user_id, .roles = asked};
    TRY(change(rest, &in, &roles));
    user_roles_add(rest, answer, "roles", roles);
    return rest_answer(rest, 200, answer, out);
}

static bool has_role(flow_list_t roles, str_t role) {
    for (size_t i = 0; i < roles.count; i++) {
        if (str_eq(roles.items[i], role)) {
            return true;
        }
    }
    return false;
}

result_t rest_user_role_remove(rest_t *rest, response_t *out) {
    const str_t role = rest->params[2];
    store_member_t member;
    flow_list_t roles;
    TRY(member_find(rest, &member));
    if (!member.is_member || !has_role(member.roles, role)) {
        return rest_absent(rest, member.is_member ? "role" : "membership", out);
    }
    if (member.roles.count == 1) {
        return rest_impossible(rest, "a member has at least one role", out);
    }
    const store_roles_change_t in = {.organization_id = rest->params[0],
                                     .user_id = member.user_id,
                                     .roles = {&role, 1},
                                     .is_removal = true};
    TRY(change(rest, &in, &roles));
    return rest_answer_empty(rest, out);
}
