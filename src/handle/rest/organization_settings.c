// PATCH /api/v1/organizations/{id}/settings: features on and off. What is not listed stays.
#include "handle/rest/endpoints.h"
#include "handle/rest/organization.h"

enum { FEATURES_MAX = 20 };

// The documents have two names for one of them.
static const char *const NAMES[] = {"sso", "directory_sync", "domain_verification",
                                    "session_policy", "dir_sync"};
static const store_feature_t FEATURES[] = {
    STORE_FEATURE_SSO, STORE_FEATURE_DIRECTORY_SYNC, STORE_FEATURE_DOMAIN_VERIFICATION,
    STORE_FEATURE_SESSION_POLICY, STORE_FEATURE_DIRECTORY_SYNC};

static void feature_read(const rest_object_t *in, store_features_t *out) {
    rest_names_t names = REST_NAMES(NAMES);
    size_t place;
    bool is_on;
    names.is_required = true;
    const bool has_name = rest_enum(in, "name", names, &place);
    if (!rest_bool(in, "enabled", true, &is_on) || !has_name) {
        return;
    }
    const store_feature_t feature = FEATURES[place];
    if (out->is_given[feature] && out->is_on[feature] != is_on) {
        rest_problem(in->rest, in->path, "unique", "says another thing than one before it");
    }
    out->is_given[feature] = true;
    out->is_on[feature] = is_on;
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
    const store_audit_t audit = organization_audit(rest, "api.organization.settings", found.row.id);
    features.id = found.row.id;
    TRY(store_organization_features_set(call->store, &features, &audit, &made, &call->err));
    return organization_answer(rest, 200, &made, out);
}
