#include "base/domain_rules.h"
#include "base/encode.h"
#include "base/settings_parse.h"
#include <arpa/inet.h>

enum {
    HTTP_PORT = 80,
    HTTPS_PORT = 443,
    SMTP_PORT = 25,
    SMTPS_PORT = 465,
    DNS_PORT = 53,
    NETWORKS_MAX = 64,
    DNS_SERVERS_MAX = 8,
};

typedef struct {
    str_t host; // no brackets
    uint16_t port;
    bool has_port;
    bool is_v6;
} authority_t;

static bool is_address(int family, str_t text, uint8_t out[16]) {
    char c[INET6_ADDRSTRLEN] = "";
    if (text.len == 0 || text.len >= sizeof c) {
        return false;
    }
    memcpy(c, text.ptr, text.len);
    return inet_pton(family, c, out) == 1;
}

bool settings_host_is_loopback(str_t host) {
    static const uint8_t V6_LOOPBACK[16] = {[15] = 1};
    uint8_t address[16];
    if (str_starts(host, STR("[")) && str_ends(host, STR("]"))) {
        host = str_sub(host, 1, host.len - 1);
    }
    if (is_address(AF_INET, host, address)) {
        return address[0] == 127;
    }
    if (is_address(AF_INET6, host, address)) {
        return memcmp(address, V6_LOOPBACK, sizeof address) == 0;
    }
    return str_eq(host, STR("localhost")) || str_ends(host, STR(".localhost"));
}

// A lower-case name in A-labels (one label will do: a container's name), or an IPv4 address.
static bool is_host(str_t host) {
    uint8_t address[16];
    if (host.len > DOMAIN_MAX) {
        return false;
    }
    str_t label = STR("");
    for (str_t rest = host; domain_next_label(&rest, &label);) {
        if (!domain_label_is_ldh(label)) {
            return false;
        }
    }
    return !domain_label_is_number(label) || is_address(AF_INET, host, address);
}

// host, host:port, [v6] or [v6]:port.
static bool authority_parse(str_t text, authority_t *out) {
    uint8_t address[16];
    authority_t authority = {.is_v6 = str_starts(text, STR("["))};
    size_t end = str_find(text, ':');
    if (authority.is_v6) {
        const size_t close = str_find(text, ']');
        authority.host = str_sub(text, 1, close);
        end = close < text.len ? close + 1 : close;
    } else {
        authority.host = str_sub(text, 0, end);
    }
    uint64_t port = 0;
    authority.has_port = end < text.len;
    if (authority.has_port &&
        (text.ptr[end] != ':' || !str_to_u64(str_sub(text, end + 1, text.len), 65535, &port))) {
        return false;
    }
    authority.port = (uint16_t)port;
    *out = authority;
    return authority.is_v6
               ? is_address(AF_INET6, authority.host, address) && end > authority.host.len + 1
               : is_host(authority.host);
}

// The host as a URL writes it. RFC 5952 4: one text for one IPv6 address.
static str_t host_in_url(arena_t *arena, const authority_t *authority) {
    uint8_t address[16];
    char text[INET6_ADDRSTRLEN];
    if (!authority->is_v6 || !is_address(AF_INET6, authority->host, address) ||
        !inet_ntop(AF_INET6, address, text, sizeof text)) {
        return arena_dup(arena, authority->host);
    }
    return arena_format(arena, "[%s]", text);
}

// The issuer is compared octet by octet by every relying party (RFC 8414 3.3, RFC 9207 2.4) and is
// the origin of our pages, so only the browser's own spelling of an origin is taken.
str_t parse_setting_issuer(arena_t *arena, const setting_t *row, str_t value, settings_t *out) {
    (void)row;
    const bool is_https = str_starts(value, STR("https://"));
    if (!is_https && !str_starts(value, STR("http://"))) {
        return STR("must start with https://");
    }
    authority_t authority;
    const uint16_t standard_port = is_https ? HTTPS_PORT : HTTP_PORT;
    if (!authority_parse(str_sub(value, is_https ? 8 : 7, value.len), &authority) ||
        (authority.has_port && (authority.port == 0 || authority.port == standard_port))) {
        return STR(
            "must be an origin: scheme, lower-case host and, unless it is the scheme's own, "
            "port, without path, query, fragment or slash at the end, for example "
            "https://login.example.com");
    }
    const str_t host = host_in_url(arena, &authority);
    buf_t origin = buf_new(arena, value.len + 1);
    buf_add_format(&origin, "%s%.*s", is_https ? "https://" : "http://", STR_ARG(host));
    if (authority.has_port) {
        buf_add_format(&origin, ":%u", authority.port);
    }
    if (!str_eq(buf_str(&origin), value)) {
        return arena_format(arena, "must be written as browsers do: %.*s",
                            STR_ARG(buf_str(&origin)));
    }
    out->issuer = buf_str(&origin);
    out->issuer_origin = out->issuer;
    out->issuer_host = host;
    out->issuer_port = authority.has_port ? authority.port : standard_port;
    out->is_https = is_https;
    return STR("");
}

