// Flows: the stored request, and what the pages read.
#include "store/audit.h"
#include "store/facts.h"
#include "store/flow_write.h"

static const sql_statement_t FLOW_INSERT = {
    "flow_insert", "tbttttttttttii", "",
    "insert into flows (id, browser_hash, client_id, redirect_uri, scope, state, nonce,"
    " code_challenge, prompt, login_hint, ui_locales, organization_id, max_age_s, expires_at)"
    " values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13,"
    " now() + $14::int8 * interval '1 second')"};

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
