#include "store/facts.h"

static const char *const CLIENT_TYPE_NAMES[] = {
    [FLOW_CLIENT_WEB_APP] = "web_app",
    [FLOW_CLIENT_SPA] = "spa",
    [FLOW_CLIENT_NATIVE] = "native",
    [FLOW_CLIENT_M2M] = "m2m",
};
static const char *const STATUS_NAMES[] = {
    [FLOW_OPEN] = "open", [FLOW_COMPLETED] = "completed", [FLOW_FAILED] = "failed"};
static const char *const PURPOSE_NAMES[] = {
    [FLOW_PURPOSE_LOGIN] = "login", [FLOW_PURPOSE_SSO_TRUST] = "sso_trust"};
static const char *const WHY_NAMES[] = {[FLOW_WHY_POLICY] = "policy",
                                        [FLOW_WHY_SESSION] = "session",
                                        [FLOW_WHY_SWITCH] = "switch",
                                        [FLOW_WHY_NONE] = ""};
static const char *const MEMBER_NAMES[] = {[FLOW_MEMBER_ACTIVE] = "ACTIVE",
                                           [FLOW_MEMBER_INVITED] = "PENDING_INVITE",
                                           [FLOW_MEMBER_JOINABLE] = "JOINABLE",
                                           [FLOW_MEMBER_INACTIVE] = "INACTIVE"};
static const char *const JIT_NAMES[] = {[FLOW_JIT_ON] = "on",
                                        [FLOW_JIT_ORGANIZATION_DOMAINS] = "organization_domains",
                                        [FLOW_JIT_OFF] = "off"};
static const char *const IDP_INITIATED_NAMES[] = {
    [FLOW_IDP_CONVERT] = "convert", [FLOW_IDP_DIRECT] = "direct", [FLOW_IDP_OFF] = "off"};

// The position of `name`; CHECK constraints see to it that it is there, else `fallback`.
static int name_index(const char *const *names, int count, str_t name, int fallback) {
    for (int i = 0; i < count; i++) {
        if (str_eq(name, str_from_c(names[i]))) {
            return i;
        }
    }
    return fallback;
}

const char *client_type_name(flow_client_type_t type) {
    return CLIENT_TYPE_NAMES[type];
}

const char *purpose_name(flow_purpose_t purpose) {
    return PURPOSE_NAMES[purpose];
}

const char *why_name(flow_why_t why) {
    return WHY_NAMES[why];
}

flow_client_t client_from_row(sql_row_t *row) {
    flow_client_t client = {.is_present = !sql_is_null(row)};
    client.id = sql_text(row);
    client.is_active = sql_bool(row);
    client.name = sql_text(row);
    client.type =
        (flow_client_type_t)name_index(CLIENT_TYPE_NAMES, 4, sql_text(row), FLOW_CLIENT_M2M);
    client.redirect_uris = sql_list(row);
    client.post_logout_uris = sql_list(row);
    client.initiate_login_uri = sql_text(row);
    client.logo_url = sql_text(row);
    // RFC 9700 2.1.1: a public client without PKCE is not an option that a row could choose.
    const bool is_public = client.type == FLOW_CLIENT_SPA || client.type == FLOW_CLIENT_NATIVE;
    client.enforces_pkce = sql_bool(row) || is_public;
    client.token_alg = sql_text(row);
    client.access_token_s = sql_int(row);
    client.may_use_api = sql_bool(row);
    return client;
}

flow_session_t session_from_row(sql_row_t *row) {
    flow_session_t session = {.is_present = !sql_is_null(row)};
    session.id = sql_text(row);
    session.user_id = sql_text(row);
    session.email = sql_text(row);
    session.email_display = sql_text(row);
    session.is_user_active = sql_bool(row);
    session.auth_time = sql_time(row);
    session.amr = sql_list(row);
    session.connection_ids = sql_list(row);
    session.sso_organization_ids = sql_list(row);
    session.organization_id = sql_text(row);
    return session;
}

flow_hrd_t realm_from_row(sql_row_t *row) {
    flow_hrd_t realm = {.kind = FLOW_HRD_NONE};
    const bool is_match = !sql_is_null(row);
    realm.organization_id = sql_text(row);
    realm.is_exclusive = sql_bool(row);
    realm.connection_ids = sql_list(row);
    realm.domain = sql_text(row);
    if (is_match) {
        realm.kind = realm.connection_ids.count == 1 ? FLOW_HRD_ONE : FLOW_HRD_SEVERAL;
    }
    return realm;
}

flow_user_t user_from_row(sql_row_t *row) {
    flow_user_t user = {.is_present = !sql_is_null(row)};
    user.id = sql_text(row);
    user.email = sql_text(row);
    user.is_active = sql_bool(row);
    user.is_proven = sql_bool(row);
    return user;
}

flow_identity_t identity_from_row(sql_row_t *row) {
    flow_identity_t identity = {.is_present = !sql_is_null(row)};
    identity.user_id = sql_text(row);
    identity.channel_email = sql_text(row);
    identity.channel_epoch = sql_int(row);
    return identity;
}

flow_connection_t connection_from_row(sql_row_t *row) {
    flow_connection_t connection = {.is_present = !sql_is_null(row)};
    connection.id = sql_text(row);
    connection.is_usable = sql_bool(row);
    connection.is_social = sql_bool(row);
    connection.name = sql_text(row);
    connection.organization_id = sql_text(row);
    connection.organization_name = sql_text(row);
    connection.domains = sql_list(row);
    connection.jit = (flow_jit_t)name_index(JIT_NAMES, 3, sql_text(row), FLOW_JIT_OFF);
    connection.idp_initiated =
        (flow_idp_initiated_t)name_index(IDP_INITIATED_NAMES, 3, sql_text(row), FLOW_IDP_OFF);
    connection.trust_epoch = sql_int(row);
    return connection;
}

