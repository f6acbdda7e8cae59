// What has expired goes, a thousand rows of each table at a time, so that no lock is held for long.
#include "store/batch.h"
#include "store/outbox.h"

enum { PASSES_MAX = 50, TIME_LEFT_MIN_MS = 500 };

static const sql_statement_t CLEAN_LOCK = {
    "clean_lock", "", "o",
    "select pg_try_advisory_xact_lock(hashtextextended('gatehouse clean', 0))"};

#define CLEAN(name_, table, condition)                                                             \
    {                                                                                              \
        name_, "", "i",                                                                            \
            "with gone as (delete from " table " where ctid = any (array(select ctid from " table  \
            " where " condition " limit 1000)) returning 1) select count(*) from gone"             \
    }

// Challenges, requests to providers and what these said go with their flow; grants, codes and
// refresh tokens with their session. A code or refresh token that was used stays as long as its
// grant lives, so that a replay still ends the grant (RFC 6749 4.1.2, RFC 9700 4.14.2); a grant
// stays a day after its end.
static const sql_statement_t CLEAN_FLOWS =
    CLEAN("clean_flows", "flows", "created_at < now() - interval '2 days'");
static const sql_statement_t CLEAN_OUTBOX =
    CLEAN("clean_outbox", "outbox",
          "sent_at < now() - interval '7 days' or dead_at < now() - interval '30 days'");
static const sql_statement_t CLEAN_COUNTERS =
    CLEAN("clean_counters", "rate_counters", "window_ends_at < now()");
static const sql_statement_t CLEAN_SESSIONS =
    CLEAN("clean_sessions", "sessions",
          "expires_at < now() - interval '1 day' or ended_at < now() - interval '1 day'"
          " or last_active_at + idle_s * interval '1 second' < now() - interval '1 day'");
static const sql_statement_t CLEAN_GRANTS =
    CLEAN("clean_grants", "grants", "revoked_at < now() - interval '1 day'");
static const sql_statement_t CLEAN_REFRESH =
    CLEAN("clean_refresh", "refresh_tokens", "expires_at < now() - interval '1 day'");
static const sql_statement_t CLEAN_REVOKED =
    CLEAN("clean_revoked", "revoked_access_tokens", "expires_at < now() - interval '1 hour'");
// Later than `exp`, because clocks of clients may be off and are given some leeway.
static const sql_statement_t CLEAN_ASSERTIONS =
    CLEAN("clean_assertions", "client_assertions", "expires_at < now() - interval '1 hour'");
static const sql_statement_t CLEAN_BROWSERS =
    CLEAN("clean_browsers", "known_browsers", "seen_at < now() - interval '400 days'");
static const sql_statement_t CLEAN_KEYS =
    CLEAN("clean_keys", "signing_keys", "removed_at < now() - interval '1 day'");
static const sql_statement_t CLEAN_CALLBACKS =
    CLEAN("clean_callbacks", "parked_callbacks", "expires_at < now()");
static const sql_statement_t CLEAN_TESTS =
    CLEAN("clean_tests", "connection_tests", "created_at < now() - interval '90 days'");
static const sql_statement_t CLEAN_AUDIT =
    CLEAN("clean_audit", "audit_events", "at < now() - interval '400 days'");

static const sql_statement_t *const STEPS[] = {
    &CLEAN_FLOWS,     &CLEAN_OUTBOX,  &CLEAN_COUNTERS,   &CLEAN_SESSIONS, &CLEAN_GRANTS,
    &CLEAN_REFRESH,   &CLEAN_REVOKED, &CLEAN_ASSERTIONS, &CLEAN_BROWSERS, &CLEAN_KEYS,
    &CLEAN_CALLBACKS, &CLEAN_TESTS,   &CLEAN_AUDIT};
enum { STEPS_COUNT = sizeof STEPS / sizeof STEPS[0] };

static result_t clean_lock(store_t *store, bool *out_is_ours, err_t *err) {
    SQL_BATCH(batch, store);
    sql_add(&batch, &SQL_BEGIN);
    sql_add(&batch, &CLEAN_LOCK);
    TRY(sql_run(&batch, err));
    sql_row_t row = sql_row(&batch, 1, 0);
    *out_is_ours = sql_bool(&row);
    return OK;
}

static result_t clean_pass(store_t *store, int64_t *out_rows, err_t *err) {
    *out_rows = 0;
    bool is_ours = false;
    TRY(clean_lock(store, &is_ours, err));
    if (!is_ours) {
        sql_rollback(store);
        return OK;
    }
    SQL_BATCH(batch, store);
    for (size_t i = 0; i < STEPS_COUNT; i++) {
        sql_add(&batch, STEPS[i]);
    }
    sql_add(&batch, &SQL_COMMIT);
    TRY(sql_continue(&batch, err));
    for (size_t i = 0; i < STEPS_COUNT; i++) {
        sql_row_t row = sql_row(&batch, i, 0);
        *out_rows += sql_int(&row);
    }
    return OK;
}

result_t store_clean(store_t *store, int64_t *out_rows, err_t *err) {
    int64_t total = 0;
    for (int pass = 0; pass < PASSES_MAX; pass++) {
        int64_t rows;
        TRY(clean_pass(store, &rows, err));
        total += rows;
        if (rows == 0 || deadline_left_ms(store->deadline) < TIME_LEFT_MIN_MS) {
            break;
        }
    }
    *out_rows = total;
    return OK;
}

const sql_statement_t *const sql_clean_statements[] = {
    &CLEAN_LOCK,   &CLEAN_FLOWS,     &CLEAN_OUTBOX,  &CLEAN_COUNTERS,   &CLEAN_SESSIONS,
    &CLEAN_GRANTS, &CLEAN_REFRESH,   &CLEAN_REVOKED, &CLEAN_ASSERTIONS, &CLEAN_BROWSERS,
    &CLEAN_KEYS,   &CLEAN_CALLBACKS, &CLEAN_TESTS,   &CLEAN_AUDIT,      NULL};
