// GET /api/v1/clients and GET /api/v1/clients/{client_id}.
#include "handle/rest/client.h"
#include "handle/rest/endpoints.h"
#include "handle/rest_page.h"
#include "store/facts.h"

enum { PAGE_DEFAULT = 30, PAGE_MAX = 30 };

result_t rest_client_get(rest_t *rest, response_t *out) {
    store_application_found_t found;
    TRY(client_find(rest, &found));
    return found.is_present ? client_answer(rest, &found.row, out)
                            : rest_absent(rest, "client", out);
}

// As the table has them. ENV is a type that no application of ours has: it finds none.
static flow_list_t types_read(rest_t *rest) {
    flow_list_t given = {0};
    if (!rest_query_texts(rest, "filter.client_type", client_type_names.count, &given)) {
        return given;
    }
    str_t *items = ARENA_ARRAY(rest->call->arena, str_t, given.count);
    for (size_t i = 0; i < given.count; i++) {
        items[i] = given.items[i];
        for (size_t t = 0; t < client_type_names.count; t++) {
            if (str_eq(given.items[i], str_from_c(client_type_names.items[t]))) {
                items[i] = str_from_c(client_type_name((flow_client_type_t)t));
            }
        }
    }
    return (flow_list_t){items, given.count};
}

result_t rest_client_list(rest_t *rest, response_t *out) {
    SCOPED(json_t) answer = json_object();
    call_t *call = rest->call;
    store_applications_in_t in = {.types = types_read(rest)};
    const rest_list_t list = {
        .name = "clients", .filters = in.types, .size_default = PAGE_DEFAULT, .size_max = PAGE_MAX};
    store_applications_t found;
    TRY(rest_page_read(rest, &list, &in.page));
    if (rest_is_refused(rest, out)) {
        return OK;
    }
    TRY(store_applications_read(call->store, &in, &found, &call->err));
    json_t *items = rest_add_list(rest, answer, "clients");
    for (size_t i = 0; i < found.page.count; i++) {
        client_add(rest, rest_append_object(rest, items), &found.items[i]);
    }
    TRY(rest_page_add(rest, &list, &in.page, &found.page, answer));
    return rest_answer(rest, 200, answer, out);
}
