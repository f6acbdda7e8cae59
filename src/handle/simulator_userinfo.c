// GET and POST /simulator/userinfo (OpenID Connect Core 5.3): the claims that were chosen.
#include "handle/endpoints.h"
#include "handle/simulator.h"
#include "protocol/oidc/token.h"

static result_t refuse(response_t *out) {
    response_json(out, 401, STR("{\"error\":\"invalid_token\"}"));
    response_header(out, STR("www-authenticate"), STR("Bearer error=\"invalid_token\""));
    return OK;
}

static result_t read_chosen(call_t *call, secret_t token, str_t *out) {
    hash256_t hash;
    *out = STR_NONE;
    if (token.len == 0) {
        return OK;
    }
    TRY(hash_token(token, &hash, &call->err));
    return store_simulator_access_read(call->store, hash256_bytes(&hash), out, &call->err);
}

result_t handle_simulator_userinfo(call_t *call, response_t *out) {
    oidc_bearer_t bearer;
    const form_t none = {0};
    SCOPED(json_t) chosen = NULL;
    str_t text, json;
    int64_t fault = 0;
    TRY(simulator_check(call));
    oidc_bearer_parse(call->request->authorization, &none, &none, &bearer);
    TRY(read_chosen(call, bearer.token, &text));
    if (bearer.defect.error || str_is_empty(text)) {
        return refuse(out);
    }
    TRY(json_parse_object(text, text.len, &chosen, &call->err));
    json_t *claims = json_object_get(chosen, "claims");
    if (json_get_int(chosen, "fault", &fault) && fault == VIEW_FAULT_SUBJECT_MISMATCH &&
        json_object_set_new(claims, "sub", json_string("somebody-else")) != 0) {
        return FAIL(&call->err, INTERNAL, "json_failed", "the claims");
    }
    TRY(json_text(call->arena, claims, &json, &call->err));
    response_json(out, 200, json);
    return OK;
}
