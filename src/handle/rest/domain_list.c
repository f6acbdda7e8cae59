// GET /api/v1/organizations/{organization_id}/domains: the one list with page numbers.
#include "handle/rest/domain.h"
#include "handle/rest/endpoints.h"

enum { PAGE_DEFAULT = 30, PAGE_MAX = 100, NUMBER_MAX = 100000 };

static result_t answer(rest_t *rest, int64_t number, const store_domains_t *found,
                       response_t *out) {
    SCOPED(json_t) json = json_object();
    json_t *items = rest_add_list(rest, json, "domains");
    for (size_t i = 0; i < found->count; i++) {
        domain_add(rest, rest_append_object(rest, items), &found->items[i]);
    }
    rest_add_int(rest, json, "page_size", (int64_t)found->count);
    rest_add_int(rest, json, "page_number", number);
    return rest_answer(rest, 200, json, out);
}

result_t rest_domain_list(rest_t *rest, response_t *out) {
    call_t *call = rest->call;
    store_domains_in_t in = {.organization_id = rest->params[0]};
    store_domains_t found;
    int64_t number = 0;
    size_t type;
    (void)!rest_query_int(rest, "page_size", (rest_range_t){.max = PAGE_MAX}, &in.size);
    (void)!rest_query_int(rest, "page_number", (rest_range_t){.max = NUMBER_MAX}, &number);
    if (rest_query_enum(rest, "domain_type", domain_type_names, &type)) {
        in.type = str_from_c(domain_type_names.items[type]);
    }
    if (rest_is_refused(rest, out)) {
        return OK;
    }
    in.size = in.size ? in.size : PAGE_DEFAULT;
    in.skip = number * in.size;
    TRY(store_domains_read(call->store, &in, &found, &call->err));
    return found.is_organization_present ? answer(rest, number, &found, out)
                                         : rest_absent(rest, "organization", out);
}
