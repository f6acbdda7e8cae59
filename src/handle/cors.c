#include "handle/cors.h"
#include "handle/endpoints.h"
#include "protocol/oidc/discovery.h"

bool cors_is_listed(const snapshot_t *snapshot, str_t origin) {
    if (str_is_empty(origin) || str_eq(origin, STR("null"))) {
        return false;
    }
    for (size_t i = 0; i < snapshot->cors_origins.count; i++) {
        if (str_eq(snapshot->cors_origins.items[i], origin)) {
            return true;
        }
    }
    return false;
}

void cors_answer(const call_t *call, response_t *out) {
    if (cors_is_listed(call->snapshot, call->request->origin)) {
        out->cors_origin = call->request->origin; // server/ says Vary with it
    } else {
        response_header(out, STR("vary"), STR("Origin"));
    }
}

// Fetch 3.2.2, 3.2.3. A preflight that is not allowed is answered without the headers that would
// allow it; the browser does the rest.
result_t handle_cors_preflight(call_t *call, response_t *out) {
    const request_t *request = call->request;
    const bool is_open = str_eq(request->path, STR(OIDC_PATH_KEYS));
    out->status = 204;
    if (is_open) {
        out->is_cors_open = true;
    } else {
        cors_answer(call, out);
    }
    const bool is_method_ours =
        str_eq(request->cors_method, STR("GET")) || str_eq(request->cors_method, STR("POST"));
    if (is_method_ours && (is_open || out->cors_origin.len)) {
        response_header(out, STR("access-control-allow-methods"), STR("GET, POST"));
        response_header(out, STR("access-control-allow-headers"),
                        STR("authorization, content-type"));
        response_header(out, STR("access-control-max-age"), STR("600"));
    }
    return OK;
}
