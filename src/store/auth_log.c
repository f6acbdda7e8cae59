// Logins as their audit rows tell them.
#include "store/auth_log.h"
#include "store/paging.h"

// ---- the list -----------------------------------------------------------------------------------

// Decisions behind which a login does not go on (flow_step_name).
#define IS_FAILURE(decision_)                                                                      \
    decision_                                                                                      \
        " in ('error_page', 'error_redirect', 'expired', 'no_account', 'not_active',"              \
        " 'no_member', 'other_realm', 'sso_failed')"

// All rows of the entry's flow in one: a flow has some ten of them.
#define STORY_OF_ENTRY                                                                             \
    " cross join lateral (select count(*) as rows, bool_or(x.decision = 'complete') as is_done,"   \
    " (array_agg(x.decision order by x.id desc))[1] as last,"                                      \
    " (array_agg(x.connection_id order by x.id desc) filter (where x.connection_id <> ''))[1]"     \
    " as connection_id,"                                                                           \
    " (array_agg(x.organization_id order by x.id desc) filter (where x.organization_id <> ''))[1]" \
    " as organization_id,"                                                                         \
    " (array_agg(x.email order by x.id desc) filter (where x.email <> ''))[1] as email"            \
    " from (select * from audit_events a where a.flow_id = e.flow_id and a.flow_id <> ''"          \
    " union all select e.* where e.flow_id = '') x) t"
#define STATUS_OF_STORY                                                                            \
    " cross join lateral (select case when t.is_done then 'SUCCESS'"                               \
    " when " IS_FAILURE("t.last") " or (e.flow_id <> '' and not exists (select from flows f"       \
    " where f.id = e.flow_id and (f.status <> 'open' or f.expires_at > now()))) then 'FAILED'"     \
    " when t.rows > 1 then 'PENDING' else 'INITIATED' end as status) u"

#define ENTRIES_FROM(email_, client, statuses, has_from, from_, has_until, until_)                 \
    " from audit_events e" STORY_OF_ENTRY STATUS_OF_STORY                                          \
    " left join applications c on c.id = e.client_id"                                              \
    " left join connections k on k.id = t.connection_id"                                           \
    " where e.event = 'login.entry' and (" email_ " = '' or t.email = " email_                     \
    ")"                                                                                            \
    " and (" client " = '' or e.client_id = " client                                               \
    ")"                                                                                            \
    " and (cardinality(" statuses "::text[]) = 0 or u.status = any (" statuses                     \
    "))"                                                                                           \
    " and (not " has_from " or e.at >= " from_ ") and (not " has_until " or e.at <= " until_ ")"
#define ENTRIES_ON_PAGE ENTRIES_FROM("$4", "$5", "$6", "$7", "$8", "$9", "$10")
#define ENTRIES_FILTERS "ttlozoz"
#define ENTRIES_PARAMS PAGE_PARAMS ENTRIES_FILTERS
#define ENTRIES_TYPES PAGE_TYPES "ttttttttttz"
#define ENTRIES_COLUMNS                                                                            \
    "select (extract(epoch from e.at) * 1000000)::int8, e.id::text,"                               \
    " coalesce(nullif(e.flow_id, ''), 'log_' || e.id), t.organization_id, t.connection_id,"        \
    " t.email, u.status, e.client_id, c.name, c.type, k.protocol, k.provider, e.at"

// Newest first, so that the page behind one is the older one; position 0 is the start.
#define ENTRIES_POSITION                                                                           \
    "(timestamptz 'epoch' + $1::int8 * interval '1 microsecond', nullif($2, '')::int8)"
static const sql_statement_t ENTRIES_PAGE[] = {
    {"login_entries_forward", ENTRIES_PARAMS, ENTRIES_TYPES,
     ENTRIES_COLUMNS ENTRIES_ON_PAGE " and ($1::int8 = 0 or (e.at, e.id) < " ENTRIES_POSITION
                                     ") order by e.at desc, e.id desc limit $3"},
    {"login_entries_backward", ENTRIES_PARAMS, ENTRIES_TYPES,
     ENTRIES_COLUMNS ENTRIES_ON_PAGE " and (e.at, e.id) > " ENTRIES_POSITION
                                     " order by e.at, e.id limit $3"},
};

