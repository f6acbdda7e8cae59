// How an application shows who it is at the token endpoint.
#include "store/facts.h"
#include "store/token.h"

static const sql_statement_t CLIENT_AUTH = {
    "client_auth", "t", CLIENT_TYPES "tt",
    "select " CLIENT_COLUMNS ", a.jwks, a.scopes from applications a where a.id = $1"};

static const sql_statement_t CLIENT_AUTH_SECRETS = {
    "client_auth_secrets", "t", "bo",
    "select hash, coalesce(last_used_at < now() - interval '1 hour', true) from client_secrets"
    " where client_id = $1 and is_active and (expires_at is null or expires_at > now())"
    " order by slot"};

static void secrets_found(const sql_batch_t *batch, size_t index, store_client_auth_t *out) {
    for (size_t i = 0; i < sql_row_count(batch, index) && i < STORE_SECRETS_MAX; i++) {
        sql_row_t row = sql_row(batch, index, i);
        out->secret_hashes[i] = sql_bytes(&row);
        out->is_use_due[i] = sql_bool(&row);
        out->secret_count++;
    }
}

result_t store_client_auth_read(store_t *store, str_t client_id, store_client_auth_t *out,
                                err_t *err) {
    SQL_BATCH(batch, store);
    sql_arg_text(sql_add(&batch, &CLIENT_AUTH), client_id);
    sql_arg_text(sql_add(&batch, &CLIENT_AUTH_SECRETS), client_id);
    TRY(sql_run(&batch, err));
    *out = (store_client_auth_t){0};
    if (sql_row_count(&batch, 0) > 0) {
        sql_row_t row = sql_row(&batch, 0, 0);
        out->client = client_from_row(&row);
        out->jwks = sql_text(&row);
        out->scopes = sql_text(&row);
        secrets_found(&batch, 1, out);
    }
    return OK;
}

// Of many requests in the hour's last moment one writes.
static const sql_statement_t CLIENT_SECRET_USED = {
    "client_secret_used", "tb", "",
    "update client_secrets set last_used_at = now() where client_id = $1 and hash = $2"
    " and coalesce(last_used_at < now() - interval '1 hour', true)"};

result_t store_client_secret_used(store_t *store, str_t client_id, bytes_t hash, err_t *err) {
    SQL_BATCH(batch, store);
    sql_args_t *args = sql_add(&batch, &CLIENT_SECRET_USED);
    sql_arg_text(args, client_id);
    sql_arg_bytes(args, hash);
    return sql_run(&batch, err);
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

const sql_statement_t *const sql_client_auth_statements[] = {
    &CLIENT_AUTH, &CLIENT_AUTH_SECRETS, &CLIENT_SECRET_USED, &ASSERTION_USE, NULL};
