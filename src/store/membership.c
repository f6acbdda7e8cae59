// Memberships of users in organizations, as the REST API makes, changes and ends them.
#include "store/membership.h"
#include "store/audit.h"
#include "store/facts.h"
#include "store/invite_row.h"
#include "store/limit.h"
#include "store/user_row.h"

// ---- reading ------------------------------------------------------------------------------------

// What is not there leaves its columns NULL.
static const sql_statement_t MEMBER_READ = {
    "member_read", "ttttt", "ttottttootlttt",
    "select o.id, o.name, o.max_users <= " PLACES_TAKEN("o.id")
    ", u.id, u.email_display, u.locale, u.external_id,"
    " exists (select from users x where x.external_id = $5 and x.id is distinct from u.id),"
    " m.user_id is not null, " MEMBERSHIP_STATUS ", m.roles, m.metadata::text, m.inviter_email,"
    " (select a.name from " DEFAULT_APPLICATION " a)"
    " from (values (1)) one left join organizations o on o.id = $1"
    " left join users u on u.id = $2 or u.external_id = $3 or u.email = $4"
    " left join memberships m on m.organization_id = o.id and m.user_id = u.id" INVITATION_JOIN};

static store_member_t member_from_row(sql_row_t *row) {
    store_member_t member = {.is_organization_present = !sql_is_null(row)};
    (void)sql_text(row); // the organization's id is the caller's
    member.organization_name = sql_text(row);
    member.is_full = sql_bool(row);
    member.is_user_present = !sql_is_null(row);
    member.user_id = sql_text(row);
    member.email_display = sql_text(row);
    member.locale = sql_text(row);
    member.external_id = sql_text(row);
    member.is_external_id_taken = sql_bool(row);
    member.is_member = sql_bool(row);
    member.status = sql_text(row);
    member.roles = sql_list(row);
    member.metadata = sql_text(row);
    member.inviter_email = sql_text(row);
    member.app_name = sql_text(row);
    return member;
}

result_t store_member_read(store_t *store, const store_member_in_t *in, store_member_t *out,
                           err_t *err) {
    SQL_BATCH(batch, store);
    sql_args_t *args = sql_add(&batch, &MEMBER_READ);
    sql_arg_text(args, in->organization_id);
    sql_arg_text_or_null(args, in->user.id);
    sql_arg_text_or_null(args, in->user.external_id);
    sql_arg_text_or_null(args, in->user.email);
    sql_arg_text_or_null(args, in->wanted_external_id);
    TRY(sql_run(&batch, err));
    sql_row_t row = sql_row(&batch, 0, 0);
    *out = member_from_row(&row);
    return OK;
}

// ---- making -------------------------------------------------------------------------------------

static const sql_statement_t MEMBER_USER_INSERT = {
    "member_user_insert", "ttto", "",
    "insert into users (id, email, email_display, proven_at)"
    " values ($1, $2, $3, case when $4 then now() end)"};

static const sql_statement_t MEMBER_USER_LOCK = {
    "member_user_lock", "t", "o",
    "with locked as (select id from users where id = $1 for update)"
    " select gatehouse_require(exists (select from locked))"};

static const sql_statement_t MEMBERSHIP_INSERT = {
    "membership_insert", "ttltto", "",
    "insert into memberships (organization_id, user_id, roles, metadata, inviter_email, status,"
    " provisioning, accepted_at)"
    " select $1, $2, $3, $4::text::jsonb, $5, case when $6 then 'PENDING_INVITE' else 'ACTIVE' end,"
    " case when $6 then 'invitation' else 'direct_provision' end, case when not $6 then now() end"};

// flow.md 5: whoever prepared this account before its address counted as proven keeps no way in.
// The last of them makes it proven; of a user who is, none finds anything.
static const sql_statement_t PROVISION_SESSIONS = {
    "provision_sessions", "t", "",
    "update sessions s set ended_at = now(), end_reason = 'first proof of the address'"
    " from users u where u.id = $1 and u.proven_at is null and s.user_id = u.id"
    " and s.ended_at is null"};
static const sql_statement_t PROVISION_GRANTS = {
    "provision_grants", "t", "",
    "update grants g set revoked_at = now(), revoke_reason = 'first proof of the address'"
    " from users u where u.id = $1 and u.proven_at is null and g.user_id = u.id"
    " and g.revoked_at is null"};
static const sql_statement_t PROVISION_USER = {
    "provision_user", "t", "",
    "update users set proven_at = now(), updated_at = now() where id = $1 and proven_at is null"};

