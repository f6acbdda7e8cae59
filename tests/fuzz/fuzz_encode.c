// Strict decoders: a text that decodes is the only text of its octets; all octets encode and
// return.
#include "base/encode.h"
#include "fuzz.h"

static void check_same(bytes_t a, const uint8_t *data, size_t size) {
    FUZZ_ASSERT(a.len == size && (size == 0 || memcmp(a.ptr, data, size) == 0));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    arena_t *arena = arena_new(FUZZ_ARENA_MAX);
    const bytes_t octets = {data, size};
    const str_t text = fuzz_text(data, size);
    bytes_t decoded;
    if (base64url_decode(arena, text, &decoded)) {
        FUZZ_ASSERT(str_eq(base64url_encode(arena, decoded), text));
    }
    if (base64_decode(arena, text, &decoded)) {
        FUZZ_ASSERT(str_eq(base64_encode(arena, decoded), text));
    }
    if (hex_decode(arena, text, &decoded)) {
        FUZZ_ASSERT(str_eq(hex_encode(arena, decoded), text));
    }
    FUZZ_ASSERT(base64url_decode(arena, base64url_encode(arena, octets), &decoded));
    check_same(decoded, data, size);
    FUZZ_ASSERT(base64_decode(arena, base64_encode(arena, octets), &decoded));
    check_same(decoded, data, size);
    FUZZ_ASSERT(hex_decode(arena, hex_encode(arena, octets), &decoded));
    check_same(decoded, data, size);
    arena_free(&arena);
    return 0;
}
