// The roles of members and what they permit in an organization (hosted-login.md 6.8).
#pragma once
#include "handle/rest.h"

enum { USER_ROLES = 2 };
extern const char *const USER_ROLE_NAMES[USER_ROLES]; // for rest_enum

// Roles of a body, [{"<name>": "admin"}, ...], each once. False: there is no list, or an empty one,
// which a client that leaves the list out may send; or it is wrong (and noted).
MUST_USE bool user_roles_read(const rest_object_t *in, const char *list, const char *name,
                              flow_list_t *out);

// A list of commons.Role.
void user_roles_add(rest_t *rest, json_t *object, const char *name, flow_list_t roles);

// What these roles permit together, in a fixed order.
flow_list_t user_permission_names(rest_t *rest, flow_list_t roles);
// The same as a list of users.Permission.
void user_permissions_add(rest_t *rest, json_t *object, const char *name, flow_list_t roles);
