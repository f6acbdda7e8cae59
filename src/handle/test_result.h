// The end of a connection's test login: kept for the administrator and shown. Nobody is signed in,
// nobody is made or linked.
#pragma once
#include "handle/arrival_step.h"
#include "store/sso.h"

typedef struct {
    const store_flow_t *flow;
    const flow_connection_t *connection;
    const arrival_t *arrival;
} test_result_t;
MUST_USE result_t test_result_show(call_t *call, const test_result_t *in, response_t *out);
