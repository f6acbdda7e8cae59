// The one transaction that ends a login, in two round trips: the first takes what may be taken only
// once and locks it, the second writes what follows. See challenge.c for the order of locks.
#include "store/audit.h"
#include "store/completion_session.h"
#include "store/facts.h"
#include "store/flow_write.h"

// A test login of a connection signs nobody in.
#define FLOW_IS_OPEN "status = 'open' and expires_at > now() and test_id = ''"
static const sql_statement_t FLOW_CLOSE = {
    "flow_close", "t", "o",
    "with closed as (update flows set status = 'completed', closed_at = now()"
    " where id = $1 and " FLOW_IS_OPEN
    " returning id)"
    " select gatehouse_require(exists (select from closed))"};

static const sql_statement_t FLOW_HOLD = {
    "flow_hold", "t", "o",
    "with held as (select from flows where id = $1 and " FLOW_IS_OPEN
    " for no key update)"
    " select gatehouse_require(exists (select from held))"};

// What a completion and an authentication take and find alike.
typedef struct {
    const sql_statement_t *flow; // FLOW_CLOSE or FLOW_HOLD
    str_t flow_id;
    const store_request_t *new_request;
    const store_proven_t *proven;
    const completion_member_t *member; // NULL: none
    str_t session_id;                  // to be reused; empty: proof
    bytes_t session_old_hash;
} taking_t;

// The statements between the flow and the commit's other half.
static void taking_append(sql_batch_t *batch, const taking_t *in, completion_places_t *places) {
    *places = (completion_places_t){COMPLETION_NOWHERE, COMPLETION_NOWHERE, COMPLETION_NOWHERE,
                                    COMPLETION_NOWHERE, COMPLETION_NOWHERE, COMPLETION_NOWHERE};
    sql_add(batch, &SQL_BEGIN);
    if (in->new_request) {
        flow_insert_append(batch, in->new_request);
    }
    sql_arg_text(sql_add(batch, in->flow), in->flow_id);
    if (in->member) {
        member_lock_append(batch, in->member);
    }
    if (!str_is_empty(in->session_id)) {
        places->session = batch->count;
        reused_session_append(batch, in->session_id,
                              in->proven->is_from_flow ? in->flow_id : STR_NONE);
        return;
    }
    proof_append(batch, in->flow_id, in->proven, places);
    places->old_session = batch->count;
    old_session_append(batch, in->session_old_hash);
}

static result_t taking_found(const sql_batch_t *batch, const taking_t *in,
                             const completion_places_t *places, completion_found_t *out,
                             err_t *err) {
    completion_found_t found = {0};
    if (!str_is_empty(in->session_id)) {
        if (!reused_session_found(batch, places->session, &found)) {
            return FAIL(err, CONFLICT, "store_completion", "the session ended meanwhile");
        }
    } else {
        TRY(proof_found(batch, places, in->proven, &found, err));
        old_session_found(batch, places->old_session, &found);
    }
    *out = found;
    return OK;
}

// First round trip.
static result_t completion_take(store_t *store, const taking_t *in, completion_found_t *out,
                                err_t *err) {
    completion_places_t places;
    SQL_BATCH(batch, store);
    taking_append(&batch, in, &places);
    TRY(sql_run(&batch, err));
    const result_t result = taking_found(&batch, in, &places, out, err);
    if (result != OK) {
        sql_rollback(store);
    }
    return result;
}

// Client, scope and redirect URI come from the stored flow, never from the browser (P-OP-37), and
// auth_time and amr from the session as it is at this moment.
static const sql_statement_t GRANT_INSERT = {
    "grant_insert", "ttttt", "",
    "insert into grants (id, client_id, user_id, session_id, scope, nonce, organization_id,"
    " auth_time, amr)"
    " select $1, f.client_id, $3, $4, f.scope, f.nonce, $5, s.auth_time, s.amr"
    " from flows f join sessions s on s.id = $4 where f.id = $2"};

static const sql_statement_t CODE_INSERT = {
    "code_insert", "btti", "",
    "insert into authorization_codes (hash, grant_id, redirect_uri, code_challenge, expires_at)"
    " select $1, $2, f.redirect_uri, f.code_challenge, now() + $4::int8 * interval '1 second'"
    " from flows f where f.id = $3"};

