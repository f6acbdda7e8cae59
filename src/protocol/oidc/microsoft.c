#include "protocol/oidc/microsoft.h"

// The tenant of personal accounts.
#define CONSUMER_TENANT "9188040d-6c67-4c5b-b112-36a304b66dad"

enum { GUID_LEN = sizeof(CONSUMER_TENANT) - 1, WORD_LEN = sizeof(OIDC_TENANT_WORD) - 1 };

// 8-4-4-4-12 digits, lower case as Microsoft writes them: one text for one tenant.
static bool is_guid(str_t s) {
    for (size_t i = 0; i < s.len; i++) {
        const char c = s.ptr[i];
        const bool is_hyphen_place = i == 8 || i == 13 || i == 18 || i == 23;
        const bool is_digit = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
        if (is_hyphen_place ? c != '-' : !is_digit) {
            return false;
        }
    }
    return s.len == GUID_LEN;
}

static size_t word_find(str_t text) {
    const size_t at = str_find(text, '{');
    return str_starts(str_sub(text, at, text.len), STR(OIDC_TENANT_WORD)) ? at : text.len;
}

// True if `text` is `pattern` with `tenant` in the place of the word; a pattern without the word
// has to be the text itself.
static bool is_filled(str_t pattern, str_t tenant, str_t text) {
    const size_t at = word_find(pattern);
    if (at == pattern.len) {
        return str_eq(pattern, text);
    }
    const str_t behind = str_sub(pattern, at + WORD_LEN, pattern.len);
    return text.len == at + tenant.len + behind.len && str_starts(text, str_sub(pattern, 0, at)) &&
           str_starts(str_sub(text, at, text.len), tenant) && str_ends(text, behind);
}

bool oidc_microsoft_is_template(const oidc_relying_t *relying) {
    return word_find(relying->issuer) < relying->issuer.len;
}

bool oidc_microsoft_is_issuer(const oidc_relying_t *relying, str_t issuer) {
    const size_t at = word_find(relying->issuer);
    const str_t tenant = str_sub(issuer, at, at + GUID_LEN);
    return is_guid(tenant) && is_filled(relying->issuer, tenant, issuer);
}

static bool is_allowed(const oidc_relying_t *relying, str_t tenant) {
    for (size_t i = 0; i < relying->tenants.count; i++) {
        if (str_eq_nocase(relying->tenants.items[i], tenant)) {
            return true;
        }
    }
    return relying->is_social && relying->tenants.count == 0;
}

result_t oidc_microsoft_issuer_check(const oidc_relying_t *relying, const json_t *claims,
                                     err_t *err) {
    str_t tenant;
    str_t issuer;
    if (!json_get_str(claims, "tid", &tenant) || !is_guid(tenant)) {
        return FAIL(err, REFUSED, "id_token_tenant", "tid is absent or no GUID");
    }
    if (!json_get_str(claims, "iss", &issuer) || !is_filled(relying->issuer, tenant, issuer)) {
        return FAIL(err, REFUSED, "id_token_issuer", "iss is not the issuer of tenant %.*s",
                    STR_ARG(tenant));
    }
    return is_allowed(relying, tenant) ? OK
                                       : FAIL(err, REFUSED, "id_token_tenant",
                                              "tenant %.*s is not allowed here", STR_ARG(tenant));
}

// True if the key is one of `issuer`, whose tenant is `tenant`.
static bool is_key_of(const json_t *key, str_t tenant, str_t issuer) {
    str_t of;
    return json_get_str(key, "issuer", &of) && is_filled(of, tenant, issuer);
}

result_t oidc_microsoft_key_check(str_t jwks_text, str_t kid, const json_t *claims, err_t *err) {
    SCOPED(json_t) jwks = NULL;
    str_t tenant = STR("");
    str_t issuer = STR("");
    if (!json_get_str(claims, "tid", &tenant) || !json_get_str(claims, "iss", &issuer)) {
        return FAIL(err, REFUSED, "id_token_key_issuer", "tid or iss is absent");
    }
    const result_t result = json_parse_object(jwks_text, jwks_text.len, &jwks, err);
    if (result != OK) {
        return result == BAD_REQUEST ? REFUSED : result;
    }
    bool is_found = false;
    size_t i;
    const json_t *key;
    json_array_foreach(json_object_get(jwks, "keys"), i, key) {
        str_t id;
        if (!json_get_str(key, "kid", &id) || !str_eq(id, kid)) {
            continue;
        }
        // Of several keys with one kid any may have signed, so all must be of this issuer.
        if (!is_key_of(key, tenant, issuer)) {
            return FAIL(err, REFUSED, "id_token_key_issuer", "the key is another issuer's");
        }
        is_found = true;
    }
    return is_found ? OK
                    : FAIL(err, REFUSED, "id_token_key_issuer", "nothing says whose the key is");
}

bool oidc_microsoft_is_verified(const json_t *claims) {
    str_t tenant;
    str_t issuer;
    // Entra documents xms_edov ("email domain owner verified") as a boolean and sends it only to
    // applications that ask for it in their manifest; 1, "1" and "true" do not count.
    if (json_is_true(json_object_get(claims, "xms_edov"))) {
        return true;
    }
    const str_t consumer = STR(CONSUMER_TENANT);
    if (!json_get_str(claims, "tid", &tenant) || !str_eq(tenant, consumer) ||
        !json_get_str(claims, "iss", &issuer)) {
        return false;
    }
    // The issuer must say the same: with one fixed tenant nobody has compared the two before.
    const size_t end = str_find_last(issuer, '/');
    return str_ends(str_sub(issuer, 0, end), STR("/" CONSUMER_TENANT));
}
