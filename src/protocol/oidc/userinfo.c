#include "protocol/oidc/userinfo.h"

result_t oidc_userinfo_parse(const oidc_answer_t *answer, const json_t *id_token, json_t **out,
                             err_t *err) {
    SCOPED(json_t) json = NULL;
    str_t subject;
    str_t wanted;
    TRY(oidc_answer_object(answer, "userinfo", &json, err));
    // Core 5.3.2: exactly the same, or nothing of it may be used.
    if (!json_get_str(json, "sub", &subject) || !json_get_str(id_token, "sub", &wanted) ||
        str_is_empty(wanted) || !str_eq(subject, wanted)) {
        return FAIL(err, REFUSED, "userinfo_subject", "userinfo is of another subject");
    }
    *out = json;
    json = NULL;
    return OK;
}
