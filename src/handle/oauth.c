#include "handle/oauth.h"
#include "handle/limits.h"
#include "protocol/oidc/response.h"

bool oauth_is_form(const request_t *request) {
    const str_t type = request->content_type;
    return str_eq_nocase(str_trim(str_sub(type, 0, str_find(type, ';'))),
                         STR("application/x-www-form-urlencoded"));
}

oidc_defect_t oauth_form_read(call_t *call, form_t *out) {
    err_t err = {0};
    *out = (form_t){0};
    if (call->request->query.len) {
        return oidc_defect("invalid_request", "parameters belong into the body");
    }
    if (!oauth_is_form(call->request)) {
        return oidc_defect("invalid_request", "the body must be a form");
    }
    if (form_parse(call->arena, call->request->body, out, &err) != OK) {
        return oidc_defect("invalid_request", "the form is malformed");
    }
    return (oidc_defect_t){0};
}

result_t oauth_error(call_t *call, oidc_defect_t defect, response_t *out) {
    const bool is_client = strcmp(defect.error, "invalid_client") == 0;
    str_t json;
    TRY(oidc_error_text(call->arena, defect, &json, &call->err));
    response_json(out, is_client ? 401 : 400, json);
    out->log_code = str_from_c(defect.error);
    if (is_client) {
        // RFC 6749 5.2 asks for it where Basic was used, RFC 9110 15.5.2 for every 401.
        response_header(out, STR("www-authenticate"), STR("Basic realm=\"client\""));
    }
    return OK;
}

result_t oauth_refusal_note(call_t *call, const store_audit_t *audit, const char *error) {
    limits_t limits;
    TRY(limits_for_refusal(call, audit->event, error, &limits));
    return store_audit_add_limited(call->store, audit, &limits.items[0], &call->err);
}

result_t oauth_refuse(call_t *call, const store_audit_t *audit, oidc_defect_t defect,
                      response_t *out) {
    store_audit_t row = *audit;
    row.decision = "refuse";
    if (str_is_empty(row.reason)) {
        row.reason = defect.text;
    }
    TRY(oauth_refusal_note(call, &row, defect.error));
    return oauth_error(call, defect, out);
}