str_t parse_setting_listen(arena_t *arena, const setting_t *row, str_t value, settings_t *out) {
    (void)row;
    authority_t authority;
    if (!authority_parse(value, &authority) || !authority.has_port) {
        return STR("must be host:port or [address]:port, for example 127.0.0.1:8080");
    }
    out->listen = (settings_listen_t){arena_dup(arena, authority.host), authority.port};
    return STR("");
}

// An open relay of passwords is no default: without a word from the operator, STARTTLS is required
// unless the mail does not leave the machine.
static str_t smtp_tls_parse(str_t query, bool is_smtps, str_t host, smtp_tls_t *out) {
    if (is_smtps) {
        *out = SMTP_TLS_IMPLICIT;
        return query.len ? STR("must not have a query: smtps is always TLS") : STR("");
    }
    if (query.len == 0) {
        *out = settings_host_is_loopback(host) ? SMTP_TLS_OFF : SMTP_TLS_REQUIRED;
    } else if (str_eq(query, STR("starttls=required"))) {
        *out = SMTP_TLS_REQUIRED;
    } else if (str_eq(query, STR("starttls=optional"))) {
        *out = SMTP_TLS_OPTIONAL;
    } else if (str_eq(query, STR("starttls=off"))) {
        *out = SMTP_TLS_OFF;
    } else {
        return STR("may end with ?starttls=required, ?starttls=optional or ?starttls=off only");
    }
    return STR("");
}

static bool credential_decode(arena_t *arena, str_t text, str_t *out) {
    return percent_decode(arena, text, out) && str_is_utf8(*out) && !str_has_control(*out);
}

static bool smtp_credentials_parse(arena_t *arena, str_t userinfo, settings_smtp_t *out) {
    const size_t colon = str_find(userinfo, ':');
    str_t password = STR("");
    if (!credential_decode(arena, str_sub(userinfo, 0, colon), &out->user) ||
        !credential_decode(arena, str_sub(userinfo, colon + 1, userinfo.len), &password)) {
        return false;
    }
    out->password = secret_from_str(password);
    return out->user.len > 0;
}

// smtp[s]://[user[:password]@]host[:port][/][?starttls=...]
str_t parse_setting_smtp_url(arena_t *arena, const setting_t *row, str_t value, settings_t *out) {
    (void)row;
    const str_t malformed =
        STR("must be of the form smtp://user:password@host:port or smtps://..., "
            "user and password percent-encoded");
    const bool is_smtps = str_starts(value, STR("smtps://"));
    if (!is_smtps && !str_starts(value, STR("smtp://"))) {
        return malformed;
    }
    str_t rest = str_sub(value, is_smtps ? 8 : 7, value.len);
    const size_t question = str_find(rest, '?');
    const str_t query = str_sub(rest, question + 1, rest.len);
    rest = str_sub(rest, 0, question);
    settings_smtp_t smtp = {.user = STR("")};
    const size_t at = str_find_last(rest, '@');
    if (at < rest.len) {
        if (!smtp_credentials_parse(arena, str_sub(rest, 0, at), &smtp)) {
            return malformed;
        }
        rest = str_sub(rest, at + 1, rest.len);
    }
    rest = str_ends(rest, STR("/")) ? str_sub(rest, 0, rest.len - 1) : rest;
    authority_t authority;
    if (!authority_parse(rest, &authority) || (authority.has_port && authority.port == 0)) {
        return malformed;
    }
    smtp.host = arena_dup(arena, authority.host);
    smtp.port = authority.has_port ? authority.port : is_smtps ? SMTPS_PORT : SMTP_PORT;
    smtp.url = arena_format(arena, "%s%.*s:%u", is_smtps ? "smtps://" : "smtp://",
                            STR_ARG(host_in_url(arena, &authority)), smtp.port);
    const str_t problem = smtp_tls_parse(query, is_smtps, smtp.host, &smtp.tls);
    if (problem.len == 0) {
        out->smtp = smtp;
    }
    return problem;
}

