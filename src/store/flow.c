// Flows: the stored request, and what the pages read.
#include "store/audit.h"
#include "store/facts.h"
#include "store/flow_write.h"

// A session that waits for an organization to be chosen ($20) authenticates the flow, unless it is
// over by now.
static const sql_statement_t FLOW_INSERT = {
    "flow_insert", "tbttttttttttiitttltt", "",
    "insert into flows (id, browser_hash, client_id, redirect_uri, scope, state, nonce,"
    " code_challenge, prompt, login_hint, ui_locales, organization_id, max_age_s, expires_at,"
    " forced_connection_id, test_id, next_connection_id, picked_ids, sso_why, session_id, user_id,"
    " amr, connection_ids, authenticated_at)"
    " select $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13,"
    " now() + $14::int8 * interval '1 second', $15, $16, $17, $18, $19, $20,"
    " coalesce(s.user_id, ''), coalesce(s.amr, '{}'), coalesce(s.connection_ids, '{}'), s.auth_time"
    " from (values (1)) as one left join sessions s on s.id = $20 and " SESSION_IS_USABLE(
        "s") " where $20 = '' or gatehouse_require(s.id is not null)"};

void flow_insert_append(sql_batch_t *batch, const store_request_t *request) {
    sql_args_t *args = sql_add(batch, &FLOW_INSERT);
    sql_arg_text(args, request->id);
    sql_arg_bytes(args, request->browser_hash);
    sql_arg_text(args, request->client_id);
    sql_arg_text(args, request->redirect_uri);
    sql_arg_text(args, request->scope);
    if (request->has_state) {
        sql_arg_text(args, request->state);
    } else {
        sql_arg_text_or_null(args, STR_NONE);
    }
    sql_arg_text(args, request->nonce);
    sql_arg_text(args, request->code_challenge);
    sql_arg_text(args, request->prompt);
    sql_arg_text(args, request->login_hint);
    sql_arg_text(args, request->ui_locales);
    sql_arg_text(args, request->organization_id);
    sql_arg_int_or_null(args, request->has_max_age, request->max_age_s);
    sql_arg_int(args, request->lifetime_s);
    sql_arg_text(args, request->forced_connection_id);
    sql_arg_text(args, request->test_id);
    sql_arg_text(args, request->next_connection_id);
    sql_arg_list(args, batch->store->arena, request->picked_ids);
    sql_arg_text(args, str_from_c(why_name(request->why)));
    sql_arg_text(args, request->session_id);
}

result_t store_flow_create(store_t *store, const store_request_t *request,
                           const store_audit_t *audit, err_t *err) {
    SQL_BATCH(batch, store);
    sql_add(&batch, &SQL_COMMIT_LATER);
    flow_insert_append(&batch, request);
    audit_append(&batch, audit);
    return sql_run(&batch, err);
}

static const sql_statement_t FLOW_READ = {"flow_read", "t", FLOW_TYPES,
                                          "select " FLOW_COLUMNS FLOW_JOIN " where f.id = $1"};

result_t store_flow_read(store_t *store, str_t flow_id, store_flow_t *out, err_t *err) {
    SQL_BATCH(batch, store);
    sql_arg_text(sql_add(&batch, &FLOW_READ), flow_id);
    TRY(sql_run(&batch, err));
    *out = (store_flow_t){0};
    if (sql_row_count(&batch, 0) > 0) {
        sql_row_t row = sql_row(&batch, 0, 0);
        *out = flow_from_row(&row);
    }
    return OK;
}

// A resend gives no address: the flow's own counts.
static const sql_statement_t FLOW_EMAIL = {
    "flow_email", "tttb", FLOW_TYPES REALM_TYPES "o",
    "select " FLOW_COLUMNS ", " REALM_COLUMNS
    ", exists (select from known_browsers b"
    " where b.browser_hash = $4 and b.email = coalesce($2, f.email))" FLOW_JOIN REALM_JOIN(
        "coalesce($3, " DOMAIN_OF("f.email") ")") " where f.id = $1"};

result_t store_email_read(store_t *store, const store_email_in_t *in, store_email_t *out,
                          err_t *err) {
    SQL_BATCH(batch, store);
    sql_args_t *args = sql_add(&batch, &FLOW_EMAIL);
    sql_arg_text(args, in->flow_id);
    sql_arg_text_or_null(args, in->email);
    sql_arg_text_or_null(args, in->domain);
    sql_arg_bytes(args, in->browser_hash);
    TRY(sql_run(&batch, err));
    *out = (store_email_t){0};
    if (sql_row_count(&batch, 0) > 0) {
        sql_row_t row = sql_row(&batch, 0, 0);
        out->flow = flow_from_row(&row);
        out->hrd = realm_from_row(&row);
        out->is_known_browser = sql_bool(&row);
    }
    return OK;
}

const sql_statement_t *const sql_flow_statements[] = {&FLOW_INSERT, &FLOW_READ, &FLOW_EMAIL, NULL};
