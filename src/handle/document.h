// What providers publish (discovery documents and keys), as all instances share it: fetched when
// nobody has it or it is stale, and the last good copy stays in use for as long as there is no
// better one. The remote lane only.
#pragma once
#include "handle/fault.h"
#include "protocol/oidc/relying.h"
#include "store/sso.h"

typedef struct {
    const store_connection_t *connection;
    store_document_kind_t kind;
    str_t url;
    str_t issuer;    // discovery: whose it must be
    bool is_renewed; // the copy at hand is of no use (an unknown kid): only a newer one will do
} document_want_t;

// The document's text; with call->store set before and after, and released meanwhile if a server is
// asked. A document that nobody could give is a fact: out_fault->code is set then. With is_renewed
// it is asked for once in DOCUMENT_INTERVAL_S (P-RP-09); who comes within that time gets the copy
// that was fetched meanwhile, waits 2 s for one that is being fetched, and else has the fault.
enum { DOCUMENT_INTERVAL_S = 60 };
MUST_USE result_t document_read(call_t *call, const document_want_t *want, str_t *out,
                                fault_t *out_fault);

// A visit to a connection's server for several requests: once inside, none of them is refused for
// the gate's sake. The database is released. False: out_fault says that the provider is busy, and
// it was asked nothing. Ends with call_remote_leave.
MUST_USE bool document_enter(call_t *call, str_t connection_id, fault_t *out_fault);

// One request to a connection's server, within the caps of time and of requests at once; the
// database is released before and not taken again. A visit of its own, outside of one that is under
// way. No answer is a fact of the login.
MUST_USE result_t document_fetch(call_t *call, str_t connection_id, const http_request_t *request,
                                 http_response_t *out, fault_t *out_fault);
