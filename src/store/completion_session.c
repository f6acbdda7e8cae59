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
    "reused_session", "tt", "tttlltl",
    "select s.id, u.id, u.email, s.amr, s.connection_ids, s.organization_id, "
    SSO_ORGANIZATIONS_OF("s.connection_ids")
    " from sessions s join users u on u.id = s.user_id and u.is_active"
    " where s.id = $1 and " SESSION_IS_USABLE("s")
    " and ($2 = '' or exists (select from flows f where f.id = $2 and f.session_id = s.id"
    " and f.user_id = s.user_id and f.authenticated_at is not null)) for no key update of s"};

void reused_session_append(sql_batch_t *batch, str_t session_id, str_t flow_id) {
    sql_args_t *args = sql_add(batch, &REUSED_SESSION);
    sql_arg_text(args, session_id);
    sql_arg_text(args, flow_id);
}

bool reused_session_found(const sql_batch_t *batch, size_t position, completion_found_t *found) {
    if (sql_row_count(batch, position) == 0) {
        return false;
    }
    sql_row_t row = sql_row(batch, position, 0);
    found->session_id = sql_text(&row);
    found->user_id = sql_text(&row);
    found->user_email = sql_text(&row);
    found->amr = sql_list(&row);
    found->connection_ids = sql_list(&row);
    found->session_organization_id = sql_text(&row);
    found->sso_organization_ids = sql_list(&row);
    return true;
}

// hosted-login.md 4.1: the stricter of the environment's lifetimes and the organization's. NULL is
// no limit, and least() passes it over.
#define POLICY(organization, lifetime, idle)                                                       \
    "(select least(" lifetime                                                                      \
    ", min(o.session_absolute_min) * 60) * interval '1 second' as life,"                           \
    " least(" idle                                                                                 \
    ", min(o.session_idle_min) filter (where o.is_session_idle_on) * 60) as idle_s"                \
    " from organizations o where o.id = " organization                                             \
    " and o.is_session_policy_on and o.has_own_session_policy) p"
#define ORGANIZATIONS_WITH(organization)                                                           \
    "case when " organization " is null or " organization                                          \
    " = any (s.authenticated_organizations)"                                                       \
    " then s.authenticated_organizations else s.authenticated_organizations || " organization      \
    "::text end"
#define AUTHENTICATED_AT(flow_id)                                                                  \
    "coalesce((select f.authenticated_at from flows f where f.id = " flow_id "), now())"

// P-SESS-01: a fresh cookie after every authentication; the old value finds nothing any more.
static const sql_statement_t SESSION_MOVE = {
    "session_move", "tblliitttt", "",
    "update sessions s set token_hash = $2, amr = $3, connection_ids = $4, last_active_at = now(),"
    " auth_time = " AUTHENTICATED_AT("$10") ", expires_at = now() + p.life, idle_s = p.idle_s,"
    " ip = $7, user_agent = $8,"
    " organization_id = $9, authenticated_organizations = " ORGANIZATIONS_WITH("$9")
    " from " POLICY("$9", "$5", "$6") " where s.id = $1"};

static const sql_statement_t SESSION_INSERT = {
    "session_insert", "tblliittttt", "",
    "insert into sessions (id, token_hash, amr, connection_ids, expires_at, idle_s, ip, user_agent,"
    " organization_id, authenticated_organizations, auth_time, user_id)"
    " select $1, $2, $3, $4, now() + p.life, p.idle_s, $7, $8, $9,"
    " array_remove(array[$9], null), " AUTHENTICATED_AT("$10") ", $11 from " POLICY("$9", "$5",
                                                                                    "$6")};

// An organization's time begins when the session begins to work for it.
static const sql_statement_t SESSION_SWITCH = {
    "session_switch", "tt", "",
    "update sessions s set organization_id = $2, authenticated_organizations = "
    ORGANIZATIONS_WITH("$2") ", expires_at = least(s.expires_at, now() + p.life),"
    " idle_s = least(s.idle_s, p.idle_s) from " POLICY("$2", "null", "null") " where s.id = $1"};

void session_switch_append(sql_batch_t *batch, const completion_found_t *found,
                           str_t organization_id) {
    if (str_eq(found->session_organization_id, organization_id)) {
        return;
    }
    sql_args_t *args = sql_add(batch, &SESSION_SWITCH);
    sql_arg_text(args, found->session_id);
    sql_arg_text_or_null(args, organization_id);
}

// Somebody else's session in the same browser, with all that hangs on it.
static const sql_statement_t SESSION_REPLACE = {
    "session_replace", "t", "",
    "with ended as (update sessions set ended_at = now(), end_reason = 'replaced by a login'"
    " where id = $1 and ended_at is null returning id)"
    " update grants set revoked_at = now(), revoke_reason = 'replaced by a login'"
    " from ended where session_id = ended.id and revoked_at is null"};

static sql_args_t *session_bind(sql_batch_t *batch, const sql_statement_t *statement,
                                const session_new_t *session, const completion_found_t *found) {
    arena_t *arena = batch->store->arena;
    const bool is_move = statement == &SESSION_MOVE;
    sql_args_t *args = sql_add(batch, statement);
    sql_arg_text(args, is_move ? found->old_session_id : session->id);
    sql_arg_bytes(args, session->hash);
    sql_arg_list(args, arena, found->amr);
    sql_arg_list(args, arena, found->connection_ids);
    sql_arg_int(args, session->lifetime_s);
    sql_arg_int_or_null(args, session->idle_s > 0, session->idle_s);
    sql_arg_text(args, audit_text(arena, session->ip));
    sql_arg_text(args, audit_text(arena, session->user_agent));
    sql_arg_text_or_null(args, session->organization_id);
    sql_arg_text(args, session->flow_id);
    return args;
}

str_t new_session_append(sql_batch_t *batch, const session_new_t *session,
                         const completion_found_t *found) {
    const bool has_old = !str_is_empty(found->old_session_id);
    if (has_old && found->is_old_session_own && !found->is_first_proof) {
        session_bind(batch, &SESSION_MOVE, session, found);
        return found->old_session_id;
    }
    if (has_old) {
        sql_arg_text(sql_add(batch, &SESSION_REPLACE), found->old_session_id);
    }
    sql_arg_text(session_bind(batch, &SESSION_INSERT, session, found), found->user_id);
    return session->id;
}

const sql_statement_t *const sql_completion_session_statements[] = {
    &OLD_SESSION,    &REUSED_SESSION,  &SESSION_MOVE, &SESSION_INSERT,
    &SESSION_SWITCH, &SESSION_REPLACE, NULL};
