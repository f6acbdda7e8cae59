#include "protocol/oidc/answer.h"

enum { STATUS_OK = 200, STATUS_TOO_MANY = 429, STATUS_SERVER = 500 };

bool oidc_answer_is_json(const oidc_answer_t *answer) {
    const str_t header = answer->content_type;
    const str_t type = str_trim(str_sub(header, 0, str_find(header, ';')));
    const str_t suffix = STR("+json");
    const size_t stem = type.len > suffix.len ? type.len - suffix.len : 0;
    return str_eq_nocase(type, STR("application/json")) ||
           str_eq_nocase(str_sub(type, stem, type.len), suffix);
}

result_t oidc_answer_object(const oidc_answer_t *answer, const char *what, json_t **out,
                            err_t *err) {
    if (answer->status == STATUS_TOO_MANY || answer->status >= STATUS_SERVER) {
        return FAIL(err, UNAVAILABLE, "provider_answer", "%s answers with status %d", what,
                    answer->status);
    }
    if (answer->status != STATUS_OK) {
        return FAIL(err, REFUSED, "provider_answer", "%s answers with status %d", what,
                    answer->status);
    }
    if (!oidc_answer_is_json(answer)) {
        return FAIL(err, REFUSED, "provider_answer", "%s answers with %.*s and not with JSON", what,
                    STR_ARG(str_sub(answer->content_type, 0, 80)));
    }
    err_t reason = {0};
    const result_t result = json_parse_object(answer->body, OIDC_ANSWER_LEN_MAX, out, &reason);
    if (result == BAD_REQUEST) {
        return FAIL(err, REFUSED, "provider_answer", "%s: %s", what, reason.text);
    }
    return result == OK ? OK : FAIL(err, result, reason.code, "%s: %s", what, reason.text);
}
