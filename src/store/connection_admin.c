// Connections as an administrator makes and changes them.
#include "store/connection_admin.h"
#include "store/audit.h"
#include "store/connection_config.h"
#include "store/domain_row.h"

// ---- reading ------------------------------------------------------------------------------------

// xmin is the transaction that wrote the row: a change of any member changes it (PostgreSQL 5.5).
#define ROW_TYPES CONFIG_TYPES "ttttttoozz"
#define ROW_COLUMNS                                                                                \
    CONFIG_COLUMNS                                                                                 \
    ", k.xmin::text, k.status, k.provider_key, k.configuration_type, k.jit,"                       \
    " k.idp_initiated, k.is_enabled, k.is_logout_wanted, k.created_at,"                            \
    " k.updated_at"
#define IS_THE_KEY(k) k ".id = $2 and coalesce(" k ".organization_id, '') = $1"

static const sql_statement_t CONNECTION_FIND = {
    "connection_find", "tt", ROW_TYPES,
    "select " ROW_COLUMNS " from (values (1)) as one" CONNECTION_JOIN(IS_THE_KEY("k")) CONFIG_JOIN
    " where k.id is not null"};

static const sql_statement_t CONNECTION_DOMAINS = {
    "connection_domains", "tt", DOMAIN_TYPES,
    "select " DOMAIN_COLUMNS
    " from connections k join organization_domains d on d.organization_id = k.organization_id"
    " and d.type = 'ORGANIZATION_DOMAIN' and d.domain = any (k.domains)"
    " where " IS_THE_KEY("k") " order by d.domain"};

static sql_args_t *key_add(sql_batch_t *batch, const sql_statement_t *statement,
                           const store_connection_key_t *key) {
    sql_args_t *args = sql_add(batch, statement);
    sql_arg_text(args, key->organization_id);
    sql_arg_text(args, key->id);
    return args;
}

static void find_append(sql_batch_t *batch, const store_connection_key_t *key) {
    key_add(batch, &CONNECTION_FIND, key);
    key_add(batch, &CONNECTION_DOMAINS, key);
}

static void domains_found(const sql_batch_t *batch, size_t index, store_connection_row_t *out) {
    out->domain_count = sql_row_count(batch, index);
    store_domain_t *items = ARENA_ARRAY(batch->store->arena, store_domain_t, out->domain_count);
    for (size_t i = 0; i < out->domain_count; i++) {
        sql_row_t row = sql_row(batch, index, i);
        items[i] = domain_from_row(&row);
    }
    out->domains = items;
}

// `index` is that of find_append's first statement.
static void row_found(const sql_batch_t *batch, size_t index, store_connection_row_t *out) {
    sql_row_t row = sql_row(batch, index, 0);
    *out = (store_connection_row_t){.config = config_from_row(&row)};
    out->version = sql_text(&row);
    out->status = sql_text(&row);
    out->provider_key = sql_text(&row);
    out->configuration_type = sql_text(&row);
    out->jit = sql_text(&row);
    out->idp_initiated = sql_text(&row);
    out->is_enabled = sql_bool(&row);
    out->is_logout_wanted = sql_bool(&row);
    out->created_at = sql_time(&row);
    out->updated_at = sql_time(&row);
    domains_found(batch, index + 1, out);
}

result_t store_connection_find(store_t *store, const store_connection_key_t *key,
                               store_connection_found_t *out, err_t *err) {
    SQL_BATCH(batch, store);
    find_append(&batch, key);
    TRY(sql_run(&batch, err));
    *out = (store_connection_found_t){.is_present = sql_row_count(&batch, 0) > 0};
    if (out->is_present) {
        row_found(&batch, 0, &out->row);
    }
    return OK;
}

static const sql_statement_t CONNECTION_PLACE = {
    "connection_place", "tt", "oo",
    "select exists (select from organizations where id = $1),"
    " exists (select from connections where type = 'social' and provider = $2)"};

