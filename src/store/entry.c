// What /oauth/authorize decides from, in one round trip.
#include "store/facts.h"
#include "store/session_touch.h"

static const sql_statement_t ENTRY_CLIENT = {"entry_client", "t", "z" CLIENT_TYPES,
                                             "select now(), " CLIENT_COLUMNS
                                             " from (values (1)) as one"
                                             " left join applications a on a.id = $1"};

static const sql_statement_t ENTRY_SESSION = {
    "entry_session", "bt", SESSION_TYPES REALM_TYPES MEMBERSHIP_TYPES,
    "select " SESSION_COLUMNS ", " REALM_COLUMNS ", " MEMBERSHIP_COLUMNS
    " from (values (1)) as one" SESSION_JOIN("x.token_hash = $1") REALM_JOIN(DOMAIN_OF("su.email"))
        MEMBERSHIP_JOIN("su.id", DOMAIN_OF("su.email"), "array[$2, s.organization_id]")};

static const sql_statement_t ENTRY_REALM = {"entry_realm", "t", REALM_TYPES,
                                            "select " REALM_COLUMNS
                                            " from (values (1)) as one" REALM_JOIN("$1")};

// Requests name providers as public documents do ("google"), rows as the REST API does.
static const sql_statement_t ENTRY_PROVIDER = {
    "entry_provider", "t", "tt",
    "select k.id, k.organization_id from connections k"
    " where k.type = 'social' and k.provider = upper($1) and " CONNECTION_IS_ON("k")};

static const sql_statement_t ENTRY_CONNECTION = {
    "entry_connection", "t", "tt",
    "select k.id, k.organization_id from connections k"
    " join organizations o on o.id = k.organization_id and o.is_sso_on"
    " where k.id = $1 and k.type in ('saml', 'oidc') and " CONNECTION_IS_ON("k")};

static const sql_statement_t ENTRY_ORGANIZATION = {
    "entry_organization", "t", "ttl",
    "select o.id, o.id, array(select k.id from connections k where k.organization_id = o.id"
    " and o.is_sso_on and k.type in ('saml', 'oidc') and " CONNECTION_IS_ON(
        "k") " order by k.name, k.id) from organizations o where o.id = $1"};

// Appends a statement that looks for `key`, unless that was not given; its position or NOT_ASKED.
enum { NOT_ASKED = SQL_BATCH_MAX };
static size_t ask(sql_batch_t *batch, const sql_statement_t *statement, str_t key) {
    if (str_is_empty(key)) {
        return NOT_ASKED;
    }
    const size_t position = batch->count;
    sql_arg_text(sql_add(batch, statement), key);
    return position;
}

// Most browsers that come here show no session, and it is the largest of these statements.
static size_t ask_session(sql_batch_t *batch, const store_entry_in_t *in) {
    if (in->session_hash.len == 0) {
        return NOT_ASKED;
    }
    const size_t position = batch->count;
    sql_args_t *args = sql_add(batch, &ENTRY_SESSION);
    sql_arg_bytes(args, in->session_hash);
    sql_arg_text(args, in->organization_id);
    session_touch_append(batch, in->session_hash);
    return position;
}

static void session_at(const sql_batch_t *batch, size_t position, store_entry_t *out) {
    if (position == NOT_ASKED) {
        return;
    }
    sql_row_t row = sql_row(batch, position, 0);
    out->session = session_from_row(&row);
    out->hrd_session = realm_from_row(&row);
    if (out->session.is_present) {
        out->memberships = memberships_from_row(&row);
    }
}

static flow_hrd_t realm_at(const sql_batch_t *batch, size_t position) {
    if (position == NOT_ASKED) {
        return (flow_hrd_t){.kind = FLOW_HRD_NONE};
    }
    sql_row_t row = sql_row(batch, position, 0);
    return realm_from_row(&row);
}

// No row: named, but unknown or not usable. Its id is then what the request said.
static flow_named_t named_at(const sql_batch_t *batch, size_t position, str_t key) {
    flow_named_t named = {.is_named = position != NOT_ASKED, .id = key};
    if (!named.is_named || sql_row_count(batch, position) == 0) {
        return named;
    }
    sql_row_t row = sql_row(batch, position, 0);
    named.is_usable = true;
    named.id = sql_text(&row);
    named.organization_id = sql_text(&row);
    if (batch->statements[position] == &ENTRY_ORGANIZATION) {
        named.connection_ids = sql_list(&row);
    }
    return named;
}

result_t store_entry_read(store_t *store, const store_entry_in_t *in, store_entry_t *out,
                          err_t *err) {
    SQL_BATCH(batch, store);
    sql_arg_text(sql_add(&batch, &ENTRY_CLIENT), in->client_id);
    const size_t session = ask_session(&batch, in);
    const size_t domain = ask(&batch, &ENTRY_REALM, in->domain);
    const size_t hint = ask(&batch, &ENTRY_REALM, in->hint_domain);
    const size_t provider = ask(&batch, &ENTRY_PROVIDER, in->provider);
    const size_t connection = ask(&batch, &ENTRY_CONNECTION, in->connection_id);
    const size_t organization = ask(&batch, &ENTRY_ORGANIZATION, in->organization_id);
    TRY(sql_run(&batch, err));

    *out = (store_entry_t){0};
    sql_row_t row = sql_row(&batch, 0, 0);
    out->now = sql_time(&row);
    out->client = client_from_row(&row);
    session_at(&batch, session, out);
    out->hrd_domain = realm_at(&batch, domain);
    out->hrd_hint = realm_at(&batch, hint);
    out->provider = named_at(&batch, provider, in->provider);
    out->connection = named_at(&batch, connection, in->connection_id);
    out->organization = named_at(&batch, organization, in->organization_id);
    return OK;
}

const sql_statement_t *const sql_entry_statements[] = {
    &ENTRY_CLIENT,     &ENTRY_SESSION,      &ENTRY_REALM, &ENTRY_PROVIDER,
    &ENTRY_CONNECTION, &ENTRY_ORGANIZATION, NULL};
