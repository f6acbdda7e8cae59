// Who is at the other end. What proxies say is believed only if the connection itself comes from a
// proxy that the operator named (P-SESS-15); anybody can send X-Forwarded-For.
#pragma once
#include "base/arena.h"
#include "base/settings.h"
#include "server/head.h"
#include <sys/socket.h>

typedef struct {
    str_t ip;      // as inet_ntop writes it, IPv4-mapped addresses as IPv4; empty if unknown
    bool is_https; // TLS here, or at the proxy in front
} peer_t;

// Pure; results in the arena.
peer_t peer_find(arena_t *arena, const settings_t *settings, const struct sockaddr *from,
                 bool is_tls, const head_t *head);
