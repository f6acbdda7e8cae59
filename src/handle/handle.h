// What an endpoint gets and gives. server/ copies a request in and an answer out; a handler is
// straight-line blocking code on one thread of its lane, and knows neither sockets nor threads.
//
// The five beats of every handler: parse, read (one store call), decide (a pure flow function),
// write (one store call), answer. Memory is the request's arena; nothing is freed in a handler.
#pragma once
#include "base/clock.h"
#include "base/result.h"
#include "base/settings.h"
#include "crypto/master.h"
#include "crypto/signing.h"
#include "store/store.h"
#include "view/view.h"

typedef enum { METHOD_GET, METHOD_POST, METHOD_OPTIONS, METHOD_OTHER } method_t; // HEAD is GET

typedef struct {
    method_t method;
    str_t path;  // raw octets up to '?', never decoded
    str_t query; // raw octets behind '?'
    str_t body;
    str_t content_type, authorization, cookie, origin, sec_fetch_site, user_agent, accept,
        accept_language, cors_method; // header values, empty if absent; single-valued: server/ has
                                      // refused repeats of those that must stand once
    str_t client_ip;                  // after the trusted proxies
    bool is_https;                    // likewise
    bool accepts_gzip;                // by Accept-Encoding
    str_t id;                         // request id, also the support id on error pages
    deadline_t deadline;
} request_t;

typedef struct {
    str_t name;
    str_t value;
} header_t;
enum { RESPONSE_HEADERS_MAX = 12 };

typedef struct {
    int status;
    str_t content_type;
    str_t body;
    header_t headers[RESPONSE_HEADERS_MAX];
    size_t header_count;
    // What server/ adds to every answer unless told otherwise here: security headers, no-store.
    str_t form_action;   // further sources for the CSP's form-action; empty: 'self' only
    str_t cache_control; // empty: no-store
    bool is_cors_open;   // Access-Control-Allow-Origin: * without credentials
    str_t cors_origin;   // or exactly this origin
    str_t log_code;      // the stable code for the log line: an OAuth error, a step; may be empty
} response_t;

// The immutable state that changes as a whole: keys and origins. Held for one request.
typedef struct snapshot snapshot_t;
struct snapshot {
    const keyset_t *keys;
    flow_list_t cors_origins;
    time_ms_t read_at;       // wall clock when it was read
    int64_t clock_offset_ms; // the database's clock minus this machine's, so tokens agree with rows
};

typedef struct {
    const settings_t *settings;
    const master_t *master;
    const views_t *views;
    const snapshot_t *snapshot;
    store_t *store; // NULL on the loop: such routes need no database
    arena_t *arena;
    const request_t *request;
    bool has_mail; // said by the handler: it queued a mail, which server/ announces to the sender
    err_t err;     // the reason of a failure, for the log
} call_t;

// OK: `out` is the answer. Anything else: server/ calls handle_failure for it.
typedef result_t (*handle_fn_t)(call_t *call, response_t *out);

typedef enum {
    LANE_LOOP, // answered on the event loop: no database, nothing that blocks
    LANE_DB,
} lane_t;

// Who may call it, checked by server/ before the handler runs.
typedef enum {
    ACCESS_PUBLIC, // machine interfaces and plain pages: the handler authenticates
    ACCESS_FORM,   // a page's form: POST must come from our own origin (Sec-Fetch-Site, if given,
                   // same-origin; Origin, if given, the issuer; neither: refused), P-SESS-04
} access_t;

typedef struct {
    method_t method;
    const char *path; // exact
    lane_t lane;
    access_t access;
    size_t body_max; // octets; more is 413
    int budget_ms;   // from the last byte of the request to the answer
    handle_fn_t handle;
    bool is_page;  // errors are answered as a page, else as JSON
    bool has_cors; // failures too may be read by the scripts of registered browser applications
} route_t;

extern const route_t handle_routes[];
extern const size_t handle_routes_count;

// The answer to a failure: 400, 404, 405, 408, 413, 415, 431, 500 or 503 (with Retry-After) as a
// page with a way on and a support id, or as JSON {"error","error_description"}. Never fails: the
// page falls back to plain text. `route` may be NULL.
void handle_failure(call_t *call, const route_t *route, result_t result, response_t *out);
// The same for a status that server/ itself decides (404, 405, 408, 413, 431, 503).
void handle_refusal(call_t *call, const route_t *route, int status, response_t *out);

// ---- answers ----------------------------------------------------------------------------------

void response_header(response_t *out, str_t name, str_t value);
// 303 See Other (RFC 9700 4.12). `url` must not hold controls: a programmer's mistake otherwise.
void response_redirect(response_t *out, str_t url);
void response_html(response_t *out, int status, str_t html);
// Retry-After (RFC 9110 10.2.3), unless `after_s` is 0.
void response_retry_after(call_t *call, int64_t after_s, response_t *out);
void response_json(response_t *out, int status, str_t json);

// The database's clock as well as this machine knows it, for tokens.
time_ms_t call_now(const call_t *call);