static void user_append(sql_batch_t *batch, const store_membership_new_t *in) {
    if (in->is_new_user) {
        sql_args_t *args = sql_add(batch, &MEMBER_USER_INSERT);
        sql_arg_text(args, in->user_id);
        sql_arg_text(args, in->email);
        sql_arg_text(args, in->email_display);
        sql_arg_bool(args, !in->invite);
    } else {
        sql_arg_text(sql_add(batch, &MEMBER_USER_LOCK), in->user_id);
    }
    if (in->words) {
        user_words_append(batch, in->user_id, in->words);
    }
}

static void membership_append(sql_batch_t *batch, const store_membership_new_t *in) {
    sql_args_t *args = sql_add(batch, &MEMBERSHIP_INSERT);
    sql_arg_text(args, in->organization_id);
    sql_arg_text(args, in->user_id);
    sql_arg_list(args, batch->store->arena, in->roles);
    sql_arg_text(args, in->metadata);
    sql_arg_text(args, in->inviter_email);
    sql_arg_bool(args, in->invite != NULL);
}

static void provision_append(sql_batch_t *batch, str_t user_id) {
    const sql_statement_t *const steps[] = {&PROVISION_SESSIONS, &PROVISION_GRANTS,
                                            &PROVISION_USER};
    for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++) {
        sql_arg_text(sql_add(batch, steps[i]), user_id);
    }
}

// What every change of a membership ends with.
static result_t change_run(sql_batch_t *batch, str_t user_id, const store_audit_t *audit,
                           store_user_t *out, err_t *err) {
    audit_append(batch, audit);
    const size_t position = batch->count;
    user_read_append(batch, user_id);
    TRY(sql_run(batch, err));
    *out = user_read_found(batch, position);
    return OK;
}

static void create_append(sql_batch_t *batch, const store_membership_new_t *in) {
    user_append(batch, in);
    room_lock_append(batch, in->organization_id);
    membership_append(batch, in);
    if (in->invite) {
        invite_insert_append(batch, in->organization_id, in->user_id, in->invite);
    } else {
        provision_append(batch, in->user_id);
    }
    room_check_append(batch, in->organization_id);
}

// Two round trips, because the counters decide whether there is a second part.
static result_t invited_once(store_t *store, const store_membership_new_t *in,
                             const store_audit_t *audit, store_membership_made_t *out, err_t *err) {
    store_limited_t limited;
    SQL_BATCH(batch, store);
    TRY(limits_begin(store, &in->invite->limits, &limited, err));
    if (limited.is_limited) {
        *out = (store_membership_made_t){.limited = limited};
        return OK;
    }
    create_append(&batch, in);
    audit_append(&batch, audit);
    const size_t position = batch.count;
    user_read_append(&batch, in->user_id);
    sql_add(&batch, &SQL_COMMIT);
    TRY(sql_continue(&batch, err));
    *out = (store_membership_made_t){.user = user_read_found(&batch, position)};
    return OK;
}

static result_t provisioned(store_t *store, const store_membership_new_t *in,
                            const store_audit_t *audit, store_membership_made_t *out, err_t *err) {
    store_user_t user;
    SQL_BATCH(batch, store);
    create_append(&batch, in);
    TRY(change_run(&batch, in->user_id, audit, &user, err));
    *out = (store_membership_made_t){.user = user};
    return OK;
}

result_t store_membership_create(store_t *store, const store_membership_new_t *in,
                                 const store_audit_t *audit, store_membership_made_t *out,
                                 err_t *err) {
    result_t result;
    int attempts = 0;
    if (!in->invite) {
        return provisioned(store, in, audit, out, err);
    }
    do {
        result = invited_once(store, in, audit, out, err);
    } while (result != OK && sql_should_retry(store, &attempts, err));
    return result;
}

// ---- changing -----------------------------------------------------------------------------------

static const sql_statement_t MEMBERSHIP_UPDATE = {
    "membership_update", "ttlti", "o",
    "with changed as (update memberships m set updated_at = now(),"
    " roles = case when $3::text[] = '{}' then m.roles else $3 end,"
    " metadata = jsonb_strip_nulls(m.metadata || coalesce($4::text::jsonb, '{}'))"
    " where m.organization_id = $1 and m.user_id = $2 returning m.metadata)"
    " select gatehouse_require(exists (select from changed c where " PAIRS_FIT("c.metadata",
                                                                               "$5") "))"};

