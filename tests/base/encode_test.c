#include "base/encode.h"
#include "base_test.h"

BASE_SUITE(base_encode);

static const str_t FOOBAR = {"foobar", 6};

Test(base_encode, follows_the_test_vectors_of_rfc_4648) {
    const str_t expected[] = {STR(""),         STR("Zg=="),     STR("Zm8="),    STR("Zm9v"),
                              STR("Zm9vYg=="), STR("Zm9vYmE="), STR("Zm9vYmFy")};
    for (size_t len = 0; len <= 6; len++) {
        const bytes_t data = str_bytes(str_sub(FOOBAR, 0, len));
        bytes_t back;
        assert_str(base64_encode(arena, data), expected[len]);
        cr_assert(base64_decode(arena, expected[len], &back));
        assert_str(((str_t){(const char *)back.ptr, back.len}), str_sub(FOOBAR, 0, len));
        const str_t unpadded = str_sub(expected[len], 0, str_find(expected[len], '='));
        assert_str(base64url_encode(arena, data), unpadded);
        cr_assert(base64url_decode(arena, unpadded, &back));
        cr_assert_eq(back.len, len);
    }
}

Test(base_encode, the_two_alphabets_do_not_mix) {
    const uint8_t octets[] = {0xFB, 0xFF};
    bytes_t back;
    assert_text(base64_encode(arena, (bytes_t){octets, 2}), "+/8=");
    assert_text(base64url_encode(arena, (bytes_t){octets, 2}), "-_8");
    cr_assert(!base64url_decode(arena, STR("+/8"), &back));
    cr_assert(!base64_decode(arena, STR("-_8="), &back));
}

Test(base_encode, refuses_a_second_text_for_one_value) {
    const str_t url[] = {STR("QQ=="), STR("QR"),   STR("Q"),     STR("QUJ"),  STR("QQ "),
                         STR(" QQ"),  STR("Q\nQ"), STR("QUJDR"), STR("Q\0Q"), STR("Q\xC3Q")};
    const str_t padded[] = {STR("QQ"),   STR("QQ="),      STR("QR=="),   STR("QUJ="), STR("===="),
                            STR("Q==="), STR("QQ==QQ=="), STR("QQ==\n"), STR("=QQQ"), STR("Q=Q=")};
    const str_t hex[] = {STR("0"), STR("0g"), STR("AA"), STR(" 00"), STR("0x00"), STR("00 ")};
    bytes_t back = {NULL, 42};
    for (size_t i = 0; i < sizeof url / sizeof *url; i++) {
        cr_assert(!base64url_decode(arena, url[i], &back), "%.*s", STR_ARG(url[i]));
    }
    for (size_t i = 0; i < sizeof padded / sizeof *padded; i++) {
        cr_assert(!base64_decode(arena, padded[i], &back), "%.*s", STR_ARG(padded[i]));
    }
    for (size_t i = 0; i < sizeof hex / sizeof *hex; i++) {
        cr_assert(!hex_decode(arena, hex[i], &back), "%.*s", STR_ARG(hex[i]));
    }
    cr_assert_eq(back.len, 42);
}

Test(base_encode, p_mem_02_all_octets_return_at_every_length) {
    uint8_t octets[256];
    for (size_t i = 0; i < sizeof octets; i++) {
        octets[i] = (uint8_t)i;
    }
    for (size_t len = 0; len <= sizeof octets; len++) {
        const bytes_t data = {octets + sizeof octets - len, len};
        bytes_t back;
        cr_assert(base64url_decode(arena, base64url_encode(arena, data), &back));
        cr_assert(back.len == len && memcmp(back.ptr, data.ptr, len) == 0);
        cr_assert(hex_decode(arena, hex_encode(arena, data), &back));
        cr_assert(back.len == len && memcmp(back.ptr, data.ptr, len) == 0);
    }
    assert_text(hex_encode(arena, (bytes_t){octets + 9, 2}), "090a");
}

Test(base_encode, p_mem_05_a_hundred_thousand_equals_signs) {
    bytes_t back;
    const str_t padding = repeat(STR("="), 100000);
    cr_assert(!base64_decode(arena, padding, &back));
    cr_assert(!base64url_decode(arena, padding, &back));
}

Test(base_encode, percent_decoding_is_strict) {
    str_t out;
    cr_assert(percent_decode(arena, STR("a%20b+%2f%2F%c3%A4"), &out));
    assert_text(out, "a b+//\u00E4");
    cr_assert(percent_decode(arena, STR_NONE, &out));
    cr_assert(!percent_decode(arena, STR("%"), &out));
    cr_assert(!percent_decode(arena, STR("%4"), &out));
    cr_assert(!percent_decode(arena, STR("%4g"), &out));
    cr_assert(!percent_decode(arena, STR("%g4"), &out));
    cr_assert(!percent_decode(arena, STR("%%20"), &out));
}

Test(base_encode, form_encoding_follows_the_url_standard) {
    buf_t buf = buf_new(arena, 0);
    form_encode_to(&buf, STR("aZ09*-._ ~!'()&=+%\u00E4\n"));
    assert_text(buf_str(&buf), "aZ09*-._+%7E%21%27%28%29%26%3D%2B%25%C3%A4%0A");
}
