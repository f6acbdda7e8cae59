#include "store/domain_due.h"
#include "store/audit.h"

#define DUE_TYPES "tttttioo"
#define DUE_COLUMNS                                                                                \
    "d.id, d.organization_id, d.domain, d.txt_secret, d.status, d.failures, d.method = 'DNS',"     \
    " d.type = 'ORGANIZATION_DOMAIN' and exists (select from organization_domains x"               \
    " where x.domain = d.domain and x.type = d.type and x.status = 'verified' and x.id <> d.id)"

static store_domain_due_t due_from_row(sql_row_t *row) {
    store_domain_due_t due = {.id = sql_text(row)};
    due.organization_id = sql_text(row);
    due.domain = sql_text(row);
    due.txt_secret = sql_text(row);
    due.status = sql_text(row);
    due.failures = sql_int(row);
    due.is_dns = sql_bool(row);
    due.is_taken = sql_bool(row);
    return due;
}

static const sql_statement_t DOMAINS_DUE_ANY = {
    "domains_due_any", "", "o",
    "select exists (select from organization_domains"
    " where verify_due_at <= now() and method = 'DNS')"};

result_t store_domains_due_any(store_t *store, bool *out_is_any, err_t *err) {
    SQL_BATCH(batch, store);
    sql_add(&batch, &DOMAINS_DUE_ANY);
    TRY(sql_run(&batch, err));
    sql_row_t row = sql_row(&batch, 0, 0);
    *out_is_any = sql_bool(&row);
    return OK;
}

// As with mail (store/outbox.c): claiming moves the time, so what an instance that dies has taken
// is due again, and no instance waits for another one's rows.
static const sql_statement_t DOMAINS_DUE_CLAIM = {
    "domains_due_claim", "ii", DUE_TYPES,
    "update organization_domains d set verify_due_at = now() + $2::int8 * interval '1 second'"
    " where d.id = any (array(select c.id from organization_domains c"
    " where c.verify_due_at <= now() and c.method = 'DNS'"
    " order by c.verify_due_at, c.id limit $1 for update skip locked))"
    " returning " DUE_COLUMNS};

result_t store_domains_due_claim(store_t *store, int64_t max, int64_t lease_s,
                                 store_domains_due_t *out, err_t *err) {
    SQL_BATCH(batch, store);
    sql_args_t *args = sql_add(&batch, &DOMAINS_DUE_CLAIM);
    sql_arg_int(args, max);
    sql_arg_int(args, lease_s);
    TRY(sql_run(&batch, err));
    const size_t count = sql_row_count(&batch, 0);
    store_domain_due_t *items = ARENA_ARRAY(store->arena, store_domain_due_t, count);
    for (size_t i = 0; i < count; i++) {
        sql_row_t row = sql_row(&batch, 0, i);
        items[i] = due_from_row(&row);
    }
    *out = (store_domains_due_t){items, count};
    return OK;
}

static const sql_statement_t DOMAIN_DUE_READ = {
    "domain_due_read", "tt", DUE_TYPES,
    "select " DUE_COLUMNS
    " from organization_domains d where d.organization_id = $1 and d.id = $2"};

result_t store_domain_due_read(store_t *store, str_t organization_id, str_t id,
                               store_domain_due_found_t *out, err_t *err) {
    SQL_BATCH(batch, store);
    sql_args_t *args = sql_add(&batch, &DOMAIN_DUE_READ);
    sql_arg_text(args, organization_id);
    sql_arg_text(args, id);
    TRY(sql_run(&batch, err));
    *out = (store_domain_due_found_t){.is_present = sql_row_count(&batch, 0) > 0};
    if (out->is_present) {
        sql_row_t row = sql_row(&batch, 0, 0);
        out->row = due_from_row(&row);
    }
    return OK;
}

// Nothing of a check counts that was begun on another state than is there now: a domain that was
// removed and added again meanwhile has another id and another text to show. Of two organizations
// that are verified at the same moment the unique index lets one through.
static const sql_statement_t DOMAIN_CHECKED = {
    "domain_checked", "tttitii", "o",
    "with checked as (update organization_domains d set status = $5, failures = $6,"
    " checked_at = now(), verify_due_at = now() + nullif($7::int8, 0) * interval '1 second',"
    " verified_at = case when $5 = 'verified' and d.status <> 'verified' then now()"
    " else d.verified_at end,"
    " updated_at = case when $5 <> d.status then now() else d.updated_at end"
    " where d.id = $1 and d.txt_secret = $2 and d.status = $3 and d.failures = $4"
    " and d.method = 'DNS' returning 1)"
    " select gatehouse_require(exists (select from checked))"};

result_t store_domain_checked(store_t *store, const store_domain_due_t *row,
                              const store_domain_checked_t *checked, const store_audit_t *audit,
                              err_t *err) {
    SQL_BATCH(batch, store);
    sql_args_t *args = sql_add(&batch, &DOMAIN_CHECKED);
    sql_arg_text(args, row->id);
    sql_arg_text(args, row->txt_secret);
    sql_arg_text(args, row->status);
    sql_arg_int(args, row->failures);
    sql_arg_text(args, str_from_c(checked->status));
    sql_arg_int(args, checked->failures);
    sql_arg_int(args, checked->due_in_s);
    if (audit) {
        audit_append(&batch, audit);
    }
    return sql_run(&batch, err);
}

static const sql_statement_t DOMAINS_FAILED = {
    "domains_failed", "i", "tt",
    "select d.domain, d.organization_id from organization_domains d where d.status = 'failed'"
    " order by d.domain, d.id limit $1"};

result_t store_domains_failed_read(store_t *store, int64_t max, store_domains_failed_t *out,
                                   err_t *err) {
    SQL_BATCH(batch, store);
    sql_arg_int(sql_add(&batch, &DOMAINS_FAILED), max);
    TRY(sql_run(&batch, err));
    const size_t count = sql_row_count(&batch, 0);
    store_domain_failed_t *items = ARENA_ARRAY(store->arena, store_domain_failed_t, count);
    for (size_t i = 0; i < count; i++) {
        sql_row_t row = sql_row(&batch, 0, i);
        items[i].domain = sql_text(&row);
        items[i].organization_id = sql_text(&row);
    }
    *out = (store_domains_failed_t){items, count};
    return OK;
}

const sql_statement_t *const sql_domain_due_statements[] = {
    &DOMAINS_DUE_ANY, &DOMAINS_DUE_CLAIM, &DOMAIN_DUE_READ, &DOMAIN_CHECKED, &DOMAINS_FAILED, NULL};
