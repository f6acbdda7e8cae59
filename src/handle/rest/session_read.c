// GET /api/v1/sessions/{session_id} and GET /api/v1/users/{user_id}/sessions.
#include "handle/rest/endpoints.h"
#include "handle/rest/session.h"
#include "handle/rest_page.h"

enum { PAGE_DEFAULT = 10, PAGE_MAX = 100, FILTERS = 7 };

static const char *const STATUSES[] = {"active", "expired", "revoked", "logout"};
enum { STATUS_COUNT = sizeof(STATUSES) / sizeof(STATUSES[0]) };

result_t rest_session_get(rest_t *rest, response_t *out) {
    SCOPED(json_t) answer = json_object();
    store_session_found_t found;
    TRY(store_session_read(rest->call->store, rest->params[0], &found, &rest->call->err));
    if (!found.is_present) {
        return rest_absent(rest, "session", out);
    }
    session_add(rest, answer, &found.row);
    return rest_answer(rest, 200, answer, out);
}

// In either case (hosted-login.md 4.1).
static void statuses_read(rest_t *rest, flow_list_t *out) {
    flow_list_t given = {0};
    str_t *items = ARENA_ARRAY(rest->call->arena, str_t, STATUS_COUNT);
    (void)!rest_query_texts(rest, "filter.status", STATUS_COUNT, &given);
    for (size_t i = 0; i < given.count; i++) {
        for (size_t s = 0; s < STATUS_COUNT; s++) {
            if (str_eq_nocase(given.items[i], str_from_c(STATUSES[s]))) {
                items[i] = str_from_c(STATUSES[s]);
            }
        }
        if (!items[i].len) {
            rest_problem(rest, STR("filter.status"), "enum",
                         "must be of active, expired, revoked and logout");
        }
    }
    *out = (flow_list_t){items, given.count};
}

static result_t answer(rest_t *rest, const rest_list_t *list, const store_sessions_in_t *in,
                       response_t *out) {
    SCOPED(json_t) json = json_object();
    call_t *call = rest->call;
    store_sessions_t found;
    TRY(store_sessions_read(call->store, in, &found, &call->err));
    if (!found.is_user_present) {
        return rest_absent(rest, "user", out);
    }
    json_t *items = rest_add_list(rest, json, "sessions");
    for (size_t i = 0; i < found.page.count; i++) {
        session_add(rest, rest_append_object(rest, items), &found.items[i]);
    }
    TRY(rest_page_add(rest, list, &in->page, &found.page, json));
    return rest_answer(rest, 200, json, out);
}

static str_t time_text(rest_t *rest, bool is_given, time_ms_t at) {
    return is_given ? time_rfc3339(rest->call->arena, at) : STR("");
}

result_t rest_session_list(rest_t *rest, response_t *out) {
    store_sessions_in_t in = {.user_id = rest->params[0]};
    statuses_read(rest, &in.statuses);
    in.has_from = rest_query_time(rest, "filter.start_time", &in.from);
    in.has_until = rest_query_time(rest, "filter.end_time", &in.until);
    str_t filters[FILTERS] = {in.user_id, time_text(rest, in.has_from, in.from),
                              time_text(rest, in.has_until, in.until)};
    for (size_t i = 0; i < in.statuses.count; i++) {
        filters[FILTERS - STATUS_COUNT + i] = in.statuses.items[i];
    }
    const rest_list_t list = {.name = "sessions",
                              .filters = {filters, FILTERS},
                              .size_default = PAGE_DEFAULT,
                              .size_max = PAGE_MAX};
    TRY(rest_page_read(rest, &list, &in.page));
    return rest_is_refused(rest, out) ? OK : answer(rest, &list, &in, out);
}
