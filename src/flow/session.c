#include "flow/entry.h"
#include "flow/step.h"

// flow.md 6, and the loop guard of section 3, which would be worth nothing if the session that it
// allows were refused at its first use.
bool flow_session_is_allowed(const flow_session_t *session, const flow_hrd_t *hrd,
                             str_t organization_id) {
    if (!session->is_present || !session->is_user_active) {
        return false;
    }
    if (hrd->kind == FLOW_HRD_NONE ||
        flow_list_has(&session->sso_organization_ids, hrd->organization_id)) {
        return true;
    }
    return !hrd->is_exclusive && !str_is_empty(organization_id) &&
           flow_list_has(&session->sso_organization_ids, organization_id);
}

bool flow_session_is_bound_elsewhere(const flow_session_t *session, const flow_hrd_t *hrd,
                                     str_t organization_id) {
    return hrd->kind == FLOW_HRD_NONE && session->sso_organization_ids.count > 0 &&
           !str_is_empty(organization_id) && !str_eq(session->organization_id, organization_id) &&
           !flow_list_has(&session->sso_organization_ids, organization_id);
}
