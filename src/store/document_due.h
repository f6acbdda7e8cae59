// Providers' documents (store/sso.h) that are wanted anew before a login needs them: the copies
// that are about to expire, those of a connection that was changed within a day, and those that
// could not be had.
#pragma once
#include "store/store.h"

typedef struct {
    str_t connection_id;
    bool is_discovery_due, is_jwks_due;
} store_document_due_t;
typedef struct {
    const store_document_due_t *items;
    size_t count;
} store_documents_due_t;

// Is there one that is due? For whoever claims in another thread.
MUST_USE result_t store_documents_due_any(store_t *store, bool *out_is_any, err_t *err);

// At most `max` enabled connections of OpenID Connect with something due, the longest untried
// first. A failure puts the next try off by as long as it has lasted by then, a minute to an hour.
// Where there is no copy, the claim itself says that somebody tries, for a minute; where there is
// one, store_document_claim lets one of those that come here ask.
MUST_USE result_t store_documents_due_claim(store_t *store, int64_t max, store_documents_due_t *out,
                                            err_t *err);

// The documents whose last try failed, for an administrator. `error` may quote a provider.
typedef struct {
    str_t connection_id, kind, error;
    bool has_copy; // the last good one is in use
} store_document_failed_t;
typedef struct {
    const store_document_failed_t *items;
    size_t count;
} store_documents_failed_t;
MUST_USE result_t store_documents_failed_read(store_t *store, int64_t max,
                                              store_documents_failed_t *out, err_t *err);
