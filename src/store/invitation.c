// The link of an invitation: what its page shows, and its use, once. Who opened it has read the
// mailbox, so the use is a proof of the address.
#include "store/audit.h"
#include "store/completion_session.h"
#include "store/facts.h"

static const sql_statement_t INVITATION_READ = {
    "invitation_read", "b", "zoztttt" USER_TYPES REALM_TYPES CLIENT_TYPES,
    "select now(), v.consumed_at is not null or m.status <> 'PENDING_INVITE', v.expires_at,"
    " o.id, o.name, m.inviter_email, u.email_display, " USER_COLUMNS ", " REALM_COLUMNS
    ", " CLIENT_COLUMNS
    " from invitations v"
    " join memberships m on m.organization_id = v.organization_id and m.user_id = v.user_id"
    " join organizations o on o.id = v.organization_id join users u on u.id = v.user_id"
    " left join " DEFAULT_APPLICATION
    " a on true" REALM_JOIN(DOMAIN_OF("u.email")) " where v.token_hash = $1"};

result_t store_invitation_read(store_t *store, bytes_t token_hash, store_invitation_t *out,
                               err_t *err) {
    SQL_BATCH(batch, store);
    sql_arg_bytes(sql_add(&batch, &INVITATION_READ), token_hash);
    TRY(sql_run(&batch, err));
    *out = (store_invitation_t){0};
    if (sql_row_count(&batch, 0) == 0) {
        return OK;
    }
    sql_row_t row = sql_row(&batch, 0, 0);
    out->is_present = true;
    out->now = sql_time(&row);
    out->is_consumed = sql_bool(&row);
    out->expires_at = sql_time(&row);
    out->organization_id = sql_text(&row);
    out->organization_name = sql_text(&row);
    out->inviter_email = sql_text(&row);
    out->email_display = sql_text(&row);
    out->user = user_from_row(&row);
    out->hrd = realm_from_row(&row);
    out->client = client_from_row(&row);
    return OK;
}

static const sql_statement_t INVITATION_USER = {
    "invitation_user", "b", "tttot",
    "update users u set last_login_at = now() from invitations v where v.token_hash = $1"
    " and v.consumed_at is null and v.expires_at > now() and u.id = v.user_id and u.is_active"
    " returning u.id, u.email, u.email_display, u.proven_at is null, v.organization_id"};

// The link, and no other of the same membership: a new mail replaced it.
static const sql_statement_t INVITATION_USE = {
    "invitation_use", "b", "o",
    "with used as (update invitations set consumed_at = now() where token_hash = $1"
    " and consumed_at is null and expires_at > now() returning organization_id, user_id),"
    " active as (update memberships m set status = 'ACTIVE', accepted_at = now(),"
    " updated_at = now() from used where m.organization_id = used.organization_id"
    " and m.user_id = used.user_id and m.status = 'PENDING_INVITE' returning 1)"
    " select gatehouse_require(exists (select from active))"};

typedef struct {
    completion_found_t login;
    str_t email_display, organization_id;
} invited_t;

static result_t invitation_take(store_t *store, const store_invitation_accept_t *in, invited_t *out,
                                err_t *err) {
    SQL_BATCH(batch, store);
    sql_add(&batch, &SQL_BEGIN);
    sql_arg_bytes(sql_add(&batch, &INVITATION_USER), in->token_hash);
    old_session_append(&batch, in->session_old_hash);
    TRY(sql_run(&batch, err));
    if (sql_row_count(&batch, 1) == 0) {
        sql_rollback(store);
        return FAIL(err, CONFLICT, "store_invitation",
                    "used, replaced or too old, or the user is not active");
    }
    sql_row_t row = sql_row(&batch, 1, 0);
    out->login = (completion_found_t){.user_id = sql_text(&row)};
    out->login.user_email = sql_text(&row);
    out->email_display = sql_text(&row);
    out->login.is_first_proof = sql_bool(&row);
    out->organization_id = sql_text(&row);
    old_session_found(&batch, 2, &out->login);
    return OK;
}

// As a link of a login mail. Where the realm wants its own sign-in, no session comes of it.
static void invitation_session_append(sql_batch_t *batch, const store_invitation_accept_t *in,
                                      invited_t *invited) {
    static const str_t AMR[] = {{"otp", 3}};
    completion_found_t *login = &invited->login;
    login->amr = (flow_list_t){AMR, 1};
    const session_new_t session = {.id = in->session_id,
                                   .hash = in->session_hash,
                                   .lifetime_s = in->session_s,
                                   .idle_s = in->session_idle_s,
                                   .organization_id = invited->organization_id,
                                   .ip = in->ip,
                                   .user_agent = in->user_agent};
    realm_guard_append(batch, login->user_email, login, invited->organization_id);
    login->session_id = new_session_append(batch, &session, login);
}

static result_t invitation_once(store_t *store, const store_invitation_accept_t *in,
                                const store_audit_t *audit, err_t *err) {
    invited_t invited;
    TRY(invitation_take(store, in, &invited, err));
    SQL_BATCH(batch, store);
    if (invited.login.is_first_proof) {
        first_proof_append(&batch, invited.login.user_id, invited.email_display);
    }
    sql_arg_bytes(sql_add(&batch, &INVITATION_USE), in->token_hash);
    if (in->is_new_session) {
        invitation_session_append(&batch, in, &invited);
    }
    browser_known_append(&batch, in->browser_hash, invited.login.user_email);
    store_audit_t named = *audit;
    named.user_id = invited.login.user_id;
    named.session_id = invited.login.session_id;
    named.organization_id = invited.organization_id;
    audit_append(&batch, &named);
    sql_add(&batch, &SQL_COMMIT);
    return sql_continue(&batch, err);
}

result_t store_invitation_accept(store_t *store, const store_invitation_accept_t *in,
                                 const store_audit_t *audit, err_t *err) {
    result_t result;
    int attempts = 0;
    do {
        result = invitation_once(store, in, audit, err);
    } while (result != OK && sql_should_retry(store, &attempts, err));
    return result;
}

const sql_statement_t *const sql_invitation_statements[] = {&INVITATION_READ, &INVITATION_USER,
                                                            &INVITATION_USE, NULL};
