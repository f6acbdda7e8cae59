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
#include "remote/gate.h"
#include "remote/http.h"
#include "store/pool.h"
#include "store/store.h"
#include "view/view.h"

typedef enum {
    METHOD_GET, // and HEAD
    METHOD_POST,
    METHOD_PUT,
    METHOD_PATCH,
    METHOD_DELETE,
    METHOD_OPTIONS,
    METHOD_OTHER, // no route has it
    METHOD_COUNT,
} method_t;

enum {
    ROUTE_PARAMS_MAX = 4,  // {names} of one pattern
    ROUTE_PARAM_MAX = 128, // octets that one of them may match
};

typedef struct {
    method_t method;
    str_t path;                     // raw octets up to '?', never decoded
    str_t params[ROUTE_PARAMS_MAX]; // what the {names} of the route's pattern stand for, in its
                                    // order: raw too, "%XX" is for the handler to decode
    str_t query;                    // raw octets behind '?'
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

typedef struct route route_t;

typedef struct {
    const settings_t *settings;
    const master_t *master;
    const views_t *views;
    const snapshot_t *snapshot;
    store_t *store; // NULL on the loop: such routes need no database; on LANE_REMOTE between
                    // call_store_acquire and call_store_release only
    // LANE_REMOTE only, these five. The client is this thread's own: http_client_use it first.
    http_client_t *http;
    store_pool_t *store_pool;
    gate_t *gate;
    size_t gate_place;
    bool is_in_gate;
    arena_t *arena;
    const request_t *request;
    const route_t *route; // NULL: none was found
    bool has_mail; // said by the handler: it queued a mail, which server/ announces to the sender
    err_t err;     // the reason of a failure, for the log
} call_t;

// OK: `out` is the answer. Anything else: server/ calls handle_failure for it.
typedef result_t (*handle_fn_t)(call_t *call, response_t *out);

typedef enum {
    LANE_LOOP, // answered on the event loop: no database, nothing that blocks
    LANE_DB,
    LANE_REMOTE, // calls somebody else's server: starts without a database connection
} lane_t;

// Who may call it, checked by server/ before the handler runs.
typedef enum {
    ACCESS_PUBLIC, // machine interfaces and plain pages: the handler authenticates
    ACCESS_FORM,   // a page's form: POST must come from our own origin (Sec-Fetch-Site, if given,
                   // same-origin; Origin, if given, the issuer; neither: refused), P-SESS-04
} access_t;

// What a body may be. An empty one is always allowed, and the handler says what it misses; any
// other type is 415, so that no page elsewhere can post one without asking first (Fetch 4.5).
typedef enum {
    BODY_FORM, // application/x-www-form-urlencoded
    BODY_JSON, // application/json; a charset parameter is tolerated, the octets are UTF-8
} body_t;

// An endpoint of the REST API, run by handle_rest behind its checks (handle/rest.h).
typedef struct rest rest_t;
typedef result_t (*rest_fn_t)(rest_t *rest, response_t *out);

struct route {
    method_t method;
    // Exact, or with {names} that stand for one segment each or for what comes before its ":verb",
    // as in "/api/v1/users/{id}" and "/api/v1/users/{id}:enable" (ROUTE_PARAM_MAX, server/route.h);
    // or all paths below a folder, as in "/assets/*". The more literal row goes first.
    const char *path;
    lane_t lane;
    access_t access;
    body_t body;
    size_t body_max; // octets; more is 413
    int budget_ms;   // from the last byte of the request to the answer
    handle_fn_t handle;
    rest_fn_t rest;        // with handle_rest: what it runs
    const char *rest_list; // with handle_rest: a body that is a list is this member of an object
    bool is_page;          // errors are answered as a page, else as JSON
    bool is_api;           // that of the REST API (api.md 2), not that of OAuth
    bool has_cors; // failures too may be read by the scripts of registered browser applications
};

extern const route_t handle_routes[];
extern const size_t handle_routes_count;

// The answer to a failure: 400, 404, 405, 408, 409, 413, 415, 431, 500 or 503 (with Retry-After) as
// a page with a way on and a support id, as JSON {"error","error_description"}, or in the form of
// the REST API. Never fails: the page falls back to plain text. `route` may be NULL.
void handle_failure(call_t *call, const route_t *route, result_t result, response_t *out);
// The same for a status that server/ itself decides (404, 405, 408, 413, 431, 503).
void handle_refusal(call_t *call, const route_t *route, int status, response_t *out);

// ---- on the remote lane -----------------------------------------------------------------------

// Sets call->store, for the time until call_store_release. UNAVAILABLE: none was free before the
// request's deadline. A handler releases before it waits for a remote, so that a dead one costs
// nobody a connection; server/ releases at the end what was not.
MUST_USE result_t call_store_acquire(call_t *call);
void call_store_release(call_t *call);

// False at once if GATE_EACH_MAX requests to this connection's servers are under way already in
// this process: answer UNAVAILABLE. True: call_remote_leave when the remote has answered; server/
// leaves at the end what was not left. Around http_fetch; the database is asked inside only when
// keys are renewed between two requests of one visit (document_enter).
MUST_USE bool call_remote_enter(call_t *call, str_t connection_id);
void call_remote_leave(call_t *call);

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
