// Sessions as an administrator looks at them.
#include "store/session_admin.h"
#include "store/audit.h"
#include "store/facts.h"
#include "store/paging.h"

#define IDLE_END "s.last_active_at + s.idle_s * interval '1 second'"
#define STATUS                                                                                     \
    "case when s.ended_at is not null then case when s.end_reason like 'logout%' then 'logout'"    \
    " else 'revoked' end when " SESSION_IS_USABLE("s") " then 'active' else 'expired' end"

// One that its connection's end made unusable has not come to its own.
#define EXPIRED_AT                                                                                 \
    "case when s.ended_at is null and least(s.expires_at, " IDLE_END                               \
    ") <= now() then least(s.expires_at, " IDLE_END ") end"

#define ROW_TYPES "ttttlllzzzzzztt"
#define ROW_COLUMNS                                                                                \
    "s.id, s.user_id, s.organization_id, " STATUS                                                  \
    ", s.authenticated_organizations,"                                                             \
    " g.client_ids, g.organization_ids, s.created_at, s.last_active_at, s.expires_at, " IDLE_END   \
    ", " EXPIRED_AT ", s.ended_at, s.ip, s.user_agent"
#define CLIENTS_JOIN                                                                               \
    " left join lateral (select array_agg(d.client_id) as client_ids,"                             \
    " array_agg(d.organization_id) as organization_ids from (select distinct client_id,"           \
    " organization_id from grants where session_id = s.id order by 1, 2) d) g on true"

static store_session_row_t row_from(sql_row_t *row) {
    store_session_row_t session = {.id = sql_text(row)};
    session.user_id = sql_text(row);
    session.organization_id = sql_text(row);
    session.status = sql_text(row);
    session.authenticated_organizations = sql_list(row);
    session.client_ids = sql_list(row);
    session.client_organization_ids = sql_list(row);
    session.created_at = sql_time(row);
    session.last_active_at = sql_time(row);
    session.expires_at = sql_time(row);
    session.idle_ends_at = sql_time(row);
    session.expired_at = sql_time(row);
    session.ended_at = sql_time(row);
    session.ip = sql_text(row);
    session.user_agent = sql_text(row);
    return session;
}

static const sql_statement_t SESSION_READ = {"session_read", "t", ROW_TYPES,
                                             "select " ROW_COLUMNS " from sessions s" CLIENTS_JOIN
                                             " where s.id = $1"};

result_t store_session_read(store_t *store, str_t id, store_session_found_t *out, err_t *err) {
    SQL_BATCH(batch, store);
    sql_arg_text(sql_add(&batch, &SESSION_READ), id);
    TRY(sql_run(&batch, err));
    *out = (store_session_found_t){.is_present = sql_row_count(&batch, 0) > 0};
    if (out->is_present) {
        sql_row_t row = sql_row(&batch, 0, 0);
        out->row = row_from(&row);
    }
    return OK;
}

// ---- of one user --------------------------------------------------------------------------------

#define SESSIONS_WHERE(user, statuses, has_from, from_, has_until, until_)                         \
    " where s.user_id = " user " and (cardinality(" statuses "::text[]) = 0 or (" STATUS           \
    ") = any (" statuses                                                                           \
    "))"                                                                                           \
    " and (not " has_from " or s.created_at >= " from_                                             \
    ")"                                                                                            \
    " and (not " has_until " or s.created_at <= " until_ ")"
#define SESSIONS_FILTERS "tlozoz"
#define SESSIONS_ON_PAGE                                                                           \
    " from sessions s" CLIENTS_JOIN SESSIONS_WHERE("$4", "$5", "$6", "$7", "$8", "$9") " and "

static const sql_statement_t SESSIONS_PAGE[] = {
    {"sessions_forward", PAGE_PARAMS SESSIONS_FILTERS, PAGE_TYPES ROW_TYPES,
     "select " PAGE_COLUMNS("s") ", " ROW_COLUMNS SESSIONS_ON_PAGE PAGE_FORWARD("s")},
    {"sessions_backward", PAGE_PARAMS SESSIONS_FILTERS, PAGE_TYPES ROW_TYPES,
     "select " PAGE_COLUMNS("s") ", " ROW_COLUMNS SESSIONS_ON_PAGE PAGE_BACKWARD("s")},
};

