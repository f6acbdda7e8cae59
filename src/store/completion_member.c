// What a completion does to the membership: flow.md 6.
#include "store/completion_found.h"
#include "store/facts.h"
#include "store/invite_row.h"

const char *member_defect(const completion_member_t *member) {
    if (!str_is_empty(member->new_organization_id)) {
        return str_eq(member->organization_id, member->new_organization_id)
                   ? NULL
                   : "who makes an organization begins in it";
    }
    return str_is_empty(member->organization_id) == (member->step == FLOW_MEMBERSHIP_NONE)
               ? NULL
               : "an organization needs a membership, and a membership an organization";
}

static bool is_joining(const completion_member_t *member) {
    return str_is_empty(member->new_organization_id) &&
           (member->step == FLOW_MEMBERSHIP_JIT || member->step == FLOW_MEMBERSHIP_JOIN);
}

static const sql_statement_t MEMBER_LOCK = {
    "member_lock", "t", "",
    "select from organizations where id = $1 and max_users is not null for no key update"};

void member_lock_append(sql_batch_t *batch, const completion_member_t *member) {
    if (is_joining(member)) {
        sql_arg_text(sql_add(batch, &MEMBER_LOCK), member->organization_id);
    }
}

// A removal or deactivation waits for this login, or this login finds it.
static const sql_statement_t MEMBER_KEEP = {
    "member_keep", "tt", "o",
    "with kept as (select from memberships where organization_id = $1 and user_id = $2"
    " and status = 'ACTIVE' for share) select gatehouse_require(exists (select from kept))"};

// Who has a place already needs none.
static const sql_statement_t MEMBER_ROOM = {
    "member_room", "tt", "o",
    "select gatehouse_require((select o.max_users is null or exists (select from memberships m"
    " where m.organization_id = o.id and m.user_id = $2 and " TAKES_A_PLACE(
        "m") ") or " PLACES_TAKEN("o.id") " < o.max_users from organizations o where o.id = $1))"};

// Another login of the same person may have been faster, and that is as good; an invitation whose
// time is over is no membership and gives no role. Anything else is not what was decided on.
static const sql_statement_t MEMBER_ADD = {
    "member_add", "ttt", "o",
    "with kept as (select from memberships where organization_id = $1 and user_id = $2"
    " and status = 'ACTIVE' for share),"
    " added as (insert into memberships as m (organization_id, user_id, status, provisioning,"
    " accepted_at) values ($1, $2, 'ACTIVE', $3, now())"
    " on conflict (organization_id, user_id) do update set status = 'ACTIVE',"
    " roles = excluded.roles, provisioning = excluded.provisioning, accepted_at = now(),"
    " updated_at = now() where m.status = 'PENDING_INVITE' and not " INVITATION_IS_OPEN("m")
    " returning 1)"
    " select gatehouse_require(exists (select from kept) or exists (select from added))"};

// The connection of this login still makes members, by whichever of its rules.
static const sql_statement_t MEMBER_JIT = {
    "member_jit", "tl", "o",
    "with held as (select from connections where organization_id = $1 and id = any ($2)"
    " and jit <> 'off' for share) select gatehouse_require(exists (select from held))"};

// Joinable by the user's own, proven address.
static const sql_statement_t MEMBER_JOINABLE = {
    "member_joinable", "tt", "o",
    "select gatehouse_require(exists (select from organization_domains d join users u on u.id = $2"
    " where d.organization_id = $1 and d.type = 'ALLOWED_EMAIL_DOMAIN'"
    " and d.domain = " DOMAIN_OF("u.email") "))"};

static const sql_statement_t MEMBER_ACCEPT = {
    "member_accept", "tt", "o",
    "with used as (update invitations set consumed_at = now() where organization_id = $1"
    " and user_id = $2 and consumed_at is null and expires_at > now() returning 1),"
    " accepted as (update memberships set status = 'ACTIVE', accepted_at = now(),"
    " updated_at = now() from used where organization_id = $1 and user_id = $2"
    " and status = 'PENDING_INVITE' returning 1)"
    " select gatehouse_require(exists (select from accepted))"};

static const sql_statement_t ORGANIZATION_MAKE = {
    "organization_make", "ttt", "",
    "with made as (insert into organizations (id, name) values ($1, $2) returning id)"
    " insert into memberships (organization_id, user_id, status, roles, provisioning, accepted_at)"
    " select made.id, $3, 'ACTIVE', '{admin}', 'org_creator', now() from made"};

static void pair_append(sql_batch_t *batch, const sql_statement_t *statement,
                        const completion_member_t *member, str_t user_id) {
    sql_args_t *args = sql_add(batch, statement);
    sql_arg_text(args, member->organization_id);
    sql_arg_text(args, user_id);
}

static void joining_append(sql_batch_t *batch, const completion_member_t *member,
                           const completion_found_t *found) {
    const bool is_jit = member->step == FLOW_MEMBERSHIP_JIT;
    sql_args_t *args;
    if (is_jit) {
        args = sql_add(batch, &MEMBER_JIT);
        sql_arg_text(args, member->organization_id);
        sql_arg_list(args, batch->store->arena, found->connection_ids);
    } else {
        pair_append(batch, &MEMBER_JOINABLE, member, found->user_id);
    }
    pair_append(batch, &MEMBER_ROOM, member, found->user_id);
    args = sql_add(batch, &MEMBER_ADD);
    sql_arg_text(args, member->organization_id);
    sql_arg_text(args, found->user_id);
    sql_arg_text(args, is_jit ? STR("jit_using_sso") : STR("allowed_email_domain"));
}

void member_append(sql_batch_t *batch, const completion_member_t *member,
                   const completion_found_t *found) {
    if (!str_is_empty(member->new_organization_id)) {
        sql_args_t *args = sql_add(batch, &ORGANIZATION_MAKE);
        sql_arg_text(args, member->new_organization_id);
        sql_arg_text(args, member->new_organization_name);
        sql_arg_text(args, found->user_id);
    } else if (is_joining(member)) {
        joining_append(batch, member, found);
    } else if (member->step == FLOW_MEMBERSHIP_KEEP) {
        pair_append(batch, &MEMBER_KEEP, member, found->user_id);
    } else if (member->step == FLOW_MEMBERSHIP_ACCEPT) {
        pair_append(batch, &MEMBER_ACCEPT, member, found->user_id);
    }
}

const sql_statement_t *const sql_completion_member_statements[] = {
    &MEMBER_LOCK,     &MEMBER_KEEP,   &MEMBER_ROOM,       &MEMBER_ADD, &MEMBER_JIT,
    &MEMBER_JOINABLE, &MEMBER_ACCEPT, &ORGANIZATION_MAKE, NULL};
