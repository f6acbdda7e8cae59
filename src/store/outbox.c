#include "store/outbox.h"
#include "store/audit.h"

// Claiming moves the due time, so a mail whose instance dies is due again when the lease is over.
// Two instances never wait for one another's rows. An array, because it is made once: a subquery
// beside `in` may be run anew for every row of the table, and then takes more than its limit.
static const sql_statement_t OUTBOX_CLAIM = {
    "outbox_claim", "ii", "tbizo",
    "update outbox set due_at = now() + $2::int8 * interval '1 second', attempts = attempts + 1"
    " where id = any (array(select id from outbox where sent_at is null"
    " and dead_at is null and due_at <= now() order by due_at, id limit $1"
    " for update skip locked))"
    " returning id, sealed, attempts - 1, created_at, expires_at <= now()"};

static store_mail_t mail_from_row(sql_row_t *row) {
    store_mail_t mail = {.id = sql_text(row)};
    mail.sealed = sql_bytes(row);
    mail.attempts = (int)sql_int(row);
    mail.created_at = sql_time(row);
    mail.is_expired = sql_bool(row);
    return mail;
}

result_t store_outbox_claim(store_t *store, int max, int64_t lease_s, store_mails_t *out,
                            err_t *err) {
    SQL_BATCH(batch, store);
    // Not flushed at once, here and below: a crash of the database forgets at worst that a mail was
    // taken or went out, and it goes out again. None is lost.
    sql_add(&batch, &SQL_COMMIT_LATER);
    sql_args_t *args = sql_add(&batch, &OUTBOX_CLAIM);
    sql_arg_int(args, max);
    sql_arg_int(args, lease_s);
    TRY(sql_run(&batch, err));
    const size_t count = sql_row_count(&batch, 1);
    store_mail_t *items = ARENA_ARRAY(store->arena, store_mail_t, count);
    for (size_t i = 0; i < count; i++) {
        sql_row_t row = sql_row(&batch, 1, i);
        items[i] = mail_from_row(&row);
    }
    *out = (store_mails_t){items, count};
    return OK;
}

static const sql_statement_t OUTBOX_SENT = {
    "outbox_sent", "l", "",
    "update outbox set sent_at = now(), sealed = null"
    " where id = any ($1) and sent_at is null and dead_at is null"};

result_t store_outbox_sent(store_t *store, const str_t *ids, size_t count, err_t *err) {
    SQL_BATCH(batch, store);
    sql_add(&batch, &SQL_COMMIT_LATER);
    sql_arg_list(sql_add(&batch, &OUTBOX_SENT), store->arena, (flow_list_t){ids, count});
    return sql_run(&batch, err);
}

static const sql_statement_t OUTBOX_FAILED = {
    "outbox_failed", "tiot", "",
    "update outbox set due_at = now() + $2::int8 * interval '1 second', why = $4,"
    " dead_at = case when $3 then now() end, sealed = case when $3 then null else sealed end"
    " where id = $1 and sent_at is null and dead_at is null"};

result_t store_outbox_failed(store_t *store, const store_mail_failed_t *in, err_t *err) {
    SQL_BATCH(batch, store);
    sql_args_t *args = sql_add(&batch, &OUTBOX_FAILED);
    sql_arg_text(args, in->id);
    sql_arg_int(args, in->retry_after_s);
    sql_arg_bool(args, in->is_dead);
    sql_arg_text(args, audit_text(store->arena, str_from_c(in->why)));
    return sql_run(&batch, err);
}

static const sql_statement_t OUTBOX_COUNT = {
    "outbox_count", "", "iii",
    "select count(*), (select count(*) from outbox where dead_at is not null),"
    " coalesce(extract(epoch from now() - min(created_at)), 0)::int8"
    " from outbox where sent_at is null and dead_at is null"};

result_t store_outbox_count(store_t *store, store_outbox_counts_t *out, err_t *err) {
    SQL_BATCH(batch, store);
    sql_add(&batch, &OUTBOX_COUNT);
    TRY(sql_run(&batch, err));
    sql_row_t row = sql_row(&batch, 0, 0);
    out->pending = sql_int(&row);
    out->dead = sql_int(&row);
    out->oldest_pending_s = sql_int(&row);
    return OK;
}

const sql_statement_t *const sql_outbox_statements[] = {&OUTBOX_CLAIM, &OUTBOX_SENT, &OUTBOX_FAILED,
                                                        &OUTBOX_COUNT, NULL};
