#include "remote/http_url.h"

enum { URL_MAX = 4096 };

// Printable ASCII without the characters that parsers disagree about: "\" is a path in one and a
// slash in another, "#" ends the host here and is part of it there.
static bool is_plain_text(str_t url) {
    for (size_t i = 0; i < url.len; i++) {
        const char c = url.ptr[i];
        if (c <= ' ' || c >= 0x7F || c == '\\' || c == '#') {
            return false;
        }
    }
    return url.len > 0 && url.len <= URL_MAX;
}

// A part of the URL in the arena; empty if it has none.
static str_t part_of(arena_t *arena, CURLU *parsed, CURLUPart part) {
    char *text = NULL;
    if (curl_url_get(parsed, part, &text, 0) != CURLUE_OK) {
        return STR("");
    }
    const str_t copy = arena_dup(arena, str_from_c(text));
    curl_free(text);
    return copy;
}

// The text must be what the parser understood, octet by octet up to the path. Whatever was mended
// on the way (user:password@, 0177.0.0.1, 2130706433, %2e, https:/host, a port of 0443) is refused,
// so that no reader can take another host for it.
static bool is_as_written(arena_t *arena, str_t url, str_t scheme, str_t host, str_t port) {
    const str_t origin = arena_format(arena, "%.*s://%.*s%s%.*s", STR_ARG(scheme), STR_ARG(host),
                                      port.len ? ":" : "", STR_ARG(port));
    if (!str_eq_nocase(str_sub(url, 0, origin.len), origin)) {
        return false;
    }
    const str_t rest = str_sub(url, origin.len, url.len);
    return rest.len == 0 || rest.ptr[0] == '/' || rest.ptr[0] == '?';
}

// What may stand in a name, or between the brackets of an IPv6 address. curl lets "%" and others by
// where they decode to nothing.
static bool is_host(str_t host) {
    const bool is_bracketed = str_starts(host, STR("["));
    const str_t text = is_bracketed ? str_sub(host, 1, host.len - 1) : host;
    char before = '.';
    for (size_t i = 0; i < text.len; i++) {
        const char c = text.ptr[i];
        const bool is_letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        const bool is_digit = c >= '0' && c <= '9';
        const bool is_mark = is_bracketed ? c == ':' || c == '.' : c == '-' || c == '_';
        const bool is_dot = c == '.' && before != '.';
        if (!is_letter && !is_digit && !is_mark && !is_dot) {
            return false;
        }
        before = c;
    }
    return before != '.'; // neither empty, nor with an empty label at an end
}

static result_t malformed(err_t *err) {
    return FAIL(err, REFUSED, "url_malformed",
                "the URL must be written plainly: https://host/path, in ASCII, without user, "
                "fragment, backslash or white space");
}

static result_t scheme_judge(const settings_t *settings, str_t scheme, err_t *err) {
    if (str_eq(scheme, STR("https"))) {
        return OK;
    }
    if (!str_eq(scheme, STR("http")) || !settings->is_http_allowed) {
        return FAIL(err, REFUSED, "url_scheme", "the URL must start with https://");
    }
    return OK;
}

bool http_address_may(const settings_t *settings, const address_t *address, bool is_plain) {
    return address_is_listed(settings, address) || (!is_plain && address_is_public(address));
}

// RFC 6761 6.3: these names are loopback without asking anybody.
static bool is_localhost(str_t host) {
    const str_t suffix = STR(".localhost");
    const size_t start = host.len > suffix.len ? host.len - suffix.len : 0;
    return str_eq_nocase(host, STR("localhost")) ||
           str_eq_nocase(str_sub(host, start, host.len), suffix);
}

// An address that stands in the URL itself need not wait for the connection to be judged.
static result_t host_judge(const settings_t *settings, str_t host, bool is_plain, err_t *err) {
    address_t address;
    const bool is_bracketed = str_starts(host, STR("["));
    const str_t text = is_localhost(host) ? STR("127.0.0.1")
                       : is_bracketed     ? str_sub(host, 1, host.len - 1)
                                          : host;
    if (!address_from_text(text, &address)) {
        return is_bracketed ? malformed(err) : OK;
    }
    if (!http_address_may(settings, &address, is_plain)) {
        return FAIL(err, REFUSED, "address_refused",
                    "%.*s is not an address of the public internet, and GATEHOUSE_OUTBOUND_ALLOW "
                    "does not name it",
                    STR_ARG(host));
    }
    return OK;
}

static result_t judge(arena_t *arena, const settings_t *settings, str_t url, http_url_t *out,
                      err_t *err) {
    if (curl_url_set(out->parsed, CURLUPART_URL, arena_c(arena, url),
                     CURLU_PATH_AS_IS | CURLU_DISALLOW_USER) != CURLUE_OK) {
        return malformed(err);
    }
    const str_t scheme = part_of(arena, out->parsed, CURLUPART_SCHEME);
    const str_t host = part_of(arena, out->parsed, CURLUPART_HOST);
    const str_t port = part_of(arena, out->parsed, CURLUPART_PORT);
    TRY(scheme_judge(settings, scheme, err));
    const bool is_port_zero = str_eq(port, STR("0"));
    if (!is_host(host) || is_port_zero || !is_as_written(arena, url, scheme, host, port)) {
        return malformed(err);
    }
    out->is_plain = str_eq(scheme, STR("http"));
    out->host = host.ptr;
    out->port = port.len ? port.ptr : out->is_plain ? "80" : "443";
    return host_judge(settings, host, out->is_plain, err);
}

result_t http_url_parse(arena_t *arena, const settings_t *settings, str_t url, http_url_t *out,
                        err_t *err) {
    if (!is_plain_text(url)) {
        return malformed(err);
    }
    http_url_t parsed = {.parsed = curl_url()};
    if (!parsed.parsed) {
        return FAIL(err, INTERNAL, "curl_failed", "no memory for a URL");
    }
    const result_t result = judge(arena, settings, url, &parsed, err);
    if (result != OK) {
        curl_url_cleanup(parsed.parsed);
        return result;
    }
    *out = parsed;
    return OK;
}

result_t http_url_judge(arena_t *arena, const settings_t *settings, str_t url, err_t *err) {
    http_url_t parsed = {0};
    TRY(http_url_parse(arena, settings, url, &parsed, err));
    curl_url_cleanup(parsed.parsed);
    return OK;
}
