// An organization: its row, its settings, its end.
#include "store/organization.h"
#include "store/audit.h"
#include "store/paging.h"

#define ORGANIZATION_TYPES "tttttttooooooioiizz"
#define ORGANIZATION_COLUMNS                                                                       \
    "o.id, o.name, o.external_id, o.slug, o.logo_url, o.region, o.metadata::text, o.is_sso_on,"    \
    " o.is_directory_sync_on, o.is_domain_verification_on, o.is_session_policy_on,"                \
    " o.is_sso_exclusive, o.has_own_session_policy, o.session_absolute_min, "                      \
    "o.is_session_idle_on, o.session_idle_min,"                                                    \
    " o.max_users, o.created_at, o.updated_at"

static store_session_policy_t policy_from_row(sql_row_t *row) {
    store_session_policy_t policy = {.is_custom = sql_bool(row)};
    policy.absolute_min = sql_int(row);
    policy.has_idle = !sql_is_null(row);
    policy.is_idle_on = sql_bool(row);
    policy.idle_min = sql_int(row);
    return policy;
}

static store_organization_t organization_from_row(sql_row_t *row) {
    store_organization_t organization = {0};
    organization.id = sql_text(row);
    organization.name = sql_text(row);
    organization.external_id = sql_text(row);
    organization.slug = sql_text(row);
    organization.logo_url = sql_text(row);
    organization.region = sql_text(row);
    organization.metadata = sql_text(row);
    organization.is_sso_on = sql_bool(row);
    organization.is_directory_sync_on = sql_bool(row);
    organization.is_domain_verification_on = sql_bool(row);
    organization.is_session_policy_on = sql_bool(row);
    organization.is_sso_exclusive = sql_bool(row);
    organization.policy = policy_from_row(row);
    organization.max_users = sql_int(row);
    organization.created_at = sql_time(row);
    organization.updated_at = sql_time(row);
    return organization;
}

// ---- reading ------------------------------------------------------------------------------------

static const sql_statement_t ORGANIZATION_READ = {
    "organization_read", "tt", ORGANIZATION_TYPES,
    "select " ORGANIZATION_COLUMNS " from organizations o where o.id = $1 or o.external_id = $2"};

static const sql_statement_t ORGANIZATION_TAKEN = {
    "organization_taken", "ttt", "oo",
    "select exists (select from organizations o where o.external_id = $2 and o.id <> $1),"
    " exists (select from organizations o where o.slug = $3 and o.id <> $1)"};

// One of the two names it; the other must match nothing, so it is NULL.
static void read_append(sql_batch_t *batch, str_t id, str_t external_id) {
    sql_args_t *args = sql_add(batch, &ORGANIZATION_READ);
    sql_arg_text_or_null(args, id);
    sql_arg_text_or_null(args, id.len ? STR_NONE : external_id);
}

static void row_found(const sql_batch_t *batch, size_t position, store_organization_t *out) {
    sql_row_t row = sql_row(batch, position, 0);
    *out = organization_from_row(&row);
}

result_t store_organization_read(store_t *store, const store_organization_in_t *in,
                                 store_organization_found_t *out, err_t *err) {
    SQL_BATCH(batch, store);
    read_append(&batch, in->id, in->external_id);
    sql_args_t *args = sql_add(&batch, &ORGANIZATION_TAKEN);
    sql_arg_text(args, in->id);
    sql_arg_text_or_null(args, in->wanted_external_id);
    sql_arg_text_or_null(args, in->wanted_slug);
    TRY(sql_run(&batch, err));
    sql_row_t taken = sql_row(&batch, 1, 0);
    *out = (store_organization_found_t){.is_present = sql_row_count(&batch, 0) > 0};
    out->is_external_id_taken = sql_bool(&taken);
    out->is_slug_taken = sql_bool(&taken);
    if (out->is_present) {
        row_found(&batch, 0, &out->row);
    }
    return OK;
}

static const sql_statement_t ORGANIZATIONS_PAGE[] = {
    {"organizations_forward", PAGE_PARAMS "t", PAGE_TYPES ORGANIZATION_TYPES,
     "select " PAGE_COLUMNS("o") ", " ORGANIZATION_COLUMNS
                                 " from organizations o where ($4::text is null or o.external_id = "
                                 "$4) and " PAGE_FORWARD("o")},
    {"organizations_backward", PAGE_PARAMS "t", PAGE_TYPES ORGANIZATION_TYPES,
     "select " PAGE_COLUMNS("o") ", " ORGANIZATION_COLUMNS
                                 " from organizations o where ($4::text is null or o.external_id = "
                                 "$4) and " PAGE_BACKWARD("o")},
};

static const sql_statement_t ORGANIZATIONS_COUNT = {
    "organizations_count", "t", "i",
    "select count(*) from organizations o where $1::text is null or o.external_id = $1"};

