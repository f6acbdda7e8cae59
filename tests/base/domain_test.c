#include "base/domain.h"
#include "base_test.h"
#include <stdio.h>
#include <unictype.h>
#include <unistr.h>

BASE_SUITE(base_domain);

static void assert_normal(str_t input, str_t expected) {
    str_t normal;
    err_t err = {0};
    cr_assert_eq(domain_normalise(arena, input, &normal, &err), OK, "%.*s: %s", STR_ARG(input),
                 err.text);
    assert_str(normal, expected);
}

static void assert_refused(str_t input) {
    str_t normal = STR("untouched");
    err_t err = {0};
    cr_assert_eq(domain_normalise(arena, input, &normal, &err), BAD_REQUEST, "%.*s -> %.*s",
                 STR_ARG(input), STR_ARG(normal));
    cr_assert_str_eq(err.code, "invalid_domain");
    assert_text(normal, "untouched");
}

Test(base_domain, p_otp_14_case_does_not_matter) {
    assert_normal(STR("ACME.Example"), STR("acme.example"));
    assert_normal(STR("M\u00DCNCHEN.example"), STR("xn--mnchen-3ya.example"));
    assert_normal(STR("XN--Mnchen-3YA.EXAMPLE"), STR("xn--mnchen-3ya.example"));
}

Test(base_domain, p_otp_13_all_spellings_meet_in_the_a_label) {
    const str_t rows[] = {STR("m\u00FCnchen.example"),   STR("mu\u0308nchen.example"),
                          STR("xn--mnchen-3ya.example"), STR("\uFF4D\u00FCnchen\u3002example"),
                          STR("m\u00FCnchen.example."),  STR("m\u00FCn\u00ADchen.example")};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        assert_normal(rows[i], STR("xn--mnchen-3ya.example"));
    }
}

Test(base_domain, p_otp_13_nontransitional_keeps_sharp_s_and_final_sigma) {
    assert_normal(STR("fa\u00DF.de"), STR("xn--fa-hia.de"));
    assert_normal(STR("\u03B2\u03CC\u03BB\u03BF\u03C2.com"), STR("xn--nxasmm1c.com"));
    assert_normal(STR("fass.de"), STR("fass.de"));
}

Test(base_domain, p_otp_13_a_homograph_is_another_domain) {
    assert_normal(STR("\u0430cme.example"), STR("xn--cme-5cd.example"));
}

Test(base_domain, p_otp_13_refuses_invalid_a_labels) {
    assert_refused(STR("xn--a.example"));
    assert_refused(STR("xn--.example"));
    assert_refused(STR("xn--abc-.example"));
    assert_refused(STR("xn--1ch.com"));             // U+2260, disallowed under STD3
    assert_refused(STR("xn--a-ecp.ru"));            // U+0080 and more
    assert_refused(STR("xn--mnchen-3ya\u00E9.de")); // not ASCII
    assert_refused(STR("xn--zn7c.com"));            // U+FFFD
    assert_refused(STR("xn--1ug.example"));         // a joiner alone
    assert_refused(STR("xn--xn--a--gua.pt"));
    assert_refused(STR("xn--MNCHEN-3YA=.com"));
}

// libidn2 2.3.3 drops these characters instead of refusing them.
Test(base_domain, p_otp_12_refuses_what_std3_disallows) {
    const str_t rows[] = {STR("a_b.com"),         STR("a/b.com"),      STR("a b.com"),
                          STR("[1.2.3.4]"),       STR("a@b.com"),      STR("a\uFF20b.com"),
                          STR("a\uFF0Fb.com"),    STR("\u2260.com"),   STR("\u226E.com"),
                          STR("a\uFF3Fb.com"),    STR("a\u2100b.com"), STR("a:80.com"),
                          STR("user\\@acme.com"), STR("a\u3000b.com"), STR("a%62.com"),
                          STR("a\nb.com"),        STR("a\u2488b.com"), STR("a\u2024b.com")};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        assert_refused(rows[i]);
    }
}

