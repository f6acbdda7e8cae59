#include "protocol/oidc/relying.h"
#include "base/form.h"
#include "crypto/hash.h"
#include "protocol/oidc/pkce.h"

// ---- completing ---------------------------------------------------------------------------------

static const oidc_preset_row_t *row_of(const oidc_relying_t *relying) {
    return oidc_preset_row(relying->preset);
}

str_t oidc_relying_issuer(const oidc_relying_t *configured) {
    const oidc_preset_row_t *row = row_of(configured);
    const bool is_elsewhere = row->is_oauth_only && configured->authorization_endpoint.len > 0;
    return configured->issuer.len || is_elsewhere ? configured->issuer : str_from_c(row->issuer);
}

bool oidc_relying_needs_metadata(const oidc_relying_t *configured) {
    return !row_of(configured)->is_oauth_only &&
           (str_is_empty(configured->authorization_endpoint) ||
            str_is_empty(configured->token_endpoint) || str_is_empty(configured->jwks_uri));
}

static void fill(str_t *slot, str_t value) {
    if (str_is_empty(*slot)) {
        *slot = value;
    }
}

static void fill_from_row(const oidc_preset_row_t *row, oidc_relying_t *out) {
    fill(&out->authorization_endpoint, str_from_c(row->authorization_endpoint));
    fill(&out->token_endpoint, str_from_c(row->token_endpoint));
    fill(&out->userinfo_endpoint, str_from_c(row->userinfo_endpoint));
    fill(&out->scopes, str_from_c(row->scopes));
    fill(&out->response_mode, str_from_c(row->response_mode));
    if (out->method == OIDC_CLIENT_NONE && out->client_secret.len) {
        out->method = row->method;
    }
}

// A provider that lists its PKCE methods and S256 is not among them would refuse the request; the
// nonce still binds the code to it.
static bool may_pkce(const oidc_metadata_t *metadata) {
    return str_is_empty(metadata->pkce_methods) ||
           str_list_has(metadata->pkce_methods, STR("S256"));
}

static void fill_from_metadata(const oidc_metadata_t *metadata, oidc_relying_t *out) {
    fill(&out->authorization_endpoint, metadata->authorization_endpoint);
    fill(&out->token_endpoint, metadata->token_endpoint);
    fill(&out->userinfo_endpoint, metadata->userinfo_endpoint);
    fill(&out->jwks_uri, metadata->jwks_uri);
    fill(&out->algs, metadata->id_token_algs);
    out->is_iss_required = out->is_iss_required || metadata->is_iss_supported;
    out->is_pkce_on = out->is_pkce_on && may_pkce(metadata);
    if (out->method == OIDC_CLIENT_NONE && out->client_secret.len &&
        !str_list_has(metadata->auth_methods, STR("client_secret_basic")) &&
        str_list_has(metadata->auth_methods, STR("client_secret_post"))) {
        out->method = OIDC_CLIENT_POST;
    }
}

#define INCOMPLETE(err, ...) FAIL((err), BAD_REQUEST, "connection_incomplete", __VA_ARGS__)

static result_t endpoints_check(const oidc_relying_t *relying, err_t *err) {
    const bool is_oauth = row_of(relying)->is_oauth_only;
    const struct {
        const char *name;
        str_t url;
        bool is_required;
    } endpoints[] = {
        {"the authorization endpoint", relying->authorization_endpoint, true},
        {"the token endpoint", relying->token_endpoint, true},
        {"the userinfo endpoint", relying->userinfo_endpoint, is_oauth},
        {"the URL of the keys", relying->jwks_uri, !is_oauth},
    };
    for (size_t i = 0; i < sizeof(endpoints) / sizeof(endpoints[0]); i++) {
        const str_t url = endpoints[i].url;
        if (str_is_empty(url) && endpoints[i].is_required) {
            return INCOMPLETE(err, "%s is missing", endpoints[i].name);
        }
        if (url.len && !oidc_url_is_good(url, relying->may_http)) {
            return INCOMPLETE(err, "%s is no https URL", endpoints[i].name);
        }
    }
    return OK;
}

static result_t relying_check(const oidc_relying_t *relying, err_t *err) {
    const bool is_oauth = row_of(relying)->is_oauth_only;
    const str_t mode = relying->response_mode;
    if (!is_oauth && !oidc_issuer_is_good(relying->issuer, relying->may_http)) {
        return INCOMPLETE(err, "the issuer is missing or no https URL");
    }
    TRY(endpoints_check(relying, err));
    if (str_is_empty(relying->client_id) || str_is_empty(relying->redirect_uri)) {
        return INCOMPLETE(err, "the client id or the redirect URI is missing");
    }
    if ((relying->method == OIDC_CLIENT_BASIC || relying->method == OIDC_CLIENT_POST) &&
        !relying->client_secret.len) {
        return INCOMPLETE(err, "the client secret is missing");
    }
    if (!is_oauth && !str_list_has(relying->scopes, STR("openid"))) {
        return INCOMPLETE(err, "the scopes must hold openid");
    }
    if (mode.len && !str_eq(mode, STR("query")) && !str_eq(mode, STR("form_post"))) {
        return INCOMPLETE(err, "the response mode must be query or form_post");
    }
    return OK;
}

