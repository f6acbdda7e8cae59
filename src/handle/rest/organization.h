// What the endpoints of organizations share.
#pragma once
#include "handle/rest.h"
#include "store/organization.h"

enum {
    ORGANIZATION_PAIRS_MAX = 10, // of metadata
    ORGANIZATION_EXTERNAL_ID_MAX = 128,
};

// What a creator and a changer may say. `is_change`: nothing is required, and an empty text takes
// away what is optional.
typedef struct {
    store_organization_change_t fields; // without id
    str_t region;                       // empty: not given
} organization_body_t;
void organization_body_read(rest_t *rest, bool is_change, organization_body_t *out);

// Adds it to the answer as the REST API shows it (api.md 5). `parent` may be NULL.
void organization_add(rest_t *rest, json_t *object, const store_organization_t *row);

// {"organization": {...}}
MUST_USE result_t organization_answer(rest_t *rest, int status, const store_organization_t *row,
                                      response_t *out);

// Reads the one that the path names; `is_present` may be false.
MUST_USE result_t organization_find(rest_t *rest, str_t id, store_organization_found_t *out);

// The row that a write to it writes.
store_audit_t organization_audit(rest_t *rest, const char *event, str_t id);
