// The endpoints of the REST API that the route table names, one a file. Each runs behind
// handle_rest and fills `out`; see handle/rest.h.
#pragma once
#include "handle/rest.h"

#define REST(name) MUST_USE result_t name(rest_t *rest, response_t *out)

// Organizations and their settings.
REST(rest_organization_create);
REST(rest_organization_update);
REST(rest_organization_get);
REST(rest_organization_get_external);
REST(rest_organization_list);
REST(rest_organization_delete);
REST(rest_organization_settings);
REST(rest_session_policy_get);
REST(rest_session_policy_update);
REST(rest_user_limit_get);
REST(rest_user_limit_update);

// Domains of an organization.
REST(rest_domain_create);
REST(rest_domain_update);
REST(rest_domain_verify);
REST(rest_domain_get);
REST(rest_domain_list);
REST(rest_domain_delete);

// Users, their memberships, invitations and roles.
REST(rest_user_get);
REST(rest_user_get_external);
REST(rest_user_list);
REST(rest_user_search);
REST(rest_user_create);
REST(rest_user_update);
REST(rest_user_update_external);
REST(rest_user_delete);
REST(rest_user_delete_external);
REST(rest_member_list);
REST(rest_member_search);
REST(rest_membership_create);
REST(rest_membership_create_external);
REST(rest_membership_update);
REST(rest_membership_update_external);
REST(rest_membership_delete);
REST(rest_membership_delete_external);
REST(rest_invite_resend);
REST(rest_user_role_list);
REST(rest_user_role_assign);
REST(rest_user_role_remove);
REST(rest_user_permission_list);

// Connections: of organizations, and the environment's own (social login).
REST(rest_connection_create);
REST(rest_connection_get);
REST(rest_connection_update);
REST(rest_connection_delete);
REST(rest_connection_enable);
REST(rest_connection_disable);
REST(rest_connection_domains);
REST(rest_connection_list);
REST(rest_connection_list_all);
REST(rest_connection_search);
REST(rest_connection_test_get);
REST(rest_social_create);
REST(rest_social_get);
REST(rest_social_update);
REST(rest_social_delete);
REST(rest_social_enable);
REST(rest_social_disable);

// What became of logins.
REST(rest_log_list);

// Applications and their secrets.
REST(rest_client_list);
REST(rest_client_create);
REST(rest_client_get);
REST(rest_client_update);
REST(rest_client_delete);
REST(rest_client_secret_create);
REST(rest_client_secret_update);
REST(rest_client_secret_delete);

// Sessions of people.
REST(rest_session_get);
REST(rest_session_list);
REST(rest_session_revoke);
REST(rest_session_revoke_all);
