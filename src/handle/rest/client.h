// What the endpoints of applications ("clients") and their secrets share.
#pragma once
#include "handle/rest.h"
#include "store/client_admin.h"

extern const rest_names_t client_type_names; // by flow_client_type_t

// What a column of the table holds, as the API says it; empty for what it does not know.
str_t client_type_said(str_t kept);

// {"client": {...}}
MUST_USE result_t client_answer(rest_t *rest, const store_application_t *row, response_t *out);
void client_add(rest_t *rest, json_t *object, const store_application_t *row);
void client_secret_add(rest_t *rest, json_t *object, const store_secret_t *secret);

// The fields of the body applied to `row`, whose type is known; what is wrong with them is noted.
void client_body_apply(rest_t *rest, const rest_object_t *body, store_application_t *row);

// The application that the path names.
MUST_USE result_t client_find(rest_t *rest, store_application_found_t *out);

store_audit_t client_audit(rest_t *rest, const char *event, str_t id, str_t secret_id);
