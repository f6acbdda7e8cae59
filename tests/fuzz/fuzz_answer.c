// The lines and pieces of an HTTP answer: limits hold, whatever comes. A line of the input is a
// header line if it holds a colon or begins with HTTP/, else a piece of the body.
#include "fuzz.h"
#include "remote/http_answer.h"

enum { BODY_MAX = 64 };

static bool take(http_answer_t *answer, str_t line) {
    const bool is_header = str_find(line, ':') < line.len || str_starts(line, STR("HTTP/"));
    return is_header ? http_answer_header(answer, line) : http_answer_body(answer, line);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    arena_t *arena = arena_new(FUZZ_ARENA_MAX);
    str_t rest = fuzz_text(data, size);
    http_answer_t answer;
    http_answer_init(&answer, arena, BODY_MAX);
    bool goes_on = true;
    while (rest.len && goes_on) {
        const size_t end = str_find(rest, '\n');
        goes_on = take(&answer, str_sub(rest, 0, end + 1));
        rest = str_sub(rest, end + 1, rest.len);
    }
    FUZZ_ASSERT(goes_on == (answer.fault == ANSWER_FINE));
    FUZZ_ASSERT(answer.body.len <= BODY_MAX);
    FUZZ_ASSERT(answer.cache_s >= -1 && answer.cache_s <= 2147483648);
    FUZZ_ASSERT(answer.content_type.len <= size);
    arena_free(&arena);
    return 0;
}
