// Where a flow goes next, and what the pages on the way offer.
#include "store/audit.h"
#include "store/facts.h"
#include "store/flow_write.h"
#include "store/sso.h"

static const sql_statement_t ASSERTION_INSERT = {
    "assertion_insert", "ttttttit", "",
    "insert into assertions (id, flow_id, connection_id, subject, email, email_display,"
    " trust_epoch, profile) values ($1, $2, $3, $4, $5, $6, $7, $8::text::jsonb)"};

void assertion_append(sql_batch_t *batch, str_t flow_id, const store_assertion_t *assertion) {
    sql_args_t *args = sql_add(batch, &ASSERTION_INSERT);
    sql_arg_text(args, assertion->id);
    sql_arg_text(args, flow_id);
    sql_arg_text(args, assertion->connection_id);
    sql_arg_text(args, assertion->subject);
    sql_arg_text(args, assertion->email);
    sql_arg_text(args, assertion->email_display);
    sql_arg_int(args, assertion->trust_epoch);
    sql_arg_text(args, str_is_empty(assertion->profile) ? STR("{}") : assertion->profile);
}

// An identity that waits for an address (M6) waits until the flow goes elsewhere.
static const sql_statement_t FLOW_NEXT = {
    "flow_next", "ttltttt", "o",
    "with sent as (update flows set next_connection_id = $2, picked_ids = $3, sso_why = $4,"
    " assertion_id = $5, email = case when $6 = '' then email else $6 end,"
    " email_display = case when $6 = '' then email_display else $7 end"
    " where id = $1 and status = 'open' and expires_at > now() returning 1)"
    " select gatehouse_require(exists (select from sent))"};

result_t store_flow_next(store_t *store, const store_next_t *in, const store_audit_t *audit,
                         err_t *err) {
    SQL_BATCH(batch, store);
    sql_args_t *args = sql_add(&batch, &FLOW_NEXT);
    sql_arg_text(args, in->flow_id);
    sql_arg_text(args, in->next_connection_id);
    sql_arg_list(args, store->arena, in->picked_ids);
    sql_arg_text(args, str_from_c(why_name(in->why)));
    sql_arg_text(args, in->assertion ? in->assertion->id : STR_NONE);
    sql_arg_text(args, in->email);
    sql_arg_text(args, in->email_display);
    if (in->assertion) {
        assertion_append(&batch, in->flow_id, in->assertion);
    }
    audit_append(&batch, audit);
    return sql_run(&batch, err);
}

static const sql_statement_t TEST_FINISH = {
    "test_finish", "tottttt", "",
    "with ended as (update connection_tests set status = case when $2 then 'SUCCESS'"
    " else 'FAILURE' end, user_info = $3, error = $4, error_description = $5, error_details = $6,"
    " finished_at = now() where id = $1 and status = 'PENDING' returning id)"
    " update flows f set status = 'completed', closed_at = now() from ended"
    " where f.id = $7 and f.test_id = ended.id and f.status = 'open'"};

result_t store_test_finish(store_t *store, const store_test_result_t *in,
                           const store_audit_t *audit, err_t *err) {
    SQL_BATCH(batch, store);
    sql_args_t *args = sql_add(&batch, &TEST_FINISH);
    sql_arg_text(args, in->test_id);
    sql_arg_bool(args, in->is_success);
    sql_arg_text(args, in->user_info);
    sql_arg_text(args, in->error);
    sql_arg_text(args, in->error_description);
    sql_arg_text(args, in->error_details);
    sql_arg_text(args, audit->flow_id);
    audit_append(&batch, audit);
    return sql_run(&batch, err);
}

static const sql_statement_t APPLICATION_DEFAULT = {"application_default", "", CLIENT_TYPES,
                                                    "select " CLIENT_COLUMNS
                                                    " from " DEFAULT_APPLICATION " a"};

result_t store_default_application(store_t *store, flow_client_t *out, err_t *err) {
    SQL_BATCH(batch, store);
    sql_add(&batch, &APPLICATION_DEFAULT);
    TRY(sql_run(&batch, err));
    *out = (flow_client_t){0};
    if (sql_row_count(&batch, 0) > 0) {
        sql_row_t row = sql_row(&batch, 0, 0);
        *out = client_from_row(&row);
    }
    return OK;
}

static const sql_statement_t BUTTONS_READ = {
    "buttons_read", "", "ttt",
    "select k.id, k.provider, k.name from connections k where k.type = 'social'"
    " and " CONNECTION_IS_ON("k") " order by k.name, k.id"};

static const sql_statement_t PICKED_READ = {
    "picked_read", "l", "ttt",
    "select k.id, k.provider, k.name from unnest($1::text[]) with ordinality as picked (id, "
    "position)"
    " join connections k on k.id = picked.id left join organizations o on o.id = k.organization_id"
    " where " CONNECTION_IS_USABLE("k", "o") " order by picked.position"};

static result_t buttons_run(sql_batch_t *batch, store_buttons_t *out, err_t *err) {
    TRY(sql_run(batch, err));
    const size_t count = sql_row_count(batch, 0);
    store_button_t *items = ARENA_ARRAY(batch->store->arena, store_button_t, count);
    for (size_t i = 0; i < count; i++) {
        sql_row_t row = sql_row(batch, 0, i);
        items[i].id = sql_text(&row);
        items[i].provider = sql_text(&row);
        items[i].name = sql_text(&row);
    }
    *out = (store_buttons_t){items, count};
    return OK;
}

result_t store_buttons_read(store_t *store, store_buttons_t *out, err_t *err) {
    SQL_BATCH(batch, store);
    sql_add(&batch, &BUTTONS_READ);
    return buttons_run(&batch, out, err);
}

result_t store_picked_read(store_t *store, const flow_list_t *ids, store_buttons_t *out,
                           err_t *err) {
    SQL_BATCH(batch, store);
    sql_arg_list(sql_add(&batch, &PICKED_READ), store->arena, *ids);
    return buttons_run(&batch, out, err);
}

const sql_statement_t *const sql_next_statements[] = {
    &ASSERTION_INSERT, &FLOW_NEXT,   &TEST_FINISH, &APPLICATION_DEFAULT,
    &BUTTONS_READ,     &PICKED_READ, NULL};
