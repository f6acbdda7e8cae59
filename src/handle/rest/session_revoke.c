// POST /api/v1/sessions/{session_id}/revoke and POST /api/v1/users/{user_id}/sessions/revoke. No
// refresh token of theirs works from here on, and no access token at our own endpoints.
#include "handle/rest/endpoints.h"
#include "handle/rest/session.h"

// One that has ended already stays as it is, and is told.
result_t rest_session_revoke(rest_t *rest, response_t *out) {
    SCOPED(json_t) answer = json_object();
    call_t *call = rest->call;
    const str_t id = rest->params[0];
    store_session_found_t found;
    TRY(store_session_read(call->store, id, &found, &call->err));
    if (!found.is_present) {
        return rest_absent(rest, "session", out);
    }
    const store_audit_t audit = session_audit(rest, "api.session.revoke", found.row.user_id, id);
    TRY(store_session_end(call->store, id, "revoked by the API", &audit, &call->err));
    TRY(store_session_read(call->store, id, &found, &call->err));
    if (!found.is_present) { // its user was deleted meanwhile
        return rest_absent(rest, "session", out);
    }
    session_revoked_add(rest, rest_add_object(rest, answer, "revoked_session"), &found.row);
    return rest_answer(rest, 200, answer, out);
}

result_t rest_session_revoke_all(rest_t *rest, response_t *out) {
    SCOPED(json_t) answer = json_object();
    call_t *call = rest->call;
    const store_sessions_in_t in = {.user_id = rest->params[0], .page.size = 1};
    store_sessions_t found, ended;
    TRY(store_sessions_read(call->store, &in, &found, &call->err));
    if (!found.is_user_present) {
        return rest_absent(rest, "user", out);
    }
    const store_audit_t audit = session_audit(rest, "api.session.revoke_all", in.user_id, STR_NONE);
    TRY(store_sessions_revoke(call->store, in.user_id, &audit, &ended, &call->err));
    json_t *items = rest_add_list(rest, answer, "revoked_sessions");
    for (size_t i = 0; i < ended.page.count; i++) {
        session_revoked_add(rest, rest_append_object(rest, items), &ended.items[i]);
    }
    rest_add_int(rest, answer, "total_revoked", ended.page.total);
    return rest_answer(rest, 200, answer, out);
}
