// The immutable state of one moment: opened keys and CORS origins, in an arena of its own.
#include "handle/operate.h"
#include <stdlib.h>

enum { SNAPSHOT_ARENA_MAX = 1024 * 1024 };

// What operate_snapshot_free needs to know beyond what handlers see.
typedef struct {
    snapshot_t shown;
    arena_t *arena;
    keyset_t *keys;
} holder_t;

static void entries_free(signing_entry_t *entries, size_t count) {
    for (size_t i = 0; i < count; i++) {
        signing_key_free(&entries[i].key);
    }
}

static result_t entry_open(const operate_t *in, const store_key_t *row, signing_entry_t *out,
                           err_t *err) {
    signing_alg_t alg;
    if (!signing_alg_from_name(row->alg, &alg)) {
        return FAIL(err, INTERNAL, "signing_key", "key %.*s has the unknown algorithm %.*s",
                    STR_ARG(row->kid), STR_ARG(row->alg));
    }
    const signing_sealed_t sealed = {alg, row->kid, row->sealed};
    err_t why = {0};
    signing_key_t *key = NULL;
    const result_t result = signing_key_open(in->arena, in->master, &sealed, &key, &why);
    if (result == REFUSED) {
        return FAIL(err, REFUSED, "master_key",
                    "signing key %.*s does not open: the master key file is not the one that this "
                    "database was begun with",
                    STR_ARG(row->kid));
    }
    if (result != OK) {
        return FAIL(err, result, why.code, "%s", why.text);
    }
    *out =
        (signing_entry_t){key, row->created_at, row->active_at, row->retired_at, row->removed_at};
    return OK;
}

static result_t keys_open(const operate_t *in, const store_keys_t *rows, keyset_t **out,
                          err_t *err) {
    signing_entry_t *entries = ARENA_ARRAY(in->arena, signing_entry_t, rows->count);
    result_t result = OK;
    size_t count = 0;
    while (count < rows->count && result == OK) {
        result = entry_open(in, &rows->items[count], &entries[count], err);
        count += result == OK;
    }
    if (result == OK) {
        result = keyset_new(entries, count, out, err);
    }
    if (result != OK) {
        entries_free(entries, count);
    }
    return result;
}

static flow_list_t list_copy(arena_t *arena, flow_list_t list) {
    str_t *items = ARENA_ARRAY(arena, str_t, list.count);
    for (size_t i = 0; i < list.count; i++) {
        items[i] = arena_dup(arena, list.items[i]);
    }
    return (flow_list_t){items, list.count};
}

result_t operate_snapshot_read(const operate_t *in, snapshot_t **out, err_t *err) {
    store_keys_t rows;
    flow_list_t origins;
    keyset_t *keys = NULL;
    TRY(store_keys_read(in->store, &rows, err));
    const time_ms_t wall = clock_wall_ms();
    TRY(store_origins_read(in->store, &origins, err));
    TRY(keys_open(in, &rows, &keys, err));
    arena_t *arena = arena_new(SNAPSHOT_ARENA_MAX);
    holder_t *holder = ARENA_NEW(arena, holder_t);
    holder->arena = arena;
    holder->keys = keys;
    holder->shown = (snapshot_t){.keys = keys,
                                 .cors_origins = list_copy(arena, origins),
                                 .read_at = wall,
                                 .clock_offset_ms = rows.now - wall};
    *out = &holder->shown;
    return OK;
}

void operate_snapshot_free(snapshot_t **snapshot) {
    if (!*snapshot) {
        return;
    }
    // `shown` is the first member, so the two addresses are one.
    holder_t *holder = (holder_t *)(void *)*snapshot;
    arena_t *arena = holder->arena;
    keyset_free(&holder->keys);
    arena_free(&arena);
    *snapshot = NULL;
}
