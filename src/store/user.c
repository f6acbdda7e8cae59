// Users for the REST API: one by one, by pages, and what is said about them.
#include "store/user.h"
#include "store/audit.h"
#include "store/paging.h"
#include "store/user_row.h"

// A time as base/clock.h writes it: RFC 3339 with milliseconds.
#define TIMED(name_, at_)                                                                          \
    ", '" name_ "', to_char(" at_ " at time zone 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.MS\"Z\"')"

// `created_at` and `expires_at` are the invitation's. A member that is null is left out.
#define MEMBERSHIP_TIMES                                                                           \
    TIMED("join_time", "m.created_at")                                                             \
    TIMED("created_at", "i.created_at")                                                            \
    TIMED("accepted_at", "m.accepted_at")                                                          \
    TIMED("expires_at", "i.expires_at")
#define MEMBERSHIP_JSON                                                                            \
    "jsonb_strip_nulls(jsonb_build_object('organization_id', m.organization_id, 'name', o.name,"   \
    " 'display_name', o.name, 'membership_status', " MEMBERSHIP_STATUS                             \
    ", 'roles', m.roles, 'metadata', m.metadata, 'provisioning_method', m.provisioning,"           \
    " 'inviter_email', nullif(m.inviter_email, '')" MEMBERSHIP_TIMES "))"

// The providers that the REST API has a name for.
#define PROVIDER_NAME                                                                              \
    "coalesce((select p.name from unnest('{OKTA,GOOGLE,MICROSOFT_AD,AUTH0,ONELOGIN,PING_IDENTITY," \
    "JUMPCLOUD,CUSTOM,GITHUB,GITLAB,LINKEDIN,SALESFORCE,MICROSOFT,IDP_SIMULATOR,SCALEKIT,ADFS}'"   \
    "::text[]) p (name) where p.name = upper(k.provider)), 'CUSTOM')"
#define IDENTITY_TIMES                                                                             \
    TIMED("last_login_time", "x.last_login_at")                                                    \
    TIMED("created_time", "x.created_at")                                                          \
    TIMED("last_synced_time", "x.synced_at")
#define IDENTITY_JSON                                                                              \
    "jsonb_build_object('connection_id', x.connection_id, 'connection_type', k.protocol,"          \
    " 'connection_provider', " PROVIDER_NAME                                                       \
    ", 'connection_user_id', x.subject, 'is_social',"                                              \
    " k.type = 'social'" IDENTITY_TIMES ")"

#define USER_TYPES "tttotttttttzzztt"
#define USER_COLUMNS                                                                               \
    "u.id, u.email, u.external_id, u.proven_at is not null, u.name, u.given_name, u.family_name,"  \
    " u.picture, u.locale, u.metadata::text, u.profile::text, u.created_at, u.updated_at,"         \
    " u.last_login_at, ml.list::text, il.list::text"

// One row a user, whatever hangs on it: a page costs one statement.
#define USER_JOIN                                                                                  \
    " cross join lateral (select coalesce(jsonb_agg(" MEMBERSHIP_JSON                              \
    " order by m.created_at, m.organization_id), '[]') as list from memberships m"                 \
    " join organizations o on o.id = m.organization_id" INVITATION_JOIN                            \
    " where m.user_id = u.id) ml"                                                                  \
    " cross join lateral (select coalesce(jsonb_agg(" IDENTITY_JSON                                \
    " order by x.created_at, x.connection_id, x.subject), '[]') as list from identities x"         \
    " join connections k on k.id = x.connection_id where x.user_id = u.id) il"

static store_user_t user_from_row(sql_row_t *row) {
    store_user_t user = {.id = sql_text(row)};
    user.email = sql_text(row);
    user.external_id = sql_text(row);
    user.is_proven = sql_bool(row);
    user.name = sql_text(row);
    user.given_name = sql_text(row);
    user.family_name = sql_text(row);
    user.picture = sql_text(row);
    user.locale = sql_text(row);
    user.metadata = sql_text(row);
    user.profile = sql_text(row);
    user.created_at = sql_time(row);
    user.updated_at = sql_time(row);
    user.last_login_at = sql_time(row);
    user.memberships = sql_text(row);
    user.identities = sql_text(row);
    return user;
}

// ---- one user -----------------------------------------------------------------------------------

// What a key does not name is NULL and finds nothing.
static const sql_statement_t USER_READ = {"user_read", "ttt", USER_TYPES,
                                          "select " USER_COLUMNS " from users u" USER_JOIN
                                          " where u.id = $1 or u.external_id = $2 or u.email = $3"};

static const sql_statement_t USER_TAKEN = {
    "user_taken", "tttt", "o",
    "select exists (select from users u where u.external_id = $4 and"
    " (u.id = $1 or u.external_id = $2 or u.email = $3) is not true)"};

