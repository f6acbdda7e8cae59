// GET and PATCH /api/v1/organizations/{organization_id}/settings/usermanagement: how many members
// an organization may have, invited ones included.
#include "handle/rest/endpoints.h"
#include "handle/rest/organization.h"

// No limit is null; 0 says the same (OpenAPI: "when explicitly set to zero, it also means no
// limit").
static result_t answer(rest_t *rest, int64_t max_users, response_t *out) {
    SCOPED(json_t) json = json_object();
    json_t *settings = rest_add_object(rest, json, "settings");
    rest_add(rest, settings, "max_allowed_users",
             max_users ? json_integer(max_users) : json_null());
    return rest_answer(rest, 200, json, out);
}

result_t rest_user_limit_get(rest_t *rest, response_t *out) {
    store_organization_found_t found;
    TRY(organization_find(rest, rest->params[0], &found));
    return found.is_present ? answer(rest, found.row.max_users, out)
                            : rest_absent(rest, "organization", out);
}

result_t rest_user_limit_update(rest_t *rest, response_t *out) {
    call_t *call = rest->call;
    const rest_object_t body = rest_body(rest);
    rest_object_t settings = {.rest = rest};
    store_organization_found_t found;
    int64_t max_users = 0;
    (void)!rest_object(&body, "settings", true, &settings);
    const bool is_given =
        rest_int(&settings, "max_allowed_users", (rest_range_t){.max = INT32_MAX}, &max_users);
    if (rest_is_refused(rest, out)) {
        return OK;
    }
    TRY(organization_find(rest, rest->params[0], &found));
    if (!found.is_present) {
        return rest_absent(rest, "organization", out);
    }
    max_users = is_given ? max_users : found.row.max_users;
    if (is_given) {
        const store_audit_t audit =
            organization_audit(rest, "api.organization.user_limit", found.row.id);
        TRY(store_user_limit_set(call->store, found.row.id, max_users, &audit, &call->err));
    }
    return answer(rest, max_users, out);
}
