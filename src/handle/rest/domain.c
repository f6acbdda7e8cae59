#include "handle/rest/domain.h"

static const char *const TYPES[] = {
    [DOMAIN_ALLOWED_EMAIL] = "ALLOWED_EMAIL_DOMAIN", [DOMAIN_ORGANIZATION] = "ORGANIZATION_DOMAIN"};
const rest_names_t domain_type_names = {.items = TYPES, .count = sizeof(TYPES) / sizeof(TYPES[0])};

// Where nothing had to be verified, nothing was: that is AUTO_VERIFIED.
static str_t status_name(const store_domain_t *row) {
    if (str_eq(row->method, STR("NOT_APPLICABLE"))) {
        return STR("AUTO_VERIFIED");
    }
    if (str_eq(row->status, STR("verified"))) {
        return STR("VERIFIED");
    }
    return str_eq(row->status, STR("failed")) ? STR("FAILED") : STR("PENDING");
}

void domain_add(rest_t *rest, json_t *object, const store_domain_t *row) {
    const bool is_dns = str_eq(row->method, STR("DNS"));
    rest_add_text(rest, object, "id", row->id);
    rest_add_text(rest, object, "domain", row->domain);
    rest_add_text(rest, object, "environment_id", STR(REST_ENVIRONMENT_ID));
    rest_add_text(rest, object, "organization_id", row->organization_id);
    rest_add_text(rest, object, "txt_record_key", is_dns ? STR("@") : STR(""));
    rest_add_text(rest, object, "txt_record_secret", is_dns ? row->txt_secret : STR(""));
    rest_add_text(rest, object, "verification_status", status_name(row));
    rest_add_time(rest, object, "create_time", row->created_at);
    rest_add_time(rest, object, "update_time", row->updated_at);
    rest_add_text(rest, object, "domain_type", row->type);
    rest_add_text(rest, object, "verification_method", row->method);
}

result_t domain_answer(rest_t *rest, const store_domain_t *row, response_t *out) {
    SCOPED(json_t) answer = json_object();
    domain_add(rest, rest_add_object(rest, answer, "domain"), row);
    return rest_answer(rest, 200, answer, out);
}

result_t domain_find(rest_t *rest, store_domain_found_t *out) {
    call_t *call = rest->call;
    return store_domain_read(call->store, rest->params[0], rest->params[1], out, &call->err);
}

store_audit_t domain_audit(rest_t *rest, const char *event, const store_domain_t *row) {
    store_audit_t audit =
        rest_audit(rest, event,
                   arena_format(rest->call->arena, "domain %.*s %.*s %.*s", STR_ARG(row->id),
                                STR_ARG(row->type), STR_ARG(row->domain)));
    audit.organization_id = row->organization_id;
    return audit;
}