static void grant_append(sql_batch_t *batch, const store_completion_t *in,
                         const completion_found_t *found) {
    sql_args_t *args = sql_add(batch, &GRANT_INSERT);
    sql_arg_text(args, in->grant_id);
    sql_arg_text(args, in->flow_id);
    sql_arg_text(args, found->user_id);
    sql_arg_text(args, found->session_id);
    sql_arg_text(args, in->organization_id);
    args = sql_add(batch, &CODE_INSERT);
    sql_arg_bytes(args, in->code_hash);
    sql_arg_text(args, in->grant_id);
    sql_arg_text(args, in->flow_id);
    sql_arg_int(args, in->code_s);
}

// Who it is, written down: what a completion and an authentication write alike.
static void proof_write_append(sql_batch_t *batch, const store_proven_t *proven,
                               const completion_found_t *found) {
    if (found->is_first_proof) {
        first_proof_append(batch, found->user_id, proven->email_display);
    }
    identity_append(batch, proven, found);
}

static completion_member_t member_of(const store_completion_t *in) {
    return (completion_member_t){.organization_id = in->organization_id,
                                 .step = in->membership,
                                 .new_organization_id = in->new_organization_id,
                                 .new_organization_name = in->new_organization_name};
}

static void session_append(sql_batch_t *batch, const store_completion_t *in,
                           completion_found_t *found) {
    if (!in->is_new_session) {
        session_switch_append(batch, found, in->organization_id);
        return;
    }
    const session_new_t session = {.id = in->session_id,
                                   .hash = in->session_hash,
                                   .lifetime_s = in->session_s,
                                   .idle_s = in->session_idle_s,
                                   .organization_id = in->organization_id,
                                   .flow_id = in->proven.is_from_flow ? in->flow_id : STR_NONE,
                                   .ip = in->ip,
                                   .user_agent = in->user_agent};
    found->session_id = arena_dup(batch->store->arena, new_session_append(batch, &session, found));
    browser_known_append(batch, in->browser_hash, in->proven.email);
}

static bool list_has(const flow_list_t *list, str_t item) {
    for (size_t i = 0; i < list->count; i++) {
        if (str_eq(list->items[i], item)) {
            return true;
        }
    }
    return false;
}

// Through organization A's connection for another organization, or for none, now or by the session
// that it made.
static bool is_elsewhere(const store_completion_t *in, const completion_found_t *found) {
    if (found->sso_organization_ids.count == 0 ||
        list_has(&found->sso_organization_ids, in->organization_id)) {
        return false;
    }
    return in->is_new_session || !str_eq(found->session_organization_id, in->organization_id);
}

// flow.md 3, loop guard: what came through organization A's connection is for A alone, but for
// people whose own realm A is (home_guard_append), and only A's own connection makes members of A
// by itself. Nobody stays without an organization by another's connection, and one is made by it
// only by a session of somebody who is at home there.
static bool is_right_organization(const store_completion_t *in, const completion_found_t *found) {
    const bool has_own_right = in->membership == FLOW_MEMBERSHIP_KEEP ||
                               in->membership == FLOW_MEMBERSHIP_ACCEPT ||
                               in->membership == FLOW_MEMBERSHIP_JOIN;
    if (is_elsewhere(in, found)) {
        return str_is_empty(in->new_organization_id) ? has_own_right : !in->is_new_session;
    }
    return in->membership != FLOW_MEMBERSHIP_JIT ||
           list_has(&found->sso_organization_ids, in->organization_id);
}

// Second round trip. The audit row names the user and the session that the write found.
static result_t completion_write(store_t *store, const store_completion_t *in,
                                 const store_audit_t *audit, completion_found_t *found,
                                 err_t *err) {
    const completion_member_t member = member_of(in);
    SQL_BATCH(batch, store);
    realm_guard_append(&batch, in->proven.email, found, in->organization_id);
    if (is_elsewhere(in, found)) {
        home_guard_append(&batch, in->proven.email, found);
    }
    proof_write_append(&batch, &in->proven, found);
    member_append(&batch, &member, found);
    session_append(&batch, in, found);
    grant_append(&batch, in, found);
    store_audit_t named = *audit;
    named.user_id = found->user_id;
    named.session_id = found->session_id;
    audit_append(&batch, &named);
    sql_add(&batch, &SQL_COMMIT);
    return sql_continue(&batch, err);
}

static result_t completion_once(store_t *store, const store_completion_t *in,
                                const store_audit_t *audit, store_completed_t *out, err_t *err) {
    const completion_member_t member = member_of(in);
    const taking_t taking = {.flow = &FLOW_CLOSE,
                             .flow_id = in->flow_id,
                             .new_request = in->new_request,
                             .proven = &in->proven,
                             .member = &member,
                             .session_id = in->is_new_session ? STR_NONE : in->session_id,
                             .session_old_hash = in->session_old_hash};
    completion_found_t found;
    TRY(completion_take(store, &taking, &found, err));
    if (!is_right_organization(in, &found)) {
        sql_rollback(store);
        return FAIL(err, CONFLICT, "store_completion", "the login is another organization's");
    }
    TRY(completion_write(store, in, audit, &found, err));
    *out = (store_completed_t){
        .user_id = found.user_id, .is_new_user = found.is_new_user, .session_id = found.session_id};
    return OK;
}

