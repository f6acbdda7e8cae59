#include "flow/entry.h"
#include "flow/step.h"

bool flow_session_is_allowed(const flow_session_t *session, const flow_hrd_t *hrd) {
    if (!session->is_present || !session->is_user_active) {
        return false;
    }
    // A disabled connection is no longer among the realm's, so disabling acts at the next use. That
    // the realm yields the very connection that made the session is the loop guard of section 3.
    return hrd->kind == FLOW_HRD_NONE ||
           flow_list_overlaps(&session->connection_ids, &hrd->connection_ids);
}

// OIDC Core 3.1.2.1: re-authenticate when more than max_age seconds have passed; 0 always does.
static bool is_too_old(const flow_entry_t *entry) {
    const int64_t age_ms = entry->now - entry->session.auth_time;
    const int64_t age_s = age_ms > 0 ? (age_ms - 1) / 1000 + 1 : 0;
    return entry->has_max_age && (entry->max_age_s <= 0 || age_s > entry->max_age_s);
}

// E5: known, enabled, and of the organization that the request also names, if it does.
static bool is_connection_valid(const flow_entry_t *entry) {
    if (!entry->connection.is_usable || !entry->organization.is_named) {
        return entry->connection.is_usable;
    }
    return entry->organization.is_usable &&
           str_eq(entry->connection.organization_id, entry->organization.id);
}

static bool is_session_of(const flow_session_t *session, str_t organization_id,
                          const flow_list_t *connection_ids) {
    return str_eq(session->organization_id, organization_id) &&
           flow_list_overlaps(&session->connection_ids, connection_ids);
}

// Did the session come from what the request forces (E4, E5, E7, E8, or the organization of E10)? A
// session through the right connection that now works for another organization does not count: its
// tokens would be that other organization's.
static bool is_session_of_selected(const flow_entry_t *entry) {
    const flow_session_t *session = &entry->session;
    const flow_named_t *organization = &entry->organization;
    if (entry->provider.is_named) {
        return entry->provider.is_usable && flow_list_has(&session->amr, entry->provider.id);
    }
    if (entry->connection.is_named) {
        const flow_list_t connections = {&entry->connection.id, 1};
        return is_connection_valid(entry) &&
               is_session_of(session, entry->connection.organization_id, &connections);
    }
    if (organization->is_named && organization->connection_ids.count > 0) {
        return organization->is_usable &&
               is_session_of(session, organization->id, &organization->connection_ids);
    }
    if (organization->is_named &&
        (!organization->is_usable || !str_eq(session->organization_id, organization->id))) {
        return false;
    }
    return entry->hrd_domain.kind == FLOW_HRD_NONE ||
           is_session_of(session, entry->hrd_domain.organization_id,
                         &entry->hrd_domain.connection_ids);
}

static bool is_session_usable(const flow_entry_t *entry) {
    return entry->session.is_present && entry->session.is_user_active && !entry->prompt.login &&
           !is_too_old(entry) && is_session_of_selected(entry);
}

// Nothing in the request says where the person must authenticate.
static bool is_open_choice(const flow_entry_t *entry) {
    return !entry->provider.is_named && !entry->connection.is_named &&
           !entry->organization.is_named && entry->hrd_domain.kind == FLOW_HRD_NONE;
}

// E1 to E3. True if one applies.
static bool is_refused(arena_t *arena, const flow_entry_t *entry, flow_decision_t *out) {
    const flow_prompt_t *prompt = &entry->prompt;
    // E1. RFC 6749 4.1.2.1: never redirect to an unregistered URI.
    if (!entry->client.is_present || !entry->client.is_active || !entry->is_redirect_registered) {
        *out = flow_decide(FLOW_STEP_ERROR_PAGE, STR("the redirect_uri is not registered"));
        out->error = "invalid_redirect_uri";
        if (!entry->client.is_present) {
            out->error = "invalid_client";
            out->reason = STR("the client_id is unknown");
        } else if (!entry->client.is_active) {
            out->error = "application_not_active";
            out->reason =
                arena_format(arena, "application %.*s is not active", STR_ARG(entry->client.id));
        }
        return true;
    }
    if (entry->defect) { // E2
        *out =
            flow_decide_error(entry->defect, arena_format(arena, "the request is defective: %.*s",
                                                          STR_ARG(entry->defect_text)));
        return true;
    }
    if (entry->client.type == FLOW_CLIENT_M2M) { // E2
        *out = flow_decide_error("unauthorized_client",
                                 arena_format(arena,
                                              "application %.*s is a machine and signs nobody in",
                                              STR_ARG(entry->client.id)));
        return true;
    }
    if (prompt->none && (prompt->login || prompt->create || prompt->select_account)) { // E3
        *out = flow_decide_error("invalid_request", STR("prompt=none stands with other prompts"));
        return true;
    }
    return false;
}

