// The one transaction that ends a login, in two round trips: the first takes what may be taken only
// once and locks it, the second writes what follows. See challenge.c for the order of locks.
#include "store/audit.h"
#include "store/completion_session.h"
#include "store/flow_write.h"

static const sql_statement_t FLOW_CLOSE = {
    "flow_close", "t", "o",
    "with closed as (update flows set status = 'completed', closed_at = now()"
    " where id = $1 and status = 'open' and expires_at > now() returning id)"
    " select gatehouse_require(exists (select from closed))"};

// P-OTP-03: used once, not after a newer one, not after its end, and only for the flow and the
// address that it was sent for (P-OTP-04).
static const sql_statement_t CHALLENGE_CONSUME = {
    "challenge_consume", "ttt", "o",
    "with consumed as (update challenges set consumed_at = now()"
    " where id = $1 and flow_id = $2 and email = $3 and consumed_at is null"
    " and superseded_at is null and expires_at > now() returning id)"
    " select gatehouse_require(exists (select from consumed))"};

// flow.md 5: one user per address. Of two that insert at once one waits for the other's commit, and
// then finds that user in the next statement.
static const sql_statement_t USER_INSERT = {
    "user_insert", "ttto", "t",
    "insert into users (id, email, email_display, proven_at) select $1, $2, $3, now() where $4"
    " on conflict (email) do nothing returning id"};

static const sql_statement_t USER_LOCK = {
    "user_lock", "t", "too",
    "select id, is_active, proven_at is null from users where email = $1 for no key update"};

static void proof_append(sql_batch_t *batch, const store_completion_t *in) {
    sql_args_t *args = sql_add(batch, &CHALLENGE_CONSUME);
    sql_arg_text(args, in->challenge_id);
    sql_arg_text(args, in->flow_id);
    sql_arg_text(args, in->email);
    args = sql_add(batch, &USER_INSERT);
    sql_arg_text(args, in->user_id);
    sql_arg_text(args, in->email);
    sql_arg_text(args, in->email_display);
    sql_arg_bool(args, in->is_signup_open);
    sql_arg_text(sql_add(batch, &USER_LOCK), in->email);
}

// False: no such user and sign-up is closed, or a deactivated user (flow.md 6: never completes).
static bool proof_found(const sql_batch_t *batch, size_t position, completion_found_t *found) {
    found->is_new_user = sql_row_count(batch, position) > 0;
    if (sql_row_count(batch, position + 1) == 0) {
        return false;
    }
    sql_row_t row = sql_row(batch, position + 1, 0);
    found->user_id = sql_text(&row);
    const bool is_active = sql_bool(&row);
    found->is_first_proof = sql_bool(&row);
    return is_active;
}

// First round trip.
static result_t completion_take(store_t *store, const store_completion_t *in,
                                completion_found_t *out, err_t *err) {
    const bool is_login = !str_is_empty(in->challenge_id);
    SQL_BATCH(batch, store);
    sql_add(&batch, &SQL_BEGIN);
    if (in->new_request) {
        flow_insert_append(&batch, in->new_request);
    }
    sql_arg_text(sql_add(&batch, &FLOW_CLOSE), in->flow_id);
    const size_t consumed = batch.count;
    if (is_login) {
        proof_append(&batch, in);
        old_session_append(&batch, in->session_old_hash);
    } else {
        reused_session_append(&batch, in->session_id);
    }
    TRY(sql_run(&batch, err));

    completion_found_t found = {0};
    const bool is_found = is_login ? proof_found(&batch, consumed + 1, &found)
                                   : reused_session_found(&batch, consumed, &found);
    if (!is_found) {
        sql_rollback(store);
        return FAIL(err, CONFLICT, "store_completion",
                    is_login ? "no user may be made, or the user is not active"
                             : "the session ended meanwhile");
    }
    if (is_login) {
        old_session_found(&batch, consumed + 3, &found);
    }
    *out = found;
    return OK;
}

