// GET /api/v1/organizations.
#include "handle/rest/endpoints.h"
#include "handle/rest/organization.h"
#include "handle/rest_page.h"

enum { PAGE_DEFAULT = 10, PAGE_MAX = 100 };

static result_t answer(rest_t *rest, const rest_list_t *list, const store_page_t *page,
                       const store_organizations_t *found, response_t *out) {
    SCOPED(json_t) json = json_object();
    json_t *items = rest_add_list(rest, json, "organizations");
    for (size_t i = 0; i < found->page.count; i++) {
        organization_add(rest, rest_append_object(rest, items), &found->items[i]);
    }
    TRY(rest_page_add(rest, list, page, &found->page, json));
    return rest_answer(rest, 200, json, out);
}

result_t rest_organization_list(rest_t *rest, response_t *out) {
    call_t *call = rest->call;
    const rest_length_t external_id = {.max = ORGANIZATION_EXTERNAL_ID_MAX};
    store_organizations_in_t in = {0};
    store_organizations_t found;
    (void)!rest_query_text(rest, "external_id", external_id, &in.external_id);
    const rest_list_t list = {.name = "organizations",
                              .filters = {&in.external_id, 1},
                              .size_default = PAGE_DEFAULT,
                              .size_max = PAGE_MAX};
    TRY(rest_page_read(rest, &list, &in.page));
    if (rest_is_refused(rest, out)) {
        return OK;
    }
    TRY(store_organizations_read(call->store, &in, &found, &call->err));
    return answer(rest, &list, &in.page, &found, out);
}
