// Against a DNS server inside the test: one UDP and one TCP socket on the same free port.
#include "remote/dns.h"
#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/socket.h>
#include <unistd.h>

enum { WAIT_MS = 60000, MESSAGE_MAX = 65000, HEADER = 12, POLL_MS = 20 };
enum { NOERROR = 0, SERVFAIL = 2, NXDOMAIN = 3, REFUSED_CODE = 5 };
enum { QR_RD = 0x8100, TC = 0x0200, RA = 0x0080 };

// What the server answers with; the record data is what `records` holds, strings as on the wire.
typedef struct {
    int code;
    str_t records[300];
    size_t count;
    bool is_silent, is_truncated_on_udp, has_alias, is_cut, asks_another, is_empty;
} script_t;

static arena_t *arena;
static err_t err;
static settings_t settings;
static settings_dns_server_t where;
static script_t script;
static int udp, tcp;
static pthread_t thread;
static atomic_bool is_stopping;
static atomic_int udp_count, tcp_count;

static void put(uint8_t **to, const void *octets, size_t len) {
    memcpy(*to, octets, len);
    *to += len;
}

static void put_u16(uint8_t **to, unsigned value) {
    const uint8_t octets[] = {(uint8_t)(value >> 8), (uint8_t)value};
    put(to, octets, 2);
}

static void put_record(uint8_t **to, unsigned type, str_t data) {
    static const uint8_t TTL[4] = {0, 0, 0, 60};
    put_u16(to, 0xC000 | HEADER); // the question's name
    put_u16(to, type);
    put_u16(to, 1);
    put(to, TTL, sizeof(TTL));
    put_u16(to, (unsigned)data.len);
    put(to, data.ptr, data.len);
}

static size_t question_len(const uint8_t *query) {
    size_t at = HEADER;
    while (query[at]) {
        at += query[at] + 1U;
    }
    return at + 5 - HEADER;
}

static size_t reply_make(const uint8_t *query, bool is_udp, uint8_t *out) {
    uint8_t *to = out;
    const size_t question = question_len(query);
    const bool is_cut_off = is_udp && script.is_truncated_on_udp;
    const size_t count = is_cut_off ? 0 : script.count;
    put(&to, query, 2);
    put_u16(&to, QR_RD | RA | (is_cut_off ? TC : 0U) | (unsigned)script.code);
    put_u16(&to, 1);
    put_u16(&to, (unsigned)(count + (script.has_alias ? 1 : 0)));
    put_u16(&to, 0);
    put_u16(&to, 0);
    put(&to, query + HEADER, question);
    if (script.asks_another) {
        out[HEADER + 1] = 'z';
    }
    if (script.has_alias) {
        put_record(&to, 5, STR("\5alias\4test\0"));
    }
    for (size_t i = 0; i < count; i++) {
        put_record(&to, 16, script.records[i]);
    }
    return (size_t)(to - out) - (script.is_cut ? 3 : 0);
}

static void answer_udp(void) {
    static uint8_t query[MESSAGE_MAX], reply[MESSAGE_MAX];
    struct sockaddr_in from;
    socklen_t len = sizeof(from);
    if (recvfrom(udp, query, sizeof(query), 0, (void *)&from, &len) < HEADER) {
        return;
    }
    atomic_fetch_add(&udp_count, 1);
    if (!script.is_silent) {
        const size_t size = script.is_empty ? 0 : reply_make(query, true, reply);
        sendto(udp, reply, size, 0, (void *)&from, len);
    }
}

static void answer_tcp(void) {
    static uint8_t query[MESSAGE_MAX], reply[MESSAGE_MAX + 2];
    const int fd = accept(tcp, NULL, NULL);
    atomic_fetch_add(&tcp_count, 1);
    if (recv(fd, query, 2, MSG_WAITALL) == 2 &&
        recv(fd, query, (size_t)(query[0] << 8 | query[1]), MSG_WAITALL) > HEADER) {
        const size_t len = reply_make(query, false, reply + 2);
        reply[0] = (uint8_t)(len >> 8);
        reply[1] = (uint8_t)len;
        send(fd, reply, len + 2, MSG_NOSIGNAL);
    }
    recv(fd, query, 1, 0); // until the client closes
    close(fd);
}

static void *on_start(void *context) {
    struct pollfd waits[] = {{.fd = udp, .events = POLLIN}, {.fd = tcp, .events = POLLIN}};
    while (!atomic_load(&is_stopping)) {
        if (poll(waits, 2, POLL_MS) > 0) {
            waits[0].revents ? answer_udp() : answer_tcp();
        }
    }
    return context;
}

