// GET /api/v1/connections, /api/v1/organizations/-/connections and its :search.
#include "store/connection_list.h"
#include "base/domain.h"
#include "handle/rest/connection.h"
#include "handle/rest/endpoints.h"
#include "handle/rest_page.h"

enum {
    PAGE_DEFAULT = 10,
    PAGE_MAX = 30,
    ALL_MAX = 1000, // the list without pages
    ID_MAX = 32,
    DOMAIN_MAX = 255,
    QUERY_MAX = 100,
    FILTERS = 5,
};

static void item_add(rest_t *rest, json_t *object, const store_connection_item_t *row) {
    rest_add_text(rest, object, "id", row->id);
    rest_add_text(rest, object, "provider", row->provider);
    rest_add_text(rest, object, "type", row->protocol);
    rest_add_text(rest, object, "status", row->status);
    rest_add_bool(rest, object, "enabled", row->is_enabled);
    rest_add_text(rest, object, "organization_id", row->organization_id);
    rest_add_text(rest, object, "ui_button_title", row->name);
    rest_add_texts(rest, object, "domains", row->domains);
    rest_add_text(rest, object, "organization_name", row->organization_name);
    rest_add_text(rest, object, "provider_key", row->provider_key);
    rest_add_text(rest, object, "key_id", STR(""));
    rest_add_time(rest, object, "created_at", row->created_at);
}

static void items_add(rest_t *rest, json_t *answer, const store_connections_t *found) {
    json_t *items = rest_add_list(rest, answer, "connections");
    for (size_t i = 0; i < found->page.count; i++) {
        item_add(rest, rest_append_object(rest, items), &found->items[i]);
    }
}

// What is no domain leads nowhere: as it is, it finds nothing.
static void domain_read(rest_t *rest, str_t *out) {
    err_t why = {0};
    str_t asked;
    if (rest_query_text(rest, "domain", (rest_length_t){.max = DOMAIN_MAX}, &asked) &&
        domain_normalise(rest->call->arena, asked, out, &why) != OK) {
        *out = asked;
    }
}

// Without `include=all` those that are switched on, as the contract's callers expect.
result_t rest_connection_list(rest_t *rest, response_t *out) {
    SCOPED(json_t) answer = json_object();
    call_t *call = rest->call;
    store_connections_in_t in = {.page.size = ALL_MAX};
    store_connections_t found;
    str_t include = STR("");
    (void)!rest_query_text(rest, "organization_id", (rest_length_t){.max = ID_MAX},
                           &in.organization_id);
    domain_read(rest, &in.domain);
    (void)!rest_query_text(rest, "include", (rest_length_t){.max = ID_MAX}, &include);
    if (rest_is_refused(rest, out)) {
        return OK;
    }
    in.is_enabled_asked = in.is_enabled = !str_eq(include, STR("all"));
    TRY(store_connections_read(call->store, &in, &found, &call->err));
    items_add(rest, answer, &found);
    return rest_answer(rest, 200, answer, out);
}

static result_t page_answer(rest_t *rest, const rest_list_t *list, const store_connections_in_t *in,
                            response_t *out) {
    SCOPED(json_t) answer = json_object();
    call_t *call = rest->call;
    store_connections_t found;
    TRY(store_connections_read(call->store, in, &found, &call->err));
    items_add(rest, answer, &found);
    TRY(rest_page_add(rest, list, &in->page, &found.page, answer));
    return rest_answer(rest, 200, answer, out);
}

result_t rest_connection_list_all(rest_t *rest, response_t *out) {
    const rest_list_t list = {
        .name = "connections", .size_default = PAGE_DEFAULT, .size_max = PAGE_MAX};
    store_connections_in_t in = {.is_environment_left_out = true};
    TRY(rest_page_read(rest, &list, &in.page));
    return rest_is_refused(rest, out) ? OK : page_answer(rest, &list, &in, out);
}

static void filters_read(rest_t *rest, store_connections_in_t *in) {
    oidc_preset_t preset;
    size_t state, type;
    (void)!rest_query_text(rest, "query", (rest_length_t){.max = QUERY_MAX}, &in->query);
    if (rest_query_text(rest, "provider", (rest_length_t){.max = CONNECTION_KEY_MAX},
                        &in->provider) &&
        oidc_preset_find(in->provider, &preset)) {
        in->provider = str_from_c(oidc_preset_row(preset)->name);
    }
    if (rest_query_enum(rest, "status", connection_state_names, &state)) {
        in->status = str_from_c(connection_state_names.items[state]);
    }
    if (rest_query_enum(rest, "connection_type", connection_type_names, &type)) {
        in->protocol = str_from_c(connection_type_names.items[type]);
    }
    in->is_enabled_asked = rest_query_bool(rest, "enabled", &in->is_enabled);
}

result_t rest_connection_search(rest_t *rest, response_t *out) {
    store_connections_in_t in = {.is_environment_left_out = true};
    filters_read(rest, &in);
    const str_t enabled =
        in.is_enabled_asked ? (in.is_enabled ? STR("true") : STR("false")) : STR("");
    const str_t filters[FILTERS] = {in.query, in.provider, in.status, in.protocol, enabled};
    const rest_list_t list = {.name = "connections:search",
                              .filters = {filters, FILTERS},
                              .size_default = PAGE_DEFAULT,
                              .size_max = PAGE_MAX};
    TRY(rest_page_read(rest, &list, &in.page));
    return rest_is_refused(rest, out) ? OK : page_answer(rest, &list, &in, out);
}