static void key_append(sql_args_t *args, const store_user_key_t *key) {
    sql_arg_text_or_null(args, key->id);
    sql_arg_text_or_null(args, key->external_id);
    sql_arg_text_or_null(args, key->email);
}

void user_read_append(sql_batch_t *batch, str_t user_id) {
    const store_user_key_t key = {.id = user_id};
    key_append(sql_add(batch, &USER_READ), &key);
}

store_user_t user_read_found(const sql_batch_t *batch, size_t position) {
    sql_row_t row = sql_row(batch, position, 0);
    return user_from_row(&row);
}

result_t store_user_read(store_t *store, const store_user_key_t *key, str_t wanted_external_id,
                         store_user_found_t *out, err_t *err) {
    SQL_BATCH(batch, store);
    key_append(sql_add(&batch, &USER_READ), key);
    sql_args_t *args = sql_add(&batch, &USER_TAKEN);
    key_append(args, key);
    sql_arg_text_or_null(args, wanted_external_id);
    TRY(sql_run(&batch, err));
    *out = (store_user_found_t){.is_present = sql_row_count(&batch, 0) > 0};
    if (out->is_present) {
        out->row = user_read_found(&batch, 0);
    }
    sql_row_t taken = sql_row(&batch, 1, 0);
    out->is_external_id_taken = sql_bool(&taken);
    return OK;
}

// ---- lists --------------------------------------------------------------------------------------

// No pattern: a part of the text as it is, so a query needs no escaping. Emails and ids are stored
// in lower case.
#define USER_MATCHES(u, query_)                                                                    \
    "(" query_ " = '' or strpos(" u ".email, lower(" query_ ")) > 0 or strpos(" u                  \
    ".id, lower(" query_ ")) > 0 or strpos(lower(" u ".external_id), lower(" query_ ")) > 0)"

// The page first, then what hangs on its rows.
#define USERS_SELECT(page_, order_)                                                                \
    "select " PAGE_COLUMNS("u") ", " USER_COLUMNS                                                  \
                                " from (select u.* from users u where " USER_MATCHES(              \
                                    "u", "$4") " and " page_ ") u" USER_JOIN                       \
                                               " order by u.created_at" order_ ", u.id" order_

static const sql_statement_t USERS_PAGE[] = {
    {"users_forward", PAGE_PARAMS "t", PAGE_TYPES USER_TYPES, USERS_SELECT(PAGE_FORWARD("u"), "")},
    {"users_backward", PAGE_PARAMS "t", PAGE_TYPES USER_TYPES,
     USERS_SELECT(PAGE_BACKWARD("u"), " desc")},
};

static const sql_statement_t USERS_COUNT = {
    "users_count", "t", "i", "select count(*) from users u where " USER_MATCHES("u", "$1")};

#define MEMBERS_SELECT(page_, order_)                                                              \
    "select " PAGE_COLUMNS("p") ", " USER_COLUMNS                                                  \
                                " from (select p.created_at, p.id from (select m.created_at,"      \
                                " m.user_id as id from memberships m"                              \
                                " where m.organization_id = $4) p join users w on w.id = p.id"     \
                                " where " USER_MATCHES(                                            \
                                    "w", "$5") " and " page_                                       \
                                               ") p join users u on u.id = p.id" USER_JOIN         \
                                               " order by p.created_at" order_ ", p.id" order_

static const sql_statement_t MEMBERS_PAGE[] = {
    {"members_forward", PAGE_PARAMS "tt", PAGE_TYPES USER_TYPES,
     MEMBERS_SELECT(PAGE_FORWARD("p"), "")},
    {"members_backward", PAGE_PARAMS "tt", PAGE_TYPES USER_TYPES,
     MEMBERS_SELECT(PAGE_BACKWARD("p"), " desc")},
};

static const sql_statement_t MEMBERS_COUNT = {
    "members_count", "tt", "i",
    "select count(*) from memberships m join users u on u.id = m.user_id"
    " where m.organization_id = $1 and " USER_MATCHES("u", "$2")};

static const sql_statement_t ORGANIZATION_EXISTS = {
    "organization_exists", "t", "o", "select exists (select from organizations where id = $1)"};

static void list_append(sql_batch_t *batch, const store_users_in_t *in) {
    const bool is_all = str_is_empty(in->organization_id);
    sql_args_t *args = page_append(batch, is_all ? USERS_PAGE : MEMBERS_PAGE, &in->page);
    if (!is_all) {
        sql_arg_text(args, in->organization_id);
    }
    sql_arg_text(args, in->query);
    args = sql_add(batch, is_all ? &USERS_COUNT : &MEMBERS_COUNT);
    if (!is_all) {
        sql_arg_text(args, in->organization_id);
    }
    sql_arg_text(args, in->query);
    sql_arg_text(sql_add(batch, &ORGANIZATION_EXISTS), in->organization_id);
}