static const sql_statement_t SESSIONS_COUNT = {
    "sessions_count", SESSIONS_FILTERS, "io",
    "select (select count(*) from sessions s" SESSIONS_WHERE(
        "$1", "$2", "$3", "$4", "$5", "$6") "), exists (select from users where id = $1)"};

static void filters_fill(sql_args_t *args, arena_t *arena, const store_sessions_in_t *in) {
    sql_arg_text(args, in->user_id);
    sql_arg_list(args, arena, in->statuses);
    sql_arg_bool(args, in->has_from);
    sql_arg_time(args, in->from);
    sql_arg_bool(args, in->has_until);
    sql_arg_time(args, in->until);
}

result_t store_sessions_read(store_t *store, const store_sessions_in_t *in, store_sessions_t *out,
                             err_t *err) {
    SQL_BATCH(batch, store);
    filters_fill(page_append(&batch, SESSIONS_PAGE, &in->page), store->arena, in);
    filters_fill(sql_add(&batch, &SESSIONS_COUNT), store->arena, in);
    TRY(sql_run(&batch, err));
    out->page = page_found(&batch, 0, &in->page);
    store_session_row_t *items = ARENA_ARRAY(store->arena, store_session_row_t, out->page.count);
    for (size_t i = 0; i < out->page.count; i++) {
        sql_row_t row = page_row(&batch, 0, &in->page, i);
        items[i] = row_from(&row);
    }
    sql_row_t facts = sql_row(&batch, 1, 0);
    out->page.total = sql_int(&facts);
    out->is_user_present = sql_bool(&facts);
    out->items = items;
    return OK;
}

// ---- their end ----------------------------------------------------------------------------------

static const sql_statement_t SESSIONS_USER = {
    "sessions_user", "t", "o",
    "select gatehouse_require(exists (select from users where id = $1))"};

// A login that waits for an organization to be chosen has no session yet, and needs no further
// proof to become one: it is as good as a session, and ends with them.
static const sql_statement_t SESSIONS_FLOWS = {
    "sessions_flows", "t", "",
    "update flows set authenticated_at = null, user_id = ''"
    " where user_id = $1 and user_id <> '' and status = 'open'"};

// How many there were is told of all, which they were of the first thousand: somebody's provider
// may have made any number.
static const sql_statement_t SESSIONS_END = {
    "sessions_end", "t", "i" ROW_TYPES,
    "with s as (update sessions x set ended_at = now(), end_reason = 'revoked by the API'"
    " where x.user_id = $1 and x.ended_at is null and x.expires_at > now() returning x.*)"
    " select (select count(*) from s), " ROW_COLUMNS " from s" CLIENTS_JOIN
    " order by s.created_at, s.id limit 1000"};

// A statement of its own, as in session.c: it sees the grants that were written meanwhile.
static const sql_statement_t SESSIONS_END_GRANTS = {
    "sessions_end_grants", "t", "",
    "update grants set revoked_at = now(), revoke_reason = 'revoked by the API'"
    " where user_id = $1 and revoked_at is null"};

result_t store_sessions_revoke(store_t *store, str_t user_id, const store_audit_t *audit,
                               store_sessions_t *out, err_t *err) {
    SQL_BATCH(batch, store);
    const sql_statement_t *const steps[] = {&SESSIONS_USER, &SESSIONS_FLOWS, &SESSIONS_END,
                                            &SESSIONS_END_GRANTS};
    enum { ENDED = 2 }; // the place of SESSIONS_END
    for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++) {
        sql_arg_text(sql_add(&batch, steps[i]), user_id);
    }
    audit_append(&batch, audit);
    TRY(sql_run(&batch, err));
    const size_t count = sql_row_count(&batch, ENDED);
    int64_t total = 0;
    store_session_row_t *items = ARENA_ARRAY(store->arena, store_session_row_t, count);
    for (size_t i = 0; i < count; i++) {
        sql_row_t row = sql_row(&batch, ENDED, i);
        total = sql_int(&row);
        items[i] = row_from(&row);
    }
    *out = (store_sessions_t){true, items, {.count = count, .total = total}};
    return OK;
}

const sql_statement_t *const sql_session_admin_statements[] = {
    &SESSION_READ,   &SESSIONS_PAGE[0],    &SESSIONS_PAGE[1],
    &SESSIONS_COUNT, &SESSIONS_USER,       &SESSIONS_FLOWS,
    &SESSIONS_END,   &SESSIONS_END_GRANTS, NULL};
