#include "handle/connection_test.h"

#include "base/encode.h"
#include "base/json.h"

enum { TOKEN_MAX = 1024 };

static seal_t seal_of(const master_t *master) {
    return (seal_t){master, "connection-test", STR("url")};
}

result_t test_token_make(arena_t *arena, const master_t *master, const test_t *test, str_t *out,
                         err_t *err) {
    SCOPED(json_t) object = json_object();
    const seal_t seal = seal_of(master);
    str_t text;
    bytes_t sealed;
    if (!object ||
        json_object_set_new(object, "connection_id", json_str(test->connection_id)) != 0 ||
        json_object_set_new(object, "test_id", json_str(test->test_id)) != 0 ||
        json_object_set_new(object, "expires_at", json_integer(test->expires_at)) != 0) {
        return FAIL(err, INTERNAL, "json", "a test's token cannot be built");
    }
    TRY(json_text(arena, object, &text, err));
    TRY(master_seal(arena, &seal, str_bytes(text), &sealed, err));
    *out = base64url_encode(arena, sealed);
    return OK;
}

result_t test_token_open(arena_t *arena, const master_t *master, str_t token, test_t *out,
                         err_t *err) {
    const seal_t seal = seal_of(master);
    test_t test = {0};
    bytes_t sealed, plain;
    if (token.len > TOKEN_MAX || !base64url_decode(arena, token, &sealed)) {
        return FAIL(err, REFUSED, "test_token", "not a test's token");
    }
    TRY(master_open(arena, &seal, sealed, &plain, err));
    SCOPED(json_t) object = NULL;
    TRY(json_parse_object((str_t){(const char *)plain.ptr, plain.len}, TOKEN_MAX, &object, err));
    if (!json_get_str(object, "connection_id", &test.connection_id) ||
        !json_get_str(object, "test_id", &test.test_id) ||
        !json_get_int(object, "expires_at", &test.expires_at)) {
        return FAIL(err, REFUSED, "test_token", "a test's token is not whole");
    }
    test.connection_id = arena_dup(arena, test.connection_id);
    test.test_id = arena_dup(arena, test.test_id);
    *out = test;
    return OK;
}
