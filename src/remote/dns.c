#include "remote/dns.h"
#include "base/buffer.h"
#include "base/scope.h"
#include <ares.h>
#include <arpa/nameser.h>
#include <poll.h>

enum {
    NAME_MAX_LEN = 253, // RFC 1035 2.3.4 as text
    LABEL_MAX_LEN = 63,
    TRY_MS = 1500, // of one server; longer at each round
    TRIES = 3,
    EDNS_SIZE = 1232, // no fragments on the way; what is longer comes by TCP
};

typedef struct ares_channeldata ares_channeldata;
typedef struct ares_txt_ext ares_txt_ext;
SCOPED_BY(ares_channeldata, ares_destroy)
SCOPED_BY(ares_txt_ext, ares_free_data)

typedef struct {
    bool is_done;
    int status;
    ares_txt_ext *texts; // owned
} lookup_t;

// Nothing that c-ares reads as an escape, and no name that needs one.
static bool is_label(str_t label) {
    for (size_t i = 0; i < label.len; i++) {
        const char c = label.ptr[i];
        const bool is_letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        if (!is_letter && !(c >= '0' && c <= '9') && c != '-' && c != '_') {
            return false;
        }
    }
    return label.len > 0 && label.len <= LABEL_MAX_LEN;
}

static bool is_name(str_t name) {
    if (name.len == 0 || name.len > NAME_MAX_LEN || str_ends(name, STR("."))) {
        return false;
    }
    while (name.len) {
        const size_t dot = str_find(name, '.');
        if (!is_label(str_sub(name, 0, dot))) {
            return false;
        }
        name = str_sub(name, dot + 1, name.len);
    }
    return true;
}

static int set_servers(ares_channeldata *channel, arena_t *arena, const settings_t *settings) {
    const size_t count = settings->dns_servers_count;
    if (count == 0) {
        return ARES_SUCCESS;
    }
    struct ares_addr_port_node *nodes = ARENA_ARRAY(arena, struct ares_addr_port_node, count);
    for (size_t i = 0; i < count; i++) {
        const settings_dns_server_t *server = &settings->dns_servers[i];
        nodes[i].next = i + 1 < count ? &nodes[i + 1] : NULL;
        nodes[i].family = server->is_v6 ? AF_INET6 : AF_INET;
        nodes[i].udp_port = server->port;
        nodes[i].tcp_port = server->port;
        memcpy(&nodes[i].addr, server->address, server->is_v6 ? 16 : 4);
    }
    return ares_set_servers_ports(channel, nodes);
}

// A channel for one lookup: its socket's port is as fresh as the query's id, so that an answer from
// somebody who does not see the query has both to guess (RFC 5452 4.5).
static result_t channel_open(arena_t *arena, const settings_t *settings, ares_channeldata **out,
                             err_t *err) {
    struct ares_options options = {
        .flags = ARES_FLAG_NOSEARCH | ARES_FLAG_NOALIASES | ARES_FLAG_EDNS,
        .timeout = TRY_MS,
        .tries = TRIES,
        .ednspsz = EDNS_SIZE,
    };
    const int set = ARES_OPT_FLAGS | ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES | ARES_OPT_EDNSPSZ;
    int status = ares_init_options(out, &options, set);
    if (status == ARES_SUCCESS) {
        status = set_servers(*out, arena, settings);
    }
    if (status != ARES_SUCCESS) {
        return FAIL(err, INTERNAL, "dns_failed", "the resolver: %s", ares_strerror(status));
    }
    return OK;
}

static void on_answer(void *user, int status, int timeouts, unsigned char *octets, int len) {
    (void)timeouts;
    lookup_t *lookup = user;
    lookup->is_done = true;
    lookup->status =
        status == ARES_SUCCESS ? ares_parse_txt_reply_ext(octets, len, &lookup->texts) : status;
}

