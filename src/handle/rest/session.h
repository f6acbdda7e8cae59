// What the endpoints of sessions share.
#pragma once
#include "handle/rest.h"
#include "store/session_admin.h"

// What a session is for, and from where.
void session_add(rest_t *rest, json_t *object, const store_session_row_t *row);
// What is left to say of one that has ended.
void session_revoked_add(rest_t *rest, json_t *object, const store_session_row_t *row);

store_audit_t session_audit(rest_t *rest, const char *event, str_t user_id, str_t session_id);
