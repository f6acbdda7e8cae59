// What the endpoints of an organization's domains share.
#pragma once
#include "handle/rest.h"
#include "store/domain.h"

typedef enum { DOMAIN_ALLOWED_EMAIL, DOMAIN_ORGANIZATION } domain_type_t;
extern const rest_names_t domain_type_names; // by domain_type_t

void domain_add(rest_t *rest, json_t *object, const store_domain_t *row);

// {"domain": {...}}
MUST_USE result_t domain_answer(rest_t *rest, const store_domain_t *row, response_t *out);

// The domain that the path names, below the organization that the path names.
MUST_USE result_t domain_find(rest_t *rest, store_domain_found_t *out);

store_audit_t domain_audit(rest_t *rest, const char *event, const store_domain_t *row);
