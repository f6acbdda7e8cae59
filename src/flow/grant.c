#include "flow/grant.h"
#include "base/buffer.h"

static flow_grant_decision_t refuse(const char *error, str_t reason) {
    return (flow_grant_decision_t){.step = FLOW_GRANT_REFUSE, .error = error, .reason = reason};
}

// RFC 6749 4.1.2, RFC 9700 4.14.2: what is used twice is in two hands.
static flow_grant_decision_t refuse_replay(str_t reason) {
    return (flow_grant_decision_t){
        .step = FLOW_GRANT_REFUSE_AND_REVOKE, .error = "invalid_grant", .reason = reason};
}

// What a code and a refresh token have in common (flow.md 6). True if it refuses.
static bool is_grant_over(const flow_grant_t *grant, flow_grant_decision_t *out) {
    if (grant->is_revoked) {
        *out = refuse("invalid_grant", STR("the grant was revoked"));
    } else if (!grant->session.is_present) {
        *out = refuse("invalid_grant", STR("the session has ended"));
    } else if (!grant->session.is_user_active) {
        *out = refuse("invalid_grant", STR("the user is deactivated"));
    } else if (!grant->is_member) {
        *out = refuse("invalid_grant", STR("the user is no longer a member of the organization"));
    } else if (!flow_session_is_allowed(&grant->session, &grant->hrd, grant->organization_id)) {
        *out = refuse("invalid_grant", STR("the address's organization now requires its own "
                                           "sign-in, which did not make this session"));
    } else {
        return false;
    }
    return true;
}

// RFC 7636 4.6, RFC 9700 4.8.2. Both sides are digests that may be public, so the comparison need
// not be in constant time. True if it refuses.
static bool is_pkce_broken(const flow_code_facts_t *facts, flow_grant_decision_t *out) {
    const bool has_challenge = !str_is_empty(facts->code_challenge);
    if (has_challenge && !facts->has_verifier) {
        *out = refuse("invalid_grant", STR("the code_verifier is missing"));
    } else if (!has_challenge && facts->has_verifier) {
        *out = refuse("invalid_grant", STR("a code_verifier for a request without code_challenge"));
    } else if (has_challenge && !str_eq(facts->code_challenge, facts->given_code_challenge)) {
        *out = refuse("invalid_grant", STR("the code_verifier does not fit the code_challenge"));
    } else {
        return false;
    }
    return true;
}

flow_grant_decision_t flow_code_redeem(arena_t *arena, const flow_code_facts_t *facts) {
    flow_grant_decision_t refusal;
    if (!facts->is_present) {
        return refuse("invalid_grant", STR("the code is unknown"));
    }
    // Before the replay rule: another client must not be able to end this one's tokens.
    if (!str_eq(facts->grant.client_id, facts->client_id)) {
        return refuse("invalid_grant", arena_format(arena, "the code belongs to application %.*s",
                                                    STR_ARG(facts->grant.client_id)));
    }
    if (facts->is_consumed) {
        return refuse_replay(STR("the code was redeemed before -> its tokens are revoked"));
    }
    if (facts->expires_at <= facts->now) {
        return refuse("invalid_grant", STR("the code is too old"));
    }
    // RFC 6749 4.1.3. Every authorization request has a redirect_uri here, so every redemption
    // must.
    if (!facts->has_redirect_uri || !str_eq(facts->redirect_uri, facts->given_redirect_uri)) {
        return refuse("invalid_grant",
                      STR("the redirect_uri is not that of the authorization request"));
    }
    if (is_pkce_broken(facts, &refusal) || is_grant_over(&facts->grant, &refusal)) {
        return refusal;
    }
    return (flow_grant_decision_t){
        .step = FLOW_GRANT_ISSUE,
        .scope = facts->grant.scope,
        .reason = arena_format(arena, "the code of session %.*s is good -> tokens",
                               STR_ARG(facts->grant.session.id)),
    };
}

// RFC 6749 6: the same scope or a narrower one; each word once. False if a word was not granted.
static bool is_scope_narrowed(arena_t *arena, str_t granted, str_t given, str_t *out) {
    buf_t scope = buf_new(arena, given.len + 1);
    str_t word;
    while (str_next_word(&given, &word)) {
        if (!str_list_has(granted, word)) {
            return false;
        }
        if (str_list_has(buf_str(&scope), word)) {
            continue;
        }
        if (scope.len > 0) {
            buf_add_char(&scope, ' ');
        }
        buf_add(&scope, word);
    }
    // RFC 6749 3.2: a parameter without a value counts as omitted.
    *out = scope.len > 0 ? buf_str(&scope) : granted;
    return true;
}

flow_grant_decision_t flow_refresh_use(arena_t *arena, const flow_refresh_facts_t *facts) {
    flow_grant_decision_t refusal;
    if (!facts->is_present) {
        return refuse("invalid_grant", STR("the refresh token is unknown"));
    }
    if (!str_eq(facts->grant.client_id, facts->client_id)) {
        return refuse("invalid_grant",
                      arena_format(arena, "the refresh token belongs to application %.*s",
                                   STR_ARG(facts->grant.client_id)));
    }
    if (facts->is_used) {
        return refuse_replay(
            STR("the refresh token was used before -> its whole family is revoked"));
    }
    if (facts->expires_at <= facts->now) {
        return refuse("invalid_grant", STR("the refresh token is too old"));
    }
    if (is_grant_over(&facts->grant, &refusal)) {
        return refusal;
    }
    str_t scope = facts->grant.scope;
    if (facts->has_scope &&
        !is_scope_narrowed(arena, facts->grant.scope, facts->given_scope, &scope)) {
        return refuse("invalid_scope", STR("a scope was asked for that was not granted"));
    }
    return (flow_grant_decision_t){
        .step = FLOW_GRANT_ISSUE,
        .scope = scope,
        .reason = arena_format(arena, "the refresh token of session %.*s is good -> tokens",
                               STR_ARG(facts->grant.session.id)),
    };
}
