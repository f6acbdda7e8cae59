// Authorization codes and the grants that they hang on.
#include "store/audit.h"
#include "store/facts.h"
#include "store/refresh_write.h"

static const sql_statement_t CODE_READ = {
    "code_read", "b", "zoztt" GRANT_TYPES,
    "select now(), d.consumed_at is not null, d.expires_at, d.redirect_uri, "
    "d.code_challenge, " GRANT_COLUMNS
    " from authorization_codes d join grants g on g.id = d.grant_id" GRANT_JOIN
    " where d.hash = $1"};

result_t store_code_read(store_t *store, bytes_t code_hash, store_code_t *out, err_t *err) {
    SQL_BATCH(batch, store);
    sql_arg_bytes(sql_add(&batch, &CODE_READ), code_hash);
    TRY(sql_run(&batch, err));
    *out = (store_code_t){0};
    if (sql_row_count(&batch, 0) == 0) {
        return OK;
    }
    sql_row_t row = sql_row(&batch, 0, 0);
    out->facts.is_present = true;
    out->facts.now = sql_time(&row);
    out->facts.is_consumed = sql_bool(&row);
    out->facts.expires_at = sql_time(&row);
    out->facts.redirect_uri = sql_text(&row);
    out->facts.code_challenge = sql_text(&row);
    out->facts.grant = grant_from_row(&row, &out->user);
    return OK;
}

// RFC 6749 4.1.2: once. Of two at the same moment the second waits for the row and finds it used.
static const sql_statement_t CODE_CONSUME = {
    "code_consume", "bt", "o",
    "with consumed as (update authorization_codes d set consumed_at = now() from grants g"
    " where d.hash = $1 and d.grant_id = $2 and g.id = d.grant_id and g.revoked_at is null"
    " and d.consumed_at is null and d.expires_at > now() returning 1)"
    " select gatehouse_require(exists (select from consumed))"};

result_t store_code_redeem(store_t *store, const store_redeem_t *in, const store_audit_t *audit,
                           err_t *err) {
    SQL_BATCH(batch, store);
    sql_args_t *args = sql_add(&batch, &CODE_CONSUME);
    sql_arg_bytes(args, in->code_hash);
    sql_arg_text(args, in->grant_id);
    if (in->refresh_hash.len) {
        refresh_insert_append(&batch, in->refresh_hash, in->grant_id, in->refresh_s);
    }
    audit_append(&batch, audit);
    return sql_run(&batch, err);
}

static const sql_statement_t GRANT_REVOKE = {
    "grant_revoke", "tt", "",
    "update grants set revoked_at = now(), revoke_reason = $2"
    " where id = $1 and revoked_at is null"};

result_t store_grant_revoke(store_t *store, str_t grant_id, const char *why,
                            const store_audit_t *audit, err_t *err) {
    SQL_BATCH(batch, store);
    sql_args_t *args = sql_add(&batch, &GRANT_REVOKE);
    sql_arg_text(args, grant_id);
    sql_arg_text(args, str_from_c(why));
    audit_append(&batch, audit);
    return sql_run(&batch, err);
}

const sql_statement_t *const sql_code_statements[] = {&CODE_READ, &CODE_CONSUME, &GRANT_REVOKE,
                                                      NULL};
