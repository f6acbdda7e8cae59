#include "server/peer.h"
#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <netinet/in.h>
#include <stdio.h>

static const settings_network_t PROXIES[] = {
    {.address = {10, 0, 0, 0}, .prefix = 8},
    {.address = {192, 0, 2, 128}, .prefix = 25},
    {.address = {0x20, 0x01, 0x0d, 0xb8}, .prefix = 32, .is_v6 = true},
};

typedef struct {
    const char *from, *forwarded, *scheme;
    const char *ip;
    bool is_https;
} row_t;

static void fill_address(const char *text, struct sockaddr_storage *out) {
    *out = (struct sockaddr_storage){0};
    if (strchr(text, ':')) {
        struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)(void *)out;
        v6->sin6_family = AF_INET6;
        cr_assert_eq(inet_pton(AF_INET6, text, &v6->sin6_addr), 1);
    } else {
        struct sockaddr_in *v4 = (struct sockaddr_in *)(void *)out;
        v4->sin_family = AF_INET;
        cr_assert_eq(inet_pton(AF_INET, text, &v4->sin_addr), 1);
    }
}

static void check(const row_t *row) {
    arena_t *arena = arena_new(65536);
    struct sockaddr_storage from;
    head_t head = {.count = 2};
    head.fields[0] = (head_field_t){STR("x-forwarded-for"), str_from_c(row->forwarded)};
    head.fields[1] = (head_field_t){STR("X-Forwarded-Proto"), str_from_c(row->scheme)};
    const settings_t settings = {.trusted_proxies = PROXIES, .trusted_proxies_count = 3};
    fill_address(row->from, &from);
    const peer_t peer =
        peer_find(arena, &settings, (const struct sockaddr *)(const void *)&from, false, &head);
    cr_assert(str_eq(peer.ip, str_from_c(row->ip)), "%s via %s: %.*s", row->forwarded, row->from,
              STR_ARG(peer.ip));
    cr_assert_eq(peer.is_https, row->is_https);
    arena_free(&arena);
}

Test(http_peer, p_sess_15_believes_trusted_proxies_and_nobody_behind_them) {
    static const row_t rows[] = {
        // A stranger's claims are worth nothing.
        {"203.0.113.1", "198.51.100.1", "https", "203.0.113.1", false},
        {"192.0.2.127", "198.51.100.1", "https", "192.0.2.127", false},
        // One proxy, and what the client had put in front itself.
        {"10.0.0.1", "198.51.100.1", "https", "198.51.100.1", true},
        {"10.0.0.1", "1.1.1.1, 198.51.100.1", "http", "198.51.100.1", false},
        // Two of ours.
        {"10.0.0.1", "1.1.1.1,198.51.100.1 , 192.0.2.200", "https", "198.51.100.1", true},
        {"2001:db8::1", "2001:db9::5", "HTTPS", "2001:db9::5", true},
        {"::ffff:10.0.0.1", "198.51.100.1", "", "198.51.100.1", false},
        // Ports and brackets, as some proxies write.
        {"10.0.0.1", "198.51.100.1:4711", "", "198.51.100.1", false},
        {"10.0.0.1", "[2001:DB9::5]:4711", "", "2001:db9::5", false},
        {"10.0.0.1", "::ffff:198.51.100.1", "", "198.51.100.1", false},
        // Nothing to be read: the last hop that is known.
        {"10.0.0.1", "", "", "10.0.0.1", false},
        {"10.0.0.1", "unknown", "", "10.0.0.1", false},
        {"10.0.0.1", "198.51.100.1, ", "", "10.0.0.1", false},
        {"10.0.0.1", "198.51.100.1, 10.0.0.7, evil", "", "10.0.0.1", false},
        {"10.0.0.1", "10.0.0.2, 10.0.0.3", "", "10.0.0.2", false},
        {"10.0.0.1", "1.2.3.4.5.6.7.8.9.10.11.12.13.14.15.16.17.18.19.20.21.22.23.24.25.26", "",
         "10.0.0.1", false},
        // Only the nearest proxy's word on the scheme.
        {"10.0.0.1", "198.51.100.1", "https, http", "198.51.100.1", false},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        check(&rows[i]);
    }
}

Test(http_peer, several_fields_of_one_name_are_one_list) {
    arena_t *arena = arena_new(65536);
    struct sockaddr_storage from;
    head_t head = {.count = 2};
    head.fields[0] = (head_field_t){STR("X-Forwarded-For"), STR("1.1.1.1")};
    head.fields[1] = (head_field_t){STR("X-Forwarded-For"), STR("198.51.100.1")};
    const settings_t settings = {.trusted_proxies = PROXIES, .trusted_proxies_count = 3};
    fill_address("10.0.0.1", &from);
    const peer_t peer =
        peer_find(arena, &settings, (const struct sockaddr *)(const void *)&from, false, &head);
    cr_assert(str_eq(peer.ip, STR("198.51.100.1")));
    arena_free(&arena);
}
