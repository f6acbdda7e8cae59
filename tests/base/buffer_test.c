#include "base/buffer.h"
#include "base_test.h"

BASE_SUITE(base_buffer);

Test(base_buffer, grows_and_stays_nul_terminated) {
    buf_t buf = buf_new(arena, 0);
    cr_assert_str_eq(buf_str(&buf).ptr, "");
    for (int i = 0; i < 10000; i++) {
        buf_add_char(&buf, (char)('a' + i % 26));
        cr_assert_eq(buf_str(&buf).ptr[i + 1], '\0');
    }
    const str_t text = buf_str(&buf);
    cr_assert_eq(text.len, 10000);
    cr_assert_eq(text.ptr[9999], 'a' + 9999 % 26);
}

Test(base_buffer, adds_texts_numbers_and_formats) {
    buf_t buf = buf_new(arena, 8);
    buf_add(&buf, STR_NONE);
    buf_add_c(&buf, "a=");
    buf_add_u64(&buf, 0);
    buf_add_char(&buf, ' ');
    buf_add_u64(&buf, UINT64_MAX);
    buf_add_format(&buf, " %05d %s", 42, "a rather long text that does not fit");
    buf_add_format(&buf, "%s", "");
    assert_text(buf_str(&buf),
                "a=0 18446744073709551615 00042 a rather long text that does not fit");
}

Test(base_buffer, fills_a_capacity_to_the_last_octet) {
    for (size_t len = 30; len < 70; len++) {
        buf_t buf = buf_new(arena, 32);
        const str_t text = repeat(STR("x"), len);
        buf_add(&buf, text);
        buf_add_format(&buf, "%.*s", STR_ARG(text));
        cr_assert_eq(buf_str(&buf).len, 2 * len);
        cr_assert_eq(strlen(buf_str(&buf).ptr), 2 * len);
    }
}
