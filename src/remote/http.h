// HTTP for URLs that customers supply (discovery, JWKS, token, userinfo), so both the address and
// the answer are hostile until proven otherwise: https only, one URL parser, the connected address
// judged after resolution (SSRF, ASVS 1.3.6 and 13.2.4), no redirects, bounded size and time.
#pragma once
#include "base/clock.h"
#include "base/result.h"
#include "base/settings.h"

typedef struct http_client http_client_t; // with its kept connections; one thread at a time

// `settings` outlives the client. Never connects. Sets libcurl up for the process (counted, safe
// beside other threads); the process ignores SIGPIPE. A server's certificate must be from an
// authority of the system, or of the file that the environment's SSL_CERT_FILE names. Owner closes.
// INTERNAL if curl cannot be set up.
MUST_USE result_t http_client_open(const settings_t *settings, http_client_t **out, err_t *err);
// Another one for another thread, which shares the authorities. Not while `client` is at work.
MUST_USE result_t http_client_clone(const http_client_t *client, http_client_t **out, err_t *err);
void http_client_close(http_client_t **client);

typedef struct {
    str_t url;              // as http_url_judge accepts it
    bool is_post;           // with `body`; otherwise GET
    str_t body;             // may hold secrets: never logged
    str_t content_type;     // of the body; empty: none is said
    secret_t authorization; // the whole value, "Basic ..." or "Bearer ..."; empty: none
    str_t accept;           // empty: none is said
    size_t body_max;        // octets of the answer's body; one more is REFUSED. Never 0
} http_request_t;

typedef struct {
    int status; // any final one but 3xx
    str_t content_type;
    str_t body;      // NUL behind it
    int64_t cache_s; // RFC 9111 5.2.2: max-age, 0 for no-store or no-cache; -1: not said
} http_response_t;

// For the requests that follow: where their answers go, and when to give up.
void http_client_use(http_client_t *client, arena_t *arena, deadline_t deadline);

// One request. OK for every status but 3xx. UNAVAILABLE: no connection, TLS, or the answer broke
// off; TIMEOUT: the deadline passed, or the server sends next to nothing; REFUSED: the URL, the
// address or the answer is not allowed (a redirect, a body over body_max, a content coding);
// BAD_REQUEST: a header value of ours holds a control. `err` says it in words that an administrator
// understands and names the host, never path, query or headers. A GET may arrive twice if a kept
// connection broke before an octet of its answer came; a POST arrives once or not at all.
MUST_USE result_t http_fetch(http_client_t *client, const http_request_t *request,
                             http_response_t *out, err_t *err);

// For the time when a URL is configured: its scheme, its shape and, if the host is an address, that
// address, as http_fetch will judge them. Resolves nothing, so a name may still be REFUSED later.
// REFUSED with words for an administrator. Any thread.
MUST_USE result_t http_url_judge(arena_t *arena, const settings_t *settings, str_t url, err_t *err);
