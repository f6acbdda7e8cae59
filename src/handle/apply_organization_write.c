// Nothing is ever taken away: what the file does not name stays as it is.
#include "crypto/random.h"
#include "handle/apply_write.h"
#include "store/apply.h"
#include "store/membership.h"

typedef struct {
    const apply_run_t *run;
    const apply_organization_t *wanted;
    store_organization_t row;
    str_t owner; // for people
    err_t *err;
} organization_t;

void apply_conflict(const apply_run_t *run, const char *place, const char *field,
                    const char *what) {
    buf_add_format(run->problems, "%s%s: %s\n", place, field, what);
}

store_audit_t apply_audit(const char *event, str_t organization_id) {
    return (store_audit_t){.event = event,
                           .decision = "applied",
                           .reason = STR("declared by `gatehouse apply`"),
                           .organization_id = organization_id};
}

static store_t *store_of(const organization_t *in) {
    return in->run->apply->store;
}

static void tell(const organization_t *in, const char *what) {
    buf_add_format(in->run->changes, "organization %.*s: %s\n", STR_ARG(in->owner), what);
}

// ---- the row ------------------------------------------------------------------------------------

static result_t create(organization_t *in) {
    arena_t *arena = in->run->apply->arena;
    store_organization_t row = {.id = in->wanted->id,
                                .name = in->wanted->name,
                                .external_id = in->wanted->external_id,
                                .region = STR("REGION_CODE_UNSPECIFIED"),
                                .metadata = STR("{}")};
    if (str_is_empty(row.id)) {
        TRY(random_id(arena, "org", clock_wall_ms(), &row.id, in->err));
    }
    const store_audit_t audit = apply_audit("apply.organization.create", row.id);
    TRY(store_organization_create(store_of(in), &row, &audit, &in->row, in->err));
    tell(in, "created");
    return OK;
}

static result_t update(organization_t *in) {
    const apply_organization_t *wanted = in->wanted;
    const store_organization_change_t change = {
        .id = in->row.id,
        .has_name = !str_eq(wanted->name, in->row.name),
        .name = wanted->name,
        .has_external_id =
            wanted->external_id.len > 0 && !str_eq(wanted->external_id, in->row.external_id),
        .external_id = wanted->external_id};
    if (!change.has_name && !change.has_external_id) {
        return OK;
    }
    const store_audit_t audit = apply_audit("apply.organization.update", in->row.id);
    TRY(store_organization_update(store_of(in), &change, &audit, &in->row, in->err));
    if (change.has_name) {
        tell(in, "display_name changed");
    }
    if (change.has_external_id) {
        tell(in, "external_id changed");
    }
    return OK;
}

static result_t find_or_create(organization_t *in, bool *out_is_good) {
    const apply_organization_t *wanted = in->wanted;
    const store_organization_in_t key = {.id = wanted->id,
                                         .external_id = wanted->external_id,
                                         .wanted_external_id = wanted->external_id};
    store_organization_found_t found;
    TRY(store_organization_read(store_of(in), &key, &found, in->err));
    *out_is_good = !(wanted->id.len > 0 && found.is_external_id_taken);
    if (!*out_is_good) {
        apply_conflict(in->run, wanted->place, "external_id", "another organization has it");
        return OK;
    }
    if (!found.is_present) {
        return create(in);
    }
    in->row = found.row;
    return update(in);
}

// ---- settings -----------------------------------------------------------------------------------

static result_t write_features(organization_t *in) {
    static const char *const names[STORE_FEATURE_COUNT] = {
        [STORE_FEATURE_SSO] = "features.sso changed",
        [STORE_FEATURE_DIRECTORY_SYNC] = "features.directory_sync changed",
        [STORE_FEATURE_DOMAIN_VERIFICATION] = "features.domain_verification changed",
        [STORE_FEATURE_SESSION_POLICY] = "features.session_policy changed",
        [STORE_FEATURE_SSO_EXCLUSIVE] = "features.sso_exclusive changed"};
    const store_organization_t *row = &in->row;
    const bool is_on[STORE_FEATURE_COUNT] = {
        [STORE_FEATURE_SSO] = row->is_sso_on,
        [STORE_FEATURE_DIRECTORY_SYNC] = row->is_directory_sync_on,
        [STORE_FEATURE_DOMAIN_VERIFICATION] = row->is_domain_verification_on,
        [STORE_FEATURE_SESSION_POLICY] = row->is_session_policy_on,
        [STORE_FEATURE_SSO_EXCLUSIVE] = row->is_sso_exclusive};
    store_features_t features = in->wanted->features;
    bool is_changed = false;
    features.id = row->id;
    for (size_t i = 0; i < STORE_FEATURE_COUNT; i++) {
        features.is_given[i] = features.is_given[i] && features.is_on[i] != is_on[i];
        is_changed |= features.is_given[i];
        if (features.is_given[i]) {
            tell(in, names[i]);
        }
    }
    const store_audit_t audit = apply_audit("apply.organization.settings", row->id);
    return is_changed
               ? store_organization_features_set(store_of(in), &features, &audit, &in->row, in->err)
               : OK;
}

