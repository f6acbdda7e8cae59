#include "store/document_due.h"
#include "store/batch.h"

// A good copy is renewed in the last tenth of its time (renew_at), so that no login waits for it.
// After a failure the wait is as long as the trouble has lasted, counted from when the copy expired
// or the connection was set up. Whatever an administrator changes is tried at once. A minute is the
// interval of the claim (handle/document.h): earlier nobody may ask anyway.
#define UTC_NOW "now() at time zone 'UTC'"
#define IS_DUE(p)                                                                                  \
    "coalesce(" p ".tried_at <= now() - interval '1 minute' and (k.updated_at > " p                \
    ".tried_at or case when " p ".renew_at is not null then " p ".renew_at <= " UTC_NOW " else " p \
    ".tried_at + least(greatest(" p ".tried_at - coalesce(" p                                      \
    ".expires_at, k.updated_at), interval '1 minute'),"                                            \
    " interval '1 hour') <= now() end), false)"

// Where something can be due, by an index each: all connections are too many to walk so often. A
// change that nobody took up for a day waits for the first login, which asks by itself, or for the
// copy's own time.
#define MAY_BE_DUE                                                                                 \
    " k.id in (select p.connection_id from connection_documents p"                                 \
    " where p.renew_at is null or p.renew_at <= " UTC_NOW                                          \
    " union all select y.id from connections y where y.updated_at > now() - interval '1 day')"

// Nobody may have asked for the keys of a connection yet, or for its discovery document, which not
// every connection needs: keys every one does.
#define LISTED                                                                                     \
    " (select k.id, " IS_DUE("pd") " as is_discovery_due,"                                         \
    " pj.connection_id is null or " IS_DUE("pj") " as is_jwks_due,"                                \
    " least(pd.tried_at, pj.tried_at) as tried_at from connections k"                              \
    " left join connection_documents pd on pd.connection_id = k.id and pd.kind = 'discovery'"      \
    " left join connection_documents pj on pj.connection_id = k.id and pj.kind = 'jwks'"           \
    " where k.is_enabled and k.protocol = 'OIDC' and" MAY_BE_DUE ") as listed"                     \
    " where is_discovery_due or is_jwks_due"

static const sql_statement_t DOCUMENTS_DUE_ANY = {"documents_due_any", "", "o",
                                                  "select exists (select from" LISTED ")"};

result_t store_documents_due_any(store_t *store, bool *out_is_any, err_t *err) {
    SQL_BATCH(batch, store);
    sql_add(&batch, &DOCUMENTS_DUE_ANY);
    TRY(sql_run(&batch, err));
    sql_row_t row = sql_row(&batch, 0, 0);
    *out_is_any = sql_bool(&row);
    return OK;
}

// The claims of all instances come one after the other, each seeing what those before have marked.
static const sql_statement_t DOCUMENTS_DUE_LOCK = {
    "documents_due_lock", "", "o",
    "select pg_advisory_xact_lock(hashtextextended('gatehouse documents', 0)) is null"};

static const sql_statement_t DOCUMENTS_DUE_CLAIM = {
    "documents_due_claim", "i", "too",
    "with due as (select * from" LISTED
    " order by tried_at nulls first, id limit $1),"
    " made as (insert into connection_documents (connection_id, kind, url)"
    " select due.id, 'jwks', '' from due on conflict (connection_id, kind) do nothing),"
    " held as (update connection_documents p set tried_at = now() from due"
    " where p.connection_id = due.id and p.body = ''"
    " and case p.kind when 'discovery' then due.is_discovery_due else due.is_jwks_due end)"
    " select id, is_discovery_due, is_jwks_due from due"};

result_t store_documents_due_claim(store_t *store, int64_t max, store_documents_due_t *out,
                                   err_t *err) {
    SQL_BATCH(batch, store);
    sql_add(&batch, &DOCUMENTS_DUE_LOCK);
    sql_arg_int(sql_add(&batch, &DOCUMENTS_DUE_CLAIM), max);
    TRY(sql_run(&batch, err));
    const size_t count = sql_row_count(&batch, 1);
    store_document_due_t *items = ARENA_ARRAY(store->arena, store_document_due_t, count);
    for (size_t i = 0; i < count; i++) {
        sql_row_t row = sql_row(&batch, 1, i);
        items[i].connection_id = sql_text(&row);
        items[i].is_discovery_due = sql_bool(&row);
        items[i].is_jwks_due = sql_bool(&row);
    }
    *out = (store_documents_due_t){items, count};
    return OK;
}

static const sql_statement_t DOCUMENTS_FAILED = {
    "documents_failed", "i", "ttto",
    "select p.connection_id, p.kind, p.error, p.body <> '' from connection_documents p"
    " join connections k on k.id = p.connection_id where p.error <> '' and k.is_enabled"
    " order by p.connection_id, p.kind limit $1"};

result_t store_documents_failed_read(store_t *store, int64_t max, store_documents_failed_t *out,
                                     err_t *err) {
    SQL_BATCH(batch, store);
    sql_arg_int(sql_add(&batch, &DOCUMENTS_FAILED), max);
    TRY(sql_run(&batch, err));
    const size_t count = sql_row_count(&batch, 0);
    store_document_failed_t *items = ARENA_ARRAY(store->arena, store_document_failed_t, count);
    for (size_t i = 0; i < count; i++) {
        sql_row_t row = sql_row(&batch, 0, i);
        items[i].connection_id = sql_text(&row);
        items[i].kind = sql_text(&row);
        items[i].error = sql_text(&row);
        items[i].has_copy = sql_bool(&row);
    }
    *out = (store_documents_failed_t){items, count};
    return OK;
}

const sql_statement_t *const sql_document_due_statements[] = {
    &DOCUMENTS_DUE_ANY, &DOCUMENTS_DUE_LOCK, &DOCUMENTS_DUE_CLAIM, &DOCUMENTS_FAILED, NULL};