result_t store_login_complete(store_t *store, const store_completion_t *in,
                              const store_audit_t *audit, store_completed_t *out, err_t *err) {
    const completion_member_t member = member_of(in);
    const char *defect = proven_defect(&in->proven, !in->is_new_session);
    defect = defect ? defect : member_defect(&member);
    if (defect || str_is_empty(in->session_id)) {
        return FAIL(err, INTERNAL, "store_completion", "%s", defect ? defect : "no session");
    }
    result_t result;
    int attempts = 0;
    do {
        result = completion_once(store, in, audit, out, err);
    } while (result != OK && sql_should_retry(store, &attempts, err));
    return result;
}

// ---- the same without an end --------------------------------------------------------------------

static const sql_statement_t FLOW_AUTHENTICATED = {
    "flow_authenticated", "ttllttti", "",
    "update flows f set user_id = $2, amr = $3, connection_ids = $4,"
    " login_organization_id = $5, session_id = $6, login_subject = $7, login_epoch = $8,"
    " authenticated_at = coalesce((select s.auth_time from sessions s where s.id = $6), now())"
    " where f.id = $1"};

// The connection's organization is remembered, because no other will do; a session that is switched
// may go to any.
static str_t login_organization(const store_authentication_t *in, const completion_found_t *found) {
    const bool is_sso = str_is_empty(in->session_id) && found->sso_organization_ids.count > 0;
    return is_sso ? found->sso_organization_ids.items[0] : STR_NONE;
}

static void authenticated_append(sql_batch_t *batch, const store_authentication_t *in,
                                 const completion_found_t *found) {
    const store_proven_t *proven = &in->proven;
    const store_assertion_t *said =
        str_is_empty(proven->connection_id) ? NULL : proven->assertion; // an organization's
    sql_args_t *args = sql_add(batch, &FLOW_AUTHENTICATED);
    sql_arg_text(args, in->flow_id);
    sql_arg_text(args, found->user_id);
    sql_arg_list(args, batch->store->arena, found->amr);
    sql_arg_list(args, batch->store->arena, found->connection_ids);
    sql_arg_text(args, login_organization(in, found));
    sql_arg_text(args, in->session_id);
    sql_arg_text(args, said ? said->subject : STR_NONE);
    sql_arg_int(args, said ? said->trust_epoch : 0);
}

static result_t authentication_once(store_t *store, const store_authentication_t *in,
                                    const store_audit_t *audit, err_t *err) {
    const taking_t taking = {.flow = &FLOW_HOLD,
                             .flow_id = in->flow_id,
                             .new_request = in->new_request,
                             .proven = &in->proven,
                             .session_id = in->session_id};
    completion_found_t found;
    TRY(completion_take(store, &taking, &found, err));
    // Which organization it will be is judged when it is chosen; here the best that is open.
    const str_t best =
        found.sso_organization_ids.count > 0 ? found.sso_organization_ids.items[0] : STR_NONE;
    SQL_BATCH(batch, store);
    realm_guard_append(&batch, in->proven.email, &found, best);
    proof_write_append(&batch, &in->proven, &found);
    authenticated_append(&batch, in, &found);
    browser_known_append(&batch, in->browser_hash, in->proven.email);
    store_audit_t named = *audit;
    named.user_id = found.user_id;
    audit_append(&batch, &named);
    sql_add(&batch, &SQL_COMMIT);
    return sql_continue(&batch, err);
}

result_t store_login_authenticate(store_t *store, const store_authentication_t *in,
                                  const store_audit_t *audit, err_t *err) {
    const char *defect = proven_defect(&in->proven, !str_is_empty(in->session_id));
    if (defect || in->proven.is_from_flow) {
        return FAIL(err, INTERNAL, "store_completion", "%s",
                    defect ? defect : "the flow knows already who it is");
    }
    result_t result;
    int attempts = 0;
    do {
        result = authentication_once(store, in, audit, err);
    } while (result != OK && sql_should_retry(store, &attempts, err));
    return result;
}

const sql_statement_t *const sql_completion_statements[] = {
    &FLOW_CLOSE, &FLOW_HOLD, &GRANT_INSERT, &CODE_INSERT, &FLOW_AUTHENTICATED, NULL};
