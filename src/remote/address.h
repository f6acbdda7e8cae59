// Where in the internet an address is. What customers make us connect to may only be a public one
// (SSRF: ASVS 1.3.6): everything else is a neighbour of ours, the machine itself or nobody. Pure.
#pragma once
#include "base/settings.h"
#include <sys/socket.h>

typedef struct {
    uint8_t octets[16]; // network order; IPv4 has only the first four
    bool is_v6;         // an IPv4-mapped address is IPv4: that is what a socket connects to
} address_t;

// The canonical texts only: four decimal numbers, or what RFC 4291 2.2 allows. No brackets, no
// zone.
bool address_from_text(str_t text, address_t *out);
// False if it is neither IPv4 nor IPv6.
bool address_from_socket(const struct sockaddr *from, size_t len, address_t *out);

// Globally reachable unicast by IANA's special-purpose registries (RFC 6890 and its successors).
bool address_is_public(const address_t *address);
// In one of the networks of GATEHOUSE_OUTBOUND_ALLOW.
bool address_is_listed(const settings_t *settings, const address_t *address);