// False: the port that was free for UDP is somebody's for TCP, if only of a connection that is
// over.
static bool bind_both(struct sockaddr_in *address) {
    socklen_t len = sizeof(*address);
    udp = socket(AF_INET, SOCK_DGRAM, 0);
    tcp = socket(AF_INET, SOCK_STREAM, 0);
    address->sin_port = 0;
    cr_assert_eq(bind(udp, (void *)address, sizeof(*address)), 0);
    getsockname(udp, (void *)address, &len);
    if (bind(tcp, (void *)address, sizeof(*address)) == 0) {
        return true;
    }
    close(udp);
    close(tcp);
    return false;
}

static void set_up(void) {
    struct sockaddr_in address = {.sin_family = AF_INET};
    arena = arena_new(1 << 22);
    inet_pton(AF_INET, "127.0.0.1", &address.sin_addr);
    while (!bind_both(&address)) {
    }
    cr_assert_eq(listen(tcp, 8), 0);
    where = (settings_dns_server_t){.address = {127, 0, 0, 1}, .port = ntohs(address.sin_port)};
    settings = (settings_t){.dns_servers = &where, .dns_servers_count = 1};
}

static void tear_down(void) {
    atomic_store(&is_stopping, true);
    if (thread) {
        pthread_join(thread, NULL);
    }
    close(udp);
    close(tcp);
    arena_free(&arena);
}

TestSuite(remote_dns, .init = set_up, .fini = tear_down, .timeout = 120);

static result_t lookup_within(const char *name, int ms, dns_texts_t *out) {
    err = (err_t){0};
    if (!thread) {
        pthread_create(&thread, NULL, on_start, NULL);
    }
    const dns_question_t question = {str_from_c(name), deadline_in(ms)};
    return dns_txt_lookup(arena, &settings, &question, out, &err);
}

static result_t lookup(const char *name, dns_texts_t *out) {
    return lookup_within(name, WAIT_MS, out);
}

Test(remote_dns, reads_records_and_joins_the_strings_of_one) {
    dns_texts_t texts;
    script = (script_t){.records = {STR("\3one"), STR("\2tw\1o"), STR("\0"), STR("\4a\0\xff\n")},
                        .count = 4};
    cr_assert_eq(lookup("_gatehouse.acme.example", &texts), OK, "%s", err.text);
    cr_assert_eq(texts.count, 4);
    cr_assert(str_eq(texts.items[0], STR("one")));
    cr_assert(str_eq(texts.items[1], STR("two")));
    cr_assert_eq(texts.items[2].len, 0);
    cr_assert(str_eq(texts.items[3], STR("a\0\xff\n")));
}

Test(remote_dns, no_such_name_is_no_text) {
    dns_texts_t texts = {.count = 7};
    script = (script_t){.code = NXDOMAIN};
    cr_assert_eq(lookup("acme.example", &texts), OK, "%s", err.text);
    cr_assert_eq(texts.count, 0);
}

Test(remote_dns, a_name_without_such_records_is_no_text) {
    dns_texts_t texts = {.count = 7};
    script = (script_t){.code = NOERROR};
    cr_assert_eq(lookup("acme.example", &texts), OK, "%s", err.text);
    cr_assert_eq(texts.count, 0);
}

Test(remote_dns, an_alias_is_followed_by_the_server) {
    dns_texts_t texts;
    script = (script_t){.has_alias = true, .records = {STR("\3one")}, .count = 1};
    cr_assert_eq(lookup("acme.example", &texts), OK, "%s", err.text);
    cr_assert_eq(texts.count, 1);
    cr_assert(str_eq(texts.items[0], STR("one")));
}

Test(remote_dns, what_is_too_long_for_udp_comes_by_tcp) {
    dns_texts_t texts;
    script = (script_t){.is_truncated_on_udp = true, .records = {STR("\3one")}, .count = 1};
    cr_assert_eq(lookup("acme.example", &texts), OK, "%s", err.text);
    cr_assert_eq(texts.count, 1);
    cr_assert_geq(atomic_load(&tcp_count), 1); // once more where the first answer is late
}

// A record of `strings` strings of 255 octets.
static str_t long_record(size_t strings) {
    char *data = arena_alloc(arena, strings * 256);
    for (size_t i = 0; i < strings; i++) {
        memset(data + i * 256, 'x', 256);
        data[i * 256] = (char)0xFF;
    }
    return (str_t){data, strings * 256};
}