// Section 2, before E4 to E10. True if the session or the prompt decides.
static bool is_answered_at_once(arena_t *arena, const flow_entry_t *entry, flow_decision_t *out) {
    if (entry->prompt.create) {
        *out = flow_decide(FLOW_STEP_SIGNUP_PAGE, STR("prompt=create -> sign-up page"));
        out->organization_id = entry->organization.is_usable ? entry->organization.id : STR_NONE;
        return true;
    }
    const flow_session_t *session = &entry->session;
    const bool is_usable = is_session_usable(entry);
    const bool is_allowed = flow_session_is_allowed(session, &entry->hrd_session);
    if (is_usable && is_allowed) {
        // With an organization_id there is nothing to choose: the session is of that one already,
        // or is_session_of_selected has refused it and the person authenticates for it.
        const bool is_choice = entry->prompt.select_account && entry->has_organization_choice &&
                               !entry->organization.is_named;
        *out = (flow_decision_t){
            .step = is_choice ? FLOW_STEP_CHOOSE_ORGANIZATION : FLOW_STEP_COMPLETE,
            .organization_id = session->organization_id,
            .reason =
                arena_format(arena, "session %.*s is usable and allowed -> %s",
                             STR_ARG(session->id), is_choice ? "organization chooser" : "complete"),
        };
        return true;
    }
    if (entry->prompt.none) {
        *out = flow_decide_error("login_required",
                                 is_usable ? STR("prompt=none, and policy no longer allows the "
                                                 "session")
                                           : STR("prompt=none, and there is no usable session"));
        return true;
    }
    // Section 6. Where the request forces a connection, E4 to E8 send the person there instead.
    if (is_usable && is_open_choice(entry)) {
        *out = flow_decide_realm(arena, &entry->hrd_session);
        return true;
    }
    return false;
}

// E4 to E7. True if the request names something that decides.
static bool is_named(arena_t *arena, const flow_entry_t *entry, flow_decision_t *out) {
    if (entry->provider.is_named) { // E4
        *out = flow_decide_error("invalid_connection_selector",
                                 STR("the provider is unknown or disabled"));
        if (entry->provider.is_usable) {
            *out = (flow_decision_t){
                .step = FLOW_STEP_SOCIAL,
                .connection_id = entry->provider.id,
                .reason = arena_format(arena, "the request names provider connection %.*s",
                                       STR_ARG(entry->provider.id)),
            };
        }
        return true;
    }
    if (entry->connection.is_named) { // E5: an invalid one never falls through
        const flow_list_t connections = {&entry->connection.id, 1};
        *out = is_connection_valid(entry)
                   ? flow_decide_sso(arena, entry->connection.organization_id, &connections,
                                     STR("the request forces a connection"))
                   : flow_decide_error("invalid_connection_id",
                                       STR("the connection is unknown, disabled or of another "
                                           "organization"));
        return true;
    }
    if (!entry->organization.is_named) {
        return false;
    }
    if (!entry->organization.is_usable) { // E6
        *out = flow_decide_error("invalid_organization_id", STR("the organization is unknown"));
        return true;
    }
    if (entry->organization.connection_ids.count > 0) { // E7
        *out = flow_decide_sso(arena, entry->organization.id, &entry->organization.connection_ids,
                               arena_format(arena, "the request forces organization %.*s",
                                            STR_ARG(entry->organization.id)));
        return true;
    }
    return false;
}

flow_decision_t flow_at_entry(arena_t *arena, const flow_entry_t *entry) {
    flow_decision_t decision;
    if (is_refused(arena, entry, &decision) || is_answered_at_once(arena, entry, &decision) ||
        is_named(arena, entry, &decision)) {
        return decision;
    }
    if (entry->hrd_domain.kind != FLOW_HRD_NONE) { // E8
        return flow_decide_realm(arena, &entry->hrd_domain);
    }
    if (entry->has_login_hint && entry->hrd_hint.kind != FLOW_HRD_NONE) { // E9
        return flow_decide_realm(arena, &entry->hrd_hint);
    }
    decision = flow_decide(FLOW_STEP_LOGIN_PAGE, // E10
                           STR("nothing in the request leads elsewhere -> login page"));
    decision.organization_id = entry->organization.is_named ? entry->organization.id : STR_NONE;
    return decision;
}
