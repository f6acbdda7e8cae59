// A URL that a customer supplies: what is accepted says its scheme and host to every reader, and
// the host is no address of ours.
#include "fuzz.h"
#include "remote/address.h"
#include "remote/http.h"

static const settings_t STRICT = {.is_https = true};

static void check(str_t url) {
    address_t address;
    FUZZ_ASSERT(str_eq_nocase(str_sub(url, 0, 8), STR("https://")));
    const str_t rest = str_sub(url, 8, url.len);
    size_t end = 0;
    while (end < rest.len && rest.ptr[end] != '/' && rest.ptr[end] != '?') {
        end++;
    }
    const str_t authority = str_sub(rest, 0, end);
    FUZZ_ASSERT(authority.len && str_find(authority, '@') == authority.len);
    FUZZ_ASSERT(str_find(url, '#') == url.len && str_find(url, '\\') == url.len);
    FUZZ_ASSERT(str_find(url, ' ') == url.len && !str_has_control(url));
    const bool is_v6 = authority.ptr[0] == '[';
    const size_t close = str_find(authority, ']');
    const str_t host =
        is_v6 ? str_sub(authority, 1, close) : str_sub(authority, 0, str_find(authority, ':'));
    FUZZ_ASSERT(host.len && str_find(host, '%') == host.len);
    FUZZ_ASSERT(!is_v6 || address_from_text(host, &address));
    FUZZ_ASSERT(!address_from_text(host, &address) || address_is_public(&address));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    arena_t *arena = arena_new(FUZZ_ARENA_MAX);
    const str_t url = fuzz_text(data, size);
    err_t err = {0};
    const result_t result = http_url_judge(arena, &STRICT, url, &err);
    FUZZ_ASSERT(result == OK || (result == REFUSED && err.text[0]));
    if (result == OK) {
        check(url);
    }
    arena_free(&arena);
    return 0;
}
