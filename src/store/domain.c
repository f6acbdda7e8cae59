// Email domains of organizations, as an administrator adds and removes them.
#include "store/audit.h"
#include "store/domain_row.h"

store_domain_t domain_from_row(sql_row_t *row) {
    store_domain_t domain = {0};
    domain.id = sql_text(row);
    domain.organization_id = sql_text(row);
    domain.domain = sql_text(row);
    domain.type = sql_text(row);
    domain.status = sql_text(row);
    domain.method = sql_text(row);
    domain.txt_secret = sql_text(row);
    domain.created_at = sql_time(row);
    domain.updated_at = sql_time(row);
    return domain;
}

// ---- reading ------------------------------------------------------------------------------------

static const sql_statement_t DOMAIN_CLAIM_READ = {
    "domain_claim_read", "ttt", "ooo",
    "select exists (select from organizations where id = $1),"
    " exists (select from organization_domains d where d.organization_id = $1 and d.domain = $2"
    " and d.type = $3),"
    " exists (select from organization_domains d where d.organization_id <> $1 and d.domain = $2"
    " and d.type = 'ORGANIZATION_DOMAIN' and d.status = 'verified')"};

result_t store_domain_claim_read(store_t *store, const store_domain_in_t *in,
                                 store_domain_claim_t *out, err_t *err) {
    SQL_BATCH(batch, store);
    sql_args_t *args = sql_add(&batch, &DOMAIN_CLAIM_READ);
    sql_arg_text(args, in->organization_id);
    sql_arg_text(args, in->domain);
    sql_arg_text(args, in->type);
    TRY(sql_run(&batch, err));
    sql_row_t row = sql_row(&batch, 0, 0);
    out->is_organization_present = sql_bool(&row);
    out->is_own = sql_bool(&row);
    out->is_foreign = sql_bool(&row);
    return OK;
}

static const sql_statement_t DOMAIN_READ = {
    "domain_read", "tt", DOMAIN_TYPES,
    "select " DOMAIN_COLUMNS
    " from organization_domains d where d.organization_id = $1 and d.id = "
    "$2"};

static void read_append(sql_batch_t *batch, str_t organization_id, str_t id) {
    sql_args_t *args = sql_add(batch, &DOMAIN_READ);
    sql_arg_text(args, organization_id);
    sql_arg_text(args, id);
}

result_t store_domain_read(store_t *store, str_t organization_id, str_t id,
                           store_domain_found_t *out, err_t *err) {
    SQL_BATCH(batch, store);
    read_append(&batch, organization_id, id);
    TRY(sql_run(&batch, err));
    *out = (store_domain_found_t){.is_present = sql_row_count(&batch, 0) > 0};
    if (out->is_present) {
        sql_row_t row = sql_row(&batch, 0, 0);
        out->row = domain_from_row(&row);
    }
    return OK;
}

static const sql_statement_t DOMAINS_OWNER = {
    "domains_owner", "t", "o", "select exists (select from organizations where id = $1)"};

static const sql_statement_t DOMAINS_READ = {
    "domains_read", "ttii", DOMAIN_TYPES,
    "select " DOMAIN_COLUMNS
    " from organization_domains d where d.organization_id = $1"
    " and ($2::text is null or d.type = $2) order by d.created_at, d.id limit $3 offset $4"};

result_t store_domains_read(store_t *store, const store_domains_in_t *in, store_domains_t *out,
                            err_t *err) {
    SQL_BATCH(batch, store);
    sql_arg_text(sql_add(&batch, &DOMAINS_OWNER), in->organization_id);
    sql_args_t *args = sql_add(&batch, &DOMAINS_READ);
    sql_arg_text(args, in->organization_id);
    sql_arg_text_or_null(args, in->type);
    sql_arg_int(args, in->size);
    sql_arg_int(args, in->skip);
    TRY(sql_run(&batch, err));
    sql_row_t owner = sql_row(&batch, 0, 0);
    const size_t count = sql_row_count(&batch, 1);
    store_domain_t *items = ARENA_ARRAY(store->arena, store_domain_t, count);
    for (size_t i = 0; i < count; i++) {
        sql_row_t row = sql_row(&batch, 1, i);
        items[i] = domain_from_row(&row);
    }
    *out = (store_domains_t){sql_bool(&owner), items, count};
    return OK;
}

// ---- writing ------------------------------------------------------------------------------------

// The unique index of verified domains decides between two that claim one at the same moment.
static const sql_statement_t DOMAIN_INSERT = {
    "domain_insert", "ttttttt", "o",
    "with added as (insert into organization_domains (id, organization_id, domain, type, status,"
    " method, txt_secret, verified_at, verify_due_at)"
    " select $1, o.id, $3, $4, $5, $6, $7, case when $5 = 'verified' then now() end,"
    " case when $6 = 'DNS' then now() end"
    " from organizations o where o.id = $2 returning 1)"
    " select gatehouse_require(exists (select from added))"};

result_t store_domain_create(store_t *store, const store_domain_t *row, const store_audit_t *audit,
                             store_domain_t *out, err_t *err) {
    const str_t texts[] = {row->id,     row->organization_id, row->domain,    row->type,
                           row->status, row->method,          row->txt_secret};
    SQL_BATCH(batch, store);
    sql_args_t *args = sql_add(&batch, &DOMAIN_INSERT);
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        sql_arg_text(args, texts[i]);
    }
    read_append(&batch, row->organization_id, row->id);
    audit_append(&batch, audit);
    TRY(sql_run(&batch, err));
    sql_row_t made = sql_row(&batch, 1, 0);
    *out = domain_from_row(&made);
    return OK;
}

static const sql_statement_t DOMAIN_DELETE = {
    "domain_delete", "tt", "o",
    "with gone as (delete from organization_domains where organization_id = $1 and id = $2"
    " returning 1) select gatehouse_require(exists (select from gone))"};

result_t store_domain_delete(store_t *store, const store_domain_t *row, const store_audit_t *audit,
                             err_t *err) {
    SQL_BATCH(batch, store);
    sql_args_t *args = sql_add(&batch, &DOMAIN_DELETE);
    sql_arg_text(args, row->organization_id);
    sql_arg_text(args, row->id);
    audit_append(&batch, audit);
    return sql_run(&batch, err);
}

const sql_statement_t *const sql_domain_statements[] = {
    &DOMAIN_CLAIM_READ, &DOMAIN_READ, &DOMAINS_OWNER, &DOMAINS_READ, &DOMAIN_INSERT,
    &DOMAIN_DELETE,     NULL};
