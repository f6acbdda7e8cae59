#include "handle/connection_rule.h"

#include "protocol/oidc/relying.h"
#include "protocol/oidc/scope.h"

enum { ALGS_LEN_MAX = 100 };

// ---- words --------------------------------------------------------------------------------------

static const struct {
    str_t said, kept;
} TOKEN_AUTHS[] = {{STR("URL_PARAMS"), STR("post")},
                   {STR("BASIC_AUTH"), STR("basic")},
                   {STR("PRIVATE_KEY_JWT"), STR("private_key_jwt")}};
enum { TOKEN_AUTHS_COUNT = sizeof(TOKEN_AUTHS) / sizeof(TOKEN_AUTHS[0]) };

str_t connection_token_auth_kept(str_t said) {
    for (size_t i = 0; i < TOKEN_AUTHS_COUNT; i++) {
        if (str_eq(said, TOKEN_AUTHS[i].said)) {
            return TOKEN_AUTHS[i].kept;
        }
    }
    return STR_NONE;
}

str_t connection_token_auth_said(str_t kept) {
    for (size_t i = 0; i < TOKEN_AUTHS_COUNT; i++) {
        if (str_eq(kept, TOKEN_AUTHS[i].kept)) {
            return TOKEN_AUTHS[i].said;
        }
    }
    return STR_NONE;
}

// ---- texts --------------------------------------------------------------------------------------

static bool is_printable(str_t text) {
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] < ' ' || text.ptr[i] > '~') {
            return false;
        }
    }
    return true;
}

// RFC 6749 A.1
const char *connection_client_id_judge(str_t client_id) {
    return client_id.len <= CONNECTION_CLIENT_ID_MAX && is_printable(client_id)
               ? NULL
               : "must be printable ASCII, at most 512 characters";
}

// RFC 6749 A.2
const char *connection_secret_judge(str_t secret) {
    return secret.len <= CONNECTION_SECRET_MAX && is_printable(secret)
               ? NULL
               : "must be printable ASCII, at most 4096 characters";
}

const char *connection_prompt_judge(str_t prompt) {
    str_t word;
    bool is_known = prompt.len <= CONNECTION_PROMPT_MAX;
    while (str_next_word(&prompt, &word)) {
        is_known &= str_list_has(STR(CONNECTION_PROMPTS), word);
    }
    return is_known ? NULL : "must be of: " CONNECTION_PROMPTS;
}

const char *connection_scope_judge(str_t scope) {
    const bool is_one = scope.len <= CONNECTION_SCOPE_MAX && oidc_scope_is_well_formed(scope) &&
                        str_find(scope, ' ') == scope.len;
    return is_one ? NULL : "must be a scope (RFC 6749 3.3)";
}

// What an ID token has as `tid`: compared octet for octet.
const char *connection_tenant_judge(str_t tenant) {
    bool is_guid = tenant.len == CONNECTION_TENANT_LEN;
    for (size_t i = 0; i < tenant.len && is_guid; i++) {
        const char c = tenant.ptr[i];
        const bool is_dash = i == 8 || i == 13 || i == 18 || i == 23;
        is_guid = is_dash ? c == '-' : (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
    }
    return is_guid ? NULL : "must be a tenant id (a GUID in lower case)";
}

// RFC 8725 3.1, 3.2: neither "none" nor HMAC.
const char *connection_alg_judge(str_t alg) {
    return str_list_has(STR(OIDC_ID_TOKEN_ALGS), alg) ? NULL : "must be of: " OIDC_ID_TOKEN_ALGS;
}

const char *connection_algs_judge(str_t algs) {
    const char *why = algs.len > ALGS_LEN_MAX ? "are too many" : NULL;
    size_t count = 0;
    for (str_t word; !why && str_next_word(&algs, &word); count++) {
        why = count < CONNECTION_ALGS_MAX ? connection_alg_judge(word) : "are too many";
    }
    return why || count > 0 ? why : "must name one at least";
}

// ---- the whole ----------------------------------------------------------------------------------

// OAuth knows no ID token: for an organization's sign-in it proves too little, and only of a
// provider whose API is known does it say who somebody is.
const char *connection_owner_judge(const oidc_preset_row_t *preset, bool is_social) {
    if (is_social) {
        return preset->may_be_social ? NULL : "is for connections of organizations only";
    }
    return preset->is_oauth_only ? "is for connections of the environment only" : NULL;
}

// Whoever answers at one of these says who people are; for OAuth it is the userinfo endpoint.
// Nobody has signed in by a draft, and one that was emptied has lapsed then.
bool connection_is_trust_lapsed(str_t status, const store_connection_t *before,
                                const store_connection_t *after) {
    const bool is_same = str_eq(before->issuer, after->issuer) &&
                         str_eq(before->jwks_uri, after->jwks_uri) &&
                         str_eq(before->discovery_endpoint, after->discovery_endpoint) &&
                         str_eq(before->token_uri, after->token_uri) &&
                         str_eq(before->userinfo_uri, after->userinfo_uri);
    return !is_same && !str_eq(status, STR("DRAFT"));
}

// ---- where the secret goes ----------------------------------------------------------------------

// Scheme, host and port (RFC 6454 4), of a URL as oidc_url_is_good takes it: all up to the path.
static str_t origin_of(str_t url) {
    const size_t host = str_find(url, '/') + 2; // behind "https://"
    const str_t rest = str_sub(url, host, url.len);
    const size_t slash = str_find(rest, '/'), query = str_find(rest, '?');
    const str_t origin = str_sub(url, 0, host + (slash < query ? slash : query));
    const str_t port = str_starts(url, STR("https:")) ? STR(":443") : STR(":80");
    return str_ends(origin, port) ? str_sub(origin, 0, origin.len - port.len) : origin;
}

// The server that gets the secret or says who gets it, in the order in which
// oidc_relying_complete takes them. Empty: nobody does.
static str_t secret_origin(const store_connection_t *connection) {
    oidc_preset_t preset = OIDC_PRESET_CUSTOM;
    (void)!oidc_preset_find(connection->provider, &preset);
    const oidc_preset_row_t *row = oidc_preset_row(preset);
    const str_t urls[] = {connection->token_uri, str_from_c(row->token_endpoint),
                          connection->discovery_endpoint, connection->issuer,
                          str_from_c(row->issuer)};
    str_t url = STR("");
    for (size_t i = 0; i < sizeof urls / sizeof urls[0] && str_is_empty(url); i++) {
        url = urls[i];
    }
    return str_eq(connection->token_auth, STR("private_key_jwt")) ? STR("") : origin_of(url);
}

static bool is_secret_kept(bytes_t before, bytes_t after) {
    return after.len > 0 && after.len == before.len &&
           memcmp(after.ptr, before.ptr, after.len) == 0;
}

const char *connection_secret_move_judge(const store_connection_t *before,
                                         const store_connection_t *after) {
    const str_t origin = secret_origin(after);
    const bool is_moved = origin.len > 0 && !str_eq_nocase(origin, secret_origin(before));
    return is_moved && is_secret_kept(before->client_secret, after->client_secret)
               ? "must be given again, since it would be sent to another server"
               : NULL;
}
