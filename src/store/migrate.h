// The schema: numbered files of sql/ in the binary, each applied in one transaction of its own
// under an advisory lock, so that several instances may start at once.
#pragma once
#include "base/arena.h"
#include "base/result.h"

typedef struct {
    int64_t version;  // newest applied
    int64_t expected; // newest in this binary
    size_t applied;   // by this call
} store_schema_t;

// Brings the schema up to date. CONFLICT if the database is newer than this binary, or a landed
// migration's checksum differs.
MUST_USE result_t store_migrate(const char *conninfo, store_schema_t *out, err_t *err);
// Reads only.
MUST_USE result_t store_schema_read(const char *conninfo, store_schema_t *out, err_t *err);
