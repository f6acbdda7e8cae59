#include "remote/address.h"
#include <arpa/inet.h>
#include <criterion/criterion.h>

static address_t parsed(const char *text) {
    address_t address = {0};
    cr_assert(address_from_text(str_from_c(text), &address), "%s", text);
    return address;
}

// Both edges of every network, where it has neighbours.
static const char *const SPECIAL[] = {
    "0.0.0.0",
    "0.255.255.255",
    "10.0.0.0",
    "10.255.255.255",
    "100.64.0.0",
    "100.127.255.255",
    "127.0.0.1",
    "127.255.255.254",
    "168.63.129.16",
    "169.254.0.0",
    "169.254.169.254",
    "169.254.255.255",
    "172.16.0.0",
    "172.31.255.255",
    "192.0.0.0",
    "192.0.0.255",
    "192.0.2.1",
    "192.88.99.1",
    "192.168.0.0",
    "192.168.255.255",
    "198.18.0.0",
    "198.19.255.255",
    "198.51.100.7",
    "203.0.113.255",
    "224.0.0.1",
    "239.255.255.255",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::2",
    "::127.0.0.1",
    "::8.8.8.8",
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.1",
    "::ffff:a9fe:a9fe",
    "::ffff:0:127.0.0.1",
    "64:ff9b::127.0.0.1",
    "64:ff9b::a00:1",
    "64:ff9b::169.254.169.254",
    "64:ff9b:1::8.8.8.8",
    "100::1",
    "2001::1",
    "2001:0:4136::1",
    "2001:2::1",
    "2001:10::1",
    "2001:20::1",
    "2001:1ff:ffff::1",
    "2001:db8::1",
    "2001:db8:ffff::1",
    "2002:7f00:1::",
    "2002:a00:1::",
    "2002:808:808::",
    "3fff::1",
    "3fff:fff::1",
    "4000::1",
    "5f00::1",
    "fc00::1",
    "fd00:ec2::254",
    "fdff::1",
    "fe80::1",
    "febf::1",
    "fec0::1",
    "feff::1",
    "ff02::1",
    "ffff:ffff::1",
};

Test(remote_address, p_ssrf_01_no_special_purpose_address_is_public) {
    for (size_t i = 0; i < sizeof(SPECIAL) / sizeof(SPECIAL[0]); i++) {
        const address_t address = parsed(SPECIAL[i]);
        cr_assert_not(address_is_public(&address), "%s", SPECIAL[i]);
    }
}

Test(remote_address, what_lies_beside_the_special_networks_is_public) {
    static const char *const PUBLIC[] = {
        "1.0.0.0",          "1.1.1.1",         "8.8.8.8",         "9.255.255.255",
        "11.0.0.0",         "100.63.255.255",  "100.128.0.0",     "126.255.255.255",
        "128.0.0.0",        "168.63.129.15",   "168.63.129.17",   "169.253.255.255",
        "169.255.0.0",      "172.15.255.255",  "172.32.0.0",      "192.0.1.0",
        "192.0.3.0",        "192.167.255.255", "192.169.0.0",     "198.17.255.255",
        "198.20.0.0",       "203.0.114.0",     "223.255.255.255", "::ffff:8.8.8.8",
        "64:ff9b::8.8.8.8", "2000::1",         "2001:200::1",     "2001:4860:4860::8888",
        "2003::1",          "2606:4700::1111", "2a00:1450::1",    "3ffe::1",
        "3fff:1000::1",
    };
    for (size_t i = 0; i < sizeof(PUBLIC) / sizeof(PUBLIC[0]); i++) {
        const address_t address = parsed(PUBLIC[i]);
        cr_assert(address_is_public(&address), "%s", PUBLIC[i]);
    }
}

Test(remote_address, only_canonical_texts_are_addresses) {
    static const char *const ODD[] = {
        "",
        "1",
        "127.1",
        "127.0.1",
        "0177.0.0.1",
        "0x7f.0.0.1",
        "2130706433",
        "127.0.0.1.",
        "127.0.0.01",
        " 127.0.0.1",
        "127.0.0.1 ",
        "256.0.0.1",
        "[::1]",
        "::1%lo",
        "fe80::1%eth0",
        "::ffff:127.1",
        ":::1",
        "1:2:3:4:5:6:7:8:9",
        "localhost",
        "0000:0000:0000:0000:0000:0000:0000:0000:0000:0001",
    };
    address_t address;
    for (size_t i = 0; i < sizeof(ODD) / sizeof(ODD[0]); i++) {
        cr_assert_not(address_from_text(str_from_c(ODD[i]), &address), "%s", ODD[i]);
    }
}

Test(remote_address, a_mapped_address_is_listed_where_its_ipv4_is) {
    static const settings_network_t LIST[] = {{{127}, 8, false}, {{0xfd}, 8, true}};
    const settings_t settings = {.outbound_allow = LIST, .outbound_allow_count = 2};
    const address_t loopback = parsed("127.9.9.9");
    const address_t mapped = parsed("::ffff:127.0.0.1");
    const address_t local = parsed("fd00::1");
    const address_t other = parsed("10.0.0.1");
    const address_t translated = parsed("64:ff9b::127.0.0.1");
    const address_t v6_with_same_octets = parsed("7f00::1");
    cr_assert(address_is_listed(&settings, &loopback));
    cr_assert(address_is_listed(&settings, &mapped));
    cr_assert(address_is_listed(&settings, &local));
    cr_assert_not(address_is_listed(&settings, &other));
    cr_assert_not(address_is_listed(&settings, &translated));
    cr_assert_not(address_is_listed(&settings, &v6_with_same_octets));
}

Test(remote_address, sockets_of_other_families_and_cut_ones_have_none) {
    struct sockaddr_in6 v6 = {.sin6_family = AF_INET6};
    struct sockaddr_in v4 = {.sin_family = AF_INET};
    const struct sockaddr local = {.sa_family = AF_UNIX};
    address_t address;
    inet_pton(AF_INET6, "::ffff:10.0.0.1", &v6.sin6_addr);
    inet_pton(AF_INET, "8.8.8.8", &v4.sin_addr);
    cr_assert_not(address_from_socket(&local, sizeof(v6), &address));
    cr_assert_not(address_from_socket((void *)&v6, sizeof(v6) - 1, &address));
    cr_assert_not(address_from_socket((void *)&v4, sizeof(v4) - 1, &address));
    cr_assert(address_from_socket((void *)&v6, sizeof(v6), &address));
    cr_assert_not(address.is_v6);
    cr_assert_not(address_is_public(&address));
    cr_assert(address_from_socket((void *)&v4, sizeof(v4), &address));
    cr_assert(address_is_public(&address));
}
