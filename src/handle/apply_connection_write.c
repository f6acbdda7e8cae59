#include "crypto/random.h"
#include "handle/apply_write.h"
#include "handle/connection_rule.h"
#include "handle/connection_secret.h"
#include "store/apply.h"

enum { DOMAINS_MAX = 10000 };

typedef struct {
    const apply_run_t *run;
    const apply_owner_t *owner;
    const apply_connection_t *wanted;
    store_connection_key_t key;
    store_connection_row_t row; // as it is in the database
    bool is_new;
    err_t *err;
} connection_t;

static store_t *store_of(const connection_t *in) {
    return in->run->apply->store;
}

static str_t name_of(const connection_t *in) {
    return in->wanted->key.len > 0 ? in->wanted->key : in->wanted->row.config.provider;
}

static void tell(const connection_t *in, const char *field, const char *what) {
    if (in->owner->owner.len > 0) {
        buf_add_format(in->run->changes, "organization %.*s: ", STR_ARG(in->owner->owner));
    }
    buf_add_format(in->run->changes, "connection %.*s: %s%s\n", STR_ARG(name_of(in)), field, what);
}

// ---- finding it ---------------------------------------------------------------------------------

static result_t create(connection_t *in) {
    const store_connection_t *config = &in->wanted->row.config;
    TRY(random_id(in->run->apply->arena, "conn", clock_wall_ms(), &in->key.id, in->err));
    const store_connection_draft_t draft = {.key = in->key,
                                            .provider = config->provider,
                                            .protocol = config->protocol,
                                            .name = config->facts.name,
                                            .provider_key = in->wanted->key,
                                            .response_mode = config->response_mode,
                                            .is_pkce_on = config->is_pkce_on};
    const store_audit_t audit = apply_audit("apply.connection.create", in->key.organization_id);
    in->is_new = true;
    tell(in, "created", "");
    return store_connection_create(store_of(in), &draft, &audit, &in->row, in->err);
}

static result_t find_or_create(connection_t *in, bool *out_is_good) {
    const store_apply_connection_t named = {in->key.organization_id, name_of(in)};
    store_connection_found_t found;
    *out_is_good = true;
    TRY(store_apply_connection_find(store_of(in), &named, &in->key.id, in->err));
    if (str_is_empty(in->key.id)) {
        return create(in);
    }
    TRY(store_connection_find(store_of(in), &in->key, &found, in->err));
    in->row = found.row;
    if (!str_eq(in->row.config.provider, in->wanted->row.config.provider)) {
        apply_conflict(in->run, in->wanted->place, "provider",
                       "the connection with this key is of another one");
        *out_is_good = false;
    }
    return OK;
}

// ---- differences --------------------------------------------------------------------------------

static bool is_same_list(const flow_list_t *a, const flow_list_t *b) {
    for (size_t i = 0; i < a->count && a->count == b->count; i++) {
        if (!str_eq(a->items[i], b->items[i])) {
            return false;
        }
    }
    return a->count == b->count;
}

// PostgreSQL writes a JSON object in its own way.
static bool is_same_object(str_t a, str_t b) {
    SCOPED(json_t) left = NULL;
    SCOPED(json_t) right = NULL;
    err_t why = {0};
    return json_parse_object(a, a.len, &left, &why) == OK &&
           json_parse_object(b, b.len, &right, &why) == OK && json_equal(left, right);
}

// The row as it is to be: the file's words in the place of the database's.
static store_connection_row_t next_row(const connection_t *in) {
    const store_connection_row_t *wanted = &in->wanted->row;
    store_connection_row_t next = in->row;
    next.config = wanted->config;
    next.config.facts = in->row.config.facts;
    next.config.facts.name = wanted->config.facts.name;
    next.config.client_secret = in->row.config.client_secret;
    next.configuration_type = wanted->configuration_type;
    next.status = wanted->status;
    next.jit = wanted->jit;
    next.idp_initiated = wanted->idp_initiated;
    return next;
}

typedef struct {
    const char *name;
    str_t from, to;
} text_difference_t;

// One line a field that differs; whether any does.
static bool tell_differences(const connection_t *in, const store_connection_row_t *next) {
    const store_connection_t *a = &in->row.config, *b = &next->config;
    const text_difference_t texts[] = {
        {"name", a->facts.name, b->facts.name},
        {"issuer", a->issuer, b->issuer},
        {"discovery_endpoint", a->discovery_endpoint, b->discovery_endpoint},
        {"authorize_uri", a->authorize_uri, b->authorize_uri},
        {"token_uri", a->token_uri, b->token_uri},
        {"user_info_uri", a->userinfo_uri, b->userinfo_uri},
        {"jwks_uri", a->jwks_uri, b->jwks_uri},
        {"client_id", a->client_id, b->client_id},
        {"token_auth_type", a->token_auth, b->token_auth},
        {"response_mode", a->response_mode, b->response_mode},
        {"prompt", a->prompt, b->prompt},
        {"algs", a->algs, b->algs},
        {"jit", in->row.jit, next->jit},
        {"idp_initiated", in->row.idp_initiated, next->idp_initiated},
    };
    const struct {
        const char *name;
        bool is_changed;
    } others[] = {
        {"scopes", !is_same_list(&a->scopes, &b->scopes)},
        {"tenants", !is_same_list(&a->tenants, &b->tenants)},
        {"pkce_enabled", a->is_pkce_on != b->is_pkce_on},
        {"attribute_mapping", !is_same_object(a->attribute_mapping, b->attribute_mapping)},
        {"email_trust", a->is_email_trusted != b->is_email_trusted},
        {"sync_user_profile_on_login", a->is_profile_synced != b->is_profile_synced},
        {"status", !str_eq(in->row.status, next->status)},
    };
    const size_t before = in->run->changes->len;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        if (!str_eq(texts[i].from, texts[i].to)) {
            tell(in, texts[i].name, " changed");
        }
    }
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        if (others[i].is_changed) {
            tell(in, others[i].name, " changed");
        }
    }
    return in->run->changes->len > before;
}

