// What a handler on the remote lane takes for a part of its time only.
#include "handle/handle.h"
#include <assert.h>

result_t call_store_acquire(call_t *call) {
    const deadline_t deadline = call->request->deadline;
    assert(!call->store);
    TRY(store_pool_acquire(call->store_pool, deadline, &call->store, &call->err));
    store_use(call->store, call->arena, deadline);
    return OK;
}

void call_store_release(call_t *call) {
    if (call->store_pool && call->store) {
        store_pool_release(call->store_pool, &call->store);
    }
}

bool call_remote_enter(call_t *call, str_t connection_id) {
    assert(!call->is_in_gate);
    call->is_in_gate = gate_enter(call->gate, connection_id, &call->gate_place);
    return call->is_in_gate;
}

void call_remote_leave(call_t *call) {
    if (call->is_in_gate) {
        gate_leave(call->gate, call->gate_place);
        call->is_in_gate = false;
    }
}