result_t store_membership_update(store_t *store, const store_membership_change_t *in,
                                 const store_audit_t *audit, store_user_t *out, err_t *err) {
    SQL_BATCH(batch, store);
    sql_args_t *args = sql_add(&batch, &MEMBERSHIP_UPDATE);
    sql_arg_text(args, in->organization_id);
    sql_arg_text(args, in->user_id);
    sql_arg_list(args, store->arena, in->roles);
    sql_arg_text_or_null(args, in->metadata);
    sql_arg_int(args, STORE_PAIRS_MAX);
    return change_run(&batch, in->user_id, audit, out, err);
}

// A member has a role at all times: no row is written that would leave none.
static const sql_statement_t ROLES_ADD = {
    "roles_add", "ttl", "lo",
    "with changed as (update memberships m set updated_at = now(),"
    " roles = array(select distinct r from unnest(m.roles || $3) r order by r)"
    " where m.organization_id = $1 and m.user_id = $2 returning m.roles)"
    " select (select roles from changed), gatehouse_require(exists (select from changed))"};
static const sql_statement_t ROLES_REMOVE = {
    "roles_remove", "ttl", "lo",
    "with changed as (update memberships m set updated_at = now(),"
    " roles = array(select r from unnest(m.roles) r where r <> all ($3) order by r)"
    " where m.organization_id = $1 and m.user_id = $2 and m.roles @> $3 and not m.roles <@ $3"
    " returning m.roles)"
    " select (select roles from changed), gatehouse_require(exists (select from changed))"};

result_t store_roles_change(store_t *store, const store_roles_change_t *in,
                            const store_audit_t *audit, flow_list_t *out_roles, err_t *err) {
    SQL_BATCH(batch, store);
    sql_args_t *args = sql_add(&batch, in->is_removal ? &ROLES_REMOVE : &ROLES_ADD);
    sql_arg_text(args, in->organization_id);
    sql_arg_text(args, in->user_id);
    sql_arg_list(args, store->arena, in->roles);
    audit_append(&batch, audit);
    TRY(sql_run(&batch, err));
    sql_row_t row = sql_row(&batch, 0, 0);
    *out_roles = sql_list(&row);
    return OK;
}

// ---- ending -------------------------------------------------------------------------------------

static const sql_statement_t MEMBERSHIP_DELETE = {
    "membership_delete", "tt", "o",
    "with gone as (delete from memberships where organization_id = $1 and user_id = $2"
    " returning 1) select gatehouse_require(exists (select from gone))"};
static const sql_statement_t MEMBERSHIP_SESSIONS = {
    "membership_sessions", "tt", "",
    "update sessions set ended_at = now(), end_reason = 'membership removed'"
    " where user_id = $2 and organization_id = $1 and ended_at is null"};
static const sql_statement_t MEMBERSHIP_GRANTS = {
    "membership_grants", "tt", "",
    "update grants set revoked_at = now(), revoke_reason = 'membership removed'"
    " where user_id = $2 and organization_id = $1 and revoked_at is null"};
static const sql_statement_t MEMBERSHIP_USER = {
    "membership_user", "t", "",
    "delete from users u where u.id = $1"
    " and not exists (select from memberships m where m.user_id = u.id)"};

// The user's row is held from the start: of two who take away the last two memberships, the second
// sees what the first has left.
result_t store_membership_delete(store_t *store, str_t organization_id, str_t user_id,
                                 const store_audit_t *audit, err_t *err) {
    const sql_statement_t *const steps[] = {&MEMBERSHIP_DELETE, &MEMBERSHIP_SESSIONS,
                                            &MEMBERSHIP_GRANTS};
    SQL_BATCH(batch, store);
    sql_arg_text(sql_add(&batch, &MEMBER_USER_LOCK), user_id);
    for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++) {
        sql_args_t *args = sql_add(&batch, steps[i]);
        sql_arg_text(args, organization_id);
        sql_arg_text(args, user_id);
    }
    sql_arg_text(sql_add(&batch, &MEMBERSHIP_USER), user_id);
    audit_append(&batch, audit);
    return sql_run(&batch, err);
}

const sql_statement_t *const sql_membership_statements[] = {
    &MEMBER_READ,       &MEMBER_USER_INSERT, &MEMBER_USER_LOCK,
    &MEMBERSHIP_INSERT, &PROVISION_SESSIONS, &PROVISION_GRANTS,
    &PROVISION_USER,    &MEMBERSHIP_UPDATE,  &ROLES_ADD,
    &ROLES_REMOVE,      &MEMBERSHIP_DELETE,  &MEMBERSHIP_SESSIONS,
    &MEMBERSHIP_GRANTS, &MEMBERSHIP_USER,    NULL};
