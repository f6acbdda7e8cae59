#include "store/key.h"
#include "store/audit.h"

static const sql_statement_t KEYS_READ = {
    "keys_read", "", "ttbzzzz",
    "select kid, alg, sealed, created_at, active_at, retired_at, removed_at"
    " from signing_keys where removed_at is null or removed_at > now() order by active_at, kid"};

static const sql_statement_t NOW_READ = {"now_read", "", "z", "select now()"};

static store_key_t key_from_row(sql_row_t *row) {
    store_key_t key = {.kid = sql_text(row)};
    key.alg = sql_text(row);
    key.sealed = sql_bytes(row);
    key.created_at = sql_time(row);
    key.active_at = sql_time(row);
    key.retired_at = sql_time(row);
    key.removed_at = sql_time(row);
    return key;
}

result_t store_keys_read(store_t *store, store_keys_t *out, err_t *err) {
    SQL_BATCH(batch, store);
    sql_add(&batch, &NOW_READ);
    sql_add(&batch, &KEYS_READ);
    TRY(sql_run(&batch, err));
    sql_row_t row = sql_row(&batch, 0, 0);
    const time_ms_t now = sql_time(&row);
    const size_t count = sql_row_count(&batch, 1);
    store_key_t *items = ARENA_ARRAY(store->arena, store_key_t, count);
    for (size_t i = 0; i < count; i++) {
        row = sql_row(&batch, 1, i);
        items[i] = key_from_row(&row);
    }
    *out = (store_keys_t){.now = now, .items = items, .count = count};
    return OK;
}

// Two instances that start at once stand in line, so that the second sees the key of the first.
static const sql_statement_t KEY_LOCK = {
    "key_lock", "t", "o",
    "select pg_advisory_xact_lock(hashtextextended('gatehouse key ' || $1, 0)) is null"};

static const sql_statement_t KEY_INSERT = {
    "key_insert", "ttbio", "o",
    "with added as (insert into signing_keys (kid, alg, sealed, active_at)"
    " select $1, $2, $3, now() + $4::int8 * interval '1 second' where not ($5 and exists"
    " (select from signing_keys where alg = $2 and (retired_at is null or retired_at > now())))"
    " returning kid) select gatehouse_require(exists (select from added))"};

// The older ones sign until the new one does, and verify for a while after.
static const sql_statement_t KEY_RETIRE = {
    "key_retire", "ti", "",
    "update signing_keys o set retired_at = n.active_at,"
    " removed_at = n.active_at + $2::int8 * interval '1 second' from signing_keys n"
    " where n.kid = $1 and o.alg = n.alg and o.kid <> n.kid"
    " and (o.retired_at is null or o.retired_at > n.active_at)"};

static const sql_statement_t CONFIG_NOTIFY = {"config_notify", "", "", "notify gatehouse_config"};

result_t store_key_add(store_t *store, const store_key_new_t *key, const store_audit_t *audit,
                       err_t *err) {
    SQL_BATCH(batch, store);
    sql_arg_text(sql_add(&batch, &KEY_LOCK), key->alg);
    sql_args_t *args = sql_add(&batch, &KEY_INSERT);
    sql_arg_text(args, key->kid);
    sql_arg_text(args, key->alg);
    sql_arg_bytes(args, key->sealed);
    sql_arg_int(args, key->publish_s);
    sql_arg_bool(args, key->only_if_none);
    args = sql_add(&batch, &KEY_RETIRE);
    sql_arg_text(args, key->kid);
    sql_arg_int(args, key->verify_s);
    audit_append(&batch, audit);
    sql_add(&batch, &CONFIG_NOTIFY);
    return sql_run(&batch, err);
}

static const sql_statement_t ORIGINS_READ = {
    "origins_read", "", "t",
    "select distinct lower(substring(uri from '^https?://[^/?#]+')) as origin"
    " from applications a, unnest(a.redirect_uris) as uri"
    " where a.type = 'spa' and a.is_active and uri ~ '^https?://[^/?#]+' order by origin"};

result_t store_origins_read(store_t *store, flow_list_t *out, err_t *err) {
    SQL_BATCH(batch, store);
    sql_add(&batch, &ORIGINS_READ);
    TRY(sql_run(&batch, err));
    const size_t count = sql_row_count(&batch, 0);
    str_t *items = ARENA_ARRAY(store->arena, str_t, count);
    for (size_t i = 0; i < count; i++) {
        sql_row_t row = sql_row(&batch, 0, i);
        items[i] = sql_text(&row);
    }
    *out = (flow_list_t){items, count};
    return OK;
}

const sql_statement_t *const sql_key_statements[] = {&KEYS_READ,    &NOW_READ,   &KEY_LOCK,
                                                     &KEY_INSERT,   &KEY_RETIRE, &CONFIG_NOTIFY,
                                                     &ORIGINS_READ, NULL};
