#include "store/client.h"
#include "store/audit.h"
#include "store/facts.h"

result_t store_apply_begin(store_t *store, err_t *err) {
    SQL_BATCH(batch, store);
    sql_add(&batch, &SQL_BEGIN);
    TRY(sql_run(&batch, err));
    store->is_applying = true;
    store->is_apply_failed = false;
    return OK;
}

result_t store_apply_finish(store_t *store, bool commit, err_t *err) {
    const bool was_failed = store->is_apply_failed;
    result_t result = OK;
    if (commit && !was_failed) {
        SQL_BATCH(batch, store);
        sql_add(&batch, &SQL_COMMIT);
        result = sql_continue(&batch, err);
    }
    store->is_applying = false;
    store->is_apply_failed = false;
    sql_rollback(store);
    if (commit && was_failed) {
        return FAIL(err, UNAVAILABLE, "store_apply", "an earlier call failed: nothing was kept");
    }
    return result;
}

static const sql_statement_t CLIENT_READ = {
    "client_read", "t", CLIENT_TYPES "tt",
    "select " CLIENT_COLUMNS ", a.jwks, a.scopes from applications a where a.id = $1"};

static const sql_statement_t CLIENT_READ_SECRETS = {
    "client_read_secrets", "t", "b",
    "select hash from client_secrets where client_id = $1 order by slot"};

static flow_list_t secrets_at(const sql_batch_t *batch, size_t position) {
    const size_t count = sql_row_count(batch, position);
    str_t *items = ARENA_ARRAY(batch->store->arena, str_t, count);
    for (size_t i = 0; i < count; i++) {
        sql_row_t row = sql_row(batch, position, i);
        const bytes_t hash = sql_bytes(&row);
        items[i] = (str_t){(const char *)hash.ptr, hash.len};
    }
    return (flow_list_t){items, count};
}

result_t store_client_read(store_t *store, str_t client_id, store_client_row_t *out, err_t *err) {
    SQL_BATCH(batch, store);
    sql_arg_text(sql_add(&batch, &CLIENT_READ), client_id);
    sql_arg_text(sql_add(&batch, &CLIENT_READ_SECRETS), client_id);
    TRY(sql_run(&batch, err));
    *out = (store_client_row_t){0};
    if (sql_row_count(&batch, 0) > 0) {
        sql_row_t row = sql_row(&batch, 0, 0);
        out->client = client_from_row(&row);
        out->jwks = sql_text(&row);
        out->scopes = sql_text(&row);
        out->secret_hashes = secrets_at(&batch, 1);
    }
    return OK;
}

static const sql_statement_t CLIENT_WRITE = {
    "client_write", "tottllttotiott", "",
    "insert into applications as a (id, is_active, name, type, redirect_uris, post_logout_uris,"
    " initiate_login_uri, logo_url, enforces_pkce, token_alg, access_token_s, may_use_api, jwks,"
    " scopes) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)"
    " on conflict (id) do update set is_active = excluded.is_active, name = excluded.name,"
    " type = excluded.type, redirect_uris = excluded.redirect_uris,"
    " post_logout_uris = excluded.post_logout_uris,"
    " initiate_login_uri = excluded.initiate_login_uri, logo_url = excluded.logo_url,"
    " enforces_pkce = excluded.enforces_pkce, token_alg = excluded.token_alg,"
    " access_token_s = excluded.access_token_s, may_use_api = excluded.may_use_api,"
    " jwks = excluded.jwks, scopes = excluded.scopes, deleted_at = null, updated_at = now()"};

// All but those at two hashes; one of them may be NULL, as there may be fewer.
static const sql_statement_t CLIENT_SECRETS_DROP = {
    "client_secrets_drop", "tbb", "",
    "delete from client_secrets where client_id = $1 and (hash = $2 or hash = $3) is not true"};

static const sql_statement_t CLIENT_SECRET_INSERT = {
    "client_secret_insert", "tb", "",
    "insert into client_secrets (client_id, slot, hash) select $1, min(s), $2"
    " from generate_series(0, 1) s where not exists (select from client_secrets c"
    " where c.client_id = $1 and c.slot = s)"
    " having not exists (select from client_secrets c where c.client_id = $1 and c.hash = $2)"};

static const sql_statement_t CLIENT_NOTIFY = {"client_notify", "", "", "notify gatehouse_config"};

static void client_append(sql_batch_t *batch, const store_client_row_t *in) {
    const flow_client_t *client = &in->client;
    sql_args_t *args = sql_add(batch, &CLIENT_WRITE);
    sql_arg_text(args, client->id);
    sql_arg_bool(args, client->is_active);
    sql_arg_text(args, client->name);
    sql_arg_text(args, str_from_c(client_type_name(client->type)));
    sql_arg_list(args, batch->store->arena, client->redirect_uris);
    sql_arg_list(args, batch->store->arena, client->post_logout_uris);
    sql_arg_text(args, client->initiate_login_uri);
    sql_arg_text(args, client->logo_url);
    sql_arg_bool(args, client->enforces_pkce);
    sql_arg_text(args, client->token_alg);
    sql_arg_int(args, client->access_token_s);
    sql_arg_bool(args, client->may_use_api);
    sql_arg_text(args, in->jwks);
    sql_arg_text(args, in->scopes);
}

static void secrets_append(sql_batch_t *batch, const store_client_row_t *row) {
    const flow_list_t *hashes = &row->secret_hashes;
    sql_args_t *dropped = sql_add(batch, &CLIENT_SECRETS_DROP);
    sql_arg_text(dropped, row->client.id);
    for (size_t i = 0; i < STORE_SECRETS_MAX; i++) {
        sql_arg_bytes(dropped, str_bytes(i < hashes->count ? hashes->items[i] : STR_NONE));
    }
    for (size_t i = 0; i < hashes->count; i++) {
        sql_args_t *added = sql_add(batch, &CLIENT_SECRET_INSERT);
        sql_arg_text(added, row->client.id);
        sql_arg_bytes(added, str_bytes(hashes->items[i]));
    }
}

result_t store_client_write(store_t *store, const store_client_row_t *row,
                            const store_audit_t *audit, err_t *err) {
    if (row->secret_hashes.count > STORE_SECRETS_MAX) {
        return FAIL(err, BAD_REQUEST, "store_secrets", "at most two secrets");
    }
    SQL_BATCH(batch, store);
    client_append(&batch, row);
    secrets_append(&batch, row);
    sql_add(&batch, &CLIENT_NOTIFY);
    audit_append(&batch, audit);
    return sql_run(&batch, err);
}

const sql_statement_t *const sql_client_statements[] = {
    &CLIENT_READ,          &CLIENT_READ_SECRETS, &CLIENT_WRITE, &CLIENT_SECRETS_DROP,
    &CLIENT_SECRET_INSERT, &CLIENT_NOTIFY,       NULL};
