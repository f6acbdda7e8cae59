#include "protocol/oidc/metadata.h"
#include "base/buffer.h"
#include <stddef.h>

enum { HTTPS_LEN = sizeof("https://") - 1, HTTP_LEN = sizeof("http://") - 1 };

// ---- URLs ---------------------------------------------------------------------------------------

// Printable ASCII that may stand in a URL as it is (RFC 3986 2): what is left out makes two readers
// see two hosts (a backslash), or ends a header, an attribute or a log field.
static bool is_url_char(char c) {
    const str_t banned = STR("\"<>\\^`{|}#");
    return c > ' ' && c <= '~' && str_find(banned, c) == banned.len;
}

static bool is_url_text(str_t s) {
    for (size_t i = 0; i < s.len; i++) {
        if (!is_url_char(s.ptr[i])) {
            return false;
        }
    }
    return true;
}

// What stands behind the scheme; false if it is another scheme.
static bool behind_scheme(str_t url, bool may_http, str_t *out) {
    if (str_starts(url, STR("https://"))) {
        *out = str_sub(url, HTTPS_LEN, url.len);
        return true;
    }
    if (may_http && str_starts(url, STR("http://"))) {
        *out = str_sub(url, HTTP_LEN, url.len);
        return true;
    }
    return false;
}

bool oidc_url_is_good(str_t url, bool may_http) {
    str_t rest;
    if (url.len > OIDC_URL_LEN_MAX || !is_url_text(url) || !behind_scheme(url, may_http, &rest)) {
        return false;
    }
    size_t end = str_find(rest, '/');
    const size_t query = str_find(rest, '?');
    end = query < end ? query : end;
    const str_t authority = str_sub(rest, 0, end);
    return authority.len > 0 && authority.ptr[0] != ':' &&
           str_find(authority, '@') == authority.len;
}

// The index of the tenant word, or the length of `issuer`.
static size_t tenant_find(str_t issuer) {
    const str_t word = STR(OIDC_TENANT_WORD);
    const size_t at = str_find(issuer, '{');
    return str_starts(str_sub(issuer, at, issuer.len), word) ? at : issuer.len;
}

static str_t behind_tenant(str_t issuer, size_t at) {
    return str_sub(issuer, at + sizeof(OIDC_TENANT_WORD) - 1, issuer.len);
}

// The word may only be a whole part of the path: in the host it would choose the server.
static bool is_tenant_place(str_t issuer, size_t at) {
    const str_t behind = behind_tenant(issuer, at);
    return at > 0 && issuer.ptr[at - 1] == '/' && (behind.len == 0 || behind.ptr[0] == '/') &&
           is_url_text(behind);
}

bool oidc_issuer_is_good(str_t issuer, bool may_http) {
    const size_t at = tenant_find(issuer);
    return issuer.len <= OIDC_URL_LEN_MAX && str_find(issuer, '?') == issuer.len &&
           oidc_url_is_good(str_sub(issuer, 0, at), may_http) &&
           (at == issuer.len || is_tenant_place(issuer, at));
}

result_t oidc_metadata_url(arena_t *arena, str_t issuer, bool may_http, str_t *out, err_t *err) {
    if (!oidc_issuer_is_good(issuer, may_http)) {
        return FAIL(err, BAD_REQUEST, "issuer_invalid",
                    "the issuer must be an https URL without query and fragment");
    }
    const str_t stem = str_ends(issuer, STR("/")) ? str_sub(issuer, 0, issuer.len - 1) : issuer;
    const size_t at = tenant_find(stem);
    buf_t url = buf_new(arena, stem.len + 40);
    buf_add(&url, str_sub(stem, 0, at));
    if (at < stem.len) {
        buf_add_c(&url, "common");
        buf_add(&url, behind_tenant(stem, at));
    }
    buf_add_c(&url, "/.well-known/openid-configuration");
    *out = buf_str(&url);
    return OK;
}

// ---- the document -------------------------------------------------------------------------------

typedef struct {
    arena_t *arena;
    const json_t *json;
    bool may_http;
} document_t;

typedef struct {
    const char *name;
    size_t offset; // of a str_t in oidc_metadata_t
    bool is_required;
} endpoint_t;

// The token endpoint is optional in Discovery 3 for the implicit flow, which is not ours.
static const endpoint_t ENDPOINTS[] = {
    {"authorization_endpoint", offsetof(oidc_metadata_t, authorization_endpoint), true},
    {"token_endpoint", offsetof(oidc_metadata_t, token_endpoint), true},
    {"jwks_uri", offsetof(oidc_metadata_t, jwks_uri), true},
    {"userinfo_endpoint", offsetof(oidc_metadata_t, userinfo_endpoint), false},
    {"end_session_endpoint", offsetof(oidc_metadata_t, end_session_endpoint), false},
};

