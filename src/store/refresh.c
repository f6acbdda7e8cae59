// Refresh tokens: a family is all that hang on one grant.
#include "store/audit.h"
#include "store/facts.h"
#include "store/refresh_write.h"

static const sql_statement_t REFRESH_READ = {
    "refresh_read", "b", "zoz" GRANT_TYPES,
    "select now(), t.used_at is not null, t.expires_at, " GRANT_COLUMNS
    " from refresh_tokens t join grants g on g.id = t.grant_id" GRANT_JOIN " where t.hash = $1"};

result_t store_refresh_read(store_t *store, bytes_t refresh_hash, store_refresh_t *out,
                            err_t *err) {
    SQL_BATCH(batch, store);
    sql_arg_bytes(sql_add(&batch, &REFRESH_READ), refresh_hash);
    TRY(sql_run(&batch, err));
    *out = (store_refresh_t){0};
    if (sql_row_count(&batch, 0) == 0) {
        return OK;
    }
    sql_row_t row = sql_row(&batch, 0, 0);
    out->facts.is_present = true;
    out->facts.now = sql_time(&row);
    out->facts.is_used = sql_bool(&row);
    out->facts.expires_at = sql_time(&row);
    out->facts.grant = grant_from_row(&row, &out->user);
    return OK;
}

static const sql_statement_t REFRESH_INSERT = {
    "refresh_insert", "bti", "",
    "insert into refresh_tokens (hash, grant_id, expires_at)"
    " values ($1, $2, now() + $3::int8 * interval '1 second')"};

void refresh_insert_append(sql_batch_t *batch, bytes_t hash, str_t grant_id, int64_t lifetime_s) {
    sql_args_t *args = sql_add(batch, &REFRESH_INSERT);
    sql_arg_bytes(args, hash);
    sql_arg_text(args, grant_id);
    sql_arg_int(args, lifetime_s);
}

// RFC 9700 4.14.2: each token once; the caller of the second use ends the family. The use of a
// token is a use of its session.
static const sql_statement_t REFRESH_USE = {
    "refresh_use", "bt", "o",
    "with used as (update refresh_tokens t set used_at = now() from grants g"
    " where t.hash = $1 and t.grant_id = $2 and g.id = t.grant_id and g.revoked_at is null"
    " and t.used_at is null and t.expires_at > now() returning 1)"
    " select gatehouse_require(exists (select from used))"};

static const sql_statement_t REFRESH_TOUCH = {
    "refresh_touch", "t", "",
    "update sessions s set last_active_at = now() from grants g"
    " where g.id = $1 and s.id = g.session_id and s.ended_at is null"
    " and s.last_active_at < now() - least(interval '1 minute', s.idle_s * interval '0.25 "
    "second')"};

result_t store_refresh_rotate(store_t *store, const store_rotate_t *in, const store_audit_t *audit,
                              err_t *err) {
    SQL_BATCH(batch, store);
    sql_args_t *args = sql_add(&batch, &REFRESH_USE);
    sql_arg_bytes(args, in->old_hash);
    sql_arg_text(args, in->grant_id);
    refresh_insert_append(&batch, in->new_hash, in->grant_id, in->refresh_s);
    sql_arg_text(sql_add(&batch, &REFRESH_TOUCH), in->grant_id);
    audit_append(&batch, audit);
    return sql_run(&batch, err);
}

const sql_statement_t *const sql_refresh_statements[] = {&REFRESH_READ, &REFRESH_INSERT,
                                                         &REFRESH_USE, &REFRESH_TOUCH, NULL};
