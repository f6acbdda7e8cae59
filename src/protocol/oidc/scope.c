#include "protocol/oidc/scope.h"
#include "base/buffer.h"

static const char *const KNOWN[] = {"openid", "profile", "email", "offline_access"};

// RFC 6749 3.3: %x21 / %x23-5B / %x5D-7E.
static bool is_scope_octet(char c) {
    return c > ' ' && c < '\x7f' && c != '"' && c != '\\';
}

bool oidc_scope_is_well_formed(str_t scope) {
    bool has_word = false;
    for (size_t i = 0; i < scope.len; i++) {
        if (is_scope_octet(scope.ptr[i])) {
            has_word = true;
        } else if (scope.ptr[i] != ' ') {
            return false;
        }
    }
    return has_word && scope.len <= OIDC_SCOPE_LEN_MAX;
}

static void scope_add(buf_t *buf, str_t word) {
    if (buf->len) {
        buf_add_char(buf, ' ');
    }
    buf_add(buf, word);
}

str_t oidc_scope_known(arena_t *arena, str_t scope) {
    buf_t buf = buf_new(arena, 64);
    for (size_t i = 0; i < sizeof(KNOWN) / sizeof(KNOWN[0]); i++) {
        if (str_list_has(scope, str_from_c(KNOWN[i]))) {
            scope_add(&buf, str_from_c(KNOWN[i]));
        }
    }
    return buf_str(&buf);
}

bool oidc_scope_within(arena_t *arena, str_t asked, str_t allowed, str_t *out) {
    buf_t buf = buf_new(arena, 64);
    str_t rest = asked.len ? asked : allowed;
    str_t word;
    while (str_next_word(&rest, &word)) {
        if (!str_list_has(allowed, word)) {
            return false;
        }
        if (!str_list_has(buf_str(&buf), word)) {
            scope_add(&buf, word);
        }
    }
    *out = buf_str(&buf);
    return true;
}

oidc_list_t oidc_scope_list(arena_t *arena, str_t scope) {
    // A word and its space take two octets at least.
    str_t *items = ARENA_ARRAY(arena, str_t, scope.len / 2 + 1);
    size_t count = 0;
    str_t word;
    while (str_next_word(&scope, &word)) {
        items[count++] = word;
    }
    return (oidc_list_t){items, count};
}