result_t store_connection_place_read(store_t *store, str_t organization_id, str_t provider,
                                     store_connection_place_t *out, err_t *err) {
    SQL_BATCH(batch, store);
    sql_args_t *args = sql_add(&batch, &CONNECTION_PLACE);
    sql_arg_text(args, organization_id);
    sql_arg_text(args, provider);
    TRY(sql_run(&batch, err));
    sql_row_t row = sql_row(&batch, 0, 0);
    out->is_organization_present = sql_bool(&row);
    out->is_social_taken = sql_bool(&row);
    return OK;
}

// ---- making -------------------------------------------------------------------------------------

// The unique index decides between two of one provider that come at the same moment.
static const sql_statement_t CONNECTION_INSERT = {
    "connection_insert", "ttttttto", "o",
    "with made as (insert into connections (organization_id, id, type, provider, protocol, name,"
    " provider_key, response_mode, is_pkce_on) select o.id, $2,"
    " case when o.id is null then 'social' when $4 = 'SAML' then 'saml' else 'oidc' end,"
    " $3, $4, $5, $6, $7, $8 from (values (1)) as one left join organizations o on o.id = $1"
    " where $1 = '' or o.id is not null returning 1)"
    " select gatehouse_require(exists (select from made))"};

result_t store_connection_create(store_t *store, const store_connection_draft_t *draft,
                                 const store_audit_t *audit, store_connection_row_t *out,
                                 err_t *err) {
    SQL_BATCH(batch, store);
    sql_args_t *args = key_add(&batch, &CONNECTION_INSERT, &draft->key);
    sql_arg_text(args, draft->provider);
    sql_arg_text(args, draft->protocol);
    sql_arg_text(args, draft->name);
    sql_arg_text(args, draft->provider_key);
    sql_arg_text(args, draft->response_mode);
    sql_arg_bool(args, draft->is_pkce_on);
    find_append(&batch, &draft->key);
    audit_append(&batch, audit);
    TRY(sql_run(&batch, err));
    row_found(&batch, 1, out);
    return OK;
}

// ---- changing -----------------------------------------------------------------------------------

// Two statements, since one would have too many parameters: the first one locks the row.
static const sql_statement_t CONNECTION_PROTOCOL_SET = {
    "connection_protocol_set", "ttttttttbllttttoot", "o",
    "with changed as (update connections k set issuer = $3, discovery_endpoint = $4,"
    " authorize_uri = $5, token_uri = $6, userinfo_uri = $7, jwks_uri = $8, client_secret = $9,"
    " scopes = $10, tenants = $11, token_auth = $12, response_mode = $13, prompt = $14,"
    " algs = $15, is_pkce_on = $16, trust_epoch = k.trust_epoch + $17::boolean::int,"
    " client_id = $18, updated_at = now() where k.id = $1 and k.xmin::text = $2 returning 1)"
    " select gatehouse_require(exists (select from changed))"};

static const sql_statement_t CONNECTION_RULES_SET = {
    "connection_rules_set", "ttttttooott", "",
    "update connections set name = $2, provider_key = $3, configuration_type = $4, status = $5,"
    " attribute_mapping = $6::text::jsonb, is_email_trusted = $7, is_profile_synced = $8,"
    " is_logout_wanted = $9, jit = $10, idp_initiated = $11 where id = $1"};

static const sql_statement_t CONNECTION_DOCUMENTS_DROP = {
    "connection_documents_drop", "t", "",
    "delete from connection_documents where connection_id = $1"};

