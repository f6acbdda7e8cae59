#include "flow/arrival.h"
#include "flow/step.h"

// ---- trust, section 4 ---------------------------------------------------------------------------

bool flow_is_domain_trusted(const flow_connection_t *connection, bool is_organization_domain,
                            str_t email_domain) {
    return connection->is_present && !connection->is_social && is_organization_domain &&
           !str_is_empty(email_domain) &&
           (connection->domains.count == 0 || flow_list_has(&connection->domains, email_domain));
}

// 4.2: this subject has proven this address through this connection, and nobody has changed by hand
// whom the connection believes since.
static bool is_channel_valid(const flow_arrival_t *arrival) {
    const flow_identity_t *identity = &arrival->identity;
    return identity->is_present && !str_is_empty(identity->channel_email) &&
           str_eq(identity->channel_email, arrival->assertion.email) &&
           identity->channel_epoch == arrival->connection.trust_epoch;
}

bool flow_is_trusted(const flow_arrival_t *arrival) {
    const flow_assertion_t *assertion = &arrival->assertion;
    if (is_channel_valid(arrival)) {
        return true;
    }
    if (arrival->connection.is_social) {
        return !str_is_empty(assertion->email) && assertion->is_email_verified; // 4.3
    }
    return flow_is_domain_trusted(&arrival->connection, arrival->is_organization_domain,
                                  assertion->email_domain);
}

bool flow_is_user_vouched(const flow_voucher_t *voucher) {
    const flow_connection_t *connection = voucher->connection;
    const flow_identity_t *identity = voucher->identity;
    const flow_hrd_t *hrd_user = voucher->hrd_user;
    return connection->is_social || !identity->is_present || !voucher->user->is_present ||
           str_eq(voucher->user->email, voucher->email) ||
           (hrd_user->kind != FLOW_HRD_NONE &&
            str_eq(hrd_user->organization_id, connection->organization_id)) ||
           (!str_is_empty(identity->channel_email) &&
            identity->channel_epoch == connection->trust_epoch);
}

flow_decision_t flow_decide_unvouched(arena_t *arena, const flow_connection_t *connection) {
    flow_decision_t refusal = flow_decide(
        FLOW_STEP_NO_MEMBER,
        arena_format(arena,
                     "connection %.*s names a known subject with another address than its user's, "
                     "for whom neither a domain nor a code of its present settings vouches",
                     STR_ARG(connection->id)));
    refusal.connection_id = connection->id;
    refusal.organization_id = connection->organization_id;
    return refusal;
}

// ---- realms -------------------------------------------------------------------------------------

static bool is_realm_elsewhere(const flow_hrd_t *hrd, str_t organization_id) {
    return hrd->kind != FLOW_HRD_NONE && !str_eq(hrd->organization_id, organization_id);
}

bool flow_is_own_realm(const flow_connection_t *connection, const flow_hrd_t *hrd,
                       const flow_hrd_t *hrd_user) {
    const str_t organization_id = connection->organization_id;
    return connection->is_present && !connection->is_social &&
           (hrd->kind != FLOW_HRD_NONE || hrd_user->kind != FLOW_HRD_NONE) &&
           !is_realm_elsewhere(hrd, organization_id) &&
           !is_realm_elsewhere(hrd_user, organization_id);
}

// ---- arrival ------------------------------------------------------------------------------------

static flow_decision_t fail(arena_t *arena, const flow_connection_t *connection, const char *why) {
    flow_decision_t failed =
        flow_decide(FLOW_STEP_SSO_FAILED,
                    arena_format(arena, "connection %.*s: %s", STR_ARG(connection->id), why));
    failed.connection_id = connection->id;
    failed.organization_id = connection->organization_id;
    return failed;
}

// M12 and what stands before it. True if there is no assertion to judge.
static bool is_over(arena_t *arena, const flow_arrival_t *arrival, flow_decision_t *out) {
    const flow_connection_t *connection = &arrival->connection;
    if (!arrival->is_own_browser) {
        *out = flow_decide(FLOW_STEP_OTHER_BROWSER,
                           STR("the flow was begun in another browser -> back to the application"));
    } else if (arrival->status != FLOW_OPEN || arrival->flow_expires_at <= arrival->now) {
        *out =
            flow_decide(FLOW_STEP_EXPIRED, STR("the flow is finished or too old -> start again"));
    } else if (!connection->is_present || !connection->is_usable) {
        *out = fail(arena, connection, "was switched off meanwhile");
    } else if (arrival->is_refused_by_person) {
        *out = fail(arena, connection, "the person cancelled at the provider");
    } else if (arrival->defect) {
        *out = fail(arena, connection,
                    arena_c(arena, arena_format(arena, "the response does not hold: %s, %.*s",
                                                arrival->defect, STR_ARG(arrival->defect_text))));
    } else if (!arrival->assertion.is_present || str_is_empty(arrival->assertion.subject)) {
        *out = fail(arena, connection, "the response names nobody");
    } else {
        return false;
    }
    return true;
}