static bool has_host_bits(const settings_network_t *network) {
    const int bits = network->is_v6 ? 128 : 32;
    for (int bit = network->prefix; bit < bits; bit++) {
        if (network->address[bit / 8] & (0x80 >> bit % 8)) {
            return true;
        }
    }
    return false;
}

// An address or a network in CIDR notation (RFC 4632 3.1). A network of everything is nobody's: as
// proxies it would let every client choose the address that limits and the audit see.
static bool network_parse(str_t text, settings_network_t *out) {
    const size_t slash = str_find(text, '/');
    const str_t address = str_sub(text, 0, slash);
    settings_network_t network = {.is_v6 = str_find(address, ':') < address.len};
    uint64_t prefix = network.is_v6 ? 128 : 32;
    if (!is_address(network.is_v6 ? AF_INET6 : AF_INET, address, network.address) ||
        (slash < text.len &&
         (!str_to_u64(str_sub(text, slash + 1, text.len), prefix, &prefix) || prefix == 0))) {
        return false;
    }
    network.prefix = (int)prefix;
    *out = network;
    return !has_host_bits(&network);
}

bool settings_network_has(const settings_network_t *network, const uint8_t *address, bool is_v6) {
    if (network->is_v6 != is_v6) {
        return false;
    }
    for (int bit = 0; bit < network->prefix; bit++) {
        const int mask = 0x80 >> (bit % 8);
        if ((address[bit / 8] ^ network->address[bit / 8]) & mask) {
            return false;
        }
    }
    return true;
}

// The next element of a list separated by commas, without the white space around it.
static str_t list_next(str_t *rest) {
    const size_t comma = str_find(*rest, ',');
    const str_t text = str_trim(str_sub(*rest, 0, comma));
    *rest = str_sub(*rest, comma + 1, rest->len);
    return text;
}

static str_t networks_parse(arena_t *arena, str_t value, const settings_network_t **out,
                            size_t *out_count) {
    settings_network_t *networks = ARENA_ARRAY(arena, settings_network_t, NETWORKS_MAX);
    size_t count = 0;
    while (value.len) {
        const str_t text = list_next(&value);
        if (count == NETWORKS_MAX || !network_parse(text, &networks[count])) {
            return arena_format(arena,
                                "must be at most %d networks separated by commas, for example "
                                "10.0.0.0/8,fd00::/8, none of them with host bits or of everything",
                                NETWORKS_MAX);
        }
        count++;
    }
    *out = networks;
    *out_count = count;
    return STR("");
}

str_t parse_setting_proxies(arena_t *arena, const setting_t *row, str_t value, settings_t *out) {
    (void)row;
    return networks_parse(arena, value, &out->trusted_proxies, &out->trusted_proxies_count);
}

str_t parse_setting_outbound_allow(arena_t *arena, const setting_t *row, str_t value,
                                   settings_t *out) {
    (void)row;
    return networks_parse(arena, value, &out->outbound_allow, &out->outbound_allow_count);
}

// Addresses only: a name would need the servers that are being named.
static bool dns_server_parse(str_t text, settings_dns_server_t *out) {
    authority_t authority;
    if (!authority_parse(text, &authority) || (authority.has_port && authority.port == 0)) {
        return false;
    }
    out->is_v6 = authority.is_v6;
    out->port = authority.has_port ? authority.port : DNS_PORT;
    return is_address(out->is_v6 ? AF_INET6 : AF_INET, authority.host, out->address);
}

str_t parse_setting_dns_servers(arena_t *arena, const setting_t *row, str_t value,
                                settings_t *out) {
    (void)row;
    settings_dns_server_t *servers = ARENA_ARRAY(arena, settings_dns_server_t, DNS_SERVERS_MAX);
    size_t count = 0;
    while (value.len) {
        const str_t text = list_next(&value);
        if (count == DNS_SERVERS_MAX || !dns_server_parse(text, &servers[count])) {
            return arena_format(arena,
                                "must be at most %d addresses separated by commas, for example "
                                "192.0.2.53,[2001:db8::53]:5353",
                                DNS_SERVERS_MAX);
        }
        count++;
    }
    out->dns_servers = servers;
    out->dns_servers_count = count;
    return STR("");
}
