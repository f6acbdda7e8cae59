// PATCH /api/v1/users/{id} and /api/v1/users:external/{external_id}. The address is nobody's to
// change: it is what the user is.
#include "handle/rest/endpoints.h"
#include "handle/rest/user.h"

static result_t update(rest_t *rest, bool is_external, response_t *out) {
    call_t *call = rest->call;
    const store_user_key_t key = user_key(rest, 0, is_external);
    const rest_object_t body = rest_body(rest);
    store_user_words_t words;
    store_user_found_t found;
    store_user_t row;
    user_words_read(&body, true, &words);
    if (rest_is_refused(rest, out)) {
        return OK;
    }
    TRY(store_user_read(call->store, &key, words.external_id.value, &found, &call->err));
    if (!found.is_present) {
        return rest_absent(rest, "user", out);
    }
    if (found.is_external_id_taken) {
        return rest_taken(rest, "a user with this external_id exists", out);
    }
    user_words_check(rest, &found.row, &words);
    if (rest_is_refused(rest, out)) {
        return OK;
    }
    const store_audit_t audit = user_audit(rest, "api.user.update", found.row.id, STR_NONE);
    const store_user_change_t change = {found.row.id, &words};
    TRY(store_user_update(call->store, &change, &audit, &row, &call->err));
    return user_answer(rest, 200, &row, out);
}

result_t rest_user_update(rest_t *rest, response_t *out) {
    return update(rest, false, out);
}

result_t rest_user_update_external(rest_t *rest, response_t *out) {
    return update(rest, true, out);
}