// ---- domains ------------------------------------------------------------------------------------

static result_t add_domain(const organization_t *in, const apply_domain_t *wanted) {
    const bool is_organization = str_eq(wanted->type, STR("ORGANIZATION_DOMAIN"));
    store_domain_t made, row = {.organization_id = in->row.id,
                                .domain = wanted->domain,
                                .type = wanted->type,
                                .status = STR("verified"),
                                .method = is_organization ? STR("ADMIN") : STR("NOT_APPLICABLE"),
                                .txt_secret = STR("")};
    TRY(random_id(in->run->apply->arena, "dom", clock_wall_ms(), &row.id, in->err));
    const store_audit_t audit = apply_audit("apply.domain.create", in->row.id);
    buf_add_format(in->run->changes, "organization %.*s: domain %.*s added\n", STR_ARG(in->owner),
                   STR_ARG(wanted->domain));
    return store_domain_create(store_of(in), &row, &audit, &made, in->err);
}

static result_t write_domain(const organization_t *in, const apply_domain_t *wanted) {
    const store_domain_in_t key = {in->row.id, wanted->domain, wanted->type};
    store_domain_claim_t claim;
    TRY(store_domain_claim_read(store_of(in), &key, &claim, in->err));
    if (claim.is_own) {
        return OK;
    }
    if (claim.is_foreign && str_eq(wanted->type, STR("ORGANIZATION_DOMAIN"))) {
        apply_conflict(in->run, wanted->place, "domain", "another organization has verified it");
        return OK;
    }
    return add_domain(in, wanted);
}

// ---- members ------------------------------------------------------------------------------------

static bool has_roles(const flow_list_t *roles, const flow_list_t *wanted) {
    size_t found = 0;
    for (size_t i = 0; i < wanted->count; i++) {
        for (size_t k = 0; k < roles->count; k++) {
            found += str_eq(wanted->items[i], roles->items[k]);
        }
    }
    return found == wanted->count && roles->count == wanted->count;
}

static void tell_member(const organization_t *in, const apply_member_t *member, const char *what) {
    buf_add_format(in->run->changes, "organization %.*s: member %.*s %s\n", STR_ARG(in->owner),
                   STR_ARG(member->email.normal), what);
}

static result_t add_member(const organization_t *in, const apply_member_t *wanted,
                           const store_member_t *found) {
    store_membership_new_t row = {.organization_id = in->row.id,
                                  .user_id = found->user_id,
                                  .is_new_user = !found->is_user_present,
                                  .email = wanted->email.normal,
                                  .email_display = wanted->email.display,
                                  .roles = wanted->roles,
                                  .metadata = STR("{}")};
    store_membership_made_t made;
    if (row.is_new_user) {
        TRY(random_id(in->run->apply->arena, "usr", clock_wall_ms(), &row.user_id, in->err));
    }
    const store_audit_t audit = apply_audit("apply.membership.create", in->row.id);
    tell_member(in, wanted, "added");
    return store_membership_create(store_of(in), &row, &audit, &made, in->err);
}

static result_t write_member(const organization_t *in, const apply_member_t *wanted) {
    const store_member_in_t key = {.organization_id = in->row.id,
                                   .user = {.email = wanted->email.normal}};
    store_member_t found;
    store_user_t user;
    TRY(store_member_read(store_of(in), &key, &found, in->err));
    if (!found.is_member && found.is_full) {
        apply_conflict(in->run, wanted->place, "email", "the organization is full");
        return OK;
    }
    if (!found.is_member) {
        return add_member(in, wanted, &found);
    }
    if (has_roles(&found.roles, &wanted->roles)) {
        return OK;
    }
    const store_membership_change_t change = {
        .organization_id = in->row.id, .user_id = found.user_id, .roles = wanted->roles};
    const store_audit_t audit = apply_audit("apply.membership.update", in->row.id);
    tell_member(in, wanted, "roles changed");
    return store_membership_update(store_of(in), &change, &audit, &user, in->err);
}

// ---- the whole ----------------------------------------------------------------------------------

static result_t write_parts(organization_t *in) {
    const apply_organization_t *wanted = in->wanted;
    const apply_owner_t owner = {in->row.id, in->owner};
    for (size_t i = 0; i < wanted->domain_count; i++) {
        TRY(write_domain(in, &wanted->domains[i]));
    }
    for (size_t i = 0; i < wanted->connection_count && in->run->problems->len == 0; i++) {
        TRY(apply_connection_write(in->run, &owner, &wanted->connections[i], in->err));
    }
    for (size_t i = 0; i < wanted->member_count; i++) {
        TRY(write_member(in, &wanted->members[i]));
    }
    return OK;
}

result_t apply_organization_write(const apply_run_t *run, const apply_organization_t *organization,
                                  err_t *err) {
    organization_t in = {.run = run,
                         .wanted = organization,
                         .owner = organization->external_id.len > 0 ? organization->external_id
                                                                    : organization->id,
                         .err = err};
    bool is_good = false;
    TRY(find_or_create(&in, &is_good));
    if (!is_good) {
        return OK;
    }
    TRY(write_features(&in));
    return write_parts(&in);
}
