// Applications as an administrator makes and changes them.
#include "store/client_admin.h"
#include "store/audit.h"
#include "store/facts.h"
#include "store/paging.h"

// ---- reading ------------------------------------------------------------------------------------

#define APPLICATION_TYPES CLIENT_TYPES "ttlltzz"
#define APPLICATION_COLUMNS                                                                        \
    CLIENT_COLUMNS                                                                                 \
    ", a.xmin::text, a.scopes, a.back_channel_logout_uris, a.grant_types,"                         \
    " a.custom_claims::text, a.created_at, a.updated_at"

static const sql_statement_t APPLICATION_READ = {
    "application_read", "t", APPLICATION_TYPES,
    "select " APPLICATION_COLUMNS " from applications a where a.id = $1 and a.deleted_at is null"};

// Those that `gatehouse apply` declares have no id: their place says which it is.
#define SECRET_ID "coalesce(c.id, 'sec_' || c.slot)"
static const sql_statement_t APPLICATION_SECRETS = {
    "application_secrets", "l", "ttttozzzz",
    "select c.client_id, " SECRET_ID
    ", c.suffix, c.created_by, c.is_active, c.created_at,"
    " c.updated_at, c.expires_at, c.last_used_at from client_secrets c where c.client_id = any ($1)"
    " order by c.client_id, c.created_at, c.slot"};

static store_application_t application_from_row(sql_row_t *row) {
    store_application_t application = {.client = client_from_row(row)};
    application.version = sql_text(row);
    application.scopes = sql_text(row);
    application.back_channel_logout_uris = sql_list(row);
    application.grant_types = sql_list(row);
    application.custom_claims = sql_text(row);
    application.created_at = sql_time(row);
    application.updated_at = sql_time(row);
    return application;
}

static store_secret_t secret_from_row(sql_row_t *row) {
    store_secret_t secret = {.id = sql_text(row)};
    secret.suffix = sql_text(row);
    secret.created_by = sql_text(row);
    secret.is_active = sql_bool(row);
    secret.created_at = sql_time(row);
    secret.updated_at = sql_time(row);
    secret.expires_at = sql_time(row);
    secret.last_used_at = sql_time(row);
    return secret;
}

static void secrets_append(sql_batch_t *batch, flow_list_t ids) {
    sql_arg_list(sql_add(batch, &APPLICATION_SECRETS), batch->store->arena, ids);
}

// Each to its application.
static void secrets_found(const sql_batch_t *batch, size_t index, store_application_t *items,
                          size_t count) {
    for (size_t i = 0; i < sql_row_count(batch, index); i++) {
        sql_row_t row = sql_row(batch, index, i);
        const str_t client_id = sql_text(&row);
        for (size_t k = 0; k < count; k++) {
            store_application_t *item = &items[k];
            if (str_eq(item->client.id, client_id) &&
                item->secret_count < STORE_CLIENT_SECRETS_MAX) {
                item->secrets[item->secret_count++] = secret_from_row(&row);
            }
        }
    }
}

// `id` lives until the batch has run.
static void read_append(sql_batch_t *batch, const str_t *id) {
    sql_arg_text(sql_add(batch, &APPLICATION_READ), *id);
    secrets_append(batch, (flow_list_t){id, 1});
}

static void row_found(const sql_batch_t *batch, size_t index, store_application_t *out) {
    sql_row_t row = sql_row(batch, index, 0);
    *out = application_from_row(&row);
    secrets_found(batch, index + 1, out, 1);
}

result_t store_application_read(store_t *store, str_t id, store_application_found_t *out,
                                err_t *err) {
    SQL_BATCH(batch, store);
    read_append(&batch, &id);
    TRY(sql_run(&batch, err));
    *out = (store_application_found_t){.is_present = sql_row_count(&batch, 0) > 0};
    if (out->is_present) {
        row_found(&batch, 0, &out->row);
    }
    return OK;
}

#define APPLICATIONS_FROM                                                                          \
    " from applications a where a.deleted_at is null and (cardinality($4::text[]) = 0 or a.type "  \
    "= any"                                                                                        \
    " ($4)) and "
static const sql_statement_t APPLICATIONS_PAGE[] = {
    {"applications_forward", PAGE_PARAMS "l", PAGE_TYPES APPLICATION_TYPES,
     "select " PAGE_COLUMNS("a") ", " APPLICATION_COLUMNS APPLICATIONS_FROM PAGE_FORWARD("a")},
    {"applications_backward", PAGE_PARAMS "l", PAGE_TYPES APPLICATION_TYPES,
     "select " PAGE_COLUMNS("a") ", " APPLICATION_COLUMNS APPLICATIONS_FROM PAGE_BACKWARD("a")},
};

