#include "base_test.h"
#include <signal.h>
#include <stdint.h>

BASE_SUITE(base_arena);

Test(base_arena, memory_is_zeroed_and_aligned) {
    for (size_t size = 0; size < 100; size++) {
        const unsigned char *memory = arena_alloc(arena, size);
        cr_assert_not_null(memory);
        cr_assert_eq((uintptr_t)memory % _Alignof(max_align_t), 0);
        for (size_t i = 0; i < size; i++) {
            cr_assert_eq(memory[i], 0);
        }
    }
}

Test(base_arena, a_reset_wipes_what_was_there) {
    unsigned char *secret = arena_alloc(arena, 64);
    memset(secret, 'S', 64);
    arena_reset(arena);
    cr_assert_eq(arena_used(arena), 0);
    // arena_alloc itself writes nothing: zeros here are the reset's work.
    const unsigned char *again = arena_alloc(arena, 64);
    cr_assert_eq(again, secret);
    for (size_t i = 0; i < 64; i++) {
        cr_assert_eq(again[i], 0);
    }
}

Test(base_arena, large_and_small_allocations_do_not_touch_each_other) {
    char *blocks[64];
    for (size_t i = 0; i < 64; i++) {
        blocks[i] = arena_alloc(arena, 1 + i * 997);
        memset(blocks[i], (int)i, 1 + i * 997);
    }
    for (size_t i = 0; i < 64; i++) {
        cr_assert_eq(blocks[i][0], (char)i);
        cr_assert_eq(blocks[i][i * 997], (char)i);
    }
}

Test(base_arena, says_when_it_is_over_its_maximum) {
    arena_t *small = arena_new(1000);
    arena_alloc(small, 992);
    cr_assert(!arena_is_over(small));
    arena_alloc(small, 16);
    cr_assert(arena_is_over(small));
    arena_reset(small);
    cr_assert(!arena_is_over(small));
    arena_free(&small);
    cr_assert_null(small);
    arena_free(&small);
}

Test(base_arena, far_over_its_maximum_ends_the_process, .signal = SIGABRT) {
    arena_t *small = arena_new(1000);
    arena_alloc(small, 17 * 1000);
}

Test(base_arena, an_overflowing_array_ends_the_process, .signal = SIGABRT) {
    arena_alloc_array(arena, SIZE_MAX / 2, 3);
}

Test(base_arena, an_absurd_size_ends_the_process, .signal = SIGABRT) {
    arena_alloc(arena, SIZE_MAX - 3);
}

Test(base_arena, copies_end_with_nul) {
    const str_t copy = arena_dup(arena, str_sub(STR("abcdef"), 1, 3));
    assert_text(copy, "bc");
    cr_assert_eq(copy.ptr[2], '\0');
    cr_assert_str_eq(arena_c(arena, STR_NONE), "");
    const uint8_t octets[] = {0, 1, 2};
    const bytes_t bytes = arena_dup_bytes(arena, (bytes_t){octets, 3});
    cr_assert_eq(bytes.len, 3);
    cr_assert_arr_eq(bytes.ptr, octets, 3);
}

Test(base_arena, formats_texts_of_any_length) {
    assert_text(arena_format(arena, "%d-%s", 42, "x"), "42-x");
    assert_text(arena_format(arena, "%s", ""), "");
    const str_t lots = repeat(STR("0123456789"), 5000);
    cr_assert_eq(arena_format(arena, "%.*s!", STR_ARG(lots)).len, 50001);
}