static result_t endpoint_read(const document_t *document, const endpoint_t *endpoint,
                              oidc_metadata_t *out, err_t *err) {
    str_t url;
    const json_t *member = json_object_get(document->json, endpoint->name);
    if (!endpoint->is_required && (!member || json_is_null(member))) {
        return OK;
    }
    if (!json_get_str(document->json, endpoint->name, &url) ||
        !oidc_url_is_good(url, document->may_http)) {
        return FAIL(err, REFUSED, "metadata_invalid", "%s is no https URL", endpoint->name);
    }
    *(str_t *)(void *)((char *)out + endpoint->offset) = arena_dup(document->arena, url);
    return OK;
}

static bool array_has(const json_t *array, str_t word) {
    size_t i;
    const json_t *item;
    json_array_foreach(array, i, item) {
        if (str_eq((str_t){json_string_value(item), json_string_length(item)}, word)) {
            return true;
        }
    }
    return false;
}

typedef struct {
    const char *name;
    const char *known;
    const char *absent; // what no list at all means
    size_t offset;      // of a str_t in oidc_metadata_t
} list_t;

// Every provider has to support RS256 (Core 15.1); client_secret_basic is the default (Discovery 3)
// and a code comes by query.
static const list_t LISTS[] = {
    {"id_token_signing_alg_values_supported", OIDC_ID_TOKEN_ALGS, "RS256",
     offsetof(oidc_metadata_t, id_token_algs)},
    {"token_endpoint_auth_methods_supported",
     "client_secret_basic client_secret_post private_key_jwt none", "client_secret_basic",
     offsetof(oidc_metadata_t, auth_methods)},
    {"response_modes_supported", "query form_post", "query",
     offsetof(oidc_metadata_t, response_modes)},
    {"code_challenge_methods_supported", "S256 plain", "", offsetof(oidc_metadata_t, pkce_methods)},
};

// The words of `known` that the document lists, in the order of `known`.
static result_t list_read(const document_t *document, const list_t *list, oidc_metadata_t *out,
                          err_t *err) {
    str_t *slot = (str_t *)(void *)((char *)out + list->offset);
    const json_t *array = json_object_get(document->json, list->name);
    if (!array || json_is_null(array)) {
        *slot = str_from_c(list->absent);
        return OK;
    }
    if (!json_is_array(array)) {
        return FAIL(err, REFUSED, "metadata_invalid", "%s is no list", list->name);
    }
    buf_t words = buf_new(document->arena, 64);
    str_t rest = str_from_c(list->known);
    str_t word;
    while (str_next_word(&rest, &word)) {
        if (array_has(array, word)) {
            buf_add_c(&words, words.len ? " " : "");
            buf_add(&words, word);
        }
    }
    *slot = buf_str(&words);
    return OK;
}

static result_t issuer_check(const document_t *document, str_t wanted, err_t *err) {
    str_t issuer;
    if (!json_get_str(document->json, "issuer", &issuer)) {
        return FAIL(err, REFUSED, "metadata_issuer", "the document names no issuer");
    }
    // Discovery 4.3: identical. A trailing slash more is another issuer, or one provider could
    // speak for another that shares its host (P-RP-13).
    if (str_is_empty(wanted) || !str_eq(issuer, wanted)) {
        return FAIL(err, REFUSED, "metadata_issuer",
                    "the document is of issuer \"%.*s\", not of \"%.*s\"",
                    STR_ARG(str_sub(issuer, 0, 90)), STR_ARG(str_sub(wanted, 0, 90)));
    }
    return OK;
}

result_t oidc_metadata_parse(arena_t *arena, const oidc_answer_t *answer,
                             const oidc_metadata_rules_t *rules, oidc_metadata_t *out, err_t *err) {
    SCOPED(json_t) json = NULL;
    TRY(oidc_answer_object(answer, "the discovery document", &json, err));
    const document_t document = {arena, json, rules->may_http};
    oidc_metadata_t metadata = {.issuer = arena_dup(arena, rules->issuer)};
    TRY(issuer_check(&document, rules->issuer, err));
    for (size_t i = 0; i < sizeof(ENDPOINTS) / sizeof(ENDPOINTS[0]); i++) {
        TRY(endpoint_read(&document, &ENDPOINTS[i], &metadata, err));
    }
    for (size_t i = 0; i < sizeof(LISTS) / sizeof(LISTS[0]); i++) {
        TRY(list_read(&document, &LISTS[i], &metadata, err));
    }
    metadata.is_iss_supported =
        json_is_true(json_object_get(json, "authorization_response_iss_parameter_supported"));
    if (str_is_empty(metadata.id_token_algs)) {
        return FAIL(err, REFUSED, "metadata_invalid", "none of its ID token algorithms is ours");
    }
    *out = metadata;
    return OK;
}
