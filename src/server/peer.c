#include "server/peer.h"
#include "base/buffer.h"
#include <arpa/inet.h>
#include <netinet/in.h>

enum { V4_OCTETS = 4, V6_OCTETS = 16, MAPPED_OCTETS = 12, TEXT_MAX = 64 };

static const uint8_t MAPPED[MAPPED_OCTETS] = {[10] = 0xff, [11] = 0xff}; // ::ffff:0:0/96

typedef struct {
    uint8_t octets[V6_OCTETS];
    bool is_v6;
    bool is_known;
} address_t;

static address_t address_v4(const void *octets) {
    address_t address = {.is_known = true};
    memcpy(address.octets, octets, V4_OCTETS);
    return address;
}

static address_t address_v6(const void *octets) {
    if (memcmp(octets, MAPPED, sizeof(MAPPED)) == 0) {
        return address_v4((const uint8_t *)octets + MAPPED_OCTETS);
    }
    address_t address = {.is_v6 = true, .is_known = true};
    memcpy(address.octets, octets, V6_OCTETS);
    return address;
}

static address_t address_from_socket(const struct sockaddr *from) {
    if (from && from->sa_family == AF_INET) {
        return address_v4(&((const struct sockaddr_in *)(const void *)from)->sin_addr);
    }
    if (from && from->sa_family == AF_INET6) {
        return address_v6(&((const struct sockaddr_in6 *)(const void *)from)->sin6_addr);
    }
    return (address_t){0};
}

// An address as proxies write it: 192.0.2.1, 192.0.2.1:4711, 2001:db8::1, [2001:db8::1]:4711.
static address_t address_from_text(str_t text) {
    const size_t colon = str_find(text, ':');
    if (str_starts(text, STR("["))) {
        text = str_sub(text, 1, str_find(text, ']'));
    } else if (colon < text.len && colon == str_find_last(text, ':')) {
        text = str_sub(text, 0, colon);
    }
    char c[TEXT_MAX];
    if (text.len >= sizeof(c)) {
        return (address_t){0};
    }
    memcpy(c, text.len ? text.ptr : "", text.len);
    c[text.len] = '\0';
    uint8_t octets[V6_OCTETS];
    if (inet_pton(AF_INET, c, octets) == 1) {
        return address_v4(octets);
    }
    return inet_pton(AF_INET6, c, octets) == 1 ? address_v6(octets) : (address_t){0};
}

static str_t address_text(arena_t *arena, const address_t *address) {
    char text[INET6_ADDRSTRLEN];
    const int family = address->is_v6 ? AF_INET6 : AF_INET;
    if (!address->is_known || !inet_ntop(family, address->octets, text, sizeof(text))) {
        return STR_NONE;
    }
    return arena_dup(arena, str_from_c(text));
}

static bool is_trusted(const settings_t *settings, const address_t *address) {
    for (size_t i = 0; i < settings->trusted_proxies_count; i++) {
        if (address->is_known &&
            settings_network_has(&settings->trusted_proxies[i], address->octets, address->is_v6)) {
            return true;
        }
    }
    return false;
}

// All fields of one name as one list (RFC 9110 5.3): proxies add a line or a comma.
static str_t joined(arena_t *arena, const head_t *head, str_t name) {
    buf_t list = buf_new(arena, TEXT_MAX);
    for (size_t i = 0; i < head->count; i++) {
        if (str_eq_nocase(head->fields[i].name, name)) {
            buf_add_c(&list, list.len ? "," : "");
            buf_add(&list, head->fields[i].value);
        }
    }
    return buf_str(&list);
}

static str_t pop_last(str_t *list) {
    const size_t comma = str_find_last(*list, ',');
    const bool is_only = comma == list->len;
    const str_t last = str_trim(str_sub(*list, is_only ? 0 : comma + 1, list->len));
    list->len = is_only ? 0 : comma;
    return last;
}

// The hop that the nearest proxy of ours saw, and if that is a proxy of ours too, the one that it
// saw, and so on. What stands to the left of the first stranger was written by the stranger.
static address_t nearest_stranger(const settings_t *settings, address_t hop, str_t list) {
    while (is_trusted(settings, &hop) && list.len) {
        const address_t before = address_from_text(pop_last(&list));
        if (!before.is_known) {
            break;
        }
        hop = before;
    }
    return hop;
}

peer_t peer_find(arena_t *arena, const settings_t *settings, const struct sockaddr *from,
                 bool is_tls, const head_t *head) {
    const address_t neighbour = address_from_socket(from);
    if (!is_trusted(settings, &neighbour)) {
        return (peer_t){address_text(arena, &neighbour), is_tls};
    }
    str_t schemes = joined(arena, head, STR("x-forwarded-proto"));
    const address_t client =
        nearest_stranger(settings, neighbour, joined(arena, head, STR("x-forwarded-for")));
    return (peer_t){address_text(arena, &client),
                    is_tls || str_eq_nocase(pop_last(&schemes), STR("https"))};
}
