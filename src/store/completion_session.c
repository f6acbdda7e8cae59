#include "store/completion_session.h"
#include "store/audit.h"
#include "store/facts.h"

static const sql_statement_t OLD_SESSION = {
    "old_session", "b", "tt",
    "select s.id, s.user_id from sessions s where s.token_hash = $1 and " SESSION_IS_USABLE(
        "s") " for no key update of s"};

void old_session_append(sql_batch_t *batch, bytes_t session_old_hash) {
    sql_arg_bytes(sql_add(batch, &OLD_SESSION), session_old_hash);
}

void old_session_found(const sql_batch_t *batch, size_t position, completion_found_t *found) {
    if (sql_row_count(batch, position) == 0) {
        return;
    }
    sql_row_t row = sql_row(batch, position, 0);
    found->old_session_id = sql_text(&row);
    found->is_old_session_own = str_eq(sql_text(&row), found->user_id);
}

static const sql_statement_t REUSED_SESSION = {
    "reused_session", "t", "t",
    "select u.id from sessions s join users u on u.id = s.user_id and u.is_active"
    " where s.id = $1 and " SESSION_IS_USABLE("s") " for no key update of s"};

void reused_session_append(sql_batch_t *batch, str_t session_id) {
    sql_arg_text(sql_add(batch, &REUSED_SESSION), session_id);
}

bool reused_session_found(const sql_batch_t *batch, size_t position, completion_found_t *found) {
    if (sql_row_count(batch, position) == 0) {
        return false;
    }
    sql_row_t row = sql_row(batch, position, 0);
    found->user_id = sql_text(&row);
    return true;
}

// P-LINK-02, P-LINK-16, flow.md 5: whoever prepared this account before its owner came (an
// administrator's invitation, or an attacker who waited) keeps no way in.
static const sql_statement_t PROOF_DROP_SESSIONS = {
    "proof_drop_sessions", "t", "",
    "update sessions set ended_at = now(), end_reason = 'first proof of the address'"
    " where user_id = $1 and ended_at is null"};
static const sql_statement_t PROOF_DROP_GRANTS = {
    "proof_drop_grants", "t", "",
    "update grants set revoked_at = now(), revoke_reason = 'first proof of the address'"
    " where user_id = $1 and revoked_at is null"};
static const sql_statement_t PROOF_SET = {
    "proof_set", "tt", "",
    "update users set proven_at = now(), updated_at = now(), email_display = $2 where id = $1"};

void first_proof_append(sql_batch_t *batch, const store_completion_t *in, str_t user_id) {
    sql_arg_text(sql_add(batch, &PROOF_DROP_SESSIONS), user_id);
    sql_arg_text(sql_add(batch, &PROOF_DROP_GRANTS), user_id);
    sql_args_t *args = sql_add(batch, &PROOF_SET);
    sql_arg_text(args, user_id);
    sql_arg_text(args, in->email_display);
}

// The SSO connections among the methods, remembered apart so that disabling one ends the session.
#define SSO_OF_AMR                                                                                 \
    "array(select k.id from connections k where k.id = any ($3)"                                   \
    " and k.type in ('saml', 'oidc') order by k.id)"

// P-SESS-01: a fresh cookie after every authentication; the old value finds nothing any more.
static const sql_statement_t SESSION_MOVE = {
    "session_move", "tbliitt", "",
    "update sessions set token_hash = $2, amr = $3, connection_ids = " SSO_OF_AMR
    ", auth_time = now(), last_active_at = now(), expires_at = now() + $4::int8 * interval '1 "
    "second',"
    " idle_s = $5, ip = $6, user_agent = $7 where id = $1"};

static const sql_statement_t SESSION_INSERT = {
    "session_insert", "tbliittt", "",
    "insert into sessions (id, token_hash, amr, connection_ids, expires_at, idle_s, ip,"
    " user_agent, user_id)"
    " values ($1, $2, $3, " SSO_OF_AMR ", now() + $4::int8 * interval '1 second', $5, $6, $7, $8)"};

// Somebody else's session in the same browser, with all that hangs on it.
static const sql_statement_t SESSION_REPLACE = {
    "session_replace", "t", "",
    "with ended as (update sessions set ended_at = now(), end_reason = 'replaced by a login'"
    " where id = $1 and ended_at is null returning id)"
    " update grants set revoked_at = now(), revoke_reason = 'replaced by a login'"
    " from ended where session_id = ended.id and revoked_at is null"};

static sql_args_t *session_bind(sql_batch_t *batch, const sql_statement_t *statement,
                                const store_completion_t *in, str_t session_id) {
    arena_t *arena = batch->store->arena;
    sql_args_t *args = sql_add(batch, statement);
    sql_arg_text(args, session_id);
    sql_arg_bytes(args, in->session_hash);
    sql_arg_list(args, arena, in->amr);
    sql_arg_int(args, in->session_s);
    sql_arg_int_or_null(args, in->session_idle_s > 0, in->session_idle_s);
    sql_arg_text(args, audit_text(arena, in->ip));
    sql_arg_text(args, audit_text(arena, in->user_agent));
    return args;
}

str_t new_session_append(sql_batch_t *batch, const store_completion_t *in,
                         const completion_found_t *found) {
    const bool has_old = !str_is_empty(found->old_session_id);
    if (has_old && found->is_old_session_own && !found->is_first_proof) {
        session_bind(batch, &SESSION_MOVE, in, found->old_session_id);
        return found->old_session_id;
    }
    if (has_old) {
        sql_arg_text(sql_add(batch, &SESSION_REPLACE), found->old_session_id);
    }
    sql_arg_text(session_bind(batch, &SESSION_INSERT, in, in->session_id), found->user_id);
    return in->session_id;
}

const sql_statement_t *const sql_completion_session_statements[] = {
    &OLD_SESSION,       &REUSED_SESSION,  &PROOF_DROP_SESSIONS,
    &PROOF_DROP_GRANTS, &PROOF_SET,       &SESSION_MOVE,
    &SESSION_INSERT,    &SESSION_REPLACE, NULL};