static void protocol_append(sql_batch_t *batch, const store_connection_change_t *change) {
    const store_connection_t *config = &change->row->config;
    const str_t urls[] = {config->issuer,    config->discovery_endpoint, config->authorize_uri,
                          config->token_uri, config->userinfo_uri,       config->jwks_uri};
    const str_t words[] = {config->token_auth, config->response_mode, config->prompt, config->algs};
    sql_args_t *args = sql_add(batch, &CONNECTION_PROTOCOL_SET);
    sql_arg_text(args, config->facts.id);
    sql_arg_text(args, change->row->version);
    for (size_t i = 0; i < sizeof urls / sizeof urls[0]; i++) {
        sql_arg_text(args, urls[i]);
    }
    sql_arg_bytes(args, config->client_secret);
    sql_arg_list(args, batch->store->arena, config->scopes);
    sql_arg_list(args, batch->store->arena, config->tenants);
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        sql_arg_text(args, words[i]);
    }
    sql_arg_bool(args, config->is_pkce_on);
    sql_arg_bool(args, change->is_trust_lapsed);
    sql_arg_text(args, config->client_id);
}

static void rules_append(sql_batch_t *batch, const store_connection_row_t *row) {
    sql_args_t *args = sql_add(batch, &CONNECTION_RULES_SET);
    sql_arg_text(args, row->config.facts.id);
    sql_arg_text(args, row->config.facts.name);
    sql_arg_text(args, row->provider_key);
    sql_arg_text(args, row->configuration_type);
    sql_arg_text(args, row->status);
    sql_arg_text(args, row->config.attribute_mapping);
    sql_arg_bool(args, row->config.is_email_trusted);
    sql_arg_bool(args, row->config.is_profile_synced);
    sql_arg_bool(args, row->is_logout_wanted);
    sql_arg_text(args, row->jit);
    sql_arg_text(args, row->idp_initiated);
}

result_t store_connection_update(store_t *store, const store_connection_change_t *change,
                                 const store_audit_t *audit, store_connection_row_t *out,
                                 err_t *err) {
    const flow_connection_t *facts = &change->row->config.facts;
    const store_connection_key_t key = {facts->organization_id, facts->id};
    SQL_BATCH(batch, store);
    protocol_append(&batch, change);
    rules_append(&batch, change->row);
    if (change->is_trust_lapsed) {
        sql_arg_text(sql_add(&batch, &CONNECTION_DOCUMENTS_DROP), key.id);
    }
    const size_t index = batch.count;
    find_append(&batch, &key);
    audit_append(&batch, audit);
    TRY(sql_run(&batch, err));
    row_found(&batch, index, out);
    return OK;
}

static const sql_statement_t CONNECTION_TOGGLE = {
    "connection_toggle", "tto", "o",
    "with changed as (update connections k set is_enabled = $3, updated_at = now()"
    " where " IS_THE_KEY("k") " and (not $3 or k.status = 'COMPLETED') returning 1)"
    " select gatehouse_require(exists (select from changed))"};

result_t store_connection_toggle(store_t *store, const store_connection_key_t *key, bool is_enabled,
                                 const store_audit_t *audit, err_t *err) {
    SQL_BATCH(batch, store);
    sql_arg_bool(key_add(&batch, &CONNECTION_TOGGLE, key), is_enabled);
    audit_append(&batch, audit);
    return sql_run(&batch, err);
}

static const sql_statement_t CONNECTION_DELETE = {
    "connection_delete", "tt", "o",
    "with gone as (delete from connections k where " IS_THE_KEY("k") " returning 1)"
    " select gatehouse_require(exists (select from gone))"};

result_t store_connection_delete(store_t *store, const store_connection_key_t *key,
                                 const store_audit_t *audit, err_t *err) {
    SQL_BATCH(batch, store);
    key_add(&batch, &CONNECTION_DELETE, key);
    audit_append(&batch, audit);
    return sql_run(&batch, err);
}

// ---- domains ------------------------------------------------------------------------------------

#define ASSIGNABLE(ids_)                                                                           \
    "organization_domains d where d.organization_id = $1 and d.type = 'ORGANIZATION_DOMAIN'"       \
    " and d.id = any (" ids_ ")"

static const sql_statement_t CONNECTION_DOMAINS_COUNT = {"connection_domains_count", "tl", "i",
                                                         "select count(*) from " ASSIGNABLE("$2")};