flow_memberships_t memberships_from_row(sql_row_t *row) {
    const flow_list_t ids = sql_list(row);
    const flow_list_t names = sql_list(row);
    const flow_list_t logo_urls = sql_list(row);
    const flow_list_t members = sql_list(row);
    flow_membership_t *items = ARENA_ARRAY(row->arena, flow_membership_t, ids.count);
    for (size_t i = 0; i < ids.count; i++) {
        items[i] =
            (flow_membership_t){.organization_id = ids.items[i],
                                .name = names.items[i],
                                .logo_url = logo_urls.items[i],
                                .member = (flow_member_t)name_index(
                                    MEMBER_NAMES, 4, members.items[i], FLOW_MEMBER_INACTIVE)};
    }
    return (flow_memberships_t){items, ids.count};
}

store_assertion_t assertion_from_row(sql_row_t *row) {
    store_assertion_t assertion = {.id = sql_text(row)};
    assertion.connection_id = sql_text(row);
    assertion.subject = sql_text(row);
    assertion.email = sql_text(row);
    assertion.email_display = sql_text(row);
    assertion.trust_epoch = sql_int(row);
    assertion.profile = sql_text(row);
    return assertion;
}

flow_challenge_t challenge_from_row(sql_row_t *row) {
    flow_challenge_t challenge = {.is_present = !sql_is_null(row)};
    challenge.id = sql_text(row);
    challenge.purpose =
        (flow_purpose_t)name_index(PURPOSE_NAMES, 2, sql_text(row), FLOW_PURPOSE_SSO_TRUST);
    challenge.is_consumed = sql_bool(row);
    challenge.is_superseded = sql_bool(row);
    challenge.is_confirmed = sql_bool(row);
    const int64_t tries = sql_int(row);
    challenge.tries = tries > INT32_MAX ? INT32_MAX : (int)tries;
    challenge.sent_at = sql_time(row);
    challenge.expires_at = sql_time(row);
    challenge.email = sql_text(row);
    challenge.email_display = sql_text(row);
    return challenge;
}

static store_request_t request_from_row(sql_row_t *row, flow_status_t *out_status) {
    store_request_t request = {.id = sql_text(row)};
    request.browser_hash = sql_bytes(row);
    request.client_id = sql_text(row);
    request.redirect_uri = sql_text(row);
    request.scope = sql_text(row);
    request.has_state = !sql_is_null(row);
    request.state = sql_text(row);
    request.nonce = sql_text(row);
    request.code_challenge = sql_text(row);
    request.prompt = sql_text(row);
    request.login_hint = sql_text(row);
    request.ui_locales = sql_text(row);
    request.organization_id = sql_text(row);
    *out_status = (flow_status_t)name_index(STATUS_NAMES, 3, sql_text(row), FLOW_FAILED);
    request.has_max_age = !sql_is_null(row);
    request.max_age_s = sql_int(row);
    request.lifetime_s = sql_int(row);
    request.forced_connection_id = sql_text(row);
    request.test_id = sql_text(row);
    request.next_connection_id = sql_text(row);
    request.picked_ids = sql_list(row);
    request.why = (flow_why_t)name_index(WHY_NAMES, 4, sql_text(row), FLOW_WHY_NONE);
    request.session_id = sql_text(row);
    return request;
}

static store_authenticated_t authenticated_from_row(sql_row_t *row, str_t session_id) {
    store_authenticated_t authenticated = {.user_id = sql_text(row), .session_id = session_id};
    authenticated.amr = sql_list(row);
    authenticated.connection_ids = sql_list(row);
    authenticated.organization_id = sql_text(row);
    authenticated.is_present = !sql_is_null(row);
    authenticated.at = sql_time(row);
    return authenticated;
}

store_flow_t flow_from_row(sql_row_t *row) {
    store_flow_t flow = {.now = sql_time(row)};
    flow.is_present = !sql_is_null(row);
    flow.request = request_from_row(row, &flow.status);
    flow.created_at = sql_time(row);
    flow.expires_at = sql_time(row);
    flow.email = sql_text(row);
    flow.email_display = sql_text(row);
    flow.authenticated = authenticated_from_row(row, flow.request.session_id);
    flow.assertion_id = sql_text(row);
    flow.client = client_from_row(row);
    flow.challenge = challenge_from_row(row);
    flow.confirm_number = sql_text(row);
    flow.challenge_assertion_id = sql_text(row);
    const bool is_test = !str_is_empty(flow.request.test_id);
    return flow.client.is_present || is_test ? flow : (store_flow_t){0};
}

store_user_claims_t claims_from_row(sql_row_t *row) {
    store_user_claims_t claims = {.id = sql_text(row)};
    claims.email = sql_text(row);
    claims.name = sql_text(row);
    claims.given_name = sql_text(row);
    claims.family_name = sql_text(row);
    claims.picture = sql_text(row);
    claims.locale = sql_text(row);
    claims.is_email_verified = sql_bool(row);
    claims.updated_at = sql_time(row);
    claims.organization_id = sql_text(row);
    claims.organization_external_id = sql_text(row);
    claims.roles = sql_list(row);
    return claims;
}

flow_grant_t grant_from_row(sql_row_t *row, store_user_claims_t *out_user) {
    flow_grant_t grant = {.id = sql_text(row)};
    grant.client_id = sql_text(row);
    grant.scope = sql_text(row);
    grant.nonce = sql_text(row);
    grant.is_revoked = sql_bool(row);
    grant.organization_id = sql_text(row);
    grant.is_member = sql_bool(row);
    grant.session = session_from_row(row);
    grant.hrd = realm_from_row(row);
    *out_user = claims_from_row(row);
    return grant;
}
