#include "base/email.h"
#include "base_test.h"
#include <stdio.h>
#include <unicase.h>
#include <unictype.h>
#include <uninorm.h>
#include <unistr.h>

BASE_SUITE(base_email);

static email_t parsed(str_t input) {
    email_t email = {0};
    err_t err = {0};
    cr_assert_eq(email_parse(arena, input, &email, &err), OK, "%.*s: %s", STR_ARG(input), err.text);
    return email;
}

static void assert_refused(str_t input) {
    email_t email = {.normal = STR("untouched")};
    err_t err = {0};
    cr_assert_eq(email_parse(arena, input, &email, &err), BAD_REQUEST, "%.*s -> %.*s",
                 STR_ARG(input), STR_ARG(email.normal));
    cr_assert(err.code[0]);
    assert_text(email.normal, "untouched");
}

static void assert_local_refused(const char *local) {
    assert_refused(arena_format(arena, "%s@acme.example", local));
}

Test(base_email, p_otp_14_the_key_is_lower_case_and_the_display_as_typed) {
    const email_t email = parsed(STR("  User.Name@ACME.Example.\r\n"));
    assert_text(email.normal, "user.name@acme.example");
    assert_text(email.display, "User.Name@acme.example");
    assert_text(email.local, "user.name");
    assert_text(email.domain, "acme.example");
    cr_assert(!email.is_utf8);
}

Test(base_email, takes_every_atext_character) {
    assert_text(parsed(STR("!#$%&'*+-/=?^_`{|}~09az@acme.example")).normal,
                "!#$%&'*+-/=?^_`{|}~09az@acme.example");
}

Test(base_email, takes_unicode_by_rfc_6532) {
    const email_t email = parsed(STR("J\u00DCRGEN@m\u00FCnchen.example"));
    assert_text(email.normal, "j\u00FCrgen@xn--mnchen-3ya.example");
    assert_text(email.display, "J\u00DCRGEN@xn--mnchen-3ya.example");
    cr_assert(email.is_utf8);
    assert_text(parsed(STR("\u0645\u062B\u0627\u0644@acme.example")).local,
                "\u0645\u062B\u0627\u0644");
    assert_text(parsed(STR("\u65E5\u672C@acme.example")).local, "\u65E5\u672C");
}

Test(base_email, refuses_what_is_not_a_dot_atom) {
    const char *const rows[] = {"",      ".",    ".a",   "a.",  "a..b", "a b",  "\"a b\"", "a(x)",
                                "a<b",   "a,b",  "a;b",  "a:b", "a\\b", "[a]",  "a\tb",    "a\r\nb",
                                "a\x7F", "\"\"", "(x)a", "a@b", "a>",   "a\x01"};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        assert_local_refused(rows[i]);
    }
}

Test(base_email, refuses_what_has_no_domain) {
    assert_refused(STR(""));
    assert_refused(STR_NONE);
    assert_refused(STR("@"));
    assert_refused(STR("a@"));
    assert_refused(STR("@acme.example"));
    assert_refused(STR("acme.example"));
    assert_refused(STR("a@localhost"));
    assert_refused(STR("a@[127.0.0.1]"));
    assert_refused(STR("a@127.0.0.1"));
    assert_refused(STR("a@acme .example"));
    assert_refused(STR("a@acme.example\r\nBcc: b@evil.example"));
    assert_refused(STR("a@acme.example,b@evil.example"));
    assert_refused(STR("a@acme.example>"));
}

Test(base_email, p_otp_12_a_full_width_at_is_no_at) {
    assert_refused(STR("user\uFF20acme.example"));
    assert_refused(STR("victim\uFF20acme.example@evil.example"));
    assert_refused(STR("user@acme.example\uFF20evil.example"));
    assert_refused(STR("user\uFE6Bacme.example@evil.example"));
}

Test(base_email, p_otp_12_refuses_a_bidi_control) {
    assert_local_refused("us\u202Eer");
    assert_local_refused("us\u200Eer");
    assert_local_refused("us\u2067er");
    assert_local_refused("us\u061Cer");
}

Test(base_email, p_otp_12_refuses_what_cannot_be_seen) {
    const char *const rows[] = {"us\u200Der", "us\u200Cer",     "us\u200Ber",     "us\u00ADer",
                                "us\u2060er", "us\uFEFFer",     "us\u034Fer",     "us\uFE0Fer",
                                "us\u115Fer", "us\u3164er",     "us\u00A0er",     "us\u3000er",
                                "us\u2003er", "us\u2028er",     ("us\302\205er"), "us\uE000er",
                                "us\u0378er", "us\U000E0041er", "us\u180Eer"};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        assert_local_refused(rows[i]);
    }
}

