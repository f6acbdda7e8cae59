#include "remote/address.h"
#include <arpa/inet.h>

enum { V4_OCTETS = 4, V6_OCTETS = 16, V4_IN_V6 = 12 };

#define V4(a, b, c, d, bits)                                                                       \
    { {a, b, c, d}, bits, false }

// Not public. The registries' few globally reachable exceptions in 192.0.0.0/24 are no web servers.
static const settings_network_t V4_SPECIAL[] = {
    V4(0, 0, 0, 0, 8),        // this network; 0.0.0.0 connects to the machine itself
    V4(10, 0, 0, 0, 8),       // RFC 1918
    V4(100, 64, 0, 0, 10),    // RFC 6598, carrier-grade NAT
    V4(127, 0, 0, 0, 8),      // loopback
    V4(168, 63, 129, 16, 32), // a cloud's host agent and metadata, on a public number
    V4(169, 254, 0, 0, 16),   // RFC 3927, link-local: where clouds serve credentials
    V4(172, 16, 0, 0, 12),    // RFC 1918
    V4(192, 0, 0, 0, 24),     // RFC 6890, protocol assignments
    V4(192, 0, 2, 0, 24),     // RFC 5737, documentation
    V4(192, 88, 99, 0, 24),   // RFC 7526, 6to4 relays
    V4(192, 168, 0, 0, 16),   // RFC 1918
    V4(198, 18, 0, 0, 15),    // RFC 2544, benchmarks
    V4(198, 51, 100, 0, 24),  // RFC 5737
    V4(203, 0, 113, 0, 24),   // RFC 5737
    V4(224, 0, 0, 0, 3),      // multicast, reserved, broadcast
};

// All IPv6 that is handed out (RFC 4291 2.4). Loopback, unspecified, IPv4-compatible (::a.b.c.d),
// local NAT64 (64:ff9b:1::/48), unique local, site-local, link-local and multicast are outside.
static const settings_network_t V6_GLOBAL = {{0x20}, 3, true};

static const settings_network_t V6_SPECIAL[] = {
    {{0x20, 0x01}, 23, true},             // RFC 2928; Teredo (RFC 4380), benchmarks, ORCHID
    {{0x20, 0x01, 0x0d, 0xb8}, 32, true}, // RFC 3849, documentation
    {{0x20, 0x02}, 16, true},             // RFC 3056, 6to4: carries any IPv4 address
    {{0x3f, 0xff}, 20, true},             // RFC 9637, documentation
};

// RFC 6052 2.1: the last four octets are what a translator connects to.
static const settings_network_t NAT64 = {{0, 0x64, 0xff, 0x9b}, 96, true};
static const settings_network_t V4_MAPPED = {{[10] = 0xff, [11] = 0xff}, 96, true};

static bool is_in(const settings_network_t *networks, size_t count, const address_t *address) {
    for (size_t i = 0; i < count; i++) {
        if (settings_network_has(&networks[i], address->octets, address->is_v6)) {
            return true;
        }
    }
    return false;
}

static address_t v4_of(const uint8_t *octets) {
    address_t address = {.is_v6 = false};
    memcpy(address.octets, octets, V4_OCTETS);
    return address;
}

static address_t v6_of(const uint8_t *octets) {
    address_t address = {.is_v6 = true};
    memcpy(address.octets, octets, V6_OCTETS);
    return is_in(&V4_MAPPED, 1, &address) ? v4_of(octets + V4_IN_V6) : address;
}

bool address_from_text(str_t text, address_t *out) {
    char c[INET6_ADDRSTRLEN] = "";
    uint8_t octets[V6_OCTETS];
    if (text.len == 0 || text.len >= sizeof(c)) {
        return false;
    }
    memcpy(c, text.ptr, text.len);
    if (inet_pton(AF_INET, c, octets) == 1) {
        *out = v4_of(octets);
        return true;
    }
    if (inet_pton(AF_INET6, c, octets) == 1) {
        *out = v6_of(octets);
        return true;
    }
    return false;
}

bool address_from_socket(const struct sockaddr *from, size_t len, address_t *out) {
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
    if (from->sa_family == AF_INET && len >= sizeof(v4)) {
        memcpy(&v4, from, sizeof(v4));
        *out = v4_of((const uint8_t *)&v4.sin_addr);
        return true;
    }
    if (from->sa_family == AF_INET6 && len >= sizeof(v6)) {
        memcpy(&v6, from, sizeof(v6));
        *out = v6_of(v6.sin6_addr.s6_addr);
        return true;
    }
    return false;
}

bool address_is_public(const address_t *address) {
    if (is_in(&NAT64, 1, address)) {
        const address_t inner = v4_of(address->octets + V4_IN_V6);
        return address_is_public(&inner);
    }
    if (!address->is_v6) {
        return !is_in(V4_SPECIAL, sizeof(V4_SPECIAL) / sizeof(V4_SPECIAL[0]), address);
    }
    return is_in(&V6_GLOBAL, 1, address) &&
           !is_in(V6_SPECIAL, sizeof(V6_SPECIAL) / sizeof(V6_SPECIAL[0]), address);
}

bool address_is_listed(const settings_t *settings, const address_t *address) {
    return is_in(settings->outbound_allow, settings->outbound_allow_count, address);
}
