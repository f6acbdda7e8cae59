// The browser's two cookies and what is derived from them. Names carry the `__Host-` prefix and
// Secure on an https issuer; on an http issuer, which only development uses, they do not.
#pragma once
#include "crypto/hash.h"
#include "handle/handle.h"

// gh_browser: 256 random bits that say "the same browser as before". It binds flows to a browser
// and is no credential. gh_session: 256 random bits that are the session.
typedef struct {
    bool has_browser, has_session;
    secret_t browser, session; // as shown; empty if absent, repeated or malformed
    hash256_t browser_hash, session_hash;
} browser_t;

MUST_USE result_t browser_read(call_t *call, browser_t *out);

// Makes a fresh browser cookie if there is none, and sets it on the answer.
MUST_USE result_t browser_ensure(call_t *call, browser_t *browser, response_t *out);

// A fresh session token (P-SESS-01), and its cookie on the answer.
MUST_USE result_t browser_session_new(call_t *call, secret_t *out_token, hash256_t *out_hash);
void browser_session_set(call_t *call, secret_t token, response_t *out);
void browser_session_clear(call_t *call, response_t *out);

static inline bytes_t browser_hash_bytes(const browser_t *browser) {
    return browser->has_browser ? hash256_bytes(&browser->browser_hash) : (bytes_t){0};
}
static inline bytes_t browser_session_bytes(const browser_t *browser) {
    return browser->has_session ? hash256_bytes(&browser->session_hash) : (bytes_t){0};
}

// The request's part of an audit row: request id, ip, user agent.
store_audit_t browser_audit(const call_t *call, const char *event);