result_t store_organizations_read(store_t *store, const store_organizations_in_t *in,
                                  store_organizations_t *out, err_t *err) {
    SQL_BATCH(batch, store);
    sql_arg_text_or_null(page_append(&batch, ORGANIZATIONS_PAGE, &in->page), in->external_id);
    sql_arg_text_or_null(sql_add(&batch, &ORGANIZATIONS_COUNT), in->external_id);
    TRY(sql_run(&batch, err));
    out->page = page_found(&batch, 0, &in->page);
    store_organization_t *items = ARENA_ARRAY(store->arena, store_organization_t, out->page.count);
    for (size_t i = 0; i < out->page.count; i++) {
        sql_row_t row = page_row(&batch, 0, &in->page, i);
        items[i] = organization_from_row(&row);
    }
    sql_row_t total = sql_row(&batch, 1, 0);
    out->page.total = sql_int(&total);
    out->items = items;
    return OK;
}

// ---- writing ------------------------------------------------------------------------------------

static const sql_statement_t ORGANIZATION_INSERT = {
    "organization_insert", "ttttttt", "",
    "insert into organizations (id, name, external_id, slug, logo_url, region, metadata)"
    " values ($1, $2, $3, $4, $5, $6, $7::text::jsonb)"};

result_t store_organization_create(store_t *store, const store_organization_t *row,
                                   const store_audit_t *audit, store_organization_t *out,
                                   err_t *err) {
    SQL_BATCH(batch, store);
    sql_args_t *args = sql_add(&batch, &ORGANIZATION_INSERT);
    sql_arg_text(args, row->id);
    sql_arg_text(args, row->name);
    sql_arg_text_or_null(args, row->external_id);
    sql_arg_text_or_null(args, row->slug);
    sql_arg_text(args, row->logo_url);
    sql_arg_text(args, row->region);
    sql_arg_text(args, row->metadata);
    read_append(&batch, row->id, STR_NONE);
    audit_append(&batch, audit);
    TRY(sql_run(&batch, err));
    row_found(&batch, 1, out);
    return OK;
}

// All that a change of one organization's row has in common: it must be there, and the row is read
// again behind it.
#define ORGANIZATION_CHANGE(set_, condition_)                                                      \
    "with changed as (update organizations o set updated_at = now(), " set_                        \
    " where o.id = $1"                                                                             \
    " returning o.*) select gatehouse_require(exists (select from changed o where " condition_     \
    "))"

// The limit of pairs is checked again, on what the row holds by now.
static const sql_statement_t ORGANIZATION_UPDATE = {
    "organization_update", "ttotototti", "o",
    ORGANIZATION_CHANGE(
        "name = coalesce($2, o.name),"
        " external_id = case when $3 then nullif($4, '') else o.external_id end,"
        " slug = case when $5 then nullif($6, '') else o.slug end,"
        " logo_url = case when $7 then $8 else o.logo_url end,"
        " metadata = jsonb_strip_nulls(o.metadata || coalesce($9::text::jsonb, '{}'))",
        "$9 is null or (select count(*) from jsonb_object_keys(o.metadata)) <= $10")};

static result_t change_run(sql_batch_t *batch, str_t id, const store_audit_t *audit,
                           store_organization_t *out, err_t *err) {
    read_append(batch, id, STR_NONE);
    audit_append(batch, audit);
    TRY(sql_run(batch, err));
    row_found(batch, 1, out);
    return OK;
}

result_t store_organization_update(store_t *store, const store_organization_change_t *in,
                                   const store_audit_t *audit, store_organization_t *out,
                                   err_t *err) {
    SQL_BATCH(batch, store);
    sql_args_t *args = sql_add(&batch, &ORGANIZATION_UPDATE);
    sql_arg_text(args, in->id);
    sql_arg_text_or_null(args, in->has_name ? in->name : STR_NONE);
    sql_arg_bool(args, in->has_external_id);
    sql_arg_text(args, in->external_id);
    sql_arg_bool(args, in->has_slug);
    sql_arg_text(args, in->slug);
    sql_arg_bool(args, in->has_logo_url);
    sql_arg_text(args, in->logo_url);
    sql_arg_text_or_null(args, in->metadata);
    sql_arg_int(args, in->metadata_max);
    return change_run(&batch, in->id, audit, out, err);
}

static const sql_statement_t ORGANIZATION_FEATURES = {
    "organization_features", "toooooooooo", "o",
    ORGANIZATION_CHANGE(
        "is_sso_on = case when $2 then $3 else o.is_sso_on end,"
        " is_directory_sync_on = case when $4 then $5 else o.is_directory_sync_on end,"
        " is_domain_verification_on = case when $6 then $7 else o.is_domain_verification_on end,"
        " is_session_policy_on = case when $8 then $9 else o.is_session_policy_on end,"
        " is_sso_exclusive = case when $10 then $11 else o.is_sso_exclusive end",
        "true")};

