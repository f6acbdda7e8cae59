// How an application shows who it is at the token endpoint.
#include "store/facts.h"

static const sql_statement_t CLIENT_AUTH = {
    "client_auth", "t", CLIENT_TYPES "tt",
    "select " CLIENT_COLUMNS ", a.jwks, a.scopes from applications a where a.id = $1"};

static const sql_statement_t CLIENT_AUTH_SECRETS = {
    "client_auth_secrets", "t", "b",
    "select hash from client_secrets where client_id = $1 order by slot"};

result_t store_client_auth_read(store_t *store, str_t client_id, store_client_auth_t *out,
                                err_t *err) {
    SQL_BATCH(batch, store);
    sql_arg_text(sql_add(&batch, &CLIENT_AUTH), client_id);
    sql_arg_text(sql_add(&batch, &CLIENT_AUTH_SECRETS), client_id);
    TRY(sql_run(&batch, err));
    *out = (store_client_auth_t){0};
    if (sql_row_count(&batch, 0) == 0) {
        return OK;
    }
    sql_row_t row = sql_row(&batch, 0, 0);
    out->client = client_from_row(&row);
    out->jwks = sql_text(&row);
    out->scopes = sql_text(&row);
    const size_t count = sql_row_count(&batch, 1);
    for (size_t i = 0; i < count && i < STORE_SECRETS_MAX; i++) {
        row = sql_row(&batch, 1, i);
        out->secret_hashes[out->secret_count++] = sql_bytes(&row);
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

const sql_statement_t *const sql_client_auth_statements[] = {&CLIENT_AUTH, &CLIENT_AUTH_SECRETS,
                                                             &ASSERTION_USE, NULL};
