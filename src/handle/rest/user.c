#include "handle/rest/user.h"
#include "handle/rest/user_role.h"

store_user_key_t user_key(const rest_t *rest, size_t param, bool is_external) {
    const str_t name = rest->params[param];
    return is_external ? (store_user_key_t){.external_id = name} : (store_user_key_t){.id = name};
}

// The row knows roles by name; the rest follows from them. Permissions are those that are in force:
// who is only invited, or was switched off, has none.
static void membership_finish(rest_t *rest, json_t *membership) {
    const json_t *names = json_object_get(membership, "roles");
    const json_t *status = json_object_get(membership, "membership_status");
    const bool is_active = status && strcmp(json_string_value(status), "ACTIVE") == 0;
    const size_t count = json_array_size(names);
    str_t *items = ARENA_ARRAY(rest->call->arena, str_t, count);
    for (size_t i = 0; i < count; i++) {
        items[i] =
            arena_dup(rest->call->arena, str_from_c(json_string_value(json_array_get(names, i))));
    }
    const flow_list_t roles = {items, count};
    user_roles_add(rest, membership, "roles", roles);
    rest_add_texts(rest, membership, "permissions",
                   user_permission_names(rest, is_active ? roles : (flow_list_t){0}));
}

static void memberships_add(rest_t *rest, json_t *object, str_t memberships) {
    size_t i;
    json_t *membership;
    rest_add_json(rest, object, "memberships", memberships);
    json_array_foreach(json_object_get(object, "memberships"), i, membership) {
        membership_finish(rest, membership);
    }
}

// One member of the column `profile`, or what stands for nothing. Others in it are not shown.
static void profile_member_add(rest_t *rest, json_t *profile, const json_t *column,
                               const char *name, json_t *nothing) {
    json_t *value = json_object_get(column, name);
    if (value && nothing && json_typeof(value) == json_typeof(nothing)) {
        json_decref(nothing);
        rest_add(rest, profile, name, json_incref(value));
    } else {
        rest_add(rest, profile, name, nothing);
    }
}

static void profile_add(rest_t *rest, json_t *profile, const store_user_t *row) {
    static const char *const TEXTS[] = {"phone_number", "preferred_username", "gender"};
    static const char *const MAPS[] = {"metadata", "custom_attributes"};
    SCOPED(json_t) parsed = json_object();
    rest_add_json(rest, parsed, "profile", row->profile);
    const json_t *column = json_object_get(parsed, "profile");
    rest_add_text(rest, profile, "given_name", row->given_name);
    rest_add_text(rest, profile, "family_name", row->family_name);
    rest_add_text(rest, profile, "name", row->name);
    rest_add_text(rest, profile, "locale", row->locale);
    rest_add_text(rest, profile, "picture", row->picture);
    rest_add_bool(rest, profile, "email_verified", row->is_proven);
    rest_add_bool(rest, profile, "phone_number_verified", false);
    for (size_t i = 0; i < sizeof TEXTS / sizeof TEXTS[0]; i++) {
        profile_member_add(rest, profile, column, TEXTS[i], json_string(""));
    }
    for (size_t i = 0; i < sizeof MAPS / sizeof MAPS[0]; i++) {
        profile_member_add(rest, profile, column, MAPS[i], json_object());
    }
    profile_member_add(rest, profile, column, "groups", json_array());
    rest_add_json(rest, profile, "external_identities", row->identities);
}

void user_add(rest_t *rest, json_t *object, const store_user_t *row) {
    rest_add_text(rest, object, "id", row->id);
    rest_add_time(rest, object, "create_time", row->created_at);
    rest_add_time(rest, object, "update_time", row->updated_at);
    rest_add_text(rest, object, "email", row->email);
    rest_add_text_if(rest, object, "external_id", row->external_id);
    memberships_add(rest, object, row->memberships);
    profile_add(rest, rest_add_object(rest, object, "user_profile"), row);
    rest_add_json(rest, object, "metadata", row->metadata);
    rest_add_time(rest, object, "last_login_time", row->last_login_at);
}

result_t user_answer(rest_t *rest, int status, const store_user_t *row, response_t *out) {
    SCOPED(json_t) answer = json_object();
    user_add(rest, rest_add_object(rest, answer, "user"), row);
    return rest_answer(rest, status, answer, out);
}

result_t user_find(rest_t *rest, const store_user_key_t *key, store_user_found_t *out) {
    return store_user_read(rest->call->store, key, STR_NONE, out, &rest->call->err);
}

store_audit_t user_audit(rest_t *rest, const char *event, str_t user_id, str_t organization_id) {
    arena_t *arena = rest->call->arena;
    const str_t reason = organization_id.len
                             ? arena_format(arena, "user %.*s, organization %.*s", STR_ARG(user_id),
                                            STR_ARG(organization_id))
                             : arena_format(arena, "user %.*s", STR_ARG(user_id));
    store_audit_t audit = rest_audit(rest, event, reason);
    audit.user_id = user_id;
    audit.organization_id = organization_id;
    return audit;
}
