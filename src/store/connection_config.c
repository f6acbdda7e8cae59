// What the protocol needs to know of a connection, and the documents that its provider publishes.
#include "store/connection_config.h"

static store_document_t document_from_row(sql_row_t *row) {
    store_document_t document = {.url = sql_text(row)};
    document.body = sql_text(row);
    document.is_present = !sql_is_null(row) && !str_is_empty(document.body);
    document.fetched_at = sql_time(row);
    document.expires_at = sql_time(row);
    document.tried_at = sql_time(row);
    document.error = sql_text(row);
    return document;
}

store_connection_t config_from_row(sql_row_t *row) {
    store_connection_t config = {.facts = connection_from_row(row)};
    config.provider = sql_text(row);
    config.protocol = sql_text(row);
    config.issuer = sql_text(row);
    config.discovery_endpoint = sql_text(row);
    config.authorize_uri = sql_text(row);
    config.token_uri = sql_text(row);
    config.userinfo_uri = sql_text(row);
    config.jwks_uri = sql_text(row);
    config.client_id = sql_text(row);
    config.client_secret = sql_bytes(row);
    config.scopes = sql_list(row);
    config.tenants = sql_list(row);
    config.token_auth = sql_text(row);
    config.response_mode = sql_text(row);
    config.prompt = sql_text(row);
    config.algs = sql_text(row);
    config.attribute_mapping = sql_text(row);
    config.is_pkce_on = sql_bool(row);
    config.is_email_trusted = sql_bool(row);
    config.is_profile_synced = sql_bool(row);
    config.discovery = document_from_row(row);
    config.jwks = document_from_row(row);
    return config;
}

static const sql_statement_t CONNECTION_CONFIG = {
    "connection_config", "t", CONFIG_TYPES,
    "select " CONFIG_COLUMNS " from (values (1)) as one" CONNECTION_JOIN("k.id = $1") CONFIG_JOIN};

result_t store_connection_read(store_t *store, str_t connection_id, store_connection_t *out,
                               err_t *err) {
    SQL_BATCH(batch, store);
    sql_arg_text(sql_add(&batch, &CONNECTION_CONFIG), connection_id);
    TRY(sql_run(&batch, err));
    sql_row_t row = sql_row(&batch, 0, 0);
    *out = config_from_row(&row);
    return OK;
}

static const char *const KIND_NAMES[] = {[STORE_DISCOVERY] = "discovery", [STORE_JWKS] = "jwks"};

// Each writes nothing for a connection that was deleted meanwhile. A body is kept for as long as it
// is of the address that counts now; of another address it is of no use to anybody.
#define DOCUMENT_KEEP(column)                                                                      \
    column " = case when p.url = excluded.url then p." column " else excluded." column " end"

static const sql_statement_t DOCUMENT_GOOD = {
    "document_good", "tttti", "",
    "insert into connection_documents (connection_id, kind, url, body, fetched_at, expires_at)"
    " select k.id, $2, $3, $4, now(), now() + $5::int8 * interval '1 second'"
    " from connections k where k.id = $1"
    " on conflict (connection_id, kind) do update set url = excluded.url, body = excluded.body,"
    " fetched_at = now(), expires_at = excluded.expires_at, tried_at = now(), error = ''"};

static const sql_statement_t DOCUMENT_BAD = {
    "document_bad", "tttt", "",
    "insert into connection_documents as p (connection_id, kind, url, error)"
    " select k.id, $2, $3, $4 from connections k where k.id = $1"
    " on conflict (connection_id, kind) do update set " DOCUMENT_KEEP("body") ", " DOCUMENT_KEEP(
        "fetched_at") ", " DOCUMENT_KEEP("expires_at") ", url = excluded.url, tried_at = now(),"
                                                       " error = excluded.error"};

static sql_args_t *document_add(sql_batch_t *batch, const sql_statement_t *statement,
                                const store_document_in_t *in) {
    sql_args_t *args = sql_add(batch, statement);
    sql_arg_text(args, in->connection_id);
    sql_arg_text(args, str_from_c(KIND_NAMES[in->kind]));
    sql_arg_text(args, in->url);
    return args;
}

result_t store_document_write(store_t *store, const store_document_in_t *in, err_t *err) {
    SQL_BATCH(batch, store);
    if (str_is_empty(in->error)) {
        sql_args_t *args = document_add(&batch, &DOCUMENT_GOOD, in);
        sql_arg_text(args, in->body);
        sql_arg_int(args, in->lifetime_s);
    } else {
        sql_arg_text(document_add(&batch, &DOCUMENT_BAD, in), in->error);
    }
    return sql_run(&batch, err);
}

// The row's lock makes instances that ask at once stand in line; all but the first find it tried.
static const sql_statement_t DOCUMENT_CLAIM = {
    "document_claim", "ttti", "o",
    "with claimed as (insert into connection_documents as p (connection_id, kind, url)"
    " select k.id, $2, $3 from connections k where k.id = $1"
    " on conflict (connection_id, kind) do update set " DOCUMENT_KEEP("body") ", " DOCUMENT_KEEP(
        "fetched_at") ", " DOCUMENT_KEEP("expires_at") ", url = excluded.url, tried_at = now()"
                                                       " where p.url <> excluded.url"
                                                       " or p.tried_at <= now()"
                                                       " - $4::int8 * interval '1 second'"
                                                       " returning 1)"
                                                       " select exists (select from claimed)"};

result_t store_document_claim(store_t *store, const store_document_in_t *in, int64_t interval_s,
                              bool *out_may, err_t *err) {
    SQL_BATCH(batch, store);
    sql_arg_int(document_add(&batch, &DOCUMENT_CLAIM, in), interval_s);
    TRY(sql_run(&batch, err));
    sql_row_t row = sql_row(&batch, 0, 0);
    *out_may = sql_bool(&row);
    return OK;
}

// Our times have milliseconds, and the database's have more.
static const sql_statement_t DOCUMENT_NEWER = {
    "document_newer", "ttti", "to",
    "select case when floor(extract(epoch from fetched_at) * 1000)::int8 > $4 then body else '' "
    "end,"
    " (tried_at > fetched_at and error = '') is true"
    " from connection_documents where connection_id = $1 and kind = $2 and url = $3"};

result_t store_document_newer(store_t *store, const store_document_in_t *in, time_ms_t fetched_at,
                              store_newer_t *out, err_t *err) {
    SQL_BATCH(batch, store);
    sql_arg_int(document_add(&batch, &DOCUMENT_NEWER, in), fetched_at);
    TRY(sql_run(&batch, err));
    *out = (store_newer_t){0};
    if (sql_row_count(&batch, 0) > 0) {
        sql_row_t row = sql_row(&batch, 0, 0);
        out->body = sql_text(&row);
        out->is_awaited = sql_bool(&row);
    }
    return OK;
}

const sql_statement_t *const sql_connection_config_statements[] = {
    &CONNECTION_CONFIG, &DOCUMENT_GOOD, &DOCUMENT_BAD, &DOCUMENT_CLAIM, &DOCUMENT_NEWER, NULL};