// Only what UTS #46 ignores may vanish, and it ignores default ignorable code points only.
Test(base_domain, p_otp_12_no_other_character_vanishes) {
    arena_t *scratch = arena_new(64 * 1024);
    for (ucs4_t c = 0x80; c < 0x3000; c++) {
        uint8_t utf8[8];
        char text[16];
        str_t normal;
        const int len = u8_uctomb(utf8, c, sizeof utf8);
        const int text_len = snprintf(text, sizeof text, "a%.*sb.com", len, (const char *)utf8);
        arena_reset(scratch);
        if (domain_normalise(scratch, (str_t){text, (size_t)text_len}, &normal, NULL) == OK &&
            str_eq(normal, STR("ab.com"))) {
            cr_assert(uc_is_property_default_ignorable_code_point(c), "U+%04X", c);
        }
    }
    arena_free(&scratch);
}

Test(base_domain, checks_hyphens) {
    assert_normal(STR("a-b.c-d.com"), STR("a-b.c-d.com"));
    assert_refused(STR("-a.com"));
    assert_refused(STR("a-.com"));
    assert_refused(STR("ab--cd.com"));
    assert_refused(STR("\u00E4b--c.com"));
    assert_refused(STR("\u00DF-.com"));
    assert_refused(STR("-\u00DF.com"));
}

Test(base_domain, checks_joiners) {
    assert_normal(STR("\u0915\u094D\u200D\u0937.com"), STR("xn--11b2ezcw70k.com"));
    assert_refused(STR("a\u200Db.com"));
    assert_refused(STR("a\u200Cb.com"));
    assert_refused(STR("\u200Dexample.com"));
}

Test(base_domain, checks_bidi_over_all_labels) {
    assert_normal(STR("\u05D0\u05D1.com"), STR("xn--4dbc.com"));
    assert_normal(STR("\u0645\u062B\u0627\u0644.example"), STR("xn--mgbh0fb.example"));
    assert_refused(STR("\u05D0a.com"));
    assert_refused(STR("a\u05D0.com"));
    assert_refused(STR("0\u05D0.com"));
    assert_refused(
        STR("\u0645\u0661"
            "1.com"));                               // Arabic and European digits
    assert_refused(STR("1.\u0645\u062B.example"));   // a label that begins with a digit
    assert_refused(STR("1\u00E9.\u0645\u062B.com")); // the same, not ASCII
    assert_normal(STR("1\u00E9.com"), STR("xn--1-bga.com"));
    assert_refused(STR("\u202Eabc.com"));
}

Test(base_domain, refuses_symbols_unassigned_and_leading_marks) {
    assert_refused(STR("\u2603.net"));
    assert_refused(STR("xn--ls8h.la"));
    assert_refused(STR("x\u0378.com"));
    assert_refused(STR("\u0301a.com"));
    assert_refused(STR("\uFFFD.com"));
}

Test(base_domain, refuses_one_label_and_addresses) {
    const str_t rows[] = {STR("localhost"),  STR("com"),         STR("com."),
                          STR("127.0.0.1"),  STR("1.2.3.4."),    STR("0x7f.1"),
                          STR("a.0x10"),     STR("a.123"),       STR("[::1]"),
                          STR("::1"),        STR("a.0x"),        STR("\uFF11.\uFF12"),
                          STR("2130706433"), STR("1.2.3.\u0662")};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        assert_refused(rows[i]);
    }
    assert_normal(STR("1.2.3.4.com"), STR("1.2.3.4.com"));
    assert_normal(STR("a.0xg"), STR("a.0xg"));
}

Test(base_domain, refuses_empty_labels) {
    const str_t rows[] = {STR(""),          STR("."),          STR(".."),
                          STR("a..b"),      STR(".a.b"),       STR("a.b.."),
                          STR("\u3002a.b"), STR("\u00AD.com"), STR("a.\u00AD")};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        assert_refused(rows[i]);
    }
}

Test(base_domain, p_mem_02_lengths_at_their_limits) {
    const str_t label = repeat(STR("a"), 63);
    const str_t name = arena_format(arena, "%.*s.%.*s.%.*s.%.*s", STR_ARG(label), STR_ARG(label),
                                    STR_ARG(label), STR_ARG(repeat(STR("b"), 61)));
    cr_assert_eq(name.len, 253);
    assert_normal(name, name);
    assert_normal(arena_format(arena, "%.*s.", STR_ARG(name)), name);
    assert_refused(arena_format(arena, "%.*sb", STR_ARG(name)));
    assert_refused(arena_format(arena, "%.*sa.com", STR_ARG(label)));
    assert_refused(arena_format(arena, "\u00E4%.*s.com", STR_ARG(str_sub(label, 0, 60))));
}

