// Invitations: made with their membership, and renewed.
#include "store/invite.h"
#include "store/audit.h"
#include "store/invite_row.h"
#include "store/limit.h"

// ---- room ---------------------------------------------------------------------------------------

static const sql_statement_t ROOM_LOCK = {
    "room_lock", "t", "o",
    "with locked as (select id from organizations where id = $1 for no key update)"
    " select gatehouse_require(exists (select from locked))"};

static const sql_statement_t ROOM_CHECK = {
    "room_check", "t", "o",
    "select gatehouse_require(o.max_users is null or o.max_users >= " PLACES_TAKEN("o.id") ")"
    " from organizations o where o.id = $1"};

void room_lock_append(sql_batch_t *batch, str_t organization_id) {
    sql_arg_text(sql_add(batch, &ROOM_LOCK), organization_id);
}

void room_check_append(sql_batch_t *batch, str_t organization_id) {
    sql_arg_text(sql_add(batch, &ROOM_CHECK), organization_id);
}

// ---- making and renewing ------------------------------------------------------------------------

static const sql_statement_t INVITE_INSERT = {
    "invite_insert", "tttbi", "",
    "insert into invitations (id, organization_id, user_id, token_hash, expires_at)"
    " values ($1, $2, $3, $4, now() + $5::int8 * interval '1 second')"};

// The mail is of use for as long as its link.
static const sql_statement_t INVITE_MAIL = {
    "invite_mail", "tbi", "",
    "insert into outbox (id, sealed, expires_at)"
    " values ($1, $2, now() + $3::int8 * interval '1 second')"};

static void mail_append(sql_batch_t *batch, const store_invite_new_t *invite) {
    sql_args_t *args = sql_add(batch, &INVITE_MAIL);
    sql_arg_text(args, invite->outbox_id);
    sql_arg_bytes(args, invite->mail_sealed);
    sql_arg_int(args, invite->lifetime_s);
}

void invite_insert_append(sql_batch_t *batch, str_t organization_id, str_t user_id,
                          const store_invite_new_t *invite) {
    sql_args_t *args = sql_add(batch, &INVITE_INSERT);
    sql_arg_text(args, invite->id);
    sql_arg_text(args, organization_id);
    sql_arg_text(args, user_id);
    sql_arg_bytes(args, invite->token_hash);
    sql_arg_int(args, invite->lifetime_s);
    mail_append(batch, invite);
}

// The user's row first, which whoever accepts or removes holds too.
static const sql_statement_t INVITE_LOCK = {
    "invite_lock", "tt", "o",
    "with locked as (select 1 from users u join memberships m on m.user_id = u.id"
    " where m.organization_id = $1 and u.id = $2 and m.status = 'PENDING_INVITE'"
    " for no key update of u, m)"
    " select gatehouse_require(exists (select from locked))"};

static const sql_statement_t INVITE_RENEW = {
    "invite_renew", "ttbio", "tzzzio",
    "with renewed as (update invitations i set token_hash = $3,"
    " expires_at = now() + $4::int8 * interval '1 second', resent_at = now(),"
    " resent_count = i.resent_count + 1 from memberships m"
    " where i.organization_id = $1 and i.user_id = $2 and i.consumed_at is null"
    " and (i.expires_at <= now()) = $5"
    " and m.organization_id = i.organization_id and m.user_id = i.user_id"
    " returning m.inviter_email, i.created_at, i.expires_at, i.resent_at, i.resent_count)"
    " select r.*, gatehouse_require(r.created_at is not null)"
    " from (values (1)) one left join renewed r on true"};

static void renew_append(sql_batch_t *batch, const store_invite_renewal_t *in) {
    sql_args_t *args = sql_add(batch, &INVITE_RENEW);
    sql_arg_text(args, in->organization_id);
    sql_arg_text(args, in->user_id);
    sql_arg_bytes(args, in->next.token_hash);
    sql_arg_int(args, in->next.lifetime_s);
    sql_arg_bool(args, in->was_expired);
    mail_append(batch, &in->next);
}

static store_invite_t invite_from_row(sql_row_t *row) {
    store_invite_t invite = {.inviter_email = sql_text(row)};
    invite.created_at = sql_time(row);
    invite.expires_at = sql_time(row);
    invite.resent_at = sql_time(row);
    invite.resent_count = sql_int(row);
    return invite;
}

static result_t renew_once(store_t *store, const store_invite_renewal_t *in,
                           const store_audit_t *audit, store_invite_t *out, err_t *err) {
    store_limited_t limited;
    SQL_BATCH(batch, store);
    TRY(limits_begin(store, &in->next.limits, &limited, err));
    if (limited.is_limited) {
        *out = (store_invite_t){.limited = limited};
        return OK;
    }
    sql_args_t *args = sql_add(&batch, &INVITE_LOCK);
    sql_arg_text(args, in->organization_id);
    sql_arg_text(args, in->user_id);
    room_lock_append(&batch, in->organization_id);
    const size_t position = batch.count;
    renew_append(&batch, in);
    if (in->was_expired) {
        room_check_append(&batch, in->organization_id);
    }
    audit_append(&batch, audit);
    sql_add(&batch, &SQL_COMMIT);
    TRY(sql_continue(&batch, err));
    sql_row_t row = sql_row(&batch, position, 0);
    *out = invite_from_row(&row);
    return OK;
}

result_t store_invite_renew(store_t *store, const store_invite_renewal_t *in,
                            const store_audit_t *audit, store_invite_t *out, err_t *err) {
    result_t result;
    int attempts = 0;
    do {
        result = renew_once(store, in, audit, out, err);
    } while (result != OK && sql_should_retry(store, &attempts, err));
    return result;
}

const sql_statement_t *const sql_invite_statements[] = {
    &ROOM_LOCK, &ROOM_CHECK, &INVITE_INSERT, &INVITE_MAIL, &INVITE_LOCK, &INVITE_RENEW, NULL};
