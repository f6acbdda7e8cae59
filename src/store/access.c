// Access tokens at the resources: barred ones, and whether what they hang on still lives.
#include "store/audit.h"
#include "store/facts.h"

static const sql_statement_t ACCESS_REVOKE = {
    "access_revoke", "tz", "",
    "insert into revoked_access_tokens (jti, expires_at) values ($1, $2) on conflict do nothing"};

result_t store_access_revoke(store_t *store, str_t jti, time_ms_t expires_at,
                             const store_audit_t *audit, err_t *err) {
    SQL_BATCH(batch, store);
    sql_args_t *args = sql_add(&batch, &ACCESS_REVOKE);
    sql_arg_text(args, jti);
    sql_arg_time(args, expires_at);
    audit_append(&batch, audit);
    return sql_run(&batch, err);
}

// A machine's token has no grant ($3 is NULL) and lives as long as its client may. A token for an
// organization that its user is no longer a member of is worth nothing (flow.md 6).
static const sql_statement_t ACCESS_READ = {
    "access_read", "ttt", "zoo" CLAIMS_TYPES SESSION_TYPES REALM_TYPES,
    "select now(), coalesce(" CLIENT_IS_ACTIVE("a") ", false)"
    " and not exists (select from revoked_access_tokens v where v.jti = $1)"
    " and ($3 is null or (g.revoked_at is null and s.id is not null and gu.is_active"
    " and " GRANT_IS_MEMBER ")), coalesce(a.may_use_api, false), "
    CLAIMS_COLUMNS ", " GRANT_SESSION_COLUMNS ", " REALM_COLUMNS
    " from (values (1)) as one left join applications a on a.id = $2"
    " left join grants g on g.id = $3 and g.client_id = a.id"
    " left join users gu on gu.id = g.user_id" CLAIMS_JOIN
    SESSION_JOIN("x.id = g.session_id") REALM_JOIN(DOMAIN_OF("gu.email"))};

result_t store_access_read(store_t *store, const store_access_in_t *in, store_access_t *out,
                           err_t *err) {
    SQL_BATCH(batch, store);
    sql_args_t *args = sql_add(&batch, &ACCESS_READ);
    sql_arg_text(args, in->jti);
    sql_arg_text(args, in->client_id);
    sql_arg_text_or_null(args, in->grant_id);
    TRY(sql_run(&batch, err));
    sql_row_t row = sql_row(&batch, 0, 0);
    out->now = sql_time(&row);
    out->is_active = sql_bool(&row);
    out->may_use_api = sql_bool(&row);
    out->user = claims_from_row(&row);
    out->session = session_from_row(&row);
    out->hrd = realm_from_row(&row);
    return OK;
}

const sql_statement_t *const sql_access_statements[] = {&ACCESS_REVOKE, &ACCESS_READ, NULL};
