// What the pages of a flow share: finding the flow behind `flow=`, saying whose it is, and the
// frame around a page.
#pragma once
#include "base/form.h"
#include "handle/form_token.h"
#include "handle/login.h"

// The fields of a page request: the query of a GET, the body of a POST. BAD_REQUEST if malformed or
// repeated.
MUST_USE result_t page_form(call_t *call, form_t *out);

// A field that must stand once; empty if it is absent.
str_t page_field(const form_t *form, str_t name);

// "req_" and digits: anything else is no flow and is not looked up.
bool page_is_flow_id(str_t id);

typedef struct {
    form_t form;
    str_t flow_id;
    browser_t browser;
    store_flow_t flow;
    bool is_own_browser;
    bool takes_test; // set by pages on the way of a connection's test login; others refuse its flow
} page_t;

// flow.md E1 holds in the middle and at the end of a login as at its entry: the code for the error
// page of a flow whose application was switched off, or has given up the flow's redirect URI, since
// the request came. NULL: the flow may go on. `flow` must be present.
const char *page_client_error(const store_flow_t *flow);

// Beat one: form, flow_id and browser. Needs no database.
MUST_USE result_t page_parse(call_t *call, page_t *page);

// Takes a flow that was read, whichever way, for the page's own.
void page_flow_set(page_t *page, const store_flow_t *flow);

// Beats one and two of every page. A flow that is not there is a fact, not an error.
MUST_USE result_t page_read(call_t *call, page_t *page);

// The same and the judgement. *out_is_answered: the flow is not there, is another browser's, cannot
// be answered any more (page_client_error), is over or done, and `out` already holds the page that
// says so with a way on.
MUST_USE result_t page_open(call_t *call, page_t *page, response_t *out, bool *out_is_answered);

// The same judgement for a flow that was read otherwise.
MUST_USE result_t page_judge(call_t *call, const page_t *page, response_t *out,
                             bool *out_is_answered);

view_frame_t page_frame(call_t *call, const store_flow_t *flow, const form_t *form);
// The organization in scope leads the page with its name and logo (hosted-login.md 5.2); an empty
// id: none does.
MUST_USE result_t page_brand(call_t *call, str_t organization_id, view_frame_t *frame);

// Whether the form carries the token that only a page of this flow in this browser was given.
// Checked before anything is counted or written: a stranger who knows a flow's id cannot spend its
// tries.
MUST_USE result_t page_form_check(call_t *call, const page_t *page, bool *out_is_own);

// A notice with its ways on. `flow` may be NULL.
typedef struct {
    view_notice_kind_t kind;
    int status;
    str_t detail;
    str_t name; // of the connection or organization that it is about; may be empty
    int64_t retry_after_s;
    bool is_foreign; // another browser's flow: the way on is to the application, not to start again
    str_t retry_url; // where to try again; empty: as the kind of notice has it
} page_notice_t;
MUST_USE result_t page_notice(call_t *call, const store_flow_t *flow, const page_notice_t *notice,
                              response_t *out);

// "/a/auth/code?flow=req_1"
str_t page_url(call_t *call, const char *path, str_t flow_id);

// What the request forces (E5, E7, E8): the words are connections, and this flow completes through
// one of them or not at all. Empty: nothing.
static inline str_t page_forced(const store_request_t *request) {
    return request->forced_connection_id;
}

// Where a flow begins for the person: the login page, or what the request forces.
str_t page_start_url(call_t *call, const store_request_t *request);

// What a decision says that is the same on every page of a flow; false if it is that page's own.
typedef struct {
    const store_flow_t *flow;
    const flow_decision_t *decision;
    str_t name; // of the connection that it is about; may be empty. An organization's is read here
} page_outcome_t;
MUST_USE result_t page_decision(call_t *call, const page_outcome_t *outcome, response_t *out,
                                bool *out_is_answered);

// An audit row for a decision of this flow.
store_audit_t page_audit(call_t *call, const char *event, const store_flow_t *flow,
                         const flow_decision_t *decision);
