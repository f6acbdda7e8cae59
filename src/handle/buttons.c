#include "handle/buttons.h"

view_buttons_t buttons_view(arena_t *arena, const store_buttons_t *rows) {
    view_button_t *items = ARENA_ARRAY(arena, view_button_t, rows->count);
    for (size_t i = 0; i < rows->count; i++) {
        const store_button_t *row = &rows->items[i];
        items[i] = (view_button_t){row->id, row->provider, row->name};
    }
    return (view_buttons_t){items, rows->count};
}

const store_button_t *buttons_find(const store_buttons_t *rows, str_t connection_id) {
    for (size_t i = 0; i < rows->count; i++) {
        if (str_eq(rows->items[i].id, connection_id)) {
            return &rows->items[i];
        }
    }
    return NULL;
}

result_t buttons_name(call_t *call, str_t connection_id, str_t *out) {
    const flow_list_t ids = {&connection_id, 1};
    store_buttons_t names = {0};
    if (!str_is_empty(connection_id)) {
        TRY(store_picked_read(call->store, &ids, &names, &call->err));
    }
    *out = names.count ? names.items[0].name : STR_NONE;
    return OK;
}
