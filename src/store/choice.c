// What the chooser of organizations decides from, of one moment.
#include "store/facts.h"

// flow.md 6: the organization of the connection that the login came through; for a session that is
// switched, whatever it came through, none.
static const sql_statement_t CHOICE_READ = {
    "choice_read", "tb",
    FLOW_TYPES USER_TYPES CONNECTION_TYPES MEMBERSHIP_TYPES SESSION_TYPES REALM_TYPES "t",
    "select " FLOW_COLUMNS ", " USER_COLUMNS ", " CONNECTION_COLUMNS ", " MEMBERSHIP_COLUMNS
    ", " SESSION_COLUMNS ", " REALM_COLUMNS ", u.email_display" FLOW_JOIN
    " left join users u on u.id = f.user_id and f.authenticated_at is not null" CONNECTION_JOIN(
        "k.id = f.connection_ids[1] and k.organization_id = f.login_organization_id")
        MEMBERSHIP_JOIN("u.id", DOMAIN_OF("u.email"), "array[f.organization_id, k.organization_id]")
            SESSION_JOIN("(x.token_hash = $2 and f.session_id = '' or x.id = f.session_id)")
                REALM_JOIN(DOMAIN_OF("u.email")) " where f.id = $1"};

result_t store_choice_read(store_t *store, str_t flow_id, bytes_t session_hash, store_choice_t *out,
                           err_t *err) {
    SQL_BATCH(batch, store);
    sql_args_t *args = sql_add(&batch, &CHOICE_READ);
    sql_arg_text(args, flow_id);
    sql_arg_bytes(args, session_hash);
    TRY(sql_run(&batch, err));
    *out = (store_choice_t){0};
    if (sql_row_count(&batch, 0) == 0) {
        return OK;
    }
    sql_row_t row = sql_row(&batch, 0, 0);
    out->flow = flow_from_row(&row);
    out->user = user_from_row(&row);
    out->connection = connection_from_row(&row);
    out->memberships = memberships_from_row(&row);
    out->session = session_from_row(&row);
    out->hrd = realm_from_row(&row);
    out->email_display = sql_text(&row);
    return OK;
}

static const sql_statement_t ORGANIZATION_BRAND = {"organization_brand", "t", "tt",
                                                   "select o.name, o.logo_url from organizations o"
                                                   " where o.id = $1"};

result_t store_organization_brand(store_t *store, str_t organization_id, store_brand_t *out,
                                  err_t *err) {
    SQL_BATCH(batch, store);
    sql_arg_text(sql_add(&batch, &ORGANIZATION_BRAND), organization_id);
    TRY(sql_run(&batch, err));
    *out = (store_brand_t){STR_NONE, STR_NONE};
    if (sql_row_count(&batch, 0) > 0) {
        sql_row_t row = sql_row(&batch, 0, 0);
        out->name = sql_text(&row);
        out->logo_url = sql_text(&row);
    }
    return OK;
}

const sql_statement_t *const sql_choice_statements[] = {&CHOICE_READ, &ORGANIZATION_BRAND, NULL};
