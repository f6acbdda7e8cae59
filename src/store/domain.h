// Email domains of organizations, for the REST API. A domain is looked up below its organization
// only: another's is absent.
#pragma once
#include "store/store.h"

typedef struct {
    str_t id, organization_id, domain;
    str_t type;       // "ORGANIZATION_DOMAIN", "ALLOWED_EMAIL_DOMAIN"
    str_t status;     // "pending", "verified", "failed"
    str_t method;     // "ADMIN", "DNS", "NOT_APPLICABLE"
    str_t txt_secret; // what DNS must say, where that is asked
    time_ms_t created_at, updated_at;
} store_domain_t;

// Before one is added: whose is it already?
typedef struct {
    str_t organization_id, domain, type;
} store_domain_in_t;
typedef struct {
    bool is_organization_present;
    bool is_own;     // this organization has this domain as this type
    bool is_foreign; // verified for another one, as ORGANIZATION_DOMAIN
} store_domain_claim_t;
MUST_USE result_t store_domain_claim_read(store_t *store, const store_domain_in_t *in,
                                          store_domain_claim_t *out, err_t *err);

// The times are the database's. CONFLICT: somebody was faster, or the organization is gone.
MUST_USE result_t store_domain_create(store_t *store, const store_domain_t *row,
                                      const store_audit_t *audit, store_domain_t *out, err_t *err);

typedef struct {
    bool is_present;
    store_domain_t row;
} store_domain_found_t;
MUST_USE result_t store_domain_read(store_t *store, str_t organization_id, str_t id,
                                    store_domain_found_t *out, err_t *err);

typedef struct {
    str_t organization_id;
    str_t type; // empty: both
    int64_t size, skip;
} store_domains_in_t;
typedef struct {
    bool is_organization_present;
    const store_domain_t *items;
    size_t count;
} store_domains_t;
MUST_USE result_t store_domains_read(store_t *store, const store_domains_in_t *in,
                                     store_domains_t *out, err_t *err);

// From the commit on it decides nothing any more. A connection that the name is assigned to keeps
// it, and so never comes to cover every domain. CONFLICT: it is gone already.
MUST_USE result_t store_domain_delete(store_t *store, const store_domain_t *row,
                                      const store_audit_t *audit, err_t *err);