static const sql_statement_t BROWSER_KNOWN = {
    "browser_known", "bt", "",
    "insert into known_browsers (browser_hash, email) values ($1, $2)"
    " on conflict (browser_hash, email) do update set seen_at = now()"};

// Client, scope and redirect URI come from the stored flow, never from the browser (P-OP-37).
static const sql_statement_t GRANT_INSERT = {
    "grant_insert", "tttt", "",
    "insert into grants (id, client_id, user_id, session_id, scope, nonce)"
    " select $1, f.client_id, $3, $4, f.scope, f.nonce from flows f where f.id = $2"};

static const sql_statement_t CODE_INSERT = {
    "code_insert", "btti", "",
    "insert into authorization_codes (hash, grant_id, redirect_uri, code_challenge, expires_at)"
    " select $1, $2, f.redirect_uri, f.code_challenge, now() + $4::int8 * interval '1 second'"
    " from flows f where f.id = $3"};

static void grant_append(sql_batch_t *batch, const store_completion_t *in, str_t user_id,
                         str_t session_id) {
    sql_args_t *args = sql_add(batch, &GRANT_INSERT);
    sql_arg_text(args, in->grant_id);
    sql_arg_text(args, in->flow_id);
    sql_arg_text(args, user_id);
    sql_arg_text(args, session_id);
    args = sql_add(batch, &CODE_INSERT);
    sql_arg_bytes(args, in->code_hash);
    sql_arg_text(args, in->grant_id);
    sql_arg_text(args, in->flow_id);
    sql_arg_int(args, in->code_s);
}

static void browser_append(sql_batch_t *batch, const store_completion_t *in) {
    if (in->browser_hash.len == 0 || str_is_empty(in->email)) {
        return;
    }
    sql_args_t *args = sql_add(batch, &BROWSER_KNOWN);
    sql_arg_bytes(args, in->browser_hash);
    sql_arg_text(args, in->email);
}

// Second round trip. The audit row names the user and the session that the write found.
static result_t completion_write(store_t *store, const store_completion_t *in,
                                 const store_audit_t *audit, completion_found_t *found,
                                 err_t *err) {
    SQL_BATCH(batch, store);
    found->session_id = arena_dup(store->arena, in->session_id);
    if (found->is_first_proof) {
        first_proof_append(&batch, in, found->user_id);
    }
    if (in->is_new_session) {
        found->session_id = arena_dup(store->arena, new_session_append(&batch, in, found));
        browser_append(&batch, in);
    }
    grant_append(&batch, in, found->user_id, found->session_id);
    store_audit_t named = *audit;
    named.user_id = found->user_id;
    named.session_id = found->session_id;
    audit_append(&batch, &named);
    sql_add(&batch, &SQL_COMMIT);
    return sql_continue(&batch, err);
}

static result_t completion_once(store_t *store, const store_completion_t *in,
                                const store_audit_t *audit, store_completed_t *out, err_t *err) {
    completion_found_t found;
    TRY(completion_take(store, in, &found, err));
    TRY(completion_write(store, in, audit, &found, err));
    *out = (store_completed_t){
        .user_id = found.user_id, .is_new_user = found.is_new_user, .session_id = found.session_id};
    return OK;
}

result_t store_login_complete(store_t *store, const store_completion_t *in,
                              const store_audit_t *audit, store_completed_t *out, err_t *err) {
    // A session is new exactly if something was proven: anything else is a caller's mistake, and
    // must not end in a session that nobody proved.
    if (in->is_new_session == str_is_empty(in->challenge_id)) {
        return FAIL(err, INTERNAL, "store_completion", "a new session needs a challenge");
    }
    result_t result;
    int attempts = 0;
    do {
        result = completion_once(store, in, audit, out, err);
    } while (result != OK && sql_should_retry(store, &attempts, err));
    return result;
}

const sql_statement_t *const sql_completion_statements[] = {
    &FLOW_CLOSE,    &CHALLENGE_CONSUME, &USER_INSERT, &USER_LOCK,
    &BROWSER_KNOWN, &GRANT_INSERT,      &CODE_INSERT, NULL};
