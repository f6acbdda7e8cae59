#include "handle/browser.h"

#include "base/cookie.h"
#include "base/encode.h"
#include "crypto/random.h"

enum { BROWSER_COOKIE_S = 400 * 24 * 3600, TOKEN_LEN = 43 };

static str_t cookie_name(const call_t *call, bool is_session) {
    // RFC 6265bis 4.1.3.2: `__Host-` needs Secure, which a browser refuses to store over http.
    if (call->settings->is_https) {
        return is_session ? STR("__Host-gh_session") : STR("__Host-gh_browser");
    }
    return is_session ? STR("gh_session") : STR("gh_browser");
}

// Absent, tossed twice and malformed are all the same: not ours.
static result_t read_token(call_t *call, str_t name, bool *out_has, secret_t *out,
                           hash256_t *hash) {
    str_t value;
    bytes_t octets;
    if (cookie_get(call->request->cookie, name, &value) != FORM_ONE || value.len != TOKEN_LEN ||
        !base64url_decode(call->arena, value, &octets)) {
        *out_has = false;
        return OK;
    }
    TRY(hash_token(secret_from_str(value), hash, &call->err));
    *out = secret_from_str(value);
    *out_has = true;
    return OK;
}

result_t browser_read(call_t *call, browser_t *out) {
    browser_t browser = {0};
    TRY(read_token(call, cookie_name(call, false), &browser.has_browser, &browser.browser,
                   &browser.browser_hash));
    TRY(read_token(call, cookie_name(call, true), &browser.has_session, &browser.session,
                   &browser.session_hash));
    *out = browser;
    return OK;
}

static void set_cookie(call_t *call, str_t name, str_t value, int64_t max_age_s, response_t *out) {
    const cookie_t cookie = {.name = name,
                             .value = value,
                             .max_age_s = max_age_s,
                             .is_secure = call->settings->is_https};
    response_header(out, STR("set-cookie"), cookie_format(call->arena, &cookie));
}

result_t browser_ensure(call_t *call, browser_t *browser, response_t *out) {
    if (browser->has_browser) {
        return OK;
    }
    TRY(random_token(call->arena, &browser->browser, &call->err));
    TRY(hash_token(browser->browser, &browser->browser_hash, &call->err));
    browser->has_browser = true;
    set_cookie(call, cookie_name(call, false), secret_reveal(browser->browser), BROWSER_COOKIE_S,
               out);
    return OK;
}

result_t browser_session_new(call_t *call, secret_t *out_token, hash256_t *out_hash) {
    TRY(random_token(call->arena, out_token, &call->err));
    return hash_token(*out_token, out_hash, &call->err);
}

void browser_session_set(call_t *call, secret_t token, response_t *out) {
    set_cookie(call, cookie_name(call, true), secret_reveal(token),
               call->settings->session_lifetime_s, out);
}

void browser_session_clear(call_t *call, response_t *out) {
    set_cookie(call, cookie_name(call, true), STR_NONE, 0, out);
}

store_audit_t browser_audit(const call_t *call, const char *event) {
    return (store_audit_t){.event = event,
                           .request_id = call->request->id,
                           .ip = call->request->client_ip,
                           .user_agent = str_sub(call->request->user_agent, 0, 256)};
}