static const sql_statement_t APPLICATIONS_COUNT = {
    "applications_count", "l", "i",
    "select count(*) from applications a where a.deleted_at is null"
    " and (cardinality($1::text[]) = 0 or a.type = any ($1))"};

static result_t secrets_read(store_t *store, store_application_t *items, size_t count, err_t *err) {
    str_t *ids = ARENA_ARRAY(store->arena, str_t, count);
    for (size_t i = 0; i < count; i++) {
        ids[i] = items[i].client.id;
    }
    SQL_BATCH(batch, store);
    secrets_append(&batch, (flow_list_t){ids, count});
    TRY(sql_run(&batch, err));
    secrets_found(&batch, 0, items, count);
    return OK;
}

result_t store_applications_read(store_t *store, const store_applications_in_t *in,
                                 store_applications_t *out, err_t *err) {
    SQL_BATCH(batch, store);
    sql_arg_list(page_append(&batch, APPLICATIONS_PAGE, &in->page), store->arena, in->types);
    sql_arg_list(sql_add(&batch, &APPLICATIONS_COUNT), store->arena, in->types);
    TRY(sql_run(&batch, err));
    out->page = page_found(&batch, 0, &in->page);
    store_application_t *items = ARENA_ARRAY(store->arena, store_application_t, out->page.count);
    for (size_t i = 0; i < out->page.count; i++) {
        sql_row_t row = page_row(&batch, 0, &in->page, i);
        items[i] = application_from_row(&row);
    }
    sql_row_t total = sql_row(&batch, 1, 0);
    out->page.total = sql_int(&total);
    out->items = items;
    return secrets_read(store, items, out->page.count, err);
}

// ---- applications -------------------------------------------------------------------------------

// Both with the same parameters, but for the second: what it is, or the row that was read.
#define APPLICATION_PARAMS "tttlltoiotllt"
static const sql_statement_t APPLICATION_INSERT = {
    "application_insert", APPLICATION_PARAMS, "",
    "insert into applications (id, type, name, redirect_uris, post_logout_uris, initiate_login_uri,"
    " enforces_pkce, access_token_s, may_use_api, scopes, back_channel_logout_uris, grant_types,"
    " custom_claims) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12,"
    " $13::text::jsonb)"};

static const sql_statement_t APPLICATION_UPDATE = {
    "application_update", APPLICATION_PARAMS, "o",
    "with changed as (update applications a set name = $3, redirect_uris = $4,"
    " post_logout_uris = $5, initiate_login_uri = $6, enforces_pkce = $7, access_token_s = $8,"
    " may_use_api = $9, scopes = $10, back_channel_logout_uris = $11, grant_types = $12,"
    " custom_claims = $13::text::jsonb, updated_at = now() where a.id = $1"
    " and a.xmin::text = $2 and a.deleted_at is null returning 1)"
    " select gatehouse_require(exists (select from changed))"};

static const sql_statement_t APPLICATION_NOTIFY = {"application_notify", "", "",
                                                   "notify gatehouse_config"};

static void row_append(sql_batch_t *batch, const sql_statement_t *statement, str_t second,
                       const store_application_t *row) {
    const flow_client_t *client = &row->client;
    arena_t *arena = batch->store->arena;
    sql_args_t *args = sql_add(batch, statement);
    sql_arg_text(args, client->id);
    sql_arg_text(args, second);
    sql_arg_text(args, client->name);
    sql_arg_list(args, arena, client->redirect_uris);
    sql_arg_list(args, arena, client->post_logout_uris);
    sql_arg_text(args, client->initiate_login_uri);
    sql_arg_bool(args, client->enforces_pkce);
    sql_arg_int(args, client->access_token_s);
    sql_arg_bool(args, client->may_use_api);
    sql_arg_text(args, row->scopes);
    sql_arg_list(args, arena, row->back_channel_logout_uris);
    sql_arg_list(args, arena, row->grant_types);
    sql_arg_text(args, row->custom_claims);
}

static result_t row_write(sql_batch_t *batch, const store_application_t *row,
                          const store_audit_t *audit, store_application_t *out, err_t *err) {
    read_append(batch, &row->client.id);
    sql_add(batch, &APPLICATION_NOTIFY);
    audit_append(batch, audit);
    TRY(sql_run(batch, err));
    row_found(batch, 1, out);
    return OK;
}

result_t store_application_create(store_t *store, const store_application_t *row,
                                  const store_audit_t *audit, store_application_t *out,
                                  err_t *err) {
    SQL_BATCH(batch, store);
    row_append(&batch, &APPLICATION_INSERT, str_from_c(client_type_name(row->client.type)), row);
    return row_write(&batch, row, audit, out, err);
}

result_t store_application_update(store_t *store, const store_application_t *row,
                                  const store_audit_t *audit, store_application_t *out,
                                  err_t *err) {
    SQL_BATCH(batch, store);
    row_append(&batch, &APPLICATION_UPDATE, row->version, row);
    return row_write(&batch, row, audit, out, err);
}

