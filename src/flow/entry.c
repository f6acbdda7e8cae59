#include "flow/entry.h"
#include "flow/complete.h"
#include "flow/step.h"

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

// What the request is about, read off the order of E4 to E8: where the person must have
// authenticated and which organization the tokens are for.
typedef struct {
    bool is_possible; // false: no session can be it, and one of the rows says why
    str_t provider_id;
    flow_list_t connection_ids; // one of them; none: any way will do
    str_t organization_id;      // empty: any
} target_t;

static target_t target_of(const flow_entry_t *entry) {
    const flow_named_t *organization = &entry->organization;
    const bool has_organization = organization->is_named && organization->is_usable;
    target_t target = {.is_possible = !organization->is_named || organization->is_usable,
                       .organization_id = has_organization ? organization->id : STR_NONE};
    if (entry->provider.is_named) { // E4: an organization that is unknown counts for nothing then
        target.is_possible = entry->provider.is_usable;
        target.provider_id = entry->provider.id;
    } else if (entry->connection.is_named) { // E5
        target.is_possible = is_connection_valid(entry);
        target.connection_ids = (flow_list_t){&entry->connection.id, 1};
        target.organization_id = entry->connection.organization_id;
    } else if (has_organization && organization->connection_ids.count > 0) { // E7
        target.connection_ids = organization->connection_ids;
    } else if (entry->hrd_domain.kind != FLOW_HRD_NONE) { // E8
        target.connection_ids = entry->hrd_domain.connection_ids;
        if (!has_organization) {
            target.organization_id = entry->hrd_domain.organization_id;
        }
    }
    return target;
}

// Nothing forces a connection: policy may still say where the person has to go.
static bool is_free(const target_t *target) {
    return target->is_possible && str_is_empty(target->provider_id) &&
           target->connection_ids.count == 0;
}

// hosted-login.md 6.5: only with select_account does organization_id re-scope the session.
static bool is_switch(const flow_entry_t *entry) {
    return entry->prompt.select_account && entry->organization.is_named;
}

static bool is_session_live(const flow_entry_t *entry) {
    return entry->session.is_present && entry->session.is_user_active && !entry->prompt.login &&
           !is_too_old(entry);
}

// Of the forced connection or organization, if one is forced. A session through the right
// connection that works for another organization now does not count, but for a switch: its tokens
// would be that other organization's.
static bool is_session_usable(const flow_entry_t *entry, const target_t *target) {
    const flow_session_t *session = &entry->session;
    if (!is_session_live(entry) || !target->is_possible) {
        return false;
    }
    if (!str_is_empty(target->provider_id) && !flow_list_has(&session->amr, target->provider_id)) {
        return false;
    }
    if (target->connection_ids.count > 0 &&
        !flow_list_overlaps(&session->connection_ids, &target->connection_ids)) {
        return false;
    }
    return is_switch(entry) || str_is_empty(target->organization_id) ||
           str_eq(session->organization_id, target->organization_id);
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

// OIDC Core 3.1.2.6: what prompt=none answers where a page would be shown.
static flow_decision_t without_page(const flow_decision_t *decision) {
    if (decision->step == FLOW_STEP_CHOOSE_ORGANIZATION) {
        return flow_decide_error("account_selection_required",
                                 STR("prompt=none, and an organization has to be chosen"));
    }
    if (decision->step != FLOW_STEP_COMPLETE) {
        return flow_decide_error("interaction_required",
                                 STR("prompt=none, and the session's user has no organization, or "
                                     "may not use it"));
    }
    return *decision;
}

// The organization of a session that is used again (section 6).
static flow_decision_t complete_session(arena_t *arena, const flow_entry_t *entry,
                                        str_t organization_id) {
    const flow_session_t *session = &entry->session;
    const bool is_own = str_is_empty(organization_id);
    const flow_completing_t facts = {
        .user = {.is_present = true,
                 .id = session->user_id,
                 .email = session->email,
                 .is_active = session->is_user_active},
        .memberships = entry->memberships,
        .chosen_organization_id = is_own ? session->organization_id : organization_id,
        .is_session_organization = is_own,
        .is_choice_wanted = is_own && entry->prompt.select_account,
        .is_signup_open = entry->is_signup_open,
        .is_organization_signup_open = entry->is_organization_signup_open,
    };
    flow_decision_t decision = flow_complete(arena, &facts);
    decision.is_new_session = false;
    decision.reason = arena_format(arena, "session %.*s is usable; %.*s", STR_ARG(session->id),
                                   STR_ARG(decision.reason));
    return decision;
}

// A usable session. Policy comes first: what the person is a member of is told to nobody whom it
// would send elsewhere. False if the rows E4 to E8 have to lead there.
static bool is_session_answer(arena_t *arena, const flow_entry_t *entry, const target_t *target,
                              flow_decision_t *out) {
    const flow_session_t *session = &entry->session;
    *out = complete_session(arena, entry, target->organization_id);
    str_t organization_id = target->organization_id;
    if (out->step == FLOW_STEP_COMPLETE) {
        organization_id = out->organization_id;
    } else if (str_is_empty(organization_id)) {
        organization_id = session->organization_id;
    }
    const bool is_bound =
        flow_session_is_bound_elsewhere(session, &entry->hrd_session, organization_id);
    if (!is_bound && flow_session_is_allowed(session, &entry->hrd_session, organization_id)) {
        *out = entry->prompt.none ? without_page(out) : *out;
        return true;
    }
    if (entry->prompt.none) {
        *out = flow_decide_error("login_required",
                                 STR("prompt=none, and policy no longer allows the session"));
        return true;
    }
    if (is_bound) {
        return false; // no realm leads anywhere: the rows do, in the end to a code
    }
    *out = flow_decide_realm(arena, &entry->hrd_session);
    out->why = FLOW_WHY_SESSION;
    return is_free(target);
}

// Section 2, before E4 to E10. True if the session or the prompt decides.
static bool is_answered_at_once(arena_t *arena, const flow_entry_t *entry, flow_decision_t *out) {
    if (entry->prompt.create) {
        *out = flow_decide(FLOW_STEP_SIGNUP_PAGE, STR("prompt=create -> sign-up page"));
        out->organization_id = entry->organization.is_usable ? entry->organization.id : STR_NONE;
        return true;
    }
    const target_t target = target_of(entry);
    if (is_session_usable(entry, &target)) {
        return is_session_answer(arena, entry, &target, out);
    }
    if (entry->prompt.none) {
        *out =
            flow_decide_error("login_required", STR("prompt=none, and there is no usable session"));
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
        out->why = is_switch(entry) && is_session_live(entry) ? FLOW_WHY_SWITCH : FLOW_WHY_NONE;
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
