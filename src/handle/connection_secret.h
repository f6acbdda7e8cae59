// The secret that a provider has given us for a connection, as its row keeps it: sealed under the
// master key, for that row alone. In the arena; any thread.
#pragma once
#include "crypto/master.h"

typedef struct {
    const master_t *master;
    str_t connection_id;
} connection_slot_t;

MUST_USE result_t connection_secret_seal(arena_t *arena, const connection_slot_t *slot,
                                         secret_t secret, bytes_t *out, err_t *err);
// An empty `sealed` is no secret: *out becomes empty. REFUSED if it was not sealed for this row.
MUST_USE result_t connection_secret_open(arena_t *arena, const connection_slot_t *slot,
                                         bytes_t sealed, secret_t *out, err_t *err);
