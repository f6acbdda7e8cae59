// The Cookie header. The first line of an input is the name looked for, the rest is the header.
#include "base/buffer.h"
#include "base/cookie.h"
#include "fuzz.h"

static str_t join(arena_t *arena, str_t a, str_t b, str_t c, str_t d) {
    return arena_format(arena, "%.*s%.*s%.*s%.*s", STR_ARG(a), STR_ARG(b), STR_ARG(c), STR_ARG(d));
}

static bool holds(str_t text, str_t part) {
    return part.len == 0 || memmem(text.ptr, text.len, part.ptr, part.len);
}

// What was found stands in the header as name=value, and a second one is always noticed, in front
// and behind: a sibling domain cannot choose which of two is taken.
static void check_found(arena_t *arena, str_t header, str_t name, str_t value) {
    str_t other;
    FUZZ_ASSERT(holds(header, join(arena, name, STR("="), value, STR(""))));
    FUZZ_ASSERT(str_find(value, ';') == value.len && !str_has_control(value));
    const str_t pair = join(arena, name, STR("=tossed"), STR(""), STR(""));
    FUZZ_ASSERT(cookie_get(join(arena, header, STR("; "), pair, STR("")), name, &other) ==
                FORM_REPEATED);
    FUZZ_ASSERT(cookie_get(join(arena, pair, STR("; "), header, STR("")), name, &other) ==
                FORM_REPEATED);
}

// What we set comes back as it was, whatever stands around it.
static void check_set(arena_t *arena, str_t name, str_t value) {
    const cookie_t cookie = {.name = name, .value = value, .max_age_s = 60, .is_secure = true};
    const str_t set = cookie_format(arena, &cookie);
    str_t again;
    const str_t sent = str_sub(set, 0, str_find(set, ';'));
    FUZZ_ASSERT(!str_has_control(set) && str_ends(set, STR("; Max-Age=60")));
    FUZZ_ASSERT(cookie_get(sent, name, &again) == FORM_ONE && str_eq(again, value));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    arena_t *arena = arena_new(FUZZ_ARENA_MAX);
    const str_t input = fuzz_text(data, size);
    const size_t line = str_find(input, '\n');
    const str_t name = str_sub(input, 0, line);
    const str_t header = str_sub(input, line + 1, input.len);
    str_t value = STR("untouched");
    const form_presence_t presence = cookie_get(header, name, &value);
    const bool is_sane = str_is_utf8(input) && str_find(name, ';') == name.len &&
                         str_find(name, '=') == name.len && !str_starts(name, STR(" "));
    if (presence == FORM_ABSENT) {
        FUZZ_ASSERT(value.len == 0);
    } else if (presence == FORM_ONE && is_sane) {
        check_found(arena, header, name, value);
        if (!str_has_control(name) && str_eq(name, STR("__Host-gh"))) {
            check_set(arena, name, value);
        }
    }
    arena_free(&arena);
    return 0;
}
