// PATCH /api/v1/organizations/{id}/settings: features on and off. What is not listed stays.
#include "base/buffer.h"
#include "handle/rest/endpoints.h"
#include "handle/rest/organization.h"

enum { FEATURES_MAX = 20 };

// By store_feature_t; the documents have a second name for one of them. sso_exclusive is ours
// (flow.md 3).
static const char *const NAMES[] = {[STORE_FEATURE_SSO] = "sso",
                                    [STORE_FEATURE_DIRECTORY_SYNC] = "directory_sync",
                                    [STORE_FEATURE_DOMAIN_VERIFICATION] = "domain_verification",
                                    [STORE_FEATURE_SESSION_POLICY] = "session_policy",
                                    [STORE_FEATURE_SSO_EXCLUSIVE] = "sso_exclusive",
                                    [STORE_FEATURE_COUNT] = "dir_sync"};

static void feature_read(const rest_object_t *in, store_features_t *out) {
    rest_names_t names = REST_NAMES(NAMES);
    size_t place;
    bool is_on;
    names.is_required = true;
    const bool has_name = rest_enum(in, "name", names, &place);
    if (!rest_bool(in, "enabled", true, &is_on) || !has_name) {
        return;
    }
    const size_t feature = place == STORE_FEATURE_COUNT ? STORE_FEATURE_DIRECTORY_SYNC : place;
    if (out->is_given[feature] && out->is_on[feature] != is_on) {
        rest_problem(in->rest, in->path, "unique", "says another thing than one before it");
    }
    out->is_given[feature] = true;
    out->is_on[feature] = is_on;
}

// Some of them decide how people sign in: the row says what was switched.
static store_audit_t settings_audit(rest_t *rest, str_t id, const store_features_t *features) {
    store_audit_t audit = organization_audit(rest, "api.organization.settings", id);
    buf_t reason = buf_new(rest->call->arena, 128);
    buf_add(&reason, audit.reason);
    for (size_t i = 0; i < STORE_FEATURE_COUNT; i++) {
        if (features->is_given[i]) {
            buf_add_format(&reason, ", %s %s", NAMES[i], features->is_on[i] ? "on" : "off");
        }
    }
    audit.reason = buf_str(&reason);
    return audit;
}

result_t rest_organization_settings(rest_t *rest, response_t *out) {
    call_t *call = rest->call;
    const rest_length_t length = {.max = FEATURES_MAX};
    const rest_object_t body = rest_body(rest);
    store_features_t features = {0};
    store_organization_found_t found;
    store_organization_t made;
    rest_objects_t items = {0};
    (void)!rest_objects(&body, "features", length, &items);
    for (size_t i = 0; i < items.count; i++) {
        feature_read(&items.items[i], &features);
    }
    if (rest_is_refused(rest, out)) {
        return OK;
    }
    TRY(organization_find(rest, rest->params[0], &found));
    if (!found.is_present) {
        return rest_absent(rest, "organization", out);
    }
    features.id = found.row.id;
    const store_audit_t audit = settings_audit(rest, features.id, &features);
    TRY(store_organization_features_set(call->store, &features, &audit, &made, &call->err));
    return organization_answer(rest, 200, &made, out);
}
