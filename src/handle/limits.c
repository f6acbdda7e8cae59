#include "handle/limits.h"

#include <arpa/inet.h>

enum {
    NETWORK_OCTETS = 8,
    SITE_OCTETS = 6,
    MINUTE_S = 60,
    TEN_MINUTES_S = 600,
    HOUR_S = 3600,
    MAILS_A_MINUTE = 2,
    MAILS_AN_HOUR = 10,
    NETWORK_MAILS_A_MINUTE = 120,
    NETWORK_TRIES = 600,
    REFUSALS_A_MINUTE = 10,
};

// The first `prefix` octets of an IPv6 address; all of an IPv4 one, also in its mapped form.
static str_t address_cut(arena_t *arena, str_t ip, size_t prefix) {
    struct in6_addr v6;
    if (inet_pton(AF_INET6, arena_c(arena, ip), &v6) != 1) {
        return ip;
    }
    if (IN6_IS_ADDR_V4MAPPED(&v6)) {
        return arena_format(arena, "%d.%d.%d.%d", v6.s6_addr[12], v6.s6_addr[13], v6.s6_addr[14],
                            v6.s6_addr[15]);
    }
    memset(v6.s6_addr + prefix, 0, sizeof(v6.s6_addr) - prefix);
    char text[INET6_ADDRSTRLEN];
    if (!inet_ntop(AF_INET6, &v6, text, sizeof(text))) {
        return ip;
    }
    return arena_dup(arena, str_from_c(text));
}

str_t limits_network(arena_t *arena, str_t ip) {
    return address_cut(arena, ip, NETWORK_OCTETS);
}

str_t limits_site(arena_t *arena, str_t ip) {
    return address_cut(arena, ip, SITE_OCTETS);
}

static result_t add(call_t *call, limits_t *limits, store_limit_t limit, const bytes_t parts[3]) {
    // Each counter's window is part of its key, so two windows on one subject are two counters.
    const str_t window = arena_format(call->arena, "%lld", (long long)limit.window_s);
    const bytes_t all[] = {parts[0], parts[1], parts[2], str_bytes(window)};
    hash256_t *key = &limits->keys[limits->count];
    TRY(master_keyed_hash(call->master, "limit", (bytes_list_t){all, 4}, key, &call->err));
    limit.key = hash256_bytes(key);
    limits->items[limits->count++] = limit;
    return OK;
}

result_t limits_for_mail(call_t *call, const limits_mail_t *in, limits_t *out) {
    const str_t network = limits_network(call->arena, call->request->client_ip);
    const str_t site = limits_site(call->arena, call->request->client_ip);
    email_t email;
    TRY(email_parse(call->arena, in->email, &email, &call->err));
    const str_t mailbox = email_mailbox(call->arena, &email);
    out->count = 0;
    const bytes_t who =
        in->is_known_browser ? hash256_bytes(&in->browser->browser_hash) : str_bytes(site);
    const bytes_t pair[3] = {str_bytes(STR("mailbox")), str_bytes(mailbox), who};
    const store_limit_t minute = {.window_s = MINUTE_S, .max = MAILS_A_MINUTE};
    const store_limit_t hour = {.window_s = HOUR_S, .max = MAILS_AN_HOUR};
    TRY(add(call, out, minute, pair));
    TRY(add(call, out, hour, pair));
    if (in->is_known_browser) {
        return OK;
    }
    const bytes_t whole[3] = {str_bytes(STR("network-mail")), str_bytes(network), {0}};
    const store_limit_t all = {.window_s = MINUTE_S, .max = NETWORK_MAILS_A_MINUTE};
    return add(call, out, all, whole);
}

result_t limits_for_invitation(call_t *call, str_t email, limits_t *out) {
    email_t parsed;
    TRY(email_parse(call->arena, email, &parsed, &call->err));
    const bytes_t mailbox[3] = {str_bytes(STR("invitation")),
                                str_bytes(email_mailbox(call->arena, &parsed))};
    const store_limit_t minute = {.window_s = MINUTE_S, .max = MAILS_A_MINUTE};
    const store_limit_t hour = {.window_s = HOUR_S, .max = MAILS_AN_HOUR};
    out->count = 0;
    TRY(add(call, out, minute, mailbox));
    return add(call, out, hour, mailbox);
}

result_t limits_for_refusal(call_t *call, const char *event, const char *error, limits_t *out) {
    const str_t network = limits_network(call->arena, call->request->client_ip);
    const bytes_t parts[3] = {str_bytes(str_from_c(event)), str_bytes(str_from_c(error)),
                              str_bytes(network)};
    const store_limit_t rows = {.window_s = MINUTE_S, .max = REFUSALS_A_MINUTE};
    out->count = 0;
    return add(call, out, rows, parts);
}

result_t limits_for_try(call_t *call, limits_t *out) {
    const str_t network = limits_network(call->arena, call->request->client_ip);
    const bytes_t whole[3] = {str_bytes(STR("network-try")), str_bytes(network), {0}};
    const store_limit_t tries = {.window_s = TEN_MINUTES_S, .max = NETWORK_TRIES};
    out->count = 0;
    return add(call, out, tries, whole);
}
