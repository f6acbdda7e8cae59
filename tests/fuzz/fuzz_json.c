// JSON objects: what was parsed can be written, and reads back as the same value.
#include "base/json.h"
#include "fuzz.h"

enum { JSON_MAX = 64 * 1024 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    arena_t *arena = arena_new(FUZZ_ARENA_MAX);
    SCOPED(json_t) value = NULL;
    SCOPED(json_t) again = NULL;
    str_t text;
    const result_t result = json_parse_object(fuzz_text(data, size), JSON_MAX, &value, NULL);
    FUZZ_ASSERT(result == OK || (result == BAD_REQUEST && !value));
    if (result == OK) {
        FUZZ_ASSERT(json_is_object(value));
        FUZZ_ASSERT(json_text(arena, value, &text, NULL) == OK && str_is_utf8(text));
        FUZZ_ASSERT(json_parse_object(text, SIZE_MAX, &again, NULL) == OK);
        FUZZ_ASSERT(json_equal(value, again));
    }
    arena_free(&arena);
    return 0;
}
