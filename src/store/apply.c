#include "store/apply.h"
#include "store/audit.h"

static const sql_statement_t APPLY_CONNECTION_FIND = {
    "apply_connection_find", "tt", "t",
    "select id from connections where case when $1 = '' then organization_id is null and"
    " provider = $2 else organization_id = $1 and provider_key = $2 end"
    " order by created_at, id limit 1"};

result_t store_apply_connection_find(store_t *store, const store_apply_connection_t *in,
                                     str_t *out_id, err_t *err) {
    SQL_BATCH(batch, store);
    sql_args_t *args = sql_add(&batch, &APPLY_CONNECTION_FIND);
    sql_arg_text(args, in->organization_id);
    sql_arg_text(args, in->key);
    TRY(sql_run(&batch, err));
    *out_id = STR_NONE;
    if (sql_row_count(&batch, 0) > 0) {
        sql_row_t row = sql_row(&batch, 0, 0);
        *out_id = sql_text(&row);
    }
    return OK;
}

static const sql_statement_t APPLY_DEFAULT_READ = {"apply_default_read", "", "t",
                                                   "select id from applications where is_default"};

result_t store_apply_default_read(store_t *store, str_t *out_client_id, err_t *err) {
    SQL_BATCH(batch, store);
    sql_add(&batch, &APPLY_DEFAULT_READ);
    TRY(sql_run(&batch, err));
    *out_client_id = STR_NONE;
    if (sql_row_count(&batch, 0) > 0) {
        sql_row_t row = sql_row(&batch, 0, 0);
        *out_client_id = sql_text(&row);
    }
    return OK;
}

// Two statements: the unique index looks at each row as it is written.
static const sql_statement_t APPLY_DEFAULT_CLEAR = {
    "apply_default_clear", "t", "",
    "update applications set is_default = false where is_default and id <> $1"};

static const sql_statement_t APPLY_DEFAULT_SET = {
    "apply_default_set", "t", "", "update applications set is_default = true where id = $1"};

result_t store_apply_default_set(store_t *store, str_t client_id, const store_audit_t *audit,
                                 err_t *err) {
    SQL_BATCH(batch, store);
    sql_arg_text(sql_add(&batch, &APPLY_DEFAULT_CLEAR), client_id);
    sql_arg_text(sql_add(&batch, &APPLY_DEFAULT_SET), client_id);
    audit_append(&batch, audit);
    return sql_run(&batch, err);
}

const sql_statement_t *const sql_apply_statements[] = {
    &APPLY_CONNECTION_FIND, &APPLY_DEFAULT_READ, &APPLY_DEFAULT_CLEAR, &APPLY_DEFAULT_SET, NULL};