// $1 is the bound.
static const sql_statement_t ENTRIES_COUNT = {
    "login_entries_count", "i" ENTRIES_FILTERS, "i",
    "select count(*) from (select 1" ENTRIES_FROM("$2", "$3", "$4", "$5", "$6", "$7",
                                                  "$8") " limit $1) counted"};

static void filters_fill(sql_args_t *args, arena_t *arena, const store_login_entries_in_t *in) {
    sql_arg_text(args, in->email);
    sql_arg_text(args, in->client_id);
    sql_arg_list(args, arena, in->statuses);
    sql_arg_bool(args, in->has_from);
    sql_arg_time(args, in->from);
    sql_arg_bool(args, in->has_until);
    sql_arg_time(args, in->until);
}

static store_login_entry_t entry_from_row(sql_row_t *row) {
    store_login_entry_t entry = {.id = sql_text(row)};
    entry.organization_id = sql_text(row);
    entry.connection_id = sql_text(row);
    entry.email = sql_text(row);
    entry.status = sql_text(row);
    entry.client_id = sql_text(row);
    entry.client_name = sql_text(row);
    entry.client_type = sql_text(row);
    entry.protocol = sql_text(row);
    entry.provider = sql_text(row);
    entry.at = sql_time(row);
    return entry;
}

result_t store_login_entries_read(store_t *store, const store_login_entries_in_t *in,
                                  store_login_entries_t *out, err_t *err) {
    SQL_BATCH(batch, store);
    filters_fill(page_append(&batch, ENTRIES_PAGE, &in->page), store->arena, in);
    sql_args_t *count = sql_add(&batch, &ENTRIES_COUNT);
    sql_arg_int(count, STORE_LOGIN_ENTRIES_COUNTED);
    filters_fill(count, store->arena, in);
    TRY(sql_run(&batch, err));
    out->page = page_found(&batch, 0, &in->page);
    store_login_entry_t *items = ARENA_ARRAY(store->arena, store_login_entry_t, out->page.count);
    for (size_t i = 0; i < out->page.count; i++) {
        sql_row_t row = page_row(&batch, 0, &in->page, i);
        items[i] = entry_from_row(&row);
    }
    sql_row_t total = sql_row(&batch, 1, 0);
    out->page.total = sql_int(&total);
    out->items = items;
    return OK;
}

// ---- one login ----------------------------------------------------------------------------------

static const sql_statement_t STORY_READ = {
    "story_read", "t", "ztttttttttt",
    "select e.at, e.event, e.decision, e.reason, e.email, e.client_id, c.name, e.connection_id,"
    " k.name, e.organization_id, o.name from audit_events e"
    " left join applications c on c.id = e.client_id"
    " left join connections k on k.id = e.connection_id"
    " left join organizations o on o.id = e.organization_id"
    " where e.flow_id = $1 and e.flow_id <> '' order by e.id limit 1000"};

static store_story_row_t story_from_row(sql_row_t *row) {
    store_story_row_t story = {.at = sql_time(row)};
    story.event = sql_text(row);
    story.decision = sql_text(row);
    story.reason = sql_text(row);
    story.email = sql_text(row);
    story.client_id = sql_text(row);
    story.client_name = sql_text(row);
    story.connection_id = sql_text(row);
    story.connection_name = sql_text(row);
    story.organization_id = sql_text(row);
    story.organization_name = sql_text(row);
    return story;
}

result_t store_story_read(store_t *store, str_t flow_id, store_story_t *out, err_t *err) {
    SQL_BATCH(batch, store);
    sql_arg_text(sql_add(&batch, &STORY_READ), flow_id);
    TRY(sql_run(&batch, err));
    const size_t count = sql_row_count(&batch, 0);
    store_story_row_t *items = ARENA_ARRAY(store->arena, store_story_row_t, count);
    for (size_t i = 0; i < count; i++) {
        sql_row_t row = sql_row(&batch, 0, i);
        items[i] = story_from_row(&row);
    }
    *out = (store_story_t){items, count};
    return OK;
}

const sql_statement_t *const sql_auth_log_statements[] = {&ENTRIES_PAGE[0], &ENTRIES_PAGE[1],
                                                          &ENTRIES_COUNT, &STORY_READ, NULL};
