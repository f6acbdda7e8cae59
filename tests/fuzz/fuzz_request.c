// A request's head: whatever comes, it is refused or clean, and its body's end is beyond doubt.
#include "fuzz.h"
#include "server/headers.h"
#include "server/limits.h"
#include "server/peer.h"
#include "server/request.h"
#include "server/route.h"
#include <netinet/in.h>

static const settings_network_t ANY = {.prefix = 0};
static const settings_t SETTINGS = {.trusted_proxies = &ANY, .trusted_proxies_count = 1};

static bool is_clean(str_t s) {
    for (size_t i = 0; i < s.len; i++) {
        if (((unsigned char)s.ptr[i] < 0x20 && s.ptr[i] != '\t') || s.ptr[i] == 0x7f) {
            return false;
        }
    }
    return true;
}

static void check_head(const head_t *head) {
    str_t value;
    FUZZ_ASSERT(head->count <= HEAD_FIELDS_MAX && head->target.len <= HEAD_TARGET_MAX);
    const size_t lengths = head_get(head, "content-length", &value);
    const size_t codings = head_get(head, "transfer-encoding", &value);
    FUZZ_ASSERT(lengths + codings <= 1 && (codings == 1) == head->is_chunked);
    FUZZ_ASSERT(head_get(head, "host", &value) == 1 || head->minor == 0);
    for (size_t i = 0; i < head->count; i++) {
        FUZZ_ASSERT(head->fields[i].name.len && is_clean(head->fields[i].value));
    }
}

static void check_request(const request_t *request) {
    FUZZ_ASSERT(request->path.len && is_clean(request->path) && is_clean(request->query));
    FUZZ_ASSERT(request->path.ptr[0] == '/' || str_eq(request->path, STR("*")));
    FUZZ_ASSERT(str_is_utf8(request->user_agent) && !str_has_control(request->user_agent));
    FUZZ_ASSERT(str_is_utf8(request->client_ip));
}

static void check_params(const route_match_t *match) {
    for (size_t i = 0; i < ROUTE_PARAMS_MAX; i++) {
        const str_t param = match->params[i];
        FUZZ_ASSERT(param.len <= ROUTE_PARAM_MAX && is_clean(param));
        FUZZ_ASSERT(str_find(param, '/') == param.len && str_find(param, ':') == param.len);
        FUZZ_ASSERT(!str_eq(param, STR(".")) && !str_eq(param, STR("..")));
    }
}

static void check_route(arena_t *arena, const head_t *head, const request_t *request) {
    static const route_t rows[] = {
        {.method = METHOD_GET, .path = "/assets/*"},
        {.method = METHOD_POST, .path = "/a"},
        {.method = METHOD_GET, .path = "/api/{a}/b/{c}"},
        {.method = METHOD_PATCH, .path = "/api/{a}:verb", .body = BODY_JSON},
    };
    routes_t routes;
    route_build(arena, rows, sizeof(rows) / sizeof(rows[0]), &routes);
    const route_match_t match = route_find(&routes, request->method, request->path);
    if (match.row) {
        const bool is_pattern = str_starts(request->path, STR("/api/"));
        FUZZ_ASSERT(is_pattern == (match.params[0].len > 0));
        FUZZ_ASSERT(is_pattern || !memmem(request->path.ptr, request->path.len, "..", 2));
        FUZZ_ASSERT(is_pattern || str_find(request->path, '%') == request->path.len);
        check_params(&match);
        const int status = limits_check(head, match.row, request);
        FUZZ_ASSERT(status == 0 || status == 413 || status == 415);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    arena_t *arena = arena_new(FUZZ_ARENA_MAX);
    head_t *head = ARENA_NEW(arena, head_t);
    const int status = head_parse(fuzz_text(data, size), head);
    FUZZ_ASSERT(status == 0 || status == 400 || status == 414 || status == 431);
    if (status == 0) {
        const struct sockaddr_in from = {.sin_family = AF_INET};
        const peer_t peer =
            peer_find(arena, &SETTINGS, (const struct sockaddr *)&from, false, head);
        request_t request = {0};
        check_head(head);
        if (request_build(head, &peer, &request) == 0) {
            check_request(&request);
            check_route(arena, head, &request);
        }
    }
    arena_free(&arena);
    return 0;
}
