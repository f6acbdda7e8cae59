#include "settings_test.h"

SETTINGS_SUITE(base_settings_network);

Test(base_settings_network, the_issuer_is_an_origin) {
    settings_t settings = loaded_with("GATEHOUSE_ISSUER", "https://login.example.com:8443");
    assert_text(settings.issuer, "https://login.example.com:8443");
    assert_text(settings.issuer_origin, "https://login.example.com:8443");
    assert_text(settings.issuer_host, "login.example.com");
    cr_assert_eq(settings.issuer_port, 8443);
    cr_assert(settings.is_https);
    settings = loaded_with("GATEHOUSE_ISSUER", "http://127.0.0.1:8080");
    assert_text(settings.issuer_host, "127.0.0.1");
    cr_assert(!settings.is_https);
    settings = loaded_with("GATEHOUSE_ISSUER", "http://localhost");
    cr_assert_eq(settings.issuer_port, 80);
    settings = loaded_with("GATEHOUSE_ISSUER", "https://[2001:db8::1]");
    assert_text(settings.issuer_host, "[2001:db8::1]");
    cr_assert_eq(settings.issuer_port, 443);
    loaded_with("GATEHOUSE_ISSUER", "http://[::1]:9000");
    loaded_with("GATEHOUSE_ISSUER", "http://app.localhost:9000");
}

Test(base_settings_network, refuses_an_issuer_that_is_no_origin) {
    const char *const rows[] = {
        "login.example.com",
        "ftp://login.example.com",
        "HTTPS://login.example.com",
        "https://",
        "https://login.example.com/",
        "https://login.example.com/path",
        "https://login.example.com?x=y",
        "https://login.example.com#x",
        "https://user@login.example.com",
        "https://Login.example.com",
        "https://m\u00FCnchen.example",
        "https://login.example.com:443",
        "https://login.example.com:0",
        "https://login.example.com:65536",
        "https://login.example.com:",
        "https://login.example.com:08443",
        "https://login.example.com ",
        "https://login..example.com",
        "https://login.example.com.",
        "https://-login.example.com",
        "https://1.2.3",
        "https://1.2.3.256",
        "https://[::1",
        "https://[::1]x",
        "https://[0:0::1]",
        "https://[login]",
        "http://localhost:80",
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        assert_refused("GATEHOUSE_ISSUER", rows[i]);
    }
}

Test(base_settings_network, plain_http_is_for_loopback_or_by_order) {
    assert_refused("GATEHOUSE_ISSUER", "http://login.example.com");
    assert_refused("GATEHOUSE_ISSUER", "http://128.0.0.1");
    assert_refused("GATEHOUSE_ISSUER", "http://[::2]");
    assert_refused("GATEHOUSE_ISSUER", "http://evil-localhost");
    setenv("GATEHOUSE_ALLOW_HTTP", "on", 1);
    cr_assert(!loaded_with("GATEHOUSE_ISSUER", "http://login.example.com").is_https);
    assert_text(loaded_with("GATEHOUSE_ISSUER", "http://gatehouse:8080").issuer_host, "gatehouse");
}

Test(base_settings_network, listens_on_names_and_addresses) {
    settings_t settings = loaded_with("GATEHOUSE_LISTEN", "[::]:443");
    assert_text(settings.listen.host, "::");
    cr_assert_eq(settings.listen.port, 443);
    settings = loaded_with("GATEHOUSE_LISTEN", "localhost:0");
    assert_text(settings.listen.host, "localhost");
    cr_assert_eq(settings.listen.port, 0);
    const char *const rows[] = {"8080",  ":8080",           "127.0.0.1",   "::1:80",
                                "[::1]", "127.0.0.1:65536", "127.0.0.1:x", "127.0.0.1:-1",
                                "*:80",  "[127.0.0.1]:80",  "a b:80"};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        assert_refused("GATEHOUSE_LISTEN", rows[i]);
    }
}

Test(base_settings_network, smtp_needs_tls_unless_told_otherwise_or_local) {
    const struct {
        const char *url;
        const char *plain;
        smtp_tls_t tls;
    } rows[] = {
        {"smtp://mail.example.com", "smtp://mail.example.com:25", SMTP_TLS_REQUIRED},
        {"smtp://mail.example.com:587/?starttls=required", "smtp://mail.example.com:587",
         SMTP_TLS_REQUIRED},
        {"smtp://mail.example.com?starttls=optional", "smtp://mail.example.com:25",
         SMTP_TLS_OPTIONAL},
        {"smtp://mail.example.com?starttls=off", "smtp://mail.example.com:25", SMTP_TLS_OFF},
        {"smtp://127.0.0.1:1025", "smtp://127.0.0.1:1025", SMTP_TLS_OFF},
        {"smtp://[::1]:1025", "smtp://[::1]:1025", SMTP_TLS_OFF},
        {"smtp://localhost?starttls=required", "smtp://localhost:25", SMTP_TLS_REQUIRED},
        {"smtps://mail.example.com", "smtps://mail.example.com:465", SMTP_TLS_IMPLICIT},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const settings_t settings = loaded_with("GATEHOUSE_SMTP_URL", rows[i].url);
        assert_str(settings.smtp.url, str_from_c(rows[i].plain));
        cr_assert_eq(settings.smtp.tls, rows[i].tls, "%s", rows[i].url);
        cr_assert_eq(settings.smtp.user.len, 0);
    }
}

Test(base_settings_network, smtp_credentials_leave_the_url) {
    const settings_t settings =
        loaded_with("GATEHOUSE_SMTP_URL", "smtps://me%40example.com:p%3Aw+d%2F@mail.example.com");
    assert_text(settings.smtp.user, "me@example.com");
    assert_str(secret_reveal(settings.smtp.password), STR("p:w+d/"));
    assert_text(settings.smtp.url, "smtps://mail.example.com:465");
    assert_text(settings.smtp.host, "mail.example.com");
    cr_assert_eq(settings.smtp.port, 465);
}

