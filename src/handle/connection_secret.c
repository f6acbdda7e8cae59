#include "handle/connection_secret.h"

static const char LABEL[] = "connection-secret";

result_t connection_secret_seal(arena_t *arena, const connection_slot_t *slot, secret_t secret,
                                bytes_t *out, err_t *err) {
    const seal_t seal = {slot->master, LABEL, slot->connection_id};
    return master_seal(arena, &seal, secret_bytes(secret), out, err);
}

result_t connection_secret_open(arena_t *arena, const connection_slot_t *slot, bytes_t sealed,
                                secret_t *out, err_t *err) {
    const seal_t seal = {slot->master, LABEL, slot->connection_id};
    bytes_t plain = {0};
    if (sealed.len > 0) {
        TRY(master_open(arena, &seal, sealed, &plain, err));
    }
    *out = (secret_t){plain.ptr, plain.len};
    return OK;
}