result_t store_users_read(store_t *store, const store_users_in_t *in, store_users_t *out,
                          err_t *err) {
    SQL_BATCH(batch, store);
    list_append(&batch, in);
    TRY(sql_run(&batch, err));
    out->page = page_found(&batch, 0, &in->page);
    store_user_t *items = ARENA_ARRAY(store->arena, store_user_t, out->page.count);
    for (size_t i = 0; i < out->page.count; i++) {
        sql_row_t row = page_row(&batch, 0, &in->page, i);
        items[i] = user_from_row(&row);
    }
    sql_row_t total = sql_row(&batch, 1, 0);
    out->page.total = sql_int(&total);
    sql_row_t organization = sql_row(&batch, 2, 0);
    out->is_organization_present = sql_bool(&organization);
    out->items = items;
    return OK;
}

// ---- writing ------------------------------------------------------------------------------------

#define MERGED(map_, change_) map_ " || coalesce(" change_ "::text::jsonb, '{}')"
#define PROFILE_MERGED(name_, change_)                                                             \
    "'" name_ "', " MERGED("coalesce(u.profile -> '" name_ "', '{}')", change_)

// Not given is NULL. The limits of pairs are checked again, on what the row holds by now.
static const sql_statement_t USER_UPDATE = {
    "user_update", "ttttttottttti", "o",
    "with changed as (update users u set updated_at = now(), name = coalesce($2, u.name),"
    " given_name = coalesce($3, u.given_name), family_name = coalesce($4, u.family_name),"
    " picture = coalesce($5, u.picture), locale = coalesce($6, u.locale),"
    " external_id = case when $7 then nullif($8, '') else u.external_id end,"
    " metadata = jsonb_strip_nulls(" MERGED("u.metadata", "$9") "),"
    " profile = jsonb_strip_nulls(" MERGED("u.profile", "$10") " || jsonb_build_object("
    PROFILE_MERGED("metadata", "$11") ", " PROFILE_MERGED("custom_attributes", "$12") "))"
    " where u.id = $1 returning u.metadata, u.profile)"
    " select gatehouse_require(exists (select from changed c where "
    PAIRS_FIT("c.metadata", "$13") " and " PAIRS_FIT("c.profile -> 'metadata'", "$13")
    " and " PAIRS_FIT("c.profile -> 'custom_attributes'", "$13") "))"};

static void given_append(sql_args_t *args, store_given_t given) {
    if (given.is_given) {
        sql_arg_text(args, given.value);
    } else {
        sql_arg_text_or_null(args, STR_NONE);
    }
}

void user_words_append(sql_batch_t *batch, str_t user_id, const store_user_words_t *words) {
    sql_args_t *args = sql_add(batch, &USER_UPDATE);
    sql_arg_text(args, user_id);
    given_append(args, words->name);
    given_append(args, words->given_name);
    given_append(args, words->family_name);
    given_append(args, words->picture);
    given_append(args, words->locale);
    sql_arg_bool(args, words->external_id.is_given);
    sql_arg_text(args, words->external_id.value);
    sql_arg_text_or_null(args, words->metadata);
    sql_arg_text_or_null(args, words->profile);
    sql_arg_text_or_null(args, words->profile_metadata);
    sql_arg_text_or_null(args, words->profile_customs);
    sql_arg_int(args, STORE_PAIRS_MAX);
}

result_t store_user_update(store_t *store, const store_user_change_t *in,
                           const store_audit_t *audit, store_user_t *out, err_t *err) {
    SQL_BATCH(batch, store);
    user_words_append(&batch, in->user_id, in->words);
    audit_append(&batch, audit);
    user_read_append(&batch, in->user_id);
    TRY(sql_run(&batch, err));
    *out = user_read_found(&batch, 2);
    return OK;
}

// All that hangs on the row goes with it.
static const sql_statement_t USER_DELETE = {
    "user_delete", "t", "o",
    "with gone as (delete from users where id = $1 returning 1)"
    " select gatehouse_require(exists (select from gone))"};

result_t store_user_delete(store_t *store, str_t user_id, const store_audit_t *audit, err_t *err) {
    SQL_BATCH(batch, store);
    sql_arg_text(sql_add(&batch, &USER_DELETE), user_id);
    audit_append(&batch, audit);
    return sql_run(&batch, err);
}

const sql_statement_t *const sql_user_statements[] = {
    &USER_READ,   &USER_TAKEN,      &USERS_PAGE[0],       &USERS_PAGE[1],
    &USERS_COUNT, &MEMBERS_PAGE[0], &MEMBERS_PAGE[1],     &MEMBERS_COUNT,
    &USER_UPDATE, &USER_DELETE,     &ORGANIZATION_EXISTS, NULL};
