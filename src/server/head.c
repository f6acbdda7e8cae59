#include "server/head.h"

enum { METHOD_MAX = 16, LENGTH_DIGITS_MAX = 18 };

// RFC 9110 5.6.2 tchar.
static bool is_token_char(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           (c != '\0' && strchr("!#$%&'*+-.^_`|~", c));
}

static bool is_token(str_t s) {
    for (size_t i = 0; i < s.len; i++) {
        if (!is_token_char(s.ptr[i])) {
            return false;
        }
    }
    return s.len > 0;
}

static bool is_digits(str_t s) {
    for (size_t i = 0; i < s.len; i++) {
        if (s.ptr[i] < '0' || s.ptr[i] > '9') {
            return false;
        }
    }
    return s.len > 0;
}

// Cuts a line off. False unless it ends in CRLF: RFC 9112 2.2 lets a server take a bare LF, and not
// every server in front of us does.
static bool next_line(str_t *rest, str_t *out) {
    const size_t end = str_find(*rest, '\n');
    if (end == rest->len || end == 0 || rest->ptr[end - 1] != '\r') {
        return false;
    }
    *out = str_sub(*rest, 0, end - 1);
    *rest = str_sub(*rest, end + 1, rest->len);
    return true;
}

static str_t trim_blanks(str_t s) {
    while (s.len && (s.ptr[0] == ' ' || s.ptr[0] == '\t')) {
        s = str_sub(s, 1, s.len);
    }
    while (s.len && (s.ptr[s.len - 1] == ' ' || s.ptr[s.len - 1] == '\t')) {
        s.len--;
    }
    return s;
}

// RFC 9110 5.5: visible octets, blanks and obs-text.
static bool is_field_value(str_t s) {
    for (size_t i = 0; i < s.len; i++) {
        const unsigned char c = (unsigned char)s.ptr[i];
        if ((c < 0x20 && c != '\t') || c == 0x7f) {
            return false;
        }
    }
    return true;
}

// Printable ASCII only, and no fragment: clients never send one (RFC 9112 3.2).
static bool is_target(str_t s) {
    for (size_t i = 0; i < s.len; i++) {
        const unsigned char c = (unsigned char)s.ptr[i];
        if (c <= 0x20 || c >= 0x7f || c == '#') {
            return false;
        }
    }
    return s.len > 0;
}

// RFC 9112 3: method SP target SP version, single spaces.
static int parse_request_line(str_t line, head_t *out) {
    const size_t first = str_find(line, ' ');
    const size_t last = str_find_last(line, ' ');
    if (first == line.len || first == last) {
        return 400;
    }
    out->method = str_sub(line, 0, first);
    out->target = str_sub(line, first + 1, last);
    const str_t version = str_sub(line, last + 1, line.len);
    if (!is_token(out->method) || out->method.len > METHOD_MAX || !is_target(out->target)) {
        return 400;
    }
    if (version.len != 8 || !str_starts(version, STR("HTTP/1.")) ||
        !is_digits(str_sub(version, 7, 8))) {
        return 400;
    }
    out->minor = version.ptr[7] - '0';
    return out->target.len > HEAD_TARGET_MAX ? 414 : 0;
}

static int parse_field(str_t line, head_t *out) {
    const size_t colon = str_find(line, ':');
    // A line that begins with a blank is a folded one, and a blank before the colon is no token
    // either: both refused by the same test (RFC 9112 5.1, 5.2).
    const head_field_t field = {
        .name = str_sub(line, 0, colon),
        .value = trim_blanks(str_sub(line, colon + 1, line.len)),
    };
    if (colon == line.len || !is_token(field.name) || !is_field_value(field.value)) {
        return 400;
    }
    if (out->count == HEAD_FIELDS_MAX) {
        return 431;
    }
    out->fields[out->count++] = field;
    return 0;
}

// RFC 9112 3.2: exactly one Host on 1.1, and at most one before.
static bool is_host_right(const head_t *head) {
    str_t host;
    const size_t count = head_get(head, "host", &host);
    if (count > 1 || (count == 0 && head->minor >= 1)) {
        return false;
    }
    for (size_t i = 0; i < host.len; i++) {
        const unsigned char c = (unsigned char)host.ptr[i];
        if (c <= 0x20 || c >= 0x7f || strchr("/?#@,\\", c)) {
            return false;
        }
    }
    return true;
}

// RFC 9112 6.1 to 6.3: where the body ends must be beyond doubt.
static bool is_framing_right(head_t *head) {
    str_t length;
    str_t coding;
    const size_t lengths = head_get(head, "content-length", &length);
    const size_t codings = head_get(head, "transfer-encoding", &coding);
    if (lengths > 1 || codings > 1 || (lengths && codings)) {
        return false;
    }
    if (lengths && (!is_digits(length) || length.len > LENGTH_DIGITS_MAX)) {
        return false;
    }
    head->is_chunked = codings == 1;
    return !codings || (head->minor >= 1 && str_eq_nocase(coding, STR("chunked")));
}

// The head may be longer than what may be looked at; which limit was it?
static int too_long(str_t seen, bool has_request_line) {
    if (!has_request_line) {
        return seen.len > HEAD_TARGET_MAX ? 414 : 400;
    }
    return seen.len >= HEAD_MAX ? 431 : 400;
}

int head_parse(str_t octets, head_t *out) {
    const str_t seen = str_sub(octets, 0, HEAD_MAX);
    str_t rest = seen;
    str_t line;
    *out = (head_t){0};
    // RFC 9112 2.2: one empty line in front is left over from the request before.
    if (str_starts(rest, STR("\r\n"))) {
        rest = str_sub(rest, 2, rest.len);
    }
    if (str_find(rest, '\n') == rest.len) {
        return too_long(seen, false);
    }
    int status = next_line(&rest, &line) ? parse_request_line(line, out) : 400;
    while (status == 0) {
        if (str_find(rest, '\n') == rest.len) {
            return too_long(seen, true);
        }
        if (!next_line(&rest, &line)) {
            return 400;
        }
        if (str_is_empty(line)) {
            return is_host_right(out) && is_framing_right(out) ? 0 : 400;
        }
        status = parse_field(line, out);
    }
    return status;
}

size_t head_get(const head_t *head, const char *name, str_t *out) {
    size_t count = 0;
    *out = STR_NONE;
    for (size_t i = 0; i < head->count; i++) {
        if (str_eq_nocase(head->fields[i].name, str_from_c(name))) {
            *out = count++ == 0 ? head->fields[i].value : *out;
        }
    }
    return count;
}
