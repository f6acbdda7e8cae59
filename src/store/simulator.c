#include "store/simulator.h"
#include "store/audit.h"

static const sql_statement_t KEY_READ = {"simulator_key_read", "", "tb",
                                         "select kid, sealed from simulator_keys"};

static store_simulator_key_t key_at(const sql_batch_t *batch, size_t position) {
    store_simulator_key_t key = {.is_present = sql_row_count(batch, position) > 0};
    if (key.is_present) {
        sql_row_t row = sql_row(batch, position, 0);
        key.kid = sql_text(&row);
        key.sealed = sql_bytes(&row);
    }
    return key;
}

result_t store_simulator_key_read(store_t *store, store_simulator_key_t *out, err_t *err) {
    SQL_BATCH(batch, store);
    sql_add(&batch, &KEY_READ);
    TRY(sql_run(&batch, err));
    *out = key_at(&batch, 0);
    return OK;
}

static const sql_statement_t DOMAINS_READ = {
    "simulator_domains_read", "tt", "t",
    "select d.domain from organization_domains d join connections k"
    " on k.organization_id = d.organization_id and k.issuer = $1"
    " where d.type = 'ORGANIZATION_DOMAIN' and d.status = 'verified'"
    " group by d.domain order by bool_or(k.client_id = $2) desc, d.domain limit 50"};

result_t store_simulator_domains_read(store_t *store, const store_simulator_client_t *client,
                                      flow_list_t *out, err_t *err) {
    SQL_BATCH(batch, store);
    sql_args_t *args = sql_add(&batch, &DOMAINS_READ);
    sql_arg_text(args, client->issuer);
    sql_arg_text(args, client->client_id);
    TRY(sql_run(&batch, err));
    const size_t count = sql_row_count(&batch, 0);
    str_t *items = ARENA_ARRAY(store->arena, str_t, count);
    for (size_t i = 0; i < count; i++) {
        sql_row_t row = sql_row(&batch, 0, i);
        items[i] = sql_text(&row);
    }
    *out = (flow_list_t){items, count};
    return OK;
}

// ---- the way of a code --------------------------------------------------------------------------

static const sql_statement_t GRANT_INSERT = {
    "simulator_grant_insert", "bti", "",
    "insert into simulator_grants (code_hash, chosen, expires_at)"
    " values ($1, $2::text::jsonb, now() + $3::int8 * interval '1 second')"};

static const sql_statement_t GRANTS_CLEAN = {
    "simulator_grants_clean", "", "", "delete from simulator_grants where expires_at <= now()"};

result_t store_simulator_grant_add(store_t *store, const store_simulator_grant_t *grant,
                                   err_t *err) {
    SQL_BATCH(batch, store);
    sql_add(&batch, &GRANTS_CLEAN);
    sql_args_t *args = sql_add(&batch, &GRANT_INSERT);
    sql_arg_bytes(args, grant->code_hash);
    sql_arg_text(args, grant->chosen);
    sql_arg_int(args, grant->lifetime_s);
    return sql_run(&batch, err);
}

// Of two that bring the same code one finds it (RFC 6749 4.1.2).
static const sql_statement_t GRANT_REDEEM = {
    "simulator_grant_redeem", "bbi", "t",
    "update simulator_grants set access_hash = $2,"
    " expires_at = now() + $3::int8 * interval '1 second'"
    " where code_hash = $1 and access_hash is null and expires_at > now() returning chosen::text"};

result_t store_simulator_redeem(store_t *store, const store_simulator_redeem_t *in,
                                store_simulator_redeemed_t *out, err_t *err) {
    SQL_BATCH(batch, store);
    sql_args_t *args = sql_add(&batch, &GRANT_REDEEM);
    sql_arg_bytes(args, in->code_hash);
    sql_arg_bytes(args, in->access_hash);
    sql_arg_int(args, in->lifetime_s);
    sql_add(&batch, &KEY_READ);
    TRY(sql_run(&batch, err));
    *out = (store_simulator_redeemed_t){.is_present = sql_row_count(&batch, 0) > 0,
                                        .key = key_at(&batch, 1)};
    if (out->is_present) {
        sql_row_t row = sql_row(&batch, 0, 0);
        out->chosen = sql_text(&row);
    }
    return OK;
}

static const sql_statement_t ACCESS_READ = {
    "simulator_access_read", "b", "t",
    "select chosen::text from simulator_grants where access_hash = $1 and expires_at > now()"};

result_t store_simulator_access_read(store_t *store, bytes_t access_hash, str_t *out_chosen,
                                     err_t *err) {
    SQL_BATCH(batch, store);
    sql_arg_bytes(sql_add(&batch, &ACCESS_READ), access_hash);
    TRY(sql_run(&batch, err));
    *out_chosen = STR_NONE;
    if (sql_row_count(&batch, 0) > 0) {
        sql_row_t row = sql_row(&batch, 0, 0);
        *out_chosen = sql_text(&row);
    }
    return OK;
}

// ---- the test organization ----------------------------------------------------------------------

