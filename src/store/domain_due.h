// Domains that DNS has to be asked about: who asks, and what came of it. DNS itself is asked
// between these calls, in no transaction.
#pragma once
#include "store/store.h"

typedef struct {
    str_t id, organization_id, domain;
    str_t txt_secret; // what a TXT record at the domain must say
    str_t status;     // "pending", "verified", "failed"
    int64_t failures; // checks in a row that did not find the record
    bool is_dns;      // DNS decides about it
    bool is_taken;    // verified for another organization, as ORGANIZATION_DOMAIN
} store_domain_due_t;
typedef struct {
    const store_domain_due_t *items;
    size_t count;
} store_domains_due_t;

// Is there one that is due, or will a claim find none? For whoever claims in another thread.
MUST_USE result_t store_domains_due_any(store_t *store, bool *out_is_any, err_t *err);

// At most `max` that are due, each for one instance: it is due again for another one when
// `lease_s` is over.
MUST_USE result_t store_domains_due_claim(store_t *store, int64_t max, int64_t lease_s,
                                          store_domains_due_t *out, err_t *err);

// The one that a request is about, due or not.
typedef struct {
    bool is_present;
    store_domain_due_t row;
} store_domain_due_found_t;
MUST_USE result_t store_domain_due_read(store_t *store, str_t organization_id, str_t id,
                                        store_domain_due_found_t *out, err_t *err);

// What came of a check.
typedef struct {
    const char *status; // as above, static
    int64_t failures;
    int64_t due_in_s; // 0: never again by itself
} store_domain_checked_t;

// `row` as it was read. `audit` is written with it; NULL: none. CONFLICT: it is gone, somebody has
// checked it meanwhile, or another organization was faster to have it verified.
MUST_USE result_t store_domain_checked(store_t *store, const store_domain_due_t *row,
                                       const store_domain_checked_t *checked,
                                       const store_audit_t *audit, err_t *err);

// Those whose verification failed or was lost, by name; for an administrator.
typedef struct {
    str_t domain, organization_id;
} store_domain_failed_t;
typedef struct {
    const store_domain_failed_t *items;
    size_t count;
} store_domains_failed_t;
MUST_USE result_t store_domains_failed_read(store_t *store, int64_t max,
                                            store_domains_failed_t *out, err_t *err);
