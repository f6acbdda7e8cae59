#include "remote/http_answer.h"

enum { HEADERS_MAX = 64 * 1024, BODY_HINT = 4096 };

// RFC 9111 1.2.2: what a number that does not fit becomes.
static const int64_t AGE_MAX_S = 2147483648;

void http_answer_init(http_answer_t *answer, arena_t *arena, size_t body_max) {
    const size_t hint = body_max < BODY_HINT ? body_max : BODY_HINT;
    *answer = (http_answer_t){
        .arena = arena, .body_max = body_max, .cache_s = -1, .body = buf_new(arena, hint)};
}

static bool stop(http_answer_t *answer, answer_fault_t fault) {
    answer->fault = fault;
    return false;
}

// RFC 9111 5.2.2.1; it may be quoted (5.2). What is no number is stale (4.2.1).
static int64_t max_age_parse(str_t value) {
    uint64_t seconds = 0;
    if (value.len >= 2 && str_starts(value, STR("\"")) && str_ends(value, STR("\""))) {
        value = str_sub(value, 1, value.len - 1);
    }
    for (size_t i = 0; i < value.len; i++) {
        if (value.ptr[i] < '0' || value.ptr[i] > '9') {
            return 0;
        }
    }
    const bool fits = str_to_u64(value, (uint64_t)AGE_MAX_S, &seconds);
    return fits ? (int64_t)seconds : value.len ? AGE_MAX_S : 0;
}

// The shortest time that any directive gives; -1 if none does.
static int64_t cache_control_parse(str_t list, int64_t cache_s) {
    while (list.len) {
        const size_t comma = str_find(list, ',');
        const str_t directive = str_trim(str_sub(list, 0, comma));
        const size_t equals = str_find(directive, '=');
        const str_t name = str_trim(str_sub(directive, 0, equals));
        const str_t value = str_trim(str_sub(directive, equals + 1, directive.len));
        list = str_sub(list, comma + 1, list.len);
        int64_t given_s = -1;
        if (str_eq_nocase(name, STR("max-age"))) {
            given_s = max_age_parse(value);
        } else if (str_eq_nocase(name, STR("no-store")) || str_eq_nocase(name, STR("no-cache"))) {
            given_s = 0;
        }
        if (given_s >= 0 && (cache_s < 0 || given_s < cache_s)) {
            cache_s = given_s;
        }
    }
    return cache_s;
}

bool http_answer_header(http_answer_t *answer, str_t line) {
    answer->header_octets += line.len;
    if (answer->header_octets > HEADERS_MAX) {
        return stop(answer, ANSWER_TOO_LARGE);
    }
    if (str_starts(line, STR("HTTP/"))) { // what came before was interim (RFC 9110 15.2)
        answer->content_type = STR("");
        answer->cache_s = -1;
        return true;
    }
    const size_t colon = str_find(line, ':');
    const str_t name = str_sub(line, 0, colon);
    const str_t value = str_trim(str_sub(line, colon + 1, line.len));
    if (str_eq_nocase(name, STR("Content-Type"))) {
        answer->content_type = arena_dup(answer->arena, value);
    } else if (str_eq_nocase(name, STR("Cache-Control"))) {
        answer->cache_s = cache_control_parse(value, answer->cache_s);
    } else if (str_eq_nocase(name, STR("Content-Encoding"))) {
        const bool is_plain = value.len == 0 || str_eq_nocase(value, STR("identity"));
        return is_plain || stop(answer, ANSWER_CODED);
    } else if (str_eq_nocase(name, STR("Transfer-Encoding"))) {
        return str_eq_nocase(value, STR("chunked")) || stop(answer, ANSWER_CODED);
    }
    return true;
}

bool http_answer_body(http_answer_t *answer, str_t piece) {
    if (piece.len > answer->body_max - answer->body.len) {
        return stop(answer, ANSWER_TOO_LARGE);
    }
    buf_add(&answer->body, piece);
    return true;
}