Test(base_settings_network, refuses_a_malformed_smtp_url_without_telling_the_password) {
    const char *const rows[] = {
        "mail.example.com",
        "http://mail.example.com",
        "smtp://",
        "smtp://:hunter2@mail.example.com",
        "smtp://me:hunter2%0D%0A@mail.example.com",
        "smtp://me:hunter2%@mail.example.com",
        "smtp://me:hunter2%00@mail.example.com",
        "smtp://me:hunter2@mail.example.com/path",
        "smtp://me:hunter2@mail.example.com:0",
        "smtp://me:hunter2@mail.example.com?starttls=maybe",
        "smtp://me:hunter2@mail.example.com?x=y",
        "smtps://me:hunter2@mail.example.com?starttls=off",
        "smtp://me:hunter2@mail example.com",
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        assert_refused("GATEHOUSE_SMTP_URL", rows[i]);
        cr_assert(!has_problem("hunter2"));
        cr_assert(!has_problem("mail.example.com"));
    }
}

Test(base_settings_network, proxies_are_networks) {
    const settings_t settings =
        loaded_with("GATEHOUSE_TRUSTED_PROXIES", "10.0.0.0/8, 192.168.1.7 ,fd00::/8,::1");
    cr_assert_eq(settings.trusted_proxies_count, 4);
    const settings_network_t *networks = settings.trusted_proxies;
    cr_assert(networks[0].address[0] == 10 && networks[0].prefix == 8 && !networks[0].is_v6);
    cr_assert(networks[1].address[3] == 7 && networks[1].prefix == 32);
    cr_assert(networks[2].address[0] == 0xFD && networks[2].prefix == 8 && networks[2].is_v6);
    cr_assert(networks[3].address[15] == 1 && networks[3].prefix == 128 && networks[3].is_v6);
    const char *const rows[] = {"10.0.0.1/8",
                                "10.0.0.0/33",
                                "fd00::/129",
                                "0.0.0.0/0",
                                "::/0",
                                "10.0.0.0/",
                                "10.0.0.0/8/8",
                                "10.0.0",
                                ",",
                                "localhost",
                                "10.0.0.0/8,,10.1.0.0/16",
                                "10.0.0.0/-1",
                                "fd00::1/8"};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        assert_refused("GATEHOUSE_TRUSTED_PROXIES", rows[i]);
    }
    assert_refused("GATEHOUSE_TRUSTED_PROXIES", repeat(STR("10.0.0.0/8,"), 65).ptr);
}

Test(base_settings_network, outbound_networks_are_none_unless_given) {
    cr_assert_eq(loaded().outbound_allow_count, 0);
    const settings_t settings = loaded_with("GATEHOUSE_OUTBOUND_ALLOW", "127.0.0.0/8,::1/128");
    cr_assert_eq(settings.outbound_allow_count, 2);
    cr_assert_eq(settings.trusted_proxies_count, 0);
    cr_assert(settings.outbound_allow[0].address[0] == 127);
    cr_assert(settings.outbound_allow[1].is_v6 && settings.outbound_allow[1].prefix == 128);
    const char *const rows[] = {"0.0.0.0/0", "::/0", "127.0.0.1/8", "localhost", "10.0.0.0/8,,::1"};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        assert_refused("GATEHOUSE_OUTBOUND_ALLOW", rows[i]);
    }
}

Test(base_settings_network, a_network_has_its_addresses_to_the_bit) {
    static const uint8_t INSIDE[] = {100, 127, 255, 255}, OUTSIDE[] = {100, 128, 0, 0};
    static const uint8_t V6[16] = {100, 64};
    const settings_network_t network = {.address = {100, 64}, .prefix = 10};
    const settings_network_t one = {.address = {100, 127, 255, 255}, .prefix = 32};
    cr_assert(settings_network_has(&network, INSIDE, false));
    cr_assert_not(settings_network_has(&network, OUTSIDE, false));
    cr_assert_not(settings_network_has(&network, V6, true));
    cr_assert(settings_network_has(&one, INSIDE, false));
    cr_assert_not(settings_network_has(&one, OUTSIDE, false));
}

Test(base_settings_network, dns_servers_are_addresses) {
    cr_assert_eq(loaded().dns_servers_count, 0);
    const settings_t settings =
        loaded_with("GATEHOUSE_DNS_SERVERS", "192.0.2.53, 127.0.0.1:5353,[2001:db8::53],[::1]:54");
    const settings_dns_server_t *servers = settings.dns_servers;
    cr_assert_eq(settings.dns_servers_count, 4);
    cr_assert(servers[0].address[3] == 53 && servers[0].port == 53 && !servers[0].is_v6);
    cr_assert(servers[1].address[0] == 127 && servers[1].port == 5353);
    cr_assert(servers[2].is_v6 && servers[2].address[15] == 0x53 && servers[2].port == 53);
    cr_assert(servers[3].is_v6 && servers[3].port == 54);
    const char *const rows[] = {
        "dns.example.com", "127.0.0.1:0",          "127.0.0.1:", "2001:db8::53", "[::1",
        "127.0.0.1:70000", "127.0.0.1,,127.0.0.2", "127.1",      "10.0.0.0/8"};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        assert_refused("GATEHOUSE_DNS_SERVERS", rows[i]);
    }
    assert_refused("GATEHOUSE_DNS_SERVERS", repeat(STR("127.0.0.1,"), 9).ptr);
}
