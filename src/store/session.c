// Browser sessions after the login: their use and their end.
#include "store/session.h"
#include "store/audit.h"
#include "store/facts.h"
#include "store/session_touch.h"

// At most once a minute, or once in a quarter of a short idle time.
static const sql_statement_t SESSION_TOUCH = {
    "session_touch", "b", "",
    "update sessions s set last_active_at = now() where s.token_hash = $1"
    " and s.last_active_at < now() - least(interval '1 minute', s.idle_s * interval '0.25 second')"
    " and " SESSION_IS_USABLE("s")};

void session_touch_append(sql_batch_t *batch, bytes_t session_hash) {
    if (session_hash.len) {
        sql_arg_bytes(sql_add(batch, &SESSION_TOUCH), session_hash);
    }
}

static const sql_statement_t LOGOUT_READ = {
    "logout_read", "bt", SESSION_TYPES CLIENT_TYPES,
    "select " SESSION_COLUMNS ", " CLIENT_COLUMNS " from (values (1)) as one" SESSION_JOIN(
        "x.token_hash = $1") " left join applications a on a.id = $2"};

result_t store_logout_read(store_t *store, const store_logout_in_t *in, store_logout_t *out,
                           err_t *err) {
    SQL_BATCH(batch, store);
    sql_args_t *args = sql_add(&batch, &LOGOUT_READ);
    sql_arg_bytes(args, in->session_hash);
    sql_arg_text(args, in->client_id);
    TRY(sql_run(&batch, err));
    sql_row_t row = sql_row(&batch, 0, 0);
    out->session = session_from_row(&row);
    out->client = client_from_row(&row);
    return OK;
}

static const sql_statement_t SESSION_END = {
    "session_end", "tt", "",
    "update sessions set ended_at = now(), end_reason = $2 where id = $1 and ended_at is null"};

// A statement of its own: one that waited for the session's row then sees the grants that were
// written meanwhile. Codes and refresh tokens hang on their grant.
static const sql_statement_t SESSION_END_GRANTS = {
    "session_end_grants", "tt", "",
    "update grants set revoked_at = now(), revoke_reason = $2"
    " where session_id = $1 and revoked_at is null"};

result_t store_session_end(store_t *store, str_t session_id, const char *why,
                           const store_audit_t *audit, err_t *err) {
    SQL_BATCH(batch, store);
    const sql_statement_t *const steps[] = {&SESSION_END, &SESSION_END_GRANTS};
    for (size_t i = 0; i < 2; i++) {
        sql_args_t *args = sql_add(&batch, steps[i]);
        sql_arg_text(args, session_id);
        sql_arg_text(args, str_from_c(why));
    }
    audit_append(&batch, audit);
    return sql_run(&batch, err);
}

const sql_statement_t *const sql_session_statements[] = {&SESSION_TOUCH, &LOGOUT_READ, &SESSION_END,
                                                         &SESSION_END_GRANTS, NULL};
