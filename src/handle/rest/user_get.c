// GET /api/v1/users/{id} and /api/v1/users:external/{external_id}.
#include "handle/rest/endpoints.h"
#include "handle/rest/user.h"

static result_t answer(rest_t *rest, bool is_external, response_t *out) {
    const store_user_key_t key = user_key(rest, 0, is_external);
    store_user_found_t found;
    TRY(user_find(rest, &key, &found));
    return found.is_present ? user_answer(rest, 200, &found.row, out)
                            : rest_absent(rest, "user", out);
}

result_t rest_user_get(rest_t *rest, response_t *out) {
    return answer(rest, false, out);
}

result_t rest_user_get_external(rest_t *rest, response_t *out) {
    return answer(rest, true, out);
}