result_t oidc_relying_complete(arena_t *arena, const oidc_relying_t *configured,
                               const oidc_metadata_t *metadata, oidc_relying_t *out, err_t *err) {
    oidc_relying_t relying = *configured;
    relying.issuer = oidc_relying_issuer(configured);
    if (metadata && !str_eq(metadata->issuer, relying.issuer)) {
        return INCOMPLETE(err, "the discovery document is of another issuer");
    }
    fill_from_row(row_of(configured), &relying);
    if (metadata) {
        fill_from_metadata(metadata, &relying);
    }
    fill(&relying.algs, STR("RS256")); // Core 3.1.3.7 (7)
    if (relying.method == OIDC_CLIENT_NONE && relying.client_secret.len) {
        relying.method = OIDC_CLIENT_BASIC; // RFC 6749 2.3.1: the one that all must support
    }
    TRY(relying_check(&relying, err));
    // Beside the other one and never at the preset's: an access token of a server of one's own must
    // not go to github.com.
    relying.emails_endpoint =
        row_of(configured)->is_oauth_only
            ? arena_format(arena, "%.*s/emails", STR_ARG(relying.userinfo_endpoint))
            : STR("");
    *out = relying;
    return OK;
}

// ---- the authorization request ------------------------------------------------------------------

bool oidc_relying_has_nonce(const oidc_relying_t *relying) {
    return !row_of(relying)->is_oauth_only && !row_of(relying)->is_nonce_unknown;
}

// 256 bits of random_token are 43 characters. Less came from somewhere else.
static bool is_fresh(str_t value) {
    return value.len >= 43;
}

// What `extra` must not set: the protocol's own parameters, also those that are not sent.
#define RESERVED                                                                                   \
    "response_type response_mode client_id redirect_uri scope state nonce prompt max_age "         \
    "login_hint ui_locales id_token_hint code_challenge code_challenge_method request "            \
    "request_uri registration"

static void param_add(buf_t *url, const char *name, str_t value) {
    if (value.len) {
        url_add_param(url, str_from_c(name), value);
    }
}

static void hints_add(buf_t *url, const oidc_relying_t *relying,
                      const oidc_relying_request_t *request) {
    const char *domain_hint = row_of(relying)->domain_hint_param;
    param_add(url, "prompt", request->prompt.len ? request->prompt : relying->prompt);
    param_add(url, "login_hint", request->login_hint);
    param_add(url, "ui_locales", request->ui_locales);
    if (request->has_max_age) {
        param_add(url, "max_age", arena_format(url->arena, "%lld", (long long)request->max_age_s));
    }
    if (domain_hint) {
        param_add(url, domain_hint, request->domain_hint);
    }
    for (size_t i = 0; i < relying->extra.count; i++) {
        const oidc_pair_t *pair = &relying->extra.items[i];
        const bool is_sent =
            domain_hint && request->domain_hint.len && str_eq(pair->name, str_from_c(domain_hint));
        if (pair->name.len && !str_list_has(STR(RESERVED), pair->name) && !is_sent) {
            url_add_param(url, pair->name, pair->value);
        }
    }
}

result_t oidc_relying_authorize_url(arena_t *arena, const oidc_relying_t *relying,
                                    const oidc_relying_request_t *request, str_t *out, err_t *err) {
    const bool has_nonce = oidc_relying_has_nonce(relying);
    const str_t verifier = secret_reveal(request->verifier);
    if (!is_fresh(request->state) || (has_nonce && !is_fresh(request->nonce)) ||
        (relying->is_pkce_on && !oidc_pkce_is_verifier(verifier))) {
        return FAIL(err, INTERNAL, "request_not_fresh", "state, nonce or verifier is too short");
    }
    buf_t url = buf_new(arena, 1024);
    buf_add(&url, relying->authorization_endpoint); // RFC 6749 3.1: its own query is kept
    param_add(&url, "response_type", STR("code"));
    param_add(&url, "client_id", relying->client_id);
    param_add(&url, "redirect_uri", relying->redirect_uri);
    param_add(&url, "scope", relying->scopes);
    param_add(&url, "state", request->state);
    param_add(&url, "response_mode", relying->response_mode);
    if (has_nonce) {
        param_add(&url, "nonce", request->nonce);
    }
    if (relying->is_pkce_on) {
        str_t challenge;
        TRY(hash_pkce_s256(arena, verifier, &challenge, err));
        param_add(&url, "code_challenge", challenge);
        param_add(&url, "code_challenge_method", STR("S256"));
    }
    hints_add(&url, relying, request);
    *out = buf_str(&url);
    return OK;
}