// The same secret keeps its row: sealed anew it would look like a change each time.
static result_t secret_set(const connection_t *in, store_connection_row_t *next, bool *out_is_new) {
    const apply_t *apply = in->run->apply;
    const connection_slot_t slot = {apply->master, in->key.id};
    secret_t old;
    err_t why = {0};
    const result_t opened =
        connection_secret_open(apply->arena, &slot, in->row.config.client_secret, &old, &why);
    *out_is_new =
        opened != OK || !secret_equal(secret_bytes(old), secret_bytes(in->wanted->secret));
    if (!*out_is_new) {
        return OK;
    }
    next->config.client_secret = (bytes_t){0};
    return in->wanted->secret.len > 0
               ? connection_secret_seal(apply->arena, &slot, in->wanted->secret,
                                        &next->config.client_secret, in->err)
               : OK;
}

// ---- writing ------------------------------------------------------------------------------------

static result_t write_row(connection_t *in) {
    store_connection_row_t next = next_row(in);
    const size_t before = in->run->changes->len;
    bool has_new_secret = false;
    TRY(secret_set(in, &next, &has_new_secret));
    const bool is_changed = tell_differences(in, &next) || has_new_secret;
    if (in->is_new) { // "created" says it all
        in->run->changes->len = before;
    } else if (has_new_secret) {
        tell(in, "client_secret", " changed");
    }
    if (!is_changed) {
        return OK;
    }
    const store_connection_change_t change = {
        &next, connection_is_trust_lapsed(in->row.status, &in->row.config, &next.config)};
    const store_audit_t audit = apply_audit("apply.connection.update", in->key.organization_id);
    return store_connection_update(store_of(in), &change, &audit, &in->row, in->err);
}

static bool is_assigned(const connection_t *in, str_t domain) {
    for (size_t i = 0; i < in->row.domain_count; i++) {
        if (str_eq(in->row.domains[i].domain, domain)) {
            return true;
        }
    }
    return false;
}

// The ids of the wanted domains; one that the organization does not have is a problem.
static result_t domain_ids(const connection_t *in, flow_list_t *out) {
    const flow_list_t *wanted = &in->wanted->domains;
    const store_domains_in_t all = {.organization_id = in->key.organization_id,
                                    .type = STR("ORGANIZATION_DOMAIN"),
                                    .size = DOMAINS_MAX};
    store_domains_t found;
    TRY(store_domains_read(store_of(in), &all, &found, in->err));
    str_t *items = ARENA_ARRAY(in->run->apply->arena, str_t, wanted->count);
    size_t count = 0;
    for (size_t i = 0; i < wanted->count; i++) {
        const size_t before = count;
        for (size_t k = 0; k < found.count && count == before; k++) {
            if (str_eq(found.items[k].domain, wanted->items[i])) {
                items[count++] = found.items[k].id;
            }
        }
    }
    *out = (flow_list_t){items, count};
    return OK;
}

static result_t write_domains(connection_t *in) {
    const flow_list_t *wanted = &in->wanted->domains;
    bool is_same = wanted->count == in->row.domain_count;
    for (size_t i = 0; i < wanted->count; i++) {
        is_same = is_same && is_assigned(in, wanted->items[i]);
    }
    flow_list_t ids;
    if (is_same) {
        return OK;
    }
    TRY(domain_ids(in, &ids));
    if (ids.count < wanted->count) {
        apply_conflict(in->run, in->wanted->place, "domains", "one is not of the organization");
        return OK;
    }
    if (!in->is_new) {
        tell(in, "domains", " changed");
    }
    const store_audit_t audit = apply_audit("apply.connection.domains", in->key.organization_id);
    const store_connection_domains_t assigned = {in->key, ids};
    return store_connection_domains_set(store_of(in), &assigned, &audit, &in->row, in->err);
}

static result_t write_enabled(const connection_t *in) {
    const bool is_enabled = in->wanted->row.is_enabled;
    if (in->row.is_enabled == is_enabled) {
        return OK;
    }
    if (!in->is_new) {
        tell(in, "enabled", " changed");
    }
    const store_audit_t audit = apply_audit("apply.connection.toggle", in->key.organization_id);
    return store_connection_toggle(store_of(in), &in->key, is_enabled, &audit, in->err);
}

result_t apply_connection_write(const apply_run_t *run, const apply_owner_t *owner,
                                const apply_connection_t *connection, err_t *err) {
    connection_t in = {.run = run,
                       .owner = owner,
                       .wanted = connection,
                       .key = {.organization_id = owner->organization_id},
                       .err = err};
    bool is_good = false;
    TRY(find_or_create(&in, &is_good));
    if (!is_good) {
        return OK;
    }
    TRY(write_row(&in));
    TRY(write_domains(&in));
    return write_enabled(&in);
}