result_t store_connection_domains_count(store_t *store, str_t organization_id,
                                        flow_list_t domain_ids, size_t *out, err_t *err) {
    SQL_BATCH(batch, store);
    sql_args_t *args = sql_add(&batch, &CONNECTION_DOMAINS_COUNT);
    sql_arg_text(args, organization_id);
    sql_arg_list(args, store->arena, domain_ids);
    TRY(sql_run(&batch, err));
    sql_row_t row = sql_row(&batch, 0, 0);
    *out = (size_t)sql_int(&row);
    return OK;
}

static const sql_statement_t CONNECTION_DOMAINS_SET = {
    "connection_domains_set", "ttl", "o",
    "with wanted as (select d.domain from " ASSIGNABLE("$3") " for key share),"
    " changed as (update connections k set updated_at = now(),"
    " domains = array(select domain from wanted order by domain)"
    " where " IS_THE_KEY("k")
    " and (select count(*) from wanted) = cardinality($3::text[]) returning 1)"
    " select gatehouse_require(exists (select from changed))"};

result_t store_connection_domains_set(store_t *store, const store_connection_domains_t *in,
                                      const store_audit_t *audit, store_connection_row_t *out,
                                      err_t *err) {
    SQL_BATCH(batch, store);
    sql_arg_list(key_add(&batch, &CONNECTION_DOMAINS_SET, &in->key), store->arena, in->domain_ids);
    find_append(&batch, &in->key);
    audit_append(&batch, audit);
    TRY(sql_run(&batch, err));
    row_found(&batch, 1, out);
    return OK;
}

// ---- tests --------------------------------------------------------------------------------------

static const sql_statement_t CONNECTION_TEST_BEGIN = {
    "connection_test_begin", "tt", "",
    "insert into connection_tests (id, connection_id) select $2, k.id from connections k"
    " where k.id = $1 on conflict do nothing"};

result_t store_connection_test_begin(store_t *store, str_t connection_id, str_t test_id,
                                     err_t *err) {
    SQL_BATCH(batch, store);
    sql_args_t *args = sql_add(&batch, &CONNECTION_TEST_BEGIN);
    sql_arg_text(args, connection_id);
    sql_arg_text(args, test_id);
    return sql_run(&batch, err);
}

static const sql_statement_t CONNECTION_TEST_READ = {
    "connection_test_read", "tt", "oottttt",
    "select k.id is not null, t.id is not null, t.status, t.user_info, t.error,"
    " t.error_description, t.error_details from (values (1)) as one"
    " left join connections k on k.id = $1"
    " left join connection_tests t on t.id = $2 and t.connection_id = k.id"};

result_t store_connection_test_read(store_t *store, str_t connection_id, str_t test_id,
                                    store_connection_test_t *out, err_t *err) {
    SQL_BATCH(batch, store);
    sql_args_t *args = sql_add(&batch, &CONNECTION_TEST_READ);
    sql_arg_text(args, connection_id);
    sql_arg_text(args, test_id);
    TRY(sql_run(&batch, err));
    sql_row_t row = sql_row(&batch, 0, 0);
    *out = (store_connection_test_t){.is_connection_present = sql_bool(&row)};
    out->is_present = sql_bool(&row);
    out->status = sql_text(&row);
    out->user_info = sql_text(&row);
    out->error = sql_text(&row);
    out->error_description = sql_text(&row);
    out->error_details = sql_text(&row);
    return OK;
}

const sql_statement_t *const sql_connection_admin_statements[] = {
    &CONNECTION_FIND,           &CONNECTION_DOMAINS,
    &CONNECTION_PLACE,          &CONNECTION_INSERT,
    &CONNECTION_PROTOCOL_SET,   &CONNECTION_RULES_SET,
    &CONNECTION_DOCUMENTS_DROP, &CONNECTION_TOGGLE,
    &CONNECTION_DELETE,         &CONNECTION_DOMAINS_COUNT,
    &CONNECTION_DOMAINS_SET,    &CONNECTION_TEST_BEGIN,
    &CONNECTION_TEST_READ,      NULL};
