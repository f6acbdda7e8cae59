#include "handle/rest/user_role.h"

enum { ROLE_ADMIN, ROLE_MEMBER };

const char *const USER_ROLE_NAMES[USER_ROLES] = {[ROLE_ADMIN] = "admin", [ROLE_MEMBER] = "member"};

static const struct {
    const char *id;
    const char *display_name;
} ROLES[USER_ROLES] = {
    [ROLE_ADMIN] = {"role_1", "Admin"},
    [ROLE_MEMBER] = {"role_2", "Member"},
};

// An administrator has all of them.
static const struct {
    const char *id;
    const char *name;
    const char *description;
    bool is_members;
} PERMISSIONS[] = {
    {"perm_1", "sk_org_settings_read", "See the settings of the organization", true},
    {"perm_2", "sk_org_settings_manage", "Change the settings of the organization", false},
    {"perm_3", "sk_org_users_read", "See the members of the organization", true},
    {"perm_4", "sk_org_users_invite", "Invite people to the organization", false},
    {"perm_5", "sk_org_users_delete", "Remove members of the organization", false},
    {"perm_6", "sk_org_users_role_change", "Change the roles of members", false},
    {"perm_7", "sk_org_sso_read", "See how single sign-on is set up", false},
    {"perm_8", "sk_org_sso_manage", "Set up single sign-on", false},
    {"perm_9", "sk_org_scim_read", "See how directory synchronization is set up", false},
    {"perm_10", "sk_org_scim_manage", "Set up directory synchronization", false},
    {"perm_11", "sk_org_session_policy_read", "See how long sessions last", false},
    {"perm_12", "sk_org_session_policy_manage", "Change how long sessions last", false},
};
enum { PERMISSIONS_COUNT = sizeof(PERMISSIONS) / sizeof(PERMISSIONS[0]) };

static bool has_role(flow_list_t roles, size_t role) {
    for (size_t i = 0; i < roles.count; i++) {
        if (str_eq(roles.items[i], str_from_c(USER_ROLE_NAMES[role]))) {
            return true;
        }
    }
    return false;
}

static bool is_permitted(flow_list_t roles, size_t permission) {
    return has_role(roles, ROLE_ADMIN) ||
           (has_role(roles, ROLE_MEMBER) && PERMISSIONS[permission].is_members);
}

bool user_roles_read(const rest_object_t *in, const char *list, const char *name,
                     flow_list_t *out) {
    const rest_names_t names = {USER_ROLE_NAMES, USER_ROLES, .is_required = true};
    const size_t problems = in->rest->problem_count;
    rest_objects_t objects;
    bool is_named[USER_ROLES] = {false};
    size_t role;
    if (!rest_objects(in, list, (rest_length_t){.max = USER_ROLES}, &objects)) {
        return false;
    }
    for (size_t i = 0; i < objects.count; i++) {
        if (rest_enum(&objects.items[i], name, names, &role)) {
            is_named[role] = true;
        }
    }
    str_t *items = ARENA_ARRAY(in->rest->call->arena, str_t, USER_ROLES);
    size_t count = 0;
    for (role = 0; role < USER_ROLES; role++) {
        if (is_named[role]) {
            items[count++] = str_from_c(USER_ROLE_NAMES[role]);
        }
    }
    if (count == 0 || in->rest->problem_count != problems) {
        return false;
    }
    *out = (flow_list_t){items, count};
    return true;
}

void user_roles_add(rest_t *rest, json_t *object, const char *name, flow_list_t roles) {
    json_t *list = rest_add_list(rest, object, name);
    for (size_t role = 0; role < USER_ROLES; role++) {
        if (!has_role(roles, role)) {
            continue;
        }
        json_t *item = rest_append_object(rest, list);
        rest_add_text(rest, item, "id", str_from_c(ROLES[role].id));
        rest_add_text(rest, item, "name", str_from_c(USER_ROLE_NAMES[role]));
        rest_add_text(rest, item, "display_name", str_from_c(ROLES[role].display_name));
    }
}

flow_list_t user_permission_names(rest_t *rest, flow_list_t roles) {
    str_t *items = ARENA_ARRAY(rest->call->arena, str_t, PERMISSIONS_COUNT);
    size_t count = 0;
    for (size_t i = 0; i < PERMISSIONS_COUNT; i++) {
        if (is_permitted(roles, i)) {
            items[count++] = str_from_c(PERMISSIONS[i].name);
        }
    }
    return (flow_list_t){items, count};
}

void user_permissions_add(rest_t *rest, json_t *object, const char *name, flow_list_t roles) {
    json_t *list = rest_add_list(rest, object, name);
    for (size_t i = 0; i < PERMISSIONS_COUNT; i++) {
        if (!is_permitted(roles, i)) {
            continue;
        }
        json_t *item = rest_append_object(rest, list);
        rest_add_text(rest, item, "id", str_from_c(PERMISSIONS[i].id));
        rest_add_text(rest, item, "name", str_from_c(PERMISSIONS[i].name));
        rest_add_text(rest, item, "description", str_from_c(PERMISSIONS[i].description));
    }
}