static int wait_ms(ares_channeldata *channel, deadline_t deadline) {
    struct timeval most = {.tv_sec = TRY_MS};
    struct timeval next;
    const struct timeval *until = ares_timeout(channel, &most, &next);
    const int64_t until_ms = (int64_t)until->tv_sec * 1000 + until->tv_usec / 1000 + 1;
    const int64_t left_ms = deadline_left_ms(deadline);
    return (int)(until_ms < left_ms ? until_ms : left_ms);
}

static void channel_turn(ares_channeldata *channel, deadline_t deadline) {
    ares_socket_t sockets[ARES_GETSOCK_MAXNUM];
    struct pollfd polls[ARES_GETSOCK_MAXNUM];
    nfds_t count = 0;
    const unsigned bits = (unsigned)ares_getsock(channel, sockets, ARES_GETSOCK_MAXNUM);
    for (unsigned i = 0; i < ARES_GETSOCK_MAXNUM; i++) {
        const bool reads = bits & 1U << i;
        const bool writes = bits & 1U << (i + ARES_GETSOCK_MAXNUM);
        if (reads || writes) {
            polls[count++] = (struct pollfd){
                .fd = sockets[i],
                .events = (short)((reads ? POLLIN : 0) | (writes ? POLLOUT : 0)),
            };
        }
    }
    (void)poll(polls, count, wait_ms(channel, deadline));
    for (nfds_t i = 0; i < count; i++) {
        const bool reads = polls[i].revents & (POLLIN | POLLERR | POLLHUP);
        const bool writes = polls[i].revents & POLLOUT;
        ares_process_fd(channel, reads ? polls[i].fd : ARES_SOCKET_BAD,
                        writes ? polls[i].fd : ARES_SOCKET_BAD);
    }
    ares_process_fd(channel, ARES_SOCKET_BAD, ARES_SOCKET_BAD); // what has timed out
}

// RFC 1035 3.3.14: a record is one or more strings; RFC 7208 3.3: read as one, nothing in between.
static dns_texts_t texts_join(arena_t *arena, const ares_txt_ext *first) {
    str_t *items = ARENA_ARRAY(arena, str_t, DNS_TEXTS_MAX);
    size_t count = 0;
    while (first && count < DNS_TEXTS_MAX) {
        buf_t text = buf_new(arena, first->length);
        do {
            buf_add(&text, (str_t){(const char *)first->txt, first->length});
            first = first->next;
        } while (first && !first->record_start);
        if (text.len <= DNS_TEXT_LEN_MAX) {
            items[count++] = buf_str(&text);
        }
    }
    return (dns_texts_t){items, count};
}

static result_t failed(str_t name, int status, err_t *err) {
    const result_t result = status == ARES_ETIMEOUT ? TIMEOUT : UNAVAILABLE;
    return FAIL(err, result, "dns_unavailable", "DNS for %.*s: %s", STR_ARG(name),
                ares_strerror(status));
}

result_t dns_txt_lookup(arena_t *arena, const settings_t *settings, const dns_question_t *question,
                        dns_texts_t *out, err_t *err) {
    const str_t name = question->name;
    const deadline_t deadline = question->deadline;
    lookup_t lookup = {0}; // outlives the channel, which answers once more when it is destroyed
    SCOPED(ares_channeldata) channel = NULL;
    if (!is_name(name)) {
        return FAIL(err, BAD_REQUEST, "dns_name", "this is no name for DNS");
    }
    TRY(channel_open(arena, settings, &channel, err));
    ares_query(channel, arena_c(arena, name), ns_c_in, ns_t_txt, on_answer, &lookup);
    while (!lookup.is_done && deadline_left_ms(deadline) > 0) {
        channel_turn(channel, deadline);
    }
    SCOPED(ares_txt_ext) texts = lookup.texts;
    if (!lookup.is_done) {
        return failed(name, ARES_ETIMEOUT, err);
    }
    if (lookup.status == ARES_ENOTFOUND || lookup.status == ARES_ENODATA) {
        *out = (dns_texts_t){0};
        return OK;
    }
    if (lookup.status != ARES_SUCCESS) {
        return failed(name, lookup.status, err);
    }
    *out = texts_join(arena, texts);
    return OK;
}
