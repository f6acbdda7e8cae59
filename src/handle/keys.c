// GET /keys: the public keys (RFC 7517 5), from the snapshot.
#include "handle/endpoints.h"

result_t handle_keys(call_t *call, response_t *out) {
    str_t json;
    TRY(keyset_jwks(call->arena, call->snapshot->keys, call_now(call), &json, &call->err));
    response_json(out, 200, json);
    out->is_cors_open = true;
    // Far shorter than keys are published before they sign (P-OP-28).
    out->cache_control = STR("public, max-age=300");
    return OK;
}