Test(base_email, p_otp_12_refuses_characters_that_fold_onto_ascii) {
    assert_local_refused("bac\u212A");  // Kelvin sign
    assert_local_refused("m\u0131ke");  // dotless i
    assert_local_refused("M\u0130KE");  // I with dot
    assert_local_refused("MI\u0307KE"); // the same, decomposed
    assert_local_refused("mi\u0307ke"); // a dot on an i is not seen
    assert_local_refused("mi\u0323\u0307ke");
    assert_local_refused("i\u035A\u0330\u0307");
    assert_local_refused("u\u017Fer");   // long s
    assert_local_refused("\uFF55ser");   // full width
    assert_local_refused("o\uFB03ce");   // ligature
    assert_local_refused("\u2170v");     // Roman numeral
    assert_local_refused("\U0001D41Aa"); // mathematical a
    assert_local_refused("\u212B");      // Angstrom sign
}

// The sum of the above: whatever stands in it, an address that is not ASCII gets a key that is not.
Test(base_email, p_otp_12_no_character_becomes_a_plain_letter) {
    arena_t *scratch = arena_new(64 * 1024);
    for (ucs4_t c = 0x80; c < 0x3000; c++) {
        uint8_t utf8[8];
        char text[24];
        email_t email;
        const int len = u8_uctomb(utf8, c, sizeof utf8);
        const int text_len =
            snprintf(text, sizeof text, "I%.*s@acme.example", len, (const char *)utf8);
        arena_reset(scratch);
        if (email_parse(scratch, (str_t){text, (size_t)text_len}, &email, NULL) == OK) {
            const uint8_t *first = (const uint8_t *)email.local.ptr;
            cr_assert(first[0] >= 0x80 || first[1] >= 0x80, "U+%04X", c);
        }
    }
    arena_free(&scratch);
}

Test(base_email, p_otp_12_composed_and_decomposed_are_one) {
    assert_str(parsed(STR("ju\u0308rgen@acme.example")).normal,
               parsed(STR("J\u00DCRGEN@acme.example")).normal);
    assert_str(parsed(STR("a\u0323\u0302@acme.example")).normal,
               parsed(STR("a\u0302\u0323@acme.example")).normal);
    // Only the lower case of this pair exists composed.
    assert_text(parsed(STR("H\u0331@acme.example")).local, "\u1E96");
}

Test(base_email, p_otp_12_folding_is_simple_so_that_two_mailboxes_stay_two) {
    assert_text(parsed(STR("stra\u00DFe@acme.example")).local, "stra\u00DFe");
    assert_text(parsed(STR("STRA\u1E9EE@acme.example")).local, "stra\u00DFe");
    assert_text(parsed(STR("STRASSE@acme.example")).local, "strasse");
    assert_text(parsed(STR("\u03A3\u03AF\u03C2@acme.example")).local, "\u03C3\u03AF\u03C3");
}

static void assert_folds_as_case_folding_txt(ucs4_t c) {
    uint8_t utf8[8], folded[64];
    ucs4_t full, ours;
    size_t len = sizeof folded;
    email_t email;
    const int utf8_len = u8_uctomb(utf8, c, sizeof utf8);
    const str_t text = arena_format(arena, "%.*s@a.bc", utf8_len, (const char *)utf8);
    if (email_parse(arena, text, &email, NULL) != OK) {
        return;
    }
    u8_casefold(utf8, (size_t)utf8_len, NULL, UNINORM_NFC, folded, &len);
    if (u8_mbtouc(&full, folded, len) == (int)len) {
        u8_mbtouc(&ours, (const uint8_t *)email.local.ptr, email.local.len);
        cr_assert_eq(ours, uc_tolower(full), "U+%04X", c);
    }
}

