// GET /api/v1/organizations/{organization_id}/connections/{id}, /api/v1/connections/{id} and
// /api/v1/connections/{id}/test-requests/{test_request_id}.
#include "handle/rest/connection.h"
#include "handle/rest/endpoints.h"

static result_t get(rest_t *rest, bool is_environment, response_t *out) {
    const store_connection_key_t key = connection_key(rest, is_environment);
    store_connection_found_t found;
    TRY(store_connection_find(rest->call->store, &key, &found, &rest->call->err));
    return found.is_present ? connection_answer(rest, &found.row, out)
                            : rest_absent(rest, "connection", out);
}

result_t rest_connection_get(rest_t *rest, response_t *out) {
    return get(rest, false, out);
}

result_t rest_social_get(rest_t *rest, response_t *out) {
    return get(rest, true, out);
}

// A test whose link nobody has opened is as unknown as one that never was.
result_t rest_connection_test_get(rest_t *rest, response_t *out) {
    SCOPED(json_t) answer = json_object();
    store_connection_test_t test;
    TRY(store_connection_test_read(rest->call->store, rest->params[0], rest->params[1], &test,
                                   &rest->call->err));
    if (!test.is_connection_present || !test.is_present) {
        return rest_absent(rest, test.is_connection_present ? "test" : "connection", out);
    }
    rest_add_text(rest, answer, "status", test.status);
    rest_add_text_if(rest, answer, "user_info", test.user_info);
    rest_add_text_if(rest, answer, "error", test.error);
    rest_add_text_if(rest, answer, "error_description", test.error_description);
    rest_add_text_if(rest, answer, "error_details", test.error_details);
    return rest_answer(rest, 200, answer, out);
}
