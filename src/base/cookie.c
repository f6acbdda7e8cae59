#include "base/cookie.h"
#include "base/buffer.h"
#include <assert.h>

// RFC 6265bis 4.1.1 cookie-octet.
static bool is_cookie_octet(char c) {
    return c > 0x20 && c < 0x7F && c != '"' && c != ',' && c != ';' && c != '\\';
}

static bool is_cookie_value(str_t value) {
    for (size_t i = 0; i < value.len; i++) {
        if (!is_cookie_octet(value.ptr[i])) {
            return false;
        }
    }
    return true;
}

// Nothing is trimmed but the one space that RFC 6265bis 4.2.1 puts behind ';': a browser sends no
// other white space, so a name with some around it is a look-alike and matches nothing.
form_presence_t cookie_get(str_t header, str_t name, str_t *out) {
    form_presence_t presence = FORM_ABSENT;
    str_t found = STR("");
    bool is_first = true;
    while (header.len) {
        const size_t end = str_find(header, ';');
        str_t pair = str_sub(header, 0, end);
        header = str_sub(header, end + 1, header.len);
        if (!is_first && str_starts(pair, STR(" "))) {
            pair = str_sub(pair, 1, pair.len);
        }
        is_first = false;
        const size_t equals = str_find(pair, '=');
        if (equals == pair.len || !str_eq(str_sub(pair, 0, equals), name)) {
            continue;
        }
        if (presence == FORM_ONE) {
            *out = found;
            return FORM_REPEATED;
        }
        presence = FORM_ONE;
        found = str_sub(pair, equals + 1, pair.len);
    }
    *out = is_cookie_value(found) ? found : STR("");
    return is_cookie_value(found) ? presence : FORM_ABSENT;
}

str_t cookie_format(arena_t *arena, const cookie_t *cookie) {
    assert(is_cookie_value(cookie->name) && is_cookie_value(cookie->value));
    assert(cookie->is_secure || !str_starts(cookie->name, STR("__Host-")));
    buf_t buf = buf_new(arena, cookie->name.len + cookie->value.len + 80);
    buf_add(&buf, cookie->name);
    buf_add_char(&buf, '=');
    buf_add(&buf, cookie->value);
    buf_add_c(&buf, "; Path=/; HttpOnly; SameSite=Lax");
    if (cookie->is_secure) {
        buf_add_c(&buf, "; Secure");
    }
    if (cookie->max_age_s >= 0) {
        buf_add_c(&buf, "; Max-Age=");
        buf_add_u64(&buf, (uint64_t)cookie->max_age_s);
    }
    return buf_str(&buf);
}
