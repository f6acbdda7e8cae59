// Storing the request of a flow, alone or along with a completion, and what a provider said in it.
// Internal to store/.
#pragma once
#include "store/batch.h"
#include "store/login.h"

// CONFLICT if the request names a session that is over.
void flow_insert_append(sql_batch_t *batch, const store_request_t *request);

void assertion_append(sql_batch_t *batch, str_t flow_id, const store_assertion_t *assertion);
