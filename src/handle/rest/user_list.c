// GET /api/v1/users and /api/v1/organizations/{organization_id}/users, and both as a search.
#include "handle/rest/endpoints.h"
#include "handle/rest/user.h"
#include "handle/rest_page.h"

enum { PAGE_DEFAULT = 10, LIST_MAX = 100, SEARCH_MAX = 30, QUERY_MIN = 3, QUERY_MAX = 100 };

typedef struct {
    const char *name;
    bool is_of_organization;
    bool is_search;
} kind_t;

static result_t answer(rest_t *rest, const rest_list_t *list, const store_users_in_t *in,
                       const store_users_t *found, response_t *out) {
    SCOPED(json_t) json = json_object();
    json_t *items = rest_add_list(rest, json, "users");
    for (size_t i = 0; i < found->page.count; i++) {
        user_add(rest, rest_append_object(rest, items), &found->items[i]);
    }
    TRY(rest_page_add(rest, list, &in->page, &found->page, json));
    return rest_answer(rest, 200, json, out);
}

static result_t list_run(rest_t *rest, const kind_t *kind, response_t *out) {
    const rest_length_t query = {.min = QUERY_MIN, .max = QUERY_MAX, .is_required = true};
    call_t *call = rest->call;
    store_users_in_t in = {0};
    store_users_t found;
    if (kind->is_of_organization) {
        in.organization_id = rest->params[0];
    }
    if (kind->is_search) {
        (void)!rest_query_text(rest, "query", query, &in.query);
    }
    const str_t filters[] = {in.organization_id, in.query};
    const rest_list_t list = {.name = kind->name,
                              .filters = {filters, 2},
                              .size_default = PAGE_DEFAULT,
                              .size_max = kind->is_search ? SEARCH_MAX : LIST_MAX};
    TRY(rest_page_read(rest, &list, &in.page));
    if (rest_is_refused(rest, out)) {
        return OK;
    }
    TRY(store_users_read(call->store, &in, &found, &call->err));
    if (kind->is_of_organization && !found.is_organization_present) {
        return rest_absent(rest, "organization", out);
    }
    return answer(rest, &list, &in, &found, out);
}

result_t rest_user_list(rest_t *rest, response_t *out) {
    return list_run(rest, &(kind_t){.name = "users"}, out);
}

result_t rest_user_search(rest_t *rest, response_t *out) {
    return list_run(rest, &(kind_t){.name = "users:search", .is_search = true}, out);
}

result_t rest_member_list(rest_t *rest, response_t *out) {
    return list_run(rest, &(kind_t){.name = "members", .is_of_organization = true}, out);
}

result_t rest_member_search(rest_t *rest, response_t *out) {
    const kind_t kind = {.name = "members:search", .is_of_organization = true, .is_search = true};
    return list_run(rest, &kind, out);
}
