// What the endpoints of connections share. A path below an organization names that organization's
// connections, one without names the environment's.
#pragma once
#include "handle/rest.h"
#include "protocol/oidc/preset.h"
#include "store/connection_admin.h"

enum { CONNECTION_NAME_MAX = 100, CONNECTION_KEY_MAX = 128 };

typedef enum { CONNECTION_OIDC, CONNECTION_OAUTH, CONNECTION_SAML } connection_type_t;
extern const rest_names_t connection_type_names; // by connection_type_t
typedef enum { CONNECTION_DRAFT, CONNECTION_IN_PROGRESS, CONNECTION_COMPLETED } connection_state_t;
extern const rest_names_t connection_state_names; // by connection_state_t

// The key of a path "/organizations/{organization_id}/connections/{id}", or "/connections/{id}".
store_connection_key_t connection_key(rest_t *rest, bool is_environment);

// {"connection": {...}}, with a fresh test URL if the connection is complete.
MUST_USE result_t connection_answer(rest_t *rest, const store_connection_row_t *row,
                                    response_t *out);

store_audit_t connection_audit(rest_t *rest, const char *event, const store_connection_key_t *key);

// ---- changing (connection_body.c) ---------------------------------------------------------------

typedef struct {
    bool is_protocol_changed; // what is complete has to be found out anew
    bool is_trust_lapsed;     // somebody else says from now on who people are
} connection_change_t;
// The body of a PATCH, applied to `row`; what is wrong with it is noted.
MUST_USE result_t connection_body_apply(rest_t *rest, store_connection_row_t *row,
                                        connection_change_t *out);

// ---- what is missing (connection_complete.c) ----------------------------------------------------

typedef struct {
    connection_state_t state;
    str_t why;         // unless it is complete: an administrator's words
    bool has_document; // to be written: it was fetched just now, or could not be
    store_document_in_t document;
} connection_complete_t;
typedef struct {
    bool may_fetch;    // the provider's document: on the remote lane only
    bool is_forgotten; // the documents at hand are those of another provider
} connection_ask_t;
// With call->store before and after.
MUST_USE result_t connection_complete(rest_t *rest, const store_connection_row_t *row,
                                      connection_ask_t ask, connection_complete_t *out);
