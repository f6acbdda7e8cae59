// Lists of connections: one statement for all of them, narrowed by what is given.
#include "store/connection_list.h"
#include "store/paging.h"

#define ITEM_TYPES "ttttttttolz"
#define ITEM_COLUMNS                                                                               \
    "k.id, k.provider, k.protocol, k.status, k.name, k.provider_key, k.organization_id, o.name,"   \
    " k.is_enabled, k.domains, k.created_at"

// A connection without domains of its own is led to by all verified ones of its organization.
#define ITEM_FROM(organization, domain_, query, provider_, status_, protocol_)                     \
    " from connections k left join organizations o on o.id = k.organization_id where"              \
    " (" organization " = '' or k.organization_id = " organization                                 \
    ")"                                                                                            \
    " and (" domain_                                                                               \
    " = '' or exists (select from organization_domains d"                                          \
    " where d.organization_id = k.organization_id and d.domain = " domain_                         \
    " and d.status = 'verified' and d.type = 'ORGANIZATION_DOMAIN'"                                \
    " and (k.domains = '{}' or " domain_                                                           \
    " = any (k.domains))))"                                                                        \
    " and (" query                                                                                 \
    " = '' or strpos(lower(k.name || ' ' || k.provider_key || ' ' ||"                              \
    " coalesce(o.name, '')), lower(" query                                                         \
    ")) > 0)"                                                                                      \
    " and (" provider_ " = '' or k.provider = " provider_                                          \
    ")"                                                                                            \
    " and (" status_ " = '' or k.status = " status_                                                \
    ")"                                                                                            \
    " and (" protocol_ " = '' or k.protocol = " protocol_ ")"
#define ITEM_IF(enabled_asked, enabled, environment_left_out)                                      \
    " and (not " enabled_asked " or k.is_enabled = " enabled                                       \
    ")"                                                                                            \
    " and (not " environment_left_out " or k.organization_id is not null)"
#define FILTER_PARAMS "ttttttooo"
#define PAGE_ITEMS ITEM_FROM("$4", "$5", "$6", "$7", "$8", "$9") ITEM_IF("$10", "$11", "$12")

static const sql_statement_t CONNECTIONS_PAGE[] = {
    {"connections_forward", PAGE_PARAMS FILTER_PARAMS, PAGE_TYPES ITEM_TYPES,
     "select " PAGE_COLUMNS("k") ", " ITEM_COLUMNS PAGE_ITEMS " and " PAGE_FORWARD("k")},
    {"connections_backward", PAGE_PARAMS FILTER_PARAMS, PAGE_TYPES ITEM_TYPES,
     "select " PAGE_COLUMNS("k") ", " ITEM_COLUMNS PAGE_ITEMS " and " PAGE_BACKWARD("k")},
};

static const sql_statement_t CONNECTIONS_COUNT = {
    "connections_count", FILTER_PARAMS, "i",
    "select count(*)" ITEM_FROM("$1", "$2", "$3", "$4", "$5", "$6") ITEM_IF("$7", "$8", "$9")};

static void filters_fill(sql_args_t *args, const store_connections_in_t *in) {
    const str_t texts[] = {in->organization_id, in->domain, in->query,
                           in->provider,        in->status, in->protocol};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        sql_arg_text(args, texts[i]);
    }
    sql_arg_bool(args, in->is_enabled_asked);
    sql_arg_bool(args, in->is_enabled);
    sql_arg_bool(args, in->is_environment_left_out);
}

static store_connection_item_t item_from_row(sql_row_t *row) {
    store_connection_item_t item = {0};
    item.id = sql_text(row);
    item.provider = sql_text(row);
    item.protocol = sql_text(row);
    item.status = sql_text(row);
    item.name = sql_text(row);
    item.provider_key = sql_text(row);
    item.organization_id = sql_text(row);
    item.organization_name = sql_text(row);
    item.is_enabled = sql_bool(row);
    item.domains = sql_list(row);
    item.created_at = sql_time(row);
    return item;
}

result_t store_connections_read(store_t *store, const store_connections_in_t *in,
                                store_connections_t *out, err_t *err) {
    SQL_BATCH(batch, store);
    filters_fill(page_append(&batch, CONNECTIONS_PAGE, &in->page), in);
    filters_fill(sql_add(&batch, &CONNECTIONS_COUNT), in);
    TRY(sql_run(&batch, err));
    out->page = page_found(&batch, 0, &in->page);
    store_connection_item_t *items =
        ARENA_ARRAY(store->arena, store_connection_item_t, out->page.count);
    for (size_t i = 0; i < out->page.count; i++) {
        sql_row_t row = page_row(&batch, 0, &in->page, i);
        items[i] = item_from_row(&row);
    }
    sql_row_t total = sql_row(&batch, 1, 0);
    out->page.total = sql_int(&total);
    out->items = items;
    return OK;
}

const sql_statement_t *const sql_connection_list_statements[] = {
    &CONNECTIONS_PAGE[0], &CONNECTIONS_PAGE[1], &CONNECTIONS_COUNT, NULL};
