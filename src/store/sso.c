// A login on its way through an identity provider: the request goes out, the answer comes back, and
// what is known of whom it names.
#include "store/sso.h"
#include "store/audit.h"
#include "store/connection_config.h"

static const sql_statement_t BEGIN_READ = {
    "begin_read", "t", FLOW_TYPES CONFIG_TYPES,
    "select " FLOW_COLUMNS ", " CONFIG_COLUMNS FLOW_JOIN CONNECTION_JOIN("k.id = "
                                                                         "f.next_connection_id")
        CONFIG_JOIN " where f.id = $1"};

result_t store_begin_read(store_t *store, str_t flow_id, store_begin_t *out, err_t *err) {
    SQL_BATCH(batch, store);
    sql_arg_text(sql_add(&batch, &BEGIN_READ), flow_id);
    TRY(sql_run(&batch, err));
    *out = (store_begin_t){0};
    if (sql_row_count(&batch, 0) > 0) {
        sql_row_t row = sql_row(&batch, 0, 0);
        out->flow = flow_from_row(&row);
        out->connection = config_from_row(&row);
    }
    return OK;
}

// Only where the flow was sent, or among what the person may pick from.
static const sql_statement_t SSO_BEGIN = {
    "sso_begin", "bttbi", "o",
    "with open as (select f.id from flows f where f.id = $2 and f.status = 'open'"
    " and f.expires_at > now() and (f.next_connection_id = $3 or $3 = any (f.picked_ids))"
    " for key share), begun as (insert into sso_requests (state_hash, flow_id, connection_id,"
    " sealed, expires_at) select $1, open.id, $3, $4, now() + $5::int8 * interval '1 second'"
    " from open returning 1)"
    " select gatehouse_require(exists (select from begun))"};

result_t store_sso_begin(store_t *store, const store_sso_request_t *request,
                         const store_audit_t *audit, err_t *err) {
    SQL_BATCH(batch, store);
    sql_args_t *args = sql_add(&batch, &SSO_BEGIN);
    sql_arg_bytes(args, request->state_hash);
    sql_arg_text(args, request->flow_id);
    sql_arg_text(args, request->connection_id);
    sql_arg_bytes(args, request->sealed);
    sql_arg_int(args, request->lifetime_s);
    audit_append(&batch, audit);
    return sql_run(&batch, err);
}

// RFC 9700 4.7, P-RP-02: once, at its own callback, in its own browser, in time. Of two callbacks
// at once the second waits for the row and finds it used. The select behind it sees the row as it
// was before, so what it says of use is of earlier.
static const sql_statement_t SSO_TAKE = {
    "sso_take", "bbt", "ooozbo" FLOW_TYPES CONFIG_TYPES,
    "with taken as (update sso_requests q set consumed_at = now() from flows f"
    " where q.state_hash = $1 and q.connection_id = $3 and q.consumed_at is null"
    " and q.expires_at > now() and f.id = q.flow_id and f.browser_hash = $2 returning 1)"
    " select exists (select from taken), q.connection_id = $3, q.expires_at > now(),"
    " q.created_at, q.sealed, f.browser_hash = $2, " FLOW_COLUMNS ", " CONFIG_COLUMNS FLOW_JOIN
    " join sso_requests q on q.flow_id = f.id" CONNECTION_JOIN("k.id = q.connection_id") CONFIG_JOIN
    " where q.state_hash = $1"};

static const char *take_why(bool is_connection, bool is_browser, bool is_in_time) {
    if (!is_connection) {
        return "the state belongs to another connection";
    }
    if (!is_browser) {
        return "the state belongs to another browser";
    }
    return is_in_time ? "the state was used before" : "the state is too old";
}

result_t store_sso_take(store_t *store, const store_take_in_t *in, store_take_t *out, err_t *err) {
    SQL_BATCH(batch, store);
    sql_args_t *args = sql_add(&batch, &SSO_TAKE);
    sql_arg_bytes(args, in->state_hash);
    sql_arg_bytes(args, in->browser_hash);
    sql_arg_text(args, in->connection_id);
    TRY(sql_run(&batch, err));
    *out = (store_take_t){.why = "the state is unknown"};
    if (sql_row_count(&batch, 0) == 0) {
        return OK;
    }
    sql_row_t row = sql_row(&batch, 0, 0);
    out->is_present = sql_bool(&row);
    const bool is_connection = sql_bool(&row);
    const bool is_in_time = sql_bool(&row);
    out->sent_at = sql_time(&row);
    const bytes_t sealed = sql_bytes(&row);
    const bool is_browser = sql_bool(&row);
    out->flow = flow_from_row(&row);
    out->connection = config_from_row(&row);
    if (!out->flow.is_present) {
        out->is_present = false;
        out->why = "the login's application is gone";
        return OK;
    }
    out->sealed = out->is_present ? sealed : (bytes_t){0};
    out->why = out->is_present ? NULL : take_why(is_connection, is_browser, is_in_time);
    return OK;
}

// The browser fetches it at once, by the 303 that answers the POST. Nothing is kept for a state
// that nobody waits for: whoever posts here needs no login, and must not be able to fill the table.
static const sql_statement_t CALLBACK_PARK = {
    "callback_park", "btbb", "",
    "insert into parked_callbacks (token_hash, connection_id, sealed, expires_at)"
    " select $1, $2, $3, now() + interval '2 minutes' where exists (select from sso_requests r"
    " where r.state_hash = $4 and r.connection_id = $2 and r.consumed_at is null"
    " and r.expires_at > now())"};

