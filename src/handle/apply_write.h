// Declared organizations and connections, compared with the database and written. Internal to
// apply*.c; within the transaction of store_apply_begin, which a dry run undoes.
#pragma once
#include "handle/apply_parse.h"
#include "handle/operate.h"

typedef struct {
    const apply_t *apply;
    buf_t *changes;  // one line each
    buf_t *problems; // what only the database shows, with its place; then nothing is kept
} apply_run_t;

MUST_USE result_t apply_organization_write(const apply_run_t *run,
                                           const apply_organization_t *organization, err_t *err);

// `organization_id` and `owner` (for people) are empty for one of everybody's.
typedef struct {
    str_t organization_id;
    str_t owner;
} apply_owner_t;
MUST_USE result_t apply_connection_write(const apply_run_t *run, const apply_owner_t *owner,
                                         const apply_connection_t *connection, err_t *err);

// A problem that the database shows, at its place.
void apply_conflict(const apply_run_t *run, const char *place, const char *field, const char *what);
// The audit row of a write.
store_audit_t apply_audit(const char *event, str_t organization_id);