// Instances that start at once stand in line, so that the second sees what the first has made.
static const sql_statement_t ENSURE_LOCK = {
    "simulator_lock", "", "o",
    "select pg_advisory_xact_lock(hashtextextended('gatehouse simulator', 0)) is null"};

static const sql_statement_t KEY_ENSURE = {"simulator_key_ensure", "tb", "",
                                           "insert into simulator_keys (kid, sealed) select $1, $2"
                                           " where not exists (select from simulator_keys)"};

static const sql_statement_t ORGANIZATION_ENSURE = {
    "simulator_organization_ensure", "t", "",
    "insert into organizations (id, name, is_sso_on, is_test)"
    " select $1, 'Test Organization', true, true"
    " where not exists (select from organizations where is_test)"};

static const sql_statement_t ORGANIZATION_ON = {
    "simulator_organization_on", "", "",
    "update organizations set is_sso_on = true, updated_at = now()"
    " where is_test and not is_sso_on"};

static const sql_statement_t DOMAIN_ENSURE = {
    "simulator_domain_ensure", "tt", "",
    "insert into organization_domains (id, organization_id, domain, type, status, verified_at)"
    " select $1, o.id, $2, 'ORGANIZATION_DOMAIN', 'verified', now() from organizations o"
    " where o.is_test and not exists (select from organization_domains d where d.domain = $2"
    " and d.type = 'ORGANIZATION_DOMAIN' and (d.status = 'verified' or d.organization_id = o.id))"};

static const sql_statement_t CONNECTION_ENSURE = {
    "simulator_connection_ensure", "tttb", "",
    "insert into connections (id, organization_id, type, protocol, provider, provider_key, name,"
    " status, is_enabled, issuer, client_id, client_secret)"
    " select $1, o.id, 'oidc', 'OIDC', 'IDP_SIMULATOR', 'simulator', 'IdP simulator',"
    " 'COMPLETED', true, $2, $3, $4 from organizations o where o.is_test and not exists"
    " (select from connections k where k.organization_id = o.id"
    " and k.provider = 'IDP_SIMULATOR')"};

static const sql_statement_t CONNECTION_ON = {
    "simulator_connection_on", "t", "",
    "update connections k set issuer = $1, is_enabled = true, updated_at = now(),"
    " trust_epoch = k.trust_epoch + (k.issuer <> $1)::int from organizations o"
    " where o.id = k.organization_id and o.is_test and k.provider = 'IDP_SIMULATOR'"
    " and (k.issuer <> $1 or not k.is_enabled)"};

static void ensure_append(sql_batch_t *batch, const store_simulator_ensure_t *in) {
    sql_add(batch, &ENSURE_LOCK);
    sql_args_t *args = sql_add(batch, &KEY_ENSURE);
    sql_arg_text(args, in->key.kid);
    sql_arg_bytes(args, in->key.sealed);
    sql_arg_text(sql_add(batch, &ORGANIZATION_ENSURE), in->organization_id);
    sql_add(batch, &ORGANIZATION_ON);
    for (size_t i = 0; i < STORE_SIMULATOR_DOMAINS; i++) {
        args = sql_add(batch, &DOMAIN_ENSURE);
        sql_arg_text(args, in->domain_ids[i]);
        sql_arg_text(args, in->domains[i]);
    }
    args = sql_add(batch, &CONNECTION_ENSURE);
    sql_arg_text(args, in->connection_id);
    sql_arg_text(args, in->issuer);
    sql_arg_text(args, in->client_id);
    sql_arg_bytes(args, in->client_secret);
    sql_arg_text(sql_add(batch, &CONNECTION_ON), in->issuer);
}

result_t store_simulator_ensure(store_t *store, const store_simulator_ensure_t *in,
                                const store_audit_t *audit, err_t *err) {
    SQL_BATCH(batch, store);
    ensure_append(&batch, in);
    audit_append(&batch, audit);
    return sql_run(&batch, err);
}

static const sql_statement_t CONNECTIONS_OFF = {
    "simulator_connections_off", "t", "",
    "update connections k set is_enabled = false, updated_at = now() where k.is_enabled"
    " and (k.issuer = $1 or (k.provider = 'IDP_SIMULATOR' and exists"
    " (select from organizations o where o.id = k.organization_id and o.is_test)))"};

result_t store_simulator_disable(store_t *store, str_t issuer, err_t *err) {
    SQL_BATCH(batch, store);
    sql_arg_text(sql_add(&batch, &CONNECTIONS_OFF), issuer);
    return sql_run(&batch, err);
}

const sql_statement_t *const sql_simulator_statements[] = {
    &KEY_READ,      &DOMAINS_READ,      &GRANT_INSERT,  &GRANTS_CLEAN,        &GRANT_REDEEM,
    &ACCESS_READ,   &ENSURE_LOCK,       &KEY_ENSURE,    &ORGANIZATION_ENSURE, &ORGANIZATION_ON,
    &DOMAIN_ENSURE, &CONNECTION_ENSURE, &CONNECTION_ON, &CONNECTIONS_OFF,     NULL};
