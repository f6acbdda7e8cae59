#include "base/str.h"
#include "base_test.h"

Test(base_str, finds_the_first_and_the_last_character) {
    cr_assert_eq(str_find(STR("a@b@c"), '@'), 1);
    cr_assert_eq(str_find_last(STR("a@b@c"), '@'), 3);
    cr_assert_eq(str_find(STR("abc"), '@'), 3);
    cr_assert_eq(str_find_last(STR("abc"), '@'), 3);
    cr_assert_eq(str_find(STR_NONE, '@'), 0);
    cr_assert_eq(str_find_last(STR_NONE, '@'), 0);
}

Test(base_str, a_slice_of_nothing_is_nothing) {
    cr_assert_eq(str_sub(STR_NONE, 0, 5).len, 0);
    cr_assert_eq(str_sub(STR("abc"), 3, 2).len, 0);
    cr_assert_eq(str_sub(STR("abc"), 7, 9).len, 0);
    assert_text(str_sub(STR("abc"), 1, 99), "bc");
    cr_assert(str_ends(STR_NONE, STR("")));
    cr_assert(!str_ends(STR("a"), STR("ba")));
    cr_assert(str_ends(STR("ba"), STR("a")));
    cr_assert(str_starts(STR("ba"), STR("b")));
    cr_assert(!str_starts(STR("b"), STR("ba")));
}

Test(base_str, compares_ascii_without_case_and_nothing_else) {
    cr_assert(str_eq_nocase(STR("Basic"), STR("bASIC")));
    cr_assert(!str_eq_nocase(STR("Basic"), STR("Basi")));
    cr_assert(!str_eq_nocase(STR("@"), STR("`")));
    cr_assert(!str_eq_nocase(STR("\u00C4"), STR("\u00E4")));
}

Test(base_str, a_word_is_found_whole_or_not_at_all) {
    cr_assert(str_list_has(STR("openid email"), STR("email")));
    cr_assert(str_list_has(STR("  openid   email "), STR("openid")));
    cr_assert(!str_list_has(STR("openid emails"), STR("email")));
    cr_assert(!str_list_has(STR("openid email"), STR("openid email")));
    cr_assert(!str_list_has(STR("openid  email"), STR("")));
    cr_assert(!str_list_has(STR_NONE, STR("email")));
}

Test(base_str, words_come_one_after_the_other) {
    str_t rest = STR(" a  bc ");
    str_t word;
    cr_assert(str_next_word(&rest, &word));
    assert_text(word, "a");
    cr_assert(str_next_word(&rest, &word));
    assert_text(word, "bc");
    cr_assert(!str_next_word(&rest, &word));
    assert_text(word, "bc");
}

Test(base_str, trims_ascii_white_space_only) {
    assert_text(str_trim(STR(" \t\r\n a b \n")), "a b");
    assert_text(str_trim(STR(" \n ")), "");
    assert_text(str_trim(STR("\u00A0a\v")), "\u00A0a\v");
}

Test(base_str, reads_strict_decimals) {
    uint64_t n = 7;
    cr_assert(str_to_u64(STR("18446744073709551615"), UINT64_MAX, &n));
    cr_assert_eq(n, UINT64_MAX);
    cr_assert(str_to_u64(STR("007"), 7, &n));
    cr_assert_eq(n, 7);
    const char *const wrong[] = {"",
                                 "+1",
                                 "-1",
                                 " 1",
                                 "1 ",
                                 "0x1",
                                 "1e3",
                                 "8",
                                 "18446744073709551616",
                                 "99999999999999999999999"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        cr_assert(!str_to_u64(str_from_c(wrong[i]), 7, &n), "%s", wrong[i]);
        cr_assert_eq(n, 7);
    }
    cr_assert(!str_to_u64(STR("18446744073709551616"), UINT64_MAX, &n));
}

Test(base_str, p_http_09_knows_well_formed_utf8) {
    const str_t good[] = {STR(""), STR("a"), STR("\u00E4\u20AC\U0001F600"),
                          STR("\xF4\x8F\xBF\xBF")};
    const str_t bad[] = {STR("\x80"),         STR("\xC0\x80"),         STR("\xC1\xBF"),
                         STR("\xE0\x80\xAF"), STR("\xED\xA0\x80"),     STR("\xF4\x90\x80\x80"),
                         STR("\xC3"),         STR("\xE2\x82"),         STR("\xF8\x88\x80\x80\x80"),
                         STR("a\0b"),         STR("\xF0\x80\x80\xAF"), STR("\xFF")};
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        cr_assert(str_is_utf8(good[i]), "good %zu", i);
    }
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        cr_assert(!str_is_utf8(bad[i]), "bad %zu", i);
    }
    cr_assert(str_is_utf8(STR_NONE));
}

Test(base_str, knows_controls) {
    const str_t with[] = {STR("a\nb"),    STR("\r"),       STR("\x7F"),
                          STR("\0"),      STR("\xC2\x85"), STR("\u2028"),
                          STR("a\u2029"), STR("\x1B[0m"),  STR("\xC2\x9F")};
    for (size_t i = 0; i < sizeof with / sizeof *with; i++) {
        cr_assert(str_has_control(with[i]), "%zu", i);
    }
    cr_assert(!str_has_control(STR("a \u00A0\u00E4\u2027\u202A")));
    cr_assert(!str_has_control(STR("\xC2")));
    cr_assert(!str_has_control(STR("\xE2\x80")));
}