static flow_decision_t complete(arena_t *arena, const flow_arrival_t *arrival, const char *why) {
    const flow_connection_t *connection = &arrival->connection;
    return (flow_decision_t){
        .step = FLOW_STEP_COMPLETE,
        .connection_id = connection->id,
        .organization_id = connection->organization_id,
        .is_new_session = true,
        .is_linking = true,
        .reason = arena_format(arena, "connection %.*s asserts an address that %s -> trusted",
                               STR_ARG(connection->id), why),
    };
}

static flow_decision_t send_code(arena_t *arena, const flow_arrival_t *arrival) {
    const flow_connection_t *connection = &arrival->connection;
    flow_decision_t code = flow_decide(
        FLOW_STEP_SEND_CODE, arena_format(arena,
                                          "connection %.*s asserts an address that nobody has "
                                          "proven -> code by mail",
                                          STR_ARG(connection->id)));
    code.purpose = connection->is_social ? FLOW_PURPOSE_LOGIN : FLOW_PURPOSE_SSO_TRUST;
    code.connection_id = connection->id;
    code.organization_id = connection->organization_id;
    return code;
}

// M6 to M9. Where a realm matches, verified or not, the organization decides and the identity is
// not linked; the realm of a known identity's own user counts like that of the asserted address.
static flow_decision_t after_social(arena_t *arena, const flow_arrival_t *arrival) {
    const str_t connection_id = arrival->connection.id;
    if (str_is_empty(arrival->assertion.email)) { // M6
        flow_decision_t ask = flow_decide(
            FLOW_STEP_ASK_EMAIL,
            arena_format(arena, "connection %.*s told no address -> ask", STR_ARG(connection_id)));
        ask.connection_id = connection_id;
        return ask;
    }
    if (arrival->hrd.kind != FLOW_HRD_NONE) { // M8, and M7 the same
        return flow_decide_policy(arena, &arrival->hrd);
    }
    if (arrival->hrd_user.kind != FLOW_HRD_NONE) {
        return flow_decide_policy(arena, &arrival->hrd_user);
    }
    return flow_is_trusted(arrival) ? complete(arena, arrival, "is verified")
                                    : send_code(arena, arrival);
}

// M13 to M15. The loop guard: that the realm is this connection's organization means that the
// person is where policy wants them; another's is refused if it is exclusive, before any mail.
static flow_decision_t after_sso(arena_t *arena, const flow_arrival_t *arrival) {
    const flow_connection_t *connection = &arrival->connection;
    if (str_is_empty(arrival->assertion.email)) { // M13
        return flow_decide_error("mandatory_attribute_missing",
                                 arena_format(arena, "connection %.*s asserts no usable email",
                                              STR_ARG(connection->id)));
    }
    if (flow_is_other_exclusive(&arrival->hrd, connection->organization_id)) {
        return flow_decide_other_realm(arena, &arrival->hrd);
    }
    if (flow_is_other_exclusive(&arrival->hrd_user, connection->organization_id)) {
        return flow_decide_other_realm(arena, &arrival->hrd_user);
    }
    const flow_voucher_t voucher = {connection, &arrival->identity, &arrival->user,
                                    &arrival->hrd_user, arrival->assertion.email};
    if (!flow_is_user_vouched(&voucher)) {
        return flow_decide_unvouched(arena, connection);
    }
    if (!flow_is_trusted(arrival)) { // M15
        return send_code(arena, arrival);
    }
    return complete(arena, arrival, // M14
                    is_channel_valid(arrival) ? "this subject has proven before"
                                              : "is of its organization's domain");
}

flow_decision_t flow_after_arrival(arena_t *arena, const flow_arrival_t *arrival) {
    flow_decision_t decision;
    if (is_over(arena, arrival, &decision)) {
        return decision;
    }
    return arrival->connection.is_social ? after_social(arena, arrival) : after_sso(arena, arrival);
}

// ---- unsolicited, section 7 ---------------------------------------------------------------------

flow_decision_t flow_after_unsolicited(arena_t *arena, const flow_unsolicited_t *unsolicited) {
    const flow_connection_t *connection = &unsolicited->connection;
    if (!connection->is_present || !connection->is_usable || connection->is_social) {
        return fail(arena, connection, "is switched off, or no organization's");
    }
    if (connection->idp_initiated == FLOW_IDP_OFF) {
        return fail(arena, connection, "lets no login begin at the provider");
    }
    if (!unsolicited->has_default_application) {
        return fail(arena, connection, "there is no application that a login could begin for");
    }
    const bool is_hint = unsolicited->has_initiate_login;
    return (flow_decision_t){
        .step = is_hint ? FLOW_STEP_HINT_APPLICATION : FLOW_STEP_SSO,
        .connection_id = connection->id,
        .organization_id = connection->organization_id,
        .reason = arena_format(
            arena, "begun at the provider of connection %.*s -> %s", STR_ARG(connection->id),
            is_hint ? "the application begins a request" : "a request for the default application"),
    };
}
