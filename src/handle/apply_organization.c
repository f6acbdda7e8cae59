#include "handle/apply_organization.h"
#include "base/domain.h"
#include "base/domain_mail.h"
#include "handle/apply_parse.h"

enum {
    ORGANIZATIONS_MAX = 1000,
    PARTS_MAX = 1000, // domains, connections or members of one
    EXTERNAL_ID_MAX = 128,
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

// ---- what belongs to one ------------------------------------------------------------------------

// flow.md 1: whoever held "gmail.com" or "co.uk" would decide about strangers.
static void parse_domain(const apply_object_t *object, apply_domain_t *out) {
    static const char *const names[] = {"domain", "type"};
    str_t text;
    err_t why = {0};
    apply_names_judge(object, names, COUNT(names));
    out->place = object->place;
    out->type = STR("ORGANIZATION_DOMAIN");
    apply_word(object, "type", "ORGANIZATION_DOMAIN ALLOWED_EMAIL_DOMAIN", &out->type);
    if (!apply_member(object, "domain")) {
        apply_problem(object, "domain", "is missing");
    } else if (apply_text(object, "domain", &text)) {
        if (domain_normalise(object->arena, text, &out->domain, &why) != OK) {
            apply_problem(object, "domain", "must be a domain name");
        } else if (domain_is_public_suffix(out->domain)) {
            apply_problem(object, "domain", "is a public suffix, which nobody can own");
        } else if (domain_is_public_mail(out->domain)) {
            apply_problem(object, "domain", "is a public mail provider's");
        }
    }
}

static void parse_member(const apply_object_t *object, apply_member_t *out) {
    static const char *const names[] = {"email", "roles"};
    static const str_t standard[] = {{"member", 6}};
    str_t text;
    err_t why = {0};
    apply_names_judge(object, names, COUNT(names));
    out->place = object->place;
    if (!apply_member(object, "email")) {
        apply_problem(object, "email", "is missing");
    } else if (apply_text(object, "email", &text) &&
               email_parse(object->arena, text, &out->email, &why) != OK) {
        apply_problem(object, "email", "must be an email address");
    }
    out->roles = apply_list(object, "roles", 2);
    for (size_t i = 0; i < out->roles.count; i++) {
        if (out->roles.items[i].ptr && !str_list_has(STR("admin member"), out->roles.items[i])) {
            apply_problem_at(object, "roles", i, "must be admin or member");
        }
    }
    if (out->roles.count == 0) {
        out->roles = (flow_list_t){standard, 1};
    }
}

static void parse_features(const apply_object_t *object, store_features_t *out) {
    static const char *const names[STORE_FEATURE_COUNT] = {
        [STORE_FEATURE_SSO] = "sso",
        [STORE_FEATURE_DIRECTORY_SYNC] = "directory_sync",
        [STORE_FEATURE_DOMAIN_VERIFICATION] = "domain_verification",
        [STORE_FEATURE_SESSION_POLICY] = "session_policy",
        [STORE_FEATURE_SSO_EXCLUSIVE] = "sso_exclusive"};
    apply_object_t features = *object;
    features.object = json_object_get(object->object, "features");
    features.place = arena_format(object->arena, "%sfeatures.", object->place).ptr;
    if (!features.object) {
        return;
    }
    if (!json_is_object(features.object)) {
        apply_problem(object, "features", "must be an object");
        return;
    }
    apply_names_judge(&features, names, COUNT(names));
    for (size_t i = 0; i < STORE_FEATURE_COUNT; i++) {
        out->is_given[i] = apply_member(&features, names[i]) != NULL;
        apply_bool(&features, names[i], &out->is_on[i]);
    }
}

// ---- repeats ------------------------------------------------------------------------------------

static void judge_repeats(const apply_object_t *object, const apply_organization_t *organization) {
    for (size_t i = 0; i < organization->connection_count; i++) {
        const str_t key = organization->connections[i].key;
        for (size_t k = 0; k < i && key.len > 0; k++) {
            if (str_eq(key, organization->connections[k].key)) {
                apply_problem_at(object, "connections", i, "has the key of another one");
            }
        }
    }
    for (size_t i = 0; i < organization->domain_count; i++) {
        const apply_domain_t *one = &organization->domains[i];
        for (size_t k = 0; k < i && one->domain.len > 0; k++) {
            const apply_domain_t *other = &organization->domains[k];
            if (str_eq(one->domain, other->domain) && str_eq(one->type, other->type)) {
                apply_problem_at(object, "domains", i, "stands twice");
            }
        }
    }
}

static bool is_same(str_t a, str_t b) {
    return a.len > 0 && str_eq(a, b);
}

static void judge_ids(const apply_object_t *file, const apply_file_t *out) {
    for (size_t i = 0; i < out->organization_count; i++) {
        const apply_organization_t *one = &out->organizations[i];
        for (size_t k = 0; k < i; k++) {
            const apply_organization_t *other = &out->organizations[k];
            if (is_same(one->id, other->id) || is_same(one->external_id, other->external_id)) {
                apply_problem_at(file, "organizations", i, "stands twice");
            }
        }
    }
    for (size_t i = 0; i < out->connection_count; i++) {
        for (size_t k = 0; k < i; k++) {
            if (is_same(out->connections[i].row.config.provider,
                        out->connections[k].row.config.provider)) {
                apply_problem_at(file, "connections", i, "there is one of this provider already");
            }
        }
    }
}

// ---- one ----------------------------------------------------------------------------------------

static void parse_parts(const apply_object_t *object, apply_organization_t *out) {
    const apply_objects_t domains = apply_objects(object, "domains", PARTS_MAX);
    const apply_objects_t connections = apply_objects(object, "connections", PARTS_MAX);
    const apply_objects_t members = apply_objects(object, "members", PARTS_MAX);
    out->domains = ARENA_ARRAY(object->arena, apply_domain_t, domains.count);
    out->connections = ARENA_ARRAY(object->arena, apply_connection_t, connections.count);
    out->members = ARENA_ARRAY(object->arena, apply_member_t, members.count);
    while (out->domain_count < domains.count) {
        parse_domain(&domains.items[out->domain_count], &out->domains[out->domain_count]);
        out->domain_count++;
    }
    while (out->connection_count < connections.count) {
        const size_t i = out->connection_count++;
        apply_connection_parse(&connections.items[i], false, &out->connections[i]);
    }
    while (out->member_count < members.count) {
        parse_member(&members.items[out->member_count], &out->members[out->member_count]);
        out->member_count++;
    }
}

static void parse_names(const apply_object_t *object, apply_organization_t *out) {
    if (apply_text(object, "id", &out->id) && !apply_is_id(out->id)) {
        apply_problem(object, "id", "must be 1 to 100 letters, digits, '_' or '-'");
    }
    if (apply_text(object, "external_id", &out->external_id) &&
        (str_is_empty(out->external_id) || out->external_id.len > EXTERNAL_ID_MAX ||
         str_has_control(out->external_id))) {
        apply_problem(object, "external_id", "must be 1 to 128 octets without control characters");
    }
    if (!apply_member(object, "id") && !apply_member(object, "external_id")) {
        apply_problem(object, "external_id", "is missing, and so is id");
    }
    if (!apply_member(object, "display_name")) {
        apply_problem(object, "display_name", "is missing");
    } else if (apply_text(object, "display_name", &out->name) && !apply_is_name(out->name)) {
        apply_problem(object, "display_name", "must be 1 to 200 octets without control characters");
    }
}

static void parse_organization(const apply_object_t *object, apply_organization_t *out) {
    static const char *const names[] = {"id",      "external_id", "display_name", "features",
                                        "domains", "connections", "members"};
    apply_names_judge(object, names, COUNT(names));
    out->place = object->place;
    parse_names(object, out);
    parse_features(object, &out->features);
    parse_parts(object, out);
    judge_repeats(object, out);
}

void apply_organizations_parse(const apply_object_t *file, apply_file_t *out) {
    const apply_objects_t organizations = apply_objects(file, "organizations", ORGANIZATIONS_MAX);
    const apply_objects_t connections = apply_objects(file, "connections", PARTS_MAX);
    out->organizations = ARENA_ARRAY(file->arena, apply_organization_t, organizations.count);
    out->connections = ARENA_ARRAY(file->arena, apply_connection_t, connections.count);
    for (size_t i = 0; i < organizations.count; i++) {
        parse_organization(&organizations.items[i], &out->organizations[i]);
    }
    for (size_t i = 0; i < connections.count; i++) {
        apply_connection_parse(&connections.items[i], true, &out->connections[i]);
    }
    out->organization_count = organizations.count;
    out->connection_count = connections.count;
    judge_ids(file, out);
}