result_t store_organization_features_set(store_t *store, const store_features_t *features,
                                         const store_audit_t *audit, store_organization_t *out,
                                         err_t *err) {
    SQL_BATCH(batch, store);
    sql_args_t *args = sql_add(&batch, &ORGANIZATION_FEATURES);
    sql_arg_text(args, features->id);
    for (size_t i = 0; i < STORE_FEATURE_COUNT; i++) {
        sql_arg_bool(args, features->is_given[i]);
        sql_arg_bool(args, features->is_on[i]);
    }
    return change_run(&batch, features->id, audit, out, err);
}

static const sql_statement_t SESSION_POLICY_SET = {
    "session_policy_set", "toiooioiooi", "o",
    "with changed as (update organizations o set updated_at = now(), has_own_session_policy = $2,"
    " session_absolute_min = $3, is_session_idle_on = case when $4 then $5::boolean end,"
    " session_idle_min = $6"
    " where o.id = $1 and o.has_own_session_policy = $7"
    " and coalesce(o.session_absolute_min, 0) = $8"
    " and o.is_session_idle_on is not distinct from case when $9 then $10::boolean end"
    " and coalesce(o.session_idle_min, 0) = $11 returning 1)"
    " select gatehouse_require(exists (select from changed))"};

result_t store_session_policy_set(store_t *store, const store_policy_change_t *in,
                                  const store_audit_t *audit, err_t *err) {
    const store_session_policy_t *next = &in->next, *old = &in->old;
    SQL_BATCH(batch, store);
    sql_args_t *args = sql_add(&batch, &SESSION_POLICY_SET);
    sql_arg_text(args, in->id);
    sql_arg_bool(args, next->is_custom);
    sql_arg_int_or_null(args, next->absolute_min > 0, next->absolute_min);
    sql_arg_bool(args, next->has_idle);
    sql_arg_bool(args, next->is_idle_on);
    sql_arg_int_or_null(args, next->idle_min > 0, next->idle_min);
    sql_arg_bool(args, old->is_custom);
    sql_arg_int(args, old->absolute_min);
    sql_arg_bool(args, old->has_idle);
    sql_arg_bool(args, old->is_idle_on);
    sql_arg_int(args, old->idle_min);
    audit_append(&batch, audit);
    return sql_run(&batch, err);
}

static const sql_statement_t USER_LIMIT_SET = {"user_limit_set", "ti", "o",
                                               ORGANIZATION_CHANGE("max_users = $2", "true")};

result_t store_user_limit_set(store_t *store, str_t id, int64_t max_users,
                              const store_audit_t *audit, err_t *err) {
    SQL_BATCH(batch, store);
    sql_args_t *args = sql_add(&batch, &USER_LIMIT_SET);
    sql_arg_text(args, id);
    sql_arg_int_or_null(args, max_users > 0, max_users);
    audit_append(&batch, audit);
    return sql_run(&batch, err);
}

// ---- deleting -----------------------------------------------------------------------------------

// First the users' rows are locked: a membership that somebody adds for one of them at the same
// moment holds that row too, and is then seen by the next statement, which has a snapshot of its
// own.
static const sql_statement_t MEMBERS_LOCK = {
    "organization_members_lock", "t", "t",
    "select u.id from users u join memberships m on m.user_id = u.id where m.organization_id = $1"
    " order by u.id for update of u"};

static const sql_statement_t MEMBERS_DELETE = {
    "organization_members_delete", "t", "",
    "delete from users u where exists (select from memberships m where m.user_id = u.id"
    " and m.organization_id = $1) and not exists (select from memberships m where m.user_id = u.id"
    " and m.organization_id <> $1)"};

static const sql_statement_t ORGANIZATION_DELETE = {
    "organization_delete", "t", "o",
    "with gone as (delete from organizations where id = $1 returning 1)"
    " select gatehouse_require(exists (select from gone))"};

result_t store_organization_delete(store_t *store, str_t id, const store_audit_t *audit,
                                   err_t *err) {
    const sql_statement_t *const steps[] = {&MEMBERS_LOCK, &MEMBERS_DELETE, &ORGANIZATION_DELETE};
    SQL_BATCH(batch, store);
    for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++) {
        sql_arg_text(sql_add(&batch, steps[i]), id);
    }
    audit_append(&batch, audit);
    return sql_run(&batch, err);
}

const sql_statement_t *const sql_organization_statements[] = {
    &ORGANIZATION_READ,     &ORGANIZATION_TAKEN,
    &ORGANIZATIONS_PAGE[0], &ORGANIZATIONS_PAGE[1],
    &ORGANIZATIONS_COUNT,   &ORGANIZATION_INSERT,
    &ORGANIZATION_UPDATE,   &ORGANIZATION_FEATURES,
    &SESSION_POLICY_SET,    &USER_LIMIT_SET,
    &MEMBERS_LOCK,          &MEMBERS_DELETE,
    &ORGANIZATION_DELETE,   NULL};
