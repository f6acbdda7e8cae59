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

// The position of `name`; CHECK constraints see to it that it is there, else the last one.
static int name_index(const char *const *names, int count, str_t name) {
    for (int i = 0; i < count - 1; i++) {
        if (str_eq(name, str_from_c(names[i]))) {
            return i;
        }
    }
    return count - 1;
}

const char *client_type_name(flow_client_type_t type) {
    return CLIENT_TYPE_NAMES[type];
}

const char *purpose_name(flow_purpose_t purpose) {
    return PURPOSE_NAMES[purpose];
}

flow_client_t client_from_row(sql_row_t *row) {
    flow_client_t client = {.is_present = !sql_is_null(row)};
    client.id = sql_text(row);
    client.is_active = sql_bool(row);
    client.name = sql_text(row);
    client.type = (flow_client_type_t)name_index(CLIENT_TYPE_NAMES, 4, sql_text(row));
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

flow_challenge_t challenge_from_row(sql_row_t *row) {
    flow_challenge_t challenge = {.is_present = !sql_is_null(row)};
    challenge.id = sql_text(row);
    challenge.purpose = (flow_purpose_t)name_index(PURPOSE_NAMES, 2, sql_text(row));
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
    *out_status = (flow_status_t)name_index(STATUS_NAMES, 3, sql_text(row));
    request.has_max_age = !sql_is_null(row);
    request.max_age_s = sql_int(row);
    request.lifetime_s = sql_int(row);
    return request;
}

store_flow_t flow_from_row(sql_row_t *row) {
    store_flow_t flow = {.now = sql_time(row)};
    flow.is_present = !sql_is_null(row);
    flow.request = request_from_row(row, &flow.status);
    flow.created_at = sql_time(row);
    flow.expires_at = sql_time(row);
    flow.email = sql_text(row);
    flow.email_display = sql_text(row);
    flow.client = client_from_row(row);
    flow.challenge = challenge_from_row(row);
    flow.confirm_number = sql_text(row);
    return flow;
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
    return claims;
}

flow_grant_t grant_from_row(sql_row_t *row, store_user_claims_t *out_user) {
    flow_grant_t grant = {.id = sql_text(row)};
    grant.client_id = sql_text(row);
    grant.scope = sql_text(row);
    grant.nonce = sql_text(row);
    grant.is_revoked = sql_bool(row);
    grant.session = session_from_row(row);
    grant.hrd = realm_from_row(row);
    *out_user = claims_from_row(row);
    return grant;
}
