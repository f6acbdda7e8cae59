// Storing the request of a flow, alone or along with a completion. Internal to store/.
#pragma once
#include "store/batch.h"
#include "store/login.h"

void flow_insert_append(sql_batch_t *batch, const store_request_t *request);