// Where full folding gives one character it is simple folding. Cherokee folds to its capitals there
// and to its small letters here, which joins the same pairs.
Test(base_email, folding_joins_what_case_folding_txt_joins) {
    const ucs4_t ranges[][2] = {{0x80, 0x600},      {0x10A0, 0x1100},   {0x13A0, 0x1400},
                                {0x1C80, 0x1CC0},   {0x1E00, 0x2200},   {0x2C00, 0x2E00},
                                {0xA640, 0xA800},   {0xAB30, 0xABC0},   {0xFF00, 0xFF60},
                                {0x10400, 0x10600}, {0x118A0, 0x118E0}, {0x1E900, 0x1E944}};
    for (size_t i = 0; i < sizeof ranges / sizeof *ranges; i++) {
        for (ucs4_t c = ranges[i][0]; c < ranges[i][1]; c++) {
            assert_folds_as_case_folding_txt(c);
        }
        arena_reset(arena);
    }
}

Test(base_email, p_otp_12_a_mark_needs_a_letter_to_stand_on) {
    assert_local_refused("\u0301a");
    assert_local_refused("a.\u0301b");
    assert_text(parsed(STR("q\u0301@acme.example")).local, "q\u0301");
}

Test(base_email, p_otp_13_the_two_spellings_of_a_domain_are_one) {
    assert_str(parsed(STR("user@m\u00FCnchen.example")).normal,
               parsed(STR("user@xn--mnchen-3ya.example")).normal);
    assert_refused(STR("user@xn--a.example"));
    assert_text(parsed(STR("user@\u0430cme.example")).domain, "xn--cme-5cd.example");
}

Test(base_email, p_otp_15_plus_and_dots_make_other_identities) {
    assert_text(parsed(STR("user+a@gmail.com")).normal, "user+a@gmail.com");
    assert_text(parsed(STR("u.s.e.r@gmail.com")).normal, "u.s.e.r@gmail.com");
}

static str_t mailbox(str_t input) {
    const email_t email = parsed(input);
    return email_mailbox(arena, &email);
}

Test(base_email, p_otp_15_limits_see_the_mailbox_behind) {
    assert_text(mailbox(STR("User+a+b@acme.example")), "user@acme.example");
    assert_text(mailbox(STR("u.s.e.r@acme.example")), "u.s.e.r@acme.example");
    assert_text(mailbox(STR("U.s.e.r+x@GMail.com")), "user@gmail.com");
    assert_text(mailbox(STR("us.er@googlemail.com")), "user@gmail.com");
    assert_text(mailbox(STR("+a@acme.example")), "+a@acme.example");
}

Test(base_email, p_mem_02_lengths_at_their_limits) {
    const str_t local = repeat(STR("l"), 64);
    const str_t domain = arena_format(arena, "%.*s.%.*s.%.*s", STR_ARG(repeat(STR("d"), 63)),
                                      STR_ARG(repeat(STR("d"), 63)), STR_ARG(repeat(STR("d"), 61)));
    cr_assert_eq(local.len + 1 + domain.len, EMAIL_MAX);
    const str_t longest = arena_format(arena, "%.*s@%.*s", STR_ARG(local), STR_ARG(domain));
    assert_str(parsed(longest).normal, longest);
    assert_refused(arena_format(arena, "%.*sd", STR_ARG(longest)));
    assert_refused(arena_format(arena, "l%.*s@a.bc", STR_ARG(local)));
    assert_text(parsed(STR("a@b.c")).normal, "a@b.c");
    cr_assert_eq(
        parsed(arena_format(arena, "%.*s@b.c", STR_ARG(repeat(STR("\u00E4"), 32)))).local.len, 64);
    assert_refused(arena_format(arena, "%.*s@b.c", STR_ARG(repeat(STR("\u00E4"), 33))));
    // U+023A is two octets, its lower case three.
    assert_refused(arena_format(arena, "%.*s@b.c", STR_ARG(repeat(STR("\u023A"), 32))));
    assert_text(parsed(STR("\u023A@b.c")).local, "\u2C65");
}

Test(base_email, p_http_09_refuses_invalid_utf8_and_nul) {
    assert_refused(STR("a\xC0\xAF@acme.example"));
    assert_refused(STR("a\xFF@acme.example"));
    assert_refused(STR("a\0b@acme.example"));
    assert_refused(STR("a@acme.example\0.evil.example"));
}

Test(base_email, p_mem_05_a_megabyte_is_refused_before_it_is_looked_at) {
    const str_t rows[] = {repeat(STR("a."), 500000), repeat(STR("@"), 1000000),
                          repeat(STR("\u0308"), 500000)};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const size_t before = arena_used(arena);
        assert_refused(rows[i]);
        cr_assert_eq(arena_used(arena), before);
    }
}
