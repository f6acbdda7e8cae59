// GET /api/v1/logs/authentication/requests: who wanted to sign in and what became of it, newest
// first.
#include "base/email.h"
#include "handle/rest/client.h"
#include "handle/rest/endpoints.h"
#include "handle/rest_page.h"
#include "store/auth_log.h"

enum { PAGE_DEFAULT = 30, PAGE_MAX = 100, TEXT_MAX = 320, FILTERS = 9 };

static const char *const STATUSES[] = {"INITIATED", "PENDING", "SUCCESS", "FAILED"};
enum { STATUS_COUNT = sizeof(STATUSES) / sizeof(STATUSES[0]) };

typedef struct {
    store_login_entries_in_t in;
    str_t resource_id;
} log_query_t;

// ---- the query ----------------------------------------------------------------------------------

static void email_read(rest_t *rest, str_t *out) {
    email_t email;
    str_t text;
    err_t err = {0};
    if (!rest_query_text(rest, "email", (rest_length_t){.max = TEXT_MAX}, &text)) {
        return;
    }
    if (email_parse(rest->call->arena, text, &email, &err) != OK) {
        rest_problem(rest, STR("email"), "pattern", "must be an email address");
        return;
    }
    *out = email.normal;
}

// In the order of the table, whatever order they came in, so that a page token fits again.
static void statuses_read(rest_t *rest, flow_list_t *out) {
    flow_list_t given = {0};
    str_t *items = ARENA_ARRAY(rest->call->arena, str_t, STATUS_COUNT);
    size_t count = 0, known = 0;
    (void)!rest_query_texts(rest, "status", STATUS_COUNT, &given);
    for (size_t s = 0; s < STATUS_COUNT; s++) {
        const size_t before = known;
        for (size_t i = 0; i < given.count; i++) {
            known += str_eq_nocase(given.items[i], str_from_c(STATUSES[s]));
        }
        if (known > before) {
            items[count++] = str_from_c(STATUSES[s]);
        }
    }
    if (known != given.count) {
        rest_problem(rest, STR("status"), "enum",
                     "must be of INITIATED, PENDING, SUCCESS and FAILED");
    }
    *out = (flow_list_t){items, count};
}

static void query_read(rest_t *rest, log_query_t *out) {
    const rest_length_t length = {.max = TEXT_MAX};
    store_login_entries_in_t *in = &out->in;
    *out = (log_query_t){.resource_id = STR("")};
    email_read(rest, &in->email);
    statuses_read(rest, &in->statuses);
    in->has_from = rest_query_time(rest, "start_time", &in->from);
    in->has_until = rest_query_time(rest, "end_time", &in->until);
    (void)!rest_query_text(rest, "client_id", length, &in->client_id);
    (void)!rest_query_text(rest, "resource_id", length, &out->resource_id);
}

// ---- the answer ---------------------------------------------------------------------------------

static void connection_add(rest_t *rest, json_t *object, const store_login_entry_t *row) {
    rest_add_text(rest, object, "connection_id", row->connection_id);
    rest_add_text(rest, object, "organization_id", row->organization_id);
    rest_add_text(rest, object, "connection_type", row->protocol);
    rest_add_text(rest, object, "connection_provider", row->provider);
}

static void entry_add(rest_t *rest, json_t *object, const store_login_entry_t *row) {
    static const char *const NOT_OURS[] = {"workflow", "resource_id", "resource_name",
                                           "resource_type", "connected_account_identifier"};
    connection_add(rest, object, row);
    rest_add_text(rest, object, "environment_id", STR(REST_ENVIRONMENT_ID));
    rest_add_text(rest, object, "auth_request_id", row->id);
    rest_add_text(rest, object, "email", row->email);
    rest_add_text(rest, object, "status", row->status);
    rest_add_time(rest, object, "timestamp", row->at);
    rest_add_text(rest, object, "client_id", row->client_id);
    rest_add_text(rest, object, "client_name", row->client_name);
    rest_add_text(rest, object, "client_type", client_type_said(row->client_type));
    for (size_t i = 0; i < sizeof NOT_OURS / sizeof NOT_OURS[0]; i++) {
        rest_add_text(rest, object, NOT_OURS[i], STR(""));
    }
    json_t *details = rest_add_list(rest, object, "connection_details");
    if (row->connection_id.len) {
        connection_add(rest, rest_append_object(rest, details), row);
    }
}

static result_t answer(rest_t *rest, const rest_list_t *list, const log_query_t *query,
                       response_t *out) {
    SCOPED(json_t) json = json_object();
    call_t *call = rest->call;
    store_login_entries_t found = {0};
    if (str_is_empty(query->resource_id)) { // no login of ours is of a resource
        TRY(store_login_entries_read(call->store, &query->in, &found, &call->err));
    }
    json_t *items = rest_add_list(rest, json, "authRequests");
    for (size_t i = 0; i < found.page.count; i++) {
        entry_add(rest, rest_append_object(rest, items), &found.items[i]);
    }
    TRY(rest_page_add(rest, list, &query->in.page, &found.page, json));
    return rest_answer(rest, 200, json, out);
}

static str_t time_text(rest_t *rest, bool is_given, time_ms_t at) {
    return is_given ? time_rfc3339(rest->call->arena, at) : STR("");
}

result_t rest_log_list(rest_t *rest, response_t *out) {
    log_query_t query;
    query_read(rest, &query);
    const store_login_entries_in_t *in = &query.in;
    str_t filters[FILTERS] = {in->email, in->client_id, query.resource_id,
                              time_text(rest, in->has_from, in->from),
                              time_text(rest, in->has_until, in->until)};
    for (size_t i = 0; i < in->statuses.count; i++) {
        filters[FILTERS - STATUS_COUNT + i] = in->statuses.items[i];
    }
    const rest_list_t list = {.name = "logs",
                              .filters = {filters, FILTERS},
                              .size_default = PAGE_DEFAULT,
                              .size_max = PAGE_MAX};
    TRY(rest_page_read(rest, &list, &query.in.page));
    return rest_is_refused(rest, out) ? OK : answer(rest, &list, &query, out);
}
