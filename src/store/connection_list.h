// Lists of connections, for the REST API.
#pragma once
#include "store/page.h"

typedef struct {
    store_page_t page;
    bool is_environment_left_out; // organizations' only
    bool is_enabled_asked, is_enabled;
    // Empty: any. `domain` is one that leads to the connection, `query` a part of a name, without
    // regard to case.
    str_t organization_id, domain, query, provider, status, protocol;
} store_connections_in_t;

typedef struct {
    str_t id, provider, protocol, status, name, provider_key, organization_id, organization_name;
    bool is_enabled;
    flow_list_t domains;
    time_ms_t created_at;
} store_connection_item_t;

typedef struct {
    const store_connection_item_t *items;
    store_paged_t page;
} store_connections_t;
MUST_USE result_t store_connections_read(store_t *store, const store_connections_in_t *in,
                                         store_connections_t *out, err_t *err);