Test(remote_dns, records_over_the_limits_are_left_out) {
    dns_texts_t texts;
    script = (script_t){.is_truncated_on_udp = true, .count = 210};
    script.records[0] = long_record(17);
    script.records[1] = long_record(16);
    for (size_t i = 2; i < script.count; i++) {
        script.records[i] = STR("\3one");
    }
    cr_assert_eq(lookup("acme.example", &texts), OK, "%s", err.text);
    cr_assert_eq(texts.count, DNS_TEXTS_MAX);
    cr_assert_eq(texts.items[0].len, 16 * 255);
    cr_assert(str_eq(texts.items[1], STR("one")));
}

Test(remote_dns, a_server_that_fails_is_no_answer) {
    static const int CODES[] = {SERVFAIL, REFUSED_CODE, 4};
    dns_texts_t texts = {.count = 7};
    for (size_t i = 0; i < sizeof(CODES) / sizeof(CODES[0]); i++) {
        script = (script_t){.code = CODES[i]};
        cr_assert_eq(lookup("acme.example", &texts), UNAVAILABLE, "%d", CODES[i]);
        cr_assert_eq(texts.count, 7);
        cr_assert_not_null(strstr(err.text, "acme.example"));
    }
}

Test(remote_dns, a_broken_answer_is_no_answer) {
    dns_texts_t texts;
    script = (script_t){.is_cut = true, .records = {STR("\5hello")}, .count = 1};
    cr_assert_eq(lookup("acme.example", &texts), UNAVAILABLE, "%s", err.text);
    script = (script_t){.records = {STR("\x20hello")}, .count = 1};
    cr_assert_eq(lookup("acme.example", &texts), UNAVAILABLE, "a string that leaves its record");
}

Test(remote_dns, a_silent_server_costs_no_more_than_the_deadline) {
    dns_texts_t texts;
    script = (script_t){.is_silent = true};
    cr_assert_eq(lookup_within("acme.example", 300, &texts), TIMEOUT);
    while (atomic_load(&udp_count) == 0) { // its thread may be late to hear the question
        poll(NULL, 0, POLL_MS);
    }
}

Test(remote_dns, an_answer_to_another_question_is_not_taken) {
    dns_texts_t texts;
    script = (script_t){.asks_another = true, .records = {STR("\3one")}, .count = 1};
    cr_assert_eq(lookup_within("acme.example", 500, &texts), TIMEOUT);
}

Test(remote_dns, empty_datagrams_end_nothing_early) {
    dns_texts_t texts;
    script = (script_t){.is_empty = true};
    cr_assert_eq(lookup_within("acme.example", 500, &texts), TIMEOUT, "%s", err.text);
}

Test(remote_dns, the_second_server_is_asked_when_the_first_is_silent) {
    const settings_dns_server_t both[] = {{.address = {127, 0, 0, 1}, .port = 9}, where};
    dns_texts_t texts;
    settings.dns_servers = both;
    settings.dns_servers_count = 2;
    script = (script_t){.records = {STR("\3one")}, .count = 1};
    cr_assert_eq(lookup("acme.example", &texts), OK, "%s", err.text);
    cr_assert_eq(texts.count, 1);
}

Test(remote_dns, what_is_no_name_is_not_asked_for) {
    static const char *const ODD[] = {
        "",
        ".",
        "acme.example.",
        ".acme.example",
        "acme..example",
        "acme example",
        "acme\\.example",
        "acme\\046example",
        ("b\xc3\xbc"
         "cher.example"),
        "acme.example\n",
        "*.acme.example",
        "a/b.example",
        "0123456789012345678901234567890123456789012345678901234567890123.example",
    };
    char name[260];
    dns_texts_t texts;
    for (size_t i = 0; i < sizeof(ODD) / sizeof(ODD[0]); i++) {
        cr_assert_eq(lookup(ODD[i], &texts), BAD_REQUEST, "%s", ODD[i]);
    }
    memset(name, 'a', sizeof(name));
    for (size_t i = 9; i < sizeof(name); i += 10) {
        name[i] = '.';
    }
    name[254] = '\0';
    cr_assert_eq(lookup(name, &texts), BAD_REQUEST, "longer than a name may be");
    script = (script_t){.code = NXDOMAIN};
    name[253] = '\0';
    cr_assert_eq(lookup(name, &texts), OK, "%s", err.text);
}
