// PATCH /api/v1/organizations/{organization_id}/session-policy. It can only shorten what the
// environment allows: the stricter of both counts when a session is made (hosted-login.md 4.1).
#include "handle/rest/endpoints.h"
#include "handle/rest/session_policy.h"

enum { ABSOLUTE_MAX_MIN = 525600, IDLE_MAX_MIN = 10080, MINUTE_S = 60 };

typedef enum { SOURCE_APPLICATION, SOURCE_CUSTOM } source_t;

typedef struct {
    bool has_source, has_idle_on;
    source_t source;
    bool is_idle_on;
    int64_t absolute_min, idle_min; // 0: not given
} policy_body_t;

// A time and its unit, together at most `max_min` minutes.
static int64_t minutes_read(const rest_object_t *body, const char *name, const char *unit_name,
                            int64_t max_min) {
    static const char *const UNITS[] = {"MINUTES", "HOURS", "DAYS"};
    static const int64_t FACTORS[] = {1, 60, 24 * 60};
    size_t unit = 0;
    int64_t value;
    (void)!rest_enum(body, unit_name, REST_NAMES(UNITS), &unit);
    const rest_range_t range = {.min = 1, .max = max_min / FACTORS[unit]};
    return rest_int(body, name, range, &value) ? value * FACTORS[unit] : 0;
}

static void body_read(rest_t *rest, policy_body_t *out) {
    static const char *const SOURCES[] = {
        [SOURCE_APPLICATION] = "APPLICATION", [SOURCE_CUSTOM] = "CUSTOM"};
    const rest_object_t body = rest_body(rest);
    size_t source = SOURCE_APPLICATION;
    *out = (policy_body_t){0};
    out->has_source = rest_enum(&body, "policy_source", REST_NAMES(SOURCES), &source);
    out->source = (source_t)source;
    out->has_idle_on = rest_bool(&body, "idle_session_timeout_enabled", false, &out->is_idle_on);
    out->absolute_min = minutes_read(&body, "absolute_session_timeout",
                                     "absolute_session_timeout_unit", ABSOLUTE_MAX_MIN);
    out->idle_min =
        minutes_read(&body, "idle_session_timeout", "idle_session_timeout_unit", IDLE_MAX_MIN);
}

// What is not given stays. An idle time alone switches the idle end on.
static store_session_policy_t policy_merge(const store_session_policy_t *old,
                                           const policy_body_t *body) {
    store_session_policy_t next = *old;
    if (body->has_source && body->source == SOURCE_APPLICATION) {
        return (store_session_policy_t){0};
    }
    next.is_custom = next.is_custom || body->has_source;
    next.absolute_min = body->absolute_min ? body->absolute_min : next.absolute_min;
    next.idle_min = body->idle_min ? body->idle_min : next.idle_min;
    if (body->has_idle_on || body->idle_min) {
        next.has_idle = true;
        next.is_idle_on = body->has_idle_on ? body->is_idle_on : true;
    }
    next.idle_min = next.is_idle_on ? next.idle_min : 0;
    return next;
}

// absolute > idle > the life of an access token (hosted-login.md 4.1).
static void policy_check(rest_t *rest, const store_session_policy_t *policy) {
    const int64_t token_s = rest->call->settings->access_token_lifetime_s;
    const bool says_something = policy->absolute_min || policy->has_idle;
    if (policy->is_custom != says_something) {
        rest_problem(rest, STR("policy_source"), "required",
                     policy->is_custom ? "needs a timeout to be CUSTOM"
                                       : "must be CUSTOM for a timeout");
    }
    if (policy->is_idle_on && !policy->idle_min) {
        rest_problem(rest, STR("idle_session_timeout"), "required", "must be given");
    }
    if (policy->idle_min && policy->idle_min * MINUTE_S <= token_s) {
        rest_problem(rest, STR("idle_session_timeout"), "range",
                     "must be longer than access tokens live");
    }
    if (policy->absolute_min &&
        (policy->absolute_min <= policy->idle_min || policy->absolute_min * MINUTE_S <= token_s)) {
        rest_problem(rest, STR("absolute_session_timeout"), "range",
                     "must be longer than the idle timeout and than access tokens live");
    }
}

result_t rest_session_policy_update(rest_t *rest, response_t *out) {
    call_t *call = rest->call;
    policy_body_t body;
    store_organization_found_t found;
    body_read(rest, &body);
    if (rest_is_refused(rest, out)) {
        return OK;
    }
    TRY(organization_find(rest, rest->params[0], &found));
    if (!found.is_present) {
        return rest_absent(rest, "organization", out);
    }
    const store_policy_change_t change = {.id = found.row.id,
                                          .old = found.row.policy,
                                          .next = policy_merge(&found.row.policy, &body)};
    policy_check(rest, &change.next);
    if (rest_is_refused(rest, out)) {
        return OK;
    }
    const store_audit_t audit =
        organization_audit(rest, "api.organization.session_policy", found.row.id);
    TRY(store_session_policy_set(call->store, &change, &audit, &call->err));
    return session_policy_answer(rest, &change.next, out);
}