static const sql_statement_t APPLICATION_DELETE = {
    "application_delete", "t", "o",
    "with gone as (update applications set deleted_at = now(), is_active = false,"
    " is_default = false, updated_at = now() where id = $1 and deleted_at is null returning 1)"
    " select gatehouse_require(exists (select from gone))"};
static const sql_statement_t APPLICATION_SECRETS_DROP = {
    "application_secrets_drop", "t", "", "delete from client_secrets where client_id = $1"};
static const sql_statement_t APPLICATION_GRANTS_END = {
    "application_grants_end", "t", "",
    "update grants set revoked_at = now(), revoke_reason = 'the application was deleted'"
    " where client_id = $1 and revoked_at is null"};

result_t store_application_delete(store_t *store, str_t id, const store_audit_t *audit,
                                  err_t *err) {
    const sql_statement_t *const steps[] = {&APPLICATION_DELETE, &APPLICATION_SECRETS_DROP,
                                            &APPLICATION_GRANTS_END};
    SQL_BATCH(batch, store);
    for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++) {
        sql_arg_text(sql_add(&batch, steps[i]), id);
    }
    sql_add(&batch, &APPLICATION_NOTIFY);
    audit_append(&batch, audit);
    return sql_run(&batch, err);
}

// ---- secrets ------------------------------------------------------------------------------------

// The primary key decides between two that want the last place at the same moment.
static const sql_statement_t SECRET_ADD = {
    "secret_add", "tbttt", "o",
    "with added as (insert into client_secrets (client_id, slot, hash, id, suffix, created_by)"
    " select a.id, f.slot, $2, $3, $4, $5 from applications a cross join lateral"
    " (select s as slot from generate_series(0, 1) s where not exists (select from client_secrets c"
    " where c.client_id = a.id and c.slot = s) order by s limit 1) f"
    " where a.id = $1 and a.deleted_at is null returning 1)"
    " select gatehouse_require(exists (select from added))"};

result_t store_secret_add(store_t *store, const store_secret_in_t *in, const store_audit_t *audit,
                          err_t *err) {
    SQL_BATCH(batch, store);
    sql_args_t *args = sql_add(&batch, &SECRET_ADD);
    sql_arg_text(args, in->client_id);
    sql_arg_bytes(args, in->hash);
    sql_arg_text(args, in->id);
    sql_arg_text(args, in->suffix);
    sql_arg_text(args, in->created_by);
    audit_append(&batch, audit);
    return sql_run(&batch, err);
}

static const sql_statement_t SECRET_SET = {
    "secret_set", "tto", "o",
    "with changed as (update client_secrets c set is_active = $3, updated_at = now()"
    " where c.client_id = $1 and " SECRET_ID
    " = $2 returning 1)"
    " select gatehouse_require(exists (select from changed))"};

result_t store_secret_set(store_t *store, const store_secret_state_t *state,
                          const store_audit_t *audit, err_t *err) {
    SQL_BATCH(batch, store);
    sql_args_t *args = sql_add(&batch, &SECRET_SET);
    sql_arg_text(args, state->client_id);
    sql_arg_text(args, state->id);
    sql_arg_bool(args, state->is_active);
    audit_append(&batch, audit);
    return sql_run(&batch, err);
}

static const sql_statement_t SECRET_REMOVE = {
    "secret_remove", "tt", "o",
    "with gone as (delete from client_secrets c where c.client_id = $1 and " SECRET_ID
    " = $2 returning 1) select gatehouse_require(exists (select from gone))"};

result_t store_secret_remove(store_t *store, str_t client_id, str_t id, const store_audit_t *audit,
                             err_t *err) {
    SQL_BATCH(batch, store);
    sql_args_t *args = sql_add(&batch, &SECRET_REMOVE);
    sql_arg_text(args, client_id);
    sql_arg_text(args, id);
    audit_append(&batch, audit);
    return sql_run(&batch, err);
}

const sql_statement_t *const sql_client_admin_statements[] = {&APPLICATION_READ,
                                                              &APPLICATION_SECRETS,
                                                              &APPLICATIONS_PAGE[0],
                                                              &APPLICATIONS_PAGE[1],
                                                              &APPLICATIONS_COUNT,
                                                              &APPLICATION_INSERT,
                                                              &APPLICATION_UPDATE,
                                                              &APPLICATION_NOTIFY,
                                                              &APPLICATION_DELETE,
                                                              &APPLICATION_SECRETS_DROP,
                                                              &APPLICATION_GRANTS_END,
                                                              &SECRET_ADD,
                                                              &SECRET_SET,
                                                              &SECRET_REMOVE,
                                                              NULL};
