#include "flow/decision.h"
#include "flow/step.h"

const char *flow_step_name(flow_step_t step) {
    static const char *const names[] = {
        [FLOW_STEP_ERROR_PAGE] = "error_page",
        [FLOW_STEP_ERROR_REDIRECT] = "error_redirect",
        [FLOW_STEP_LOGIN_PAGE] = "login_page",
        [FLOW_STEP_SIGNUP_PAGE] = "signup_page",
        [FLOW_STEP_COMPLETE] = "complete",
        [FLOW_STEP_SSO] = "sso",
        [FLOW_STEP_PICK_CONNECTION] = "pick_connection",
        [FLOW_STEP_SOCIAL] = "social",
        [FLOW_STEP_CHOOSE_ORGANIZATION] = "choose_organization",
        [FLOW_STEP_CREATE_ORGANIZATION] = "create_organization",
        [FLOW_STEP_ASK_EMAIL] = "ask_email",
        [FLOW_STEP_SEND_CODE] = "send_code",
        [FLOW_STEP_LIMITED] = "limited",
        [FLOW_STEP_CODE_WRONG] = "code_wrong",
        [FLOW_STEP_CODE_DEAD] = "code_dead",
        [FLOW_STEP_CODE_EXPIRED] = "code_expired",
        [FLOW_STEP_SHOW_CODE] = "show_code",
        [FLOW_STEP_CONFIRM_NUMBER] = "confirm_number",
        [FLOW_STEP_CONFIRMED] = "confirmed",
        [FLOW_STEP_OTHER_BROWSER] = "other_browser",
        [FLOW_STEP_EXPIRED] = "expired",
        [FLOW_STEP_NO_ACCOUNT] = "no_account",
        [FLOW_STEP_NOT_ACTIVE] = "not_active",
        [FLOW_STEP_NO_MEMBER] = "no_member",
        [FLOW_STEP_OTHER_REALM] = "other_realm",
        [FLOW_STEP_SSO_FAILED] = "sso_failed",
        [FLOW_STEP_HINT_APPLICATION] = "hint_application",
    };
    return names[step];
}

bool flow_list_has(const flow_list_t *list, str_t item) {
    for (size_t i = 0; i < list->count; i++) {
        if (str_eq(list->items[i], item)) {
            return true;
        }
    }
    return false;
}

bool flow_list_overlaps(const flow_list_t *a, const flow_list_t *b) {
    for (size_t i = 0; i < a->count; i++) {
        if (flow_list_has(b, a->items[i])) {
            return true;
        }
    }
    return false;
}

flow_decision_t flow_decide(flow_step_t step, str_t reason) {
    return (flow_decision_t){.step = step, .reason = reason};
}

flow_decision_t flow_decide_error(const char *error, str_t reason) {
    return (flow_decision_t){.step = FLOW_STEP_ERROR_REDIRECT, .error = error, .reason = reason};
}

flow_decision_t flow_decide_sso(arena_t *arena, str_t organization_id,
                                const flow_list_t *connection_ids, str_t why) {
    if (connection_ids->count == 1) {
        const str_t connection_id = connection_ids->items[0];
        return (flow_decision_t){
            .step = FLOW_STEP_SSO,
            .connection_id = connection_id,
            .organization_id = organization_id,
            .reason = arena_format(arena, "%.*s, connection %.*s is enabled -> SSO", STR_ARG(why),
                                   STR_ARG(connection_id)),
        };
    }
    return (flow_decision_t){
        .step = FLOW_STEP_PICK_CONNECTION,
        .organization_id = organization_id,
        .connection_ids = *connection_ids,
        .reason = arena_format(arena, "%.*s, %zu connections are enabled -> the person picks",
                               STR_ARG(why), connection_ids->count),
    };
}

flow_decision_t flow_decide_realm(arena_t *arena, const flow_hrd_t *hrd) {
    const str_t why = arena_format(arena, "domain %.*s is verified for %.*s", STR_ARG(hrd->domain),
                                   STR_ARG(hrd->organization_id));
    return flow_decide_sso(arena, hrd->organization_id, &hrd->connection_ids, why);
}

flow_decision_t flow_decide_policy(arena_t *arena, const flow_hrd_t *hrd) {
    flow_decision_t decision = flow_decide_realm(arena, hrd);
    decision.why = FLOW_WHY_POLICY;
    return decision;
}

bool flow_is_other_exclusive(const flow_hrd_t *hrd, str_t organization_id) {
    return hrd->kind != FLOW_HRD_NONE && hrd->is_exclusive &&
           !str_eq(hrd->organization_id, organization_id);
}

flow_decision_t flow_decide_other_realm(arena_t *arena, const flow_hrd_t *hrd) {
    flow_decision_t decision = flow_decide(
        FLOW_STEP_OTHER_REALM,
        arena_format(arena, "domain %.*s is verified for %.*s, which accepts only its own sign-in",
                     STR_ARG(hrd->domain), STR_ARG(hrd->organization_id)));
    decision.organization_id = hrd->organization_id;
    return decision;
}
