// How an application shows who it is at the token endpoint.
#include "store/batch.h"
#include "store/client.h"
#include "store/token.h"

result_t store_client_auth_read(store_t *store, str_t client_id, store_client_auth_t *out,
                                err_t *err) {
    store_client_row_t row;
    TRY(store_client_read(store, client_id, &row, err));
    *out = (store_client_auth_t){.client = row.client, .jwks = row.jwks, .scopes = row.scopes};
    for (size_t i = 0; i < row.secret_hashes.count && i < STORE_SECRETS_MAX; i++) {
        out->secret_hashes[out->secret_count++] = str_bytes(row.secret_hashes.items[i]);
    }
    return OK;
}

static const sql_statement_t ASSERTION_USE = {
    "assertion_use", "ttz", "t",
    "insert into client_assertions (client_id, jti, expires_at) values ($1, $2, $3)"
    " on conflict do nothing returning jti"};

result_t store_assertion_use(store_t *store, str_t client_id, str_t jti, time_ms_t expires_at,
                             err_t *err) {
    SQL_BATCH(batch, store);
    sql_args_t *args = sql_add(&batch, &ASSERTION_USE);
    sql_arg_text(args, client_id);
    sql_arg_text(args, jti);
    sql_arg_time(args, expires_at);
    TRY(sql_run(&batch, err));
    if (sql_row_count(&batch, 0) == 0) {
        return FAIL(err, CONFLICT, "store_assertion", "this jti was used before");
    }
    return OK;
}

const sql_statement_t *const sql_client_auth_statements[] = {&ASSERTION_USE, NULL};