Test(base_domain, p_http_09_refuses_invalid_utf8_and_nul) {
    assert_refused(STR("a\xC0\xAE.com"));
    assert_refused(STR("a\xFF.com"));
    assert_refused(STR("acme.com\0.evil.example"));
}

Test(base_domain, p_mem_05_a_megabyte_is_refused_before_it_is_looked_at) {
    const str_t dots = repeat(STR("a."), 500000);
    const size_t before = arena_used(arena);
    assert_refused(dots);
    cr_assert_eq(arena_used(arena), before);
}

Test(base_domain, p_otp_16_neighbours_stay_apart) {
    assert_normal(STR("eu.samecorp.example"), STR("eu.samecorp.example"));
    assert_normal(STR("samecorp.example.evil.example"), STR("samecorp.example.evil.example"));
    assert_normal(STR("evil-samecorp.example"), STR("evil-samecorp.example"));
}

Test(base_domain, shows_unicode_where_it_cannot_deceive) {
    assert_text(domain_display(arena, STR("acme.example")), "acme.example");
    assert_text(domain_display(arena, STR("xn--mnchen-3ya.example")), "m\u00FCnchen.example");
    assert_text(domain_display(arena, STR("xn--mgbh0fb.xn--kgbechtv")),
                "\u0645\u062B\u0627\u0644.\u0625\u062E\u062A\u0628\u0627\u0631");
    assert_text(domain_display(arena, STR("xn--wgv71a.jp")), "\u65E5\u672C.jp");
    assert_text(domain_display(arena, STR("xn--e1afmkfd.example")),
                "\u043F\u0440\u0438\u043C\u0435\u0440.example");
}

static str_t shown(str_t unicode) {
    str_t normal;
    cr_assert_eq(domain_normalise(arena, unicode, &normal, NULL), OK, "%.*s", STR_ARG(unicode));
    return domain_display(arena, normal);
}

Test(base_domain, shows_the_mixtures_that_uts_39_allows) {
    const str_t rows[] = {STR("abc\u65E5\u3042\u30A2.com"), STR("abc\u4E2D\u3105.com"),
                          STR("abc\u4E2D\uD55C.com"), STR("\u30A2\u30FC1-2.com")};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        assert_str(shown(rows[i]), rows[i]);
    }
}

Test(base_domain, p_otp_13_shows_the_a_label_of_what_could_deceive) {
    assert_text(shown(STR("\u0430cme.example")), "xn--cme-5cd.example"); // Cyrillic a in Latin
    assert_text(shown(STR("\u0430\u0440\u0440\u04CF\u0435.com")), "xn--80ak6aa92e.com");
    const str_t rows[] = {STR("\u03B1\u0430.com"), STR("\u3042\uD55C.com"), STR("\u3105\u3042.com"),
                          STR("\u3105\uD55C.com"), STR("\u043F\u4E2D.com"), STR("1-\u03BF.com")};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        cr_assert(str_starts(shown(rows[i]), STR("xn--")), "%.*s", STR_ARG(rows[i]));
    }
}

Test(base_domain, p_otp_17_knows_public_suffixes) {
    const str_t suffixes[] = {STR("com"),       STR("co.uk"),
                              STR("github.io"), STR("xn--p1ai"),
                              STR("foo.ck"),    STR("s3.amazonaws.com"),
                              STR_NONE,         STR("a-tld-that-nobody-has")};
    const str_t owned[] = {STR("acme.com"), STR("acme.co.uk"), STR("acme.github.io"),
                           STR("www.ck"),   STR("gmail.com"),  STR("acme.a-tld-that-nobody-has")};
    for (size_t i = 0; i < sizeof suffixes / sizeof *suffixes; i++) {
        cr_assert(domain_is_public_suffix(suffixes[i]), "%.*s", STR_ARG(suffixes[i]));
    }
    for (size_t i = 0; i < sizeof owned / sizeof *owned; i++) {
        cr_assert(!domain_is_public_suffix(owned[i]), "%.*s", STR_ARG(owned[i]));
    }
    cr_assert(domain_is_public_suffix(repeat(STR("a."), 500)));
}