static void park_append(sql_batch_t *batch, const store_callback_t *callback) {
    sql_args_t *args = sql_add(batch, &CALLBACK_PARK);
    sql_arg_bytes(args, callback->token_hash);
    sql_arg_text(args, callback->connection_id);
    sql_arg_bytes(args, callback->sealed);
    sql_arg_bytes(args, callback->state_hash);
}

result_t store_callback_park(store_t *store, const store_callback_t *callback, err_t *err) {
    SQL_BATCH(batch, store);
    sql_add(&batch, &SQL_COMMIT_LATER);
    park_append(&batch, callback);
    return sql_run(&batch, err);
}

static const sql_statement_t SSO_GIVE_BACK = {
    "sso_give_back", "b", "", "update sso_requests set consumed_at = null where state_hash = $1"};

result_t store_sso_give_back(store_t *store, bytes_t state_hash, const store_callback_t *parked,
                             err_t *err) {
    SQL_BATCH(batch, store);
    sql_arg_bytes(sql_add(&batch, &SSO_GIVE_BACK), state_hash);
    if (parked) {
        park_append(&batch, parked);
    }
    return sql_run(&batch, err);
}

static const sql_statement_t CALLBACK_FETCH = {
    "callback_fetch", "bt", "b",
    "delete from parked_callbacks where token_hash = $1 and connection_id = $2"
    " returning case when expires_at > now() then sealed end"};

result_t store_callback_fetch(store_t *store, bytes_t token_hash, str_t connection_id,
                              bytes_t *out_sealed, err_t *err) {
    SQL_BATCH(batch, store);
    sql_args_t *args = sql_add(&batch, &CALLBACK_FETCH);
    sql_arg_bytes(args, token_hash);
    sql_arg_text(args, connection_id);
    TRY(sql_run(&batch, err));
    *out_sealed = (bytes_t){0};
    if (sql_row_count(&batch, 0) > 0) {
        sql_row_t row = sql_row(&batch, 0, 0);
        *out_sealed = sql_bytes(&row);
    }
    return OK;
}

#define ARRIVAL_TYPES                                                                              \
    FLOW_TYPES CONNECTION_TYPES IDENTITY_TYPES USER_TYPES                                          \
        "o" MEMBERSHIP_TYPES SESSION_TYPES REALM_TYPES REALM_TYPES
#define ARRIVAL_SELECT(session_, session_join_)                                                    \
    "select " FLOW_COLUMNS ", " CONNECTION_COLUMNS ", " IDENTITY_COLUMNS ", " USER_COLUMNS         \
    ", " IS_ORGANIZATION_DOMAIN(                                                                   \
        "$5") ", " MEMBERSHIP_COLUMNS ", " session_ ", " REALM_COLUMNS ", " REALM_COLUMNS_AS("ru") \
        FLOW_JOIN CONNECTION_JOIN("k.id = $2") IDENTITY_JOIN("$2", "$3") USER_JOIN("$4")           \
            MEMBERSHIP_JOIN("u.id", "$5", "array[f.organization_id, k.organization_id]")           \
                session_join_ REALM_JOIN("$5") USER_REALM_JOIN("$4") " where f.id = $1"

static const sql_statement_t ARRIVAL_READ = {
    "arrival_read", "tttttb", ARRIVAL_TYPES,
    ARRIVAL_SELECT(SESSION_COLUMNS, SESSION_JOIN("x.token_hash = $6"))};

static const sql_statement_t ARRIVAL_READ_ALONE = {"arrival_read_alone", "ttttt", ARRIVAL_TYPES,
                                                   ARRIVAL_SELECT(SESSION_NONE, "")};

result_t store_arrival_read(store_t *store, const store_arrival_in_t *in, store_arrival_t *out,
                            err_t *err) {
    const bool has_session = in->session_hash.len > 0;
    SQL_BATCH(batch, store);
    sql_args_t *args = sql_add(&batch, has_session ? &ARRIVAL_READ : &ARRIVAL_READ_ALONE);
    sql_arg_text(args, in->flow_id);
    sql_arg_text(args, in->connection_id);
    sql_arg_text(args, in->subject);
    sql_arg_text(args, in->email);
    sql_arg_text(args, in->email_domain);
    if (has_session) {
        sql_arg_bytes(args, in->session_hash);
    }
    TRY(sql_run(&batch, err));
    *out = (store_arrival_t){0};
    if (sql_row_count(&batch, 0) == 0) {
        return OK;
    }
    sql_row_t row = sql_row(&batch, 0, 0);
    out->flow = flow_from_row(&row);
    out->connection = connection_from_row(&row);
    out->identity = identity_from_row(&row);
    out->user = user_from_row(&row);
    out->is_organization_domain = sql_bool(&row);
    out->memberships = memberships_from_row(&row);
    out->session = session_from_row(&row);
    out->hrd = realm_from_row(&row);
    out->hrd_user = realm_from_row(&row);
    return OK;
}

const sql_statement_t *const sql_sso_statements[] = {
    &BEGIN_READ,   &SSO_BEGIN,          &SSO_TAKE, &SSO_GIVE_BACK, &CALLBACK_PARK, &CALLBACK_FETCH,
    &ARRIVAL_READ, &ARRIVAL_READ_ALONE, NULL};
