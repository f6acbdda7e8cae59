// The listening socket. Plain sockets, no h2o.
#pragma once
#include "base/result.h"
#include "base/settings.h"

// Binds and listens; the caller closes *out_fd. `out_address` is "127.0.0.1:8080" or "[::]:8080"
// with the port that the kernel chose, in the arena. UNAVAILABLE says which address and why.
MUST_USE result_t listener_open(arena_t *arena, const settings_listen_t *where, int *out_fd,
                                str_t *out_address, err_t *err);
