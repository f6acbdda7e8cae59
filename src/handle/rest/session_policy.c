#include "handle/rest/session_policy.h"

// Whatever unit a time was given in, it is told in minutes, as the contract says of all answers.
result_t session_policy_answer(rest_t *rest, const store_session_policy_t *policy,
                               response_t *out) {
    SCOPED(json_t) answer = json_object();
    json_t *object = rest_add_object(rest, answer, "policy");
    rest_add_text(rest, object, "policy_source",
                  policy->is_custom ? STR("CUSTOM") : STR("APPLICATION"));
    if (policy->absolute_min) {
        rest_add_int(rest, object, "absolute_session_timeout", policy->absolute_min);
        rest_add_text(rest, object, "absolute_session_timeout_unit", STR("MINUTES"));
    }
    if (policy->has_idle) {
        rest_add_bool(rest, object, "idle_session_timeout_enabled", policy->is_idle_on);
    }
    if (policy->idle_min) {
        rest_add_int(rest, object, "idle_session_timeout", policy->idle_min);
        rest_add_text(rest, object, "idle_session_timeout_unit", STR("MINUTES"));
    }
    return rest_answer(rest, 200, answer, out);
}
