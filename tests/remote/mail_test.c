// The octets of a mail: RFC 5322, RFC 2045 to 2047, RFC 3834. What we write is read back by a small
// reader of our own; smtp_test.c has it read by somebody else's.
#include "base/buffer.h"
#include "base/encode.h"
#include "remote/mail.h"
#include <criterion/criterion.h>

static arena_t *arena;

static void setup(void) {
    arena = arena_new(4 << 20);
}
static void teardown(void) {
    arena_free(&arena);
}
TestSuite(remote_mail, .init = setup, .fini = teardown);

static mail_t plain_mail(void) {
    return (mail_t){
        .to = STR("ann@acme.example"),
        .subject = STR("Your code for Demo: 123 456"),
        .text = STR("Hello\n\n123 456\n"),
        .html = STR("<p>123&nbsp;456</p>\n"),
        .message_id = STR("out_1"),
        .date = 1795348800000,
    };
}

static settings_mailbox_t sender(const char *name) {
    return (settings_mailbox_t){str_from_c(name), STR("login@gatehouse.example")};
}

static result_t compose_from(const char *name, const mail_t *mail, str_t *out) {
    const settings_mailbox_t from = sender(name);
    const mail_sender_t by = {&from, STR("login.example")};
    err_t err = {0};
    return mail_compose(arena, &by, mail, out, &err);
}

static str_t composed(const mail_t *mail) {
    str_t out = STR_NONE;
    cr_assert_eq(compose_from("Gatehouse", mail, &out), OK);
    return out;
}

// ---- the reader ---------------------------------------------------------------------------------

static bool find(str_t text, str_t needle, size_t *out) {
    const char *at = text.len ? memmem(text.ptr, text.len, needle.ptr, needle.len) : NULL;
    if (at) {
        *out = (size_t)(at - text.ptr);
    }
    return at != NULL;
}

static bool holds(str_t text, const char *needle) {
    size_t at;
    return find(text, str_from_c(needle), &at);
}

// The value of a header field as it stands, folds included.
static str_t field(str_t message, const char *name) {
    size_t begin, end;
    const str_t key = arena_format(arena, "\r\n%s: ", name);
    cr_assert(find(message, key, &begin), "no field %s", name);
    const str_t value = str_sub(message, begin + key.len, message.len);
    end = 0;
    while (!(value.ptr[end] == '\r' && value.ptr[end + 2] != ' ')) {
        end++;
    }
    return str_sub(value, 0, end);
}

// RFC 2047 6.2: encoded words joined, the folds between them dropped.
static str_t words_decode(str_t value) {
    buf_t out = buf_new(arena, value.len);
    while (value.len > 0) {
        if (str_starts(value, STR("\r\n "))) {
            value = str_sub(value, 3, value.len);
            continue;
        }
        cr_assert(str_starts(value, STR("=?UTF-8?B?")), "%.*s", STR_ARG(value));
        value = str_sub(value, 10, value.len);
        const size_t end = str_find(value, '?');
        cr_assert_leq(10 + end + 2, 75, "RFC 2047 2: at most 75");
        bytes_t octets;
        cr_assert(base64_decode(arena, str_sub(value, 0, end), &octets));
        const str_t word = {(const char *)octets.ptr, octets.len};
        cr_assert(str_is_utf8(word), "RFC 2047 5: whole characters");
        buf_add(&out, word);
        value = str_sub(value, end + 2, value.len);
    }
    return buf_str(&out);
}

static int hex_value(char c) {
    return c <= '9' ? c - '0' : c - 'A' + 10;
}

static str_t quoted_printable_decode(str_t s) {
    buf_t out = buf_new(arena, s.len);
    for (size_t i = 0; i < s.len; i++) {
        if (s.ptr[i] != '=') {
            buf_add_char(&out, s.ptr[i]);
        } else if (s.ptr[i + 1] == '\r') {
            i += 2;
        } else {
            buf_add_char(&out, (char)(hex_value(s.ptr[i + 1]) << 4 | hex_value(s.ptr[i + 2])));
            i += 2;
        }
    }
    return buf_str(&out);
}

// The decoded body of the part with this type.
static str_t body(str_t message, const char *type) {
    size_t begin, end;
    cr_assert(
        find(message, arena_format(arena, "Content-Type: %s; charset=UTF-8\r\n", type), &begin));
    str_t rest = str_sub(message, begin, message.len);
    cr_assert(find(rest, STR("\r\n\r\n"), &begin));
    rest = str_sub(rest, begin + 4, rest.len);
    cr_assert(find(rest, STR("\r\n--=_gatehouse"), &end));
    return quoted_printable_decode(str_sub(rest, 0, end));
}

// Seven bits, CRLF only, at most 76 columns, no white space at the end of a line (RFC 2045 6.7).
static void is_well_formed(str_t message) {
    size_t column = 0;
    for (size_t i = 0; i < message.len; i++) {
        const char c = message.ptr[i];
        cr_assert((c >= ' ' && c <= '~') || c == '\t' || c == '\r' || c == '\n');
        cr_assert_eq(c == '\n', i > 0 && message.ptr[i - 1] == '\r');
        if (c == '\r') {
            cr_assert(column == 0 || (message.ptr[i - 1] != ' ' && message.ptr[i - 1] != '\t'));
            cr_assert_leq(column, 76);
            column = 0;
            i++;
            continue;
        }
        column++;
    }
    cr_assert_eq(column, 0, "the last line is ended");
}

// ---- golden -------------------------------------------------------------------------------------

Test(remote_mail, writes_exactly_this) {
    const mail_t mail = plain_mail();
    const str_t got = composed(&mail);
    const char *want =
        "Date: Sun, 22 Nov 2026 12:00:00 +0000\r\n"
        "From: Gatehouse\r\n"
        " <login@gatehouse.example>\r\n"
        "To: <ann@acme.example>\r\n"
        "Message-ID: <out_1@login.example>\r\n"
        "Subject: Your code for Demo: 123 456\r\n"
        "Auto-Submitted: auto-generated\r\n"
        "MIME-Version: 1.0\r\n"
        "Content-Type: multipart/alternative; boundary=\"=_gatehouse\"\r\n"
        "\r\n"
        "--=_gatehouse\r\n"
        "Content-Type: text/plain; charset=UTF-8\r\n"
        "Content-Transfer-Encoding: quoted-printable\r\n"
        "\r\n"
        "Hello\r\n"
        "\r\n"
        "123 456\r\n"
        "\r\n"
        "--=_gatehouse\r\n"
        "Content-Type: text/html; charset=UTF-8\r\n"
        "Content-Transfer-Encoding: quoted-printable\r\n"
        "\r\n"
        "<p>123&nbsp;456</p>\r\n"
        "\r\n"
        "--=_gatehouse--\r\n";
    cr_assert(str_eq(got, str_from_c(want)), "%.*s", STR_ARG(got));
}

// ---- header fields ------------------------------------------------------------------------------

static void subject_survives(const char *subject) {
    mail_t mail = plain_mail();
    mail.subject = str_from_c(subject);
    const str_t message = composed(&mail);
    is_well_formed(message);
    const str_t value = field(message, "Subject");
    const str_t read = str_starts(value, STR("=?")) ? words_decode(value) : value;
    cr_assert(str_eq(read, mail.subject), "%.*s", STR_ARG(value));
}

Test(remote_mail, keeps_the_subject_of_every_language) {
    subject_survives("Your code for Acme: 123 456");
    subject_survives("Ihr Code für Bücher & Söhne: 123 456");
    subject_survives("رمز تسجيل الدخول إلى أكمي: 123 456");
    subject_survives(
        "رمز تسجيل الدخول إلى شركة التجارة والصناعة المتحدة العالمية المحدودة: 123 456");
    subject_survives("登录代码 🔐🔐🔐🔐🔐🔐🔐🔐🔐🔐🔐🔐🔐🔐🔐🔐🔐🔐🔐🔐");
}

Test(remote_mail, p_otp_21_takes_text_of_an_application_s_name_literally) {
    subject_survives("{{constructor}} %s%n <img src=x> \"quoted\", comma; (comment)");
    subject_survives("=?UTF-8?B?aGk=?= is not a word of ours");
    subject_survives(" leading and trailing ");
    subject_survives(
        "a subject of ASCII that is so long that it would not fit into one line of mail");
}

Test(remote_mail, keeps_the_sender_s_name) {
    static const char *const names[] = {
        "Gatehouse",
        "Bücher GmbH",
        "Acme, Inc. <support@evil.example>",
        "\"quoted\\name",
        "بوابة الدخول",
        "a name of sixty characters and more, which is still allowed 123",
    };
    const mail_t mail = plain_mail();
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        str_t message;
        cr_assert_eq(compose_from(names[i], &mail, &message), OK);
        is_well_formed(message);
        const str_t value = field(message, "From");
        size_t address;
        cr_assert(find(value, STR("\r\n <login@gatehouse.example>"), &address));
        const str_t phrase = str_sub(value, 0, address);
        const str_t read = str_starts(phrase, STR("=?")) ? words_decode(phrase) : phrase;
        cr_assert(str_eq(read, str_from_c(names[i])), "%.*s", STR_ARG(read));
        cr_assert_eq(str_find(phrase, '<'), phrase.len, "nothing in a name looks like an address");
    }
}

Test(remote_mail, a_sender_without_a_name_is_an_address) {
    const mail_t mail = plain_mail();
    str_t message;
    cr_assert_eq(compose_from("", &mail, &message), OK);
    cr_assert(str_eq(field(message, "From"), STR("<login@gatehouse.example>")));
}

static void is_refused(const mail_t *mail) {
    str_t message = STR("untouched");
    cr_assert_eq(compose_from("Gatehouse", mail, &message), BAD_REQUEST);
    cr_assert(str_eq(message, STR("untouched")));
}

Test(remote_mail, p_otp_11_a_control_in_a_header_value_makes_no_mail) {
    static const char *const controls[] = {"\r\nBcc: x@y.example",
                                           "\nBcc: x@y.example",
                                           "\rBcc: x@y.example",
                                           "\x01",
                                           "\x7F",
                                           "\xC2\x85",
                                           "\xE2\x80\xA8",
                                           "\t"};
    for (size_t i = 0; i < sizeof controls / sizeof controls[0]; i++) {
        mail_t mail = plain_mail();
        mail.to = arena_format(arena, "a%s@b.example", controls[i]);
        is_refused(&mail);
        mail = plain_mail();
        mail.subject = arena_format(arena, "Hello%s", controls[i]);
        is_refused(&mail);
        mail = plain_mail();
        mail.message_id = arena_format(arena, "out%s", controls[i]);
        is_refused(&mail);
        mail = plain_mail();
        str_t message = STR_NONE;
        cr_assert_eq(compose_from(arena_format(arena, "Gate%s", controls[i]).ptr, &mail, &message),
                     BAD_REQUEST);
    }
    mail_t mail = plain_mail();
    mail.subject = (str_t){"a\0b", 3};
    is_refused(&mail);
    mail.subject = STR("not \xFF UTF-8");
    is_refused(&mail);
}

Test(remote_mail, p_otp_11_a_recipient_is_one_address_and_nothing_else) {
    static const char *const others[] = {
        "",          "ann",           "ann@",           "@b.example",    "a@b@c.example",
        "a b@c.d",   "<a@b.c>",       "a@b.c,d@e.f",    "a@b.c;d@e.f",   "a@b.c>\",<d@e.f",
        "\"a\"@b.c", "a@[127.0.0.1]", "a(c)@b.example", "a\\@b.example",
    };
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        mail_t mail = plain_mail();
        mail.to = str_from_c(others[i]);
        is_refused(&mail);
    }
}

Test(remote_mail, an_address_beyond_ascii_goes_out_as_smtputf8_only) {
    mail_t mail = plain_mail();
    mail.to = STR("jörg@acme.example");
    is_refused(&mail);
    mail.is_utf8 = true;
    const str_t message = composed(&mail);
    cr_assert(str_eq(field(message, "To"), STR("<jörg@acme.example>"))); // RFC 6532 3.2
}

Test(remote_mail, says_that_a_machine_wrote_it) {
    const mail_t mail = plain_mail();
    cr_assert(str_eq(field(composed(&mail), "Auto-Submitted"), STR("auto-generated")));
}

// ---- bodies -------------------------------------------------------------------------------------

static str_t with_crlf(str_t s) {
    buf_t out = buf_new(arena, s.len * 2);
    for (size_t i = 0; i < s.len; i++) {
        if (s.ptr[i] == '\n' && (i == 0 || s.ptr[i - 1] != '\r')) {
            buf_add_char(&out, '\r');
        }
        buf_add_char(&out, s.ptr[i]);
    }
    return buf_str(&out);
}

static void body_survives(str_t text) {
    mail_t mail = plain_mail();
    mail.text = text;
    mail.html = text;
    const str_t message = composed(&mail);
    is_well_formed(message);
    cr_assert(str_eq(body(message, "text/plain"), with_crlf(text)));
    cr_assert(str_eq(body(message, "text/html"), with_crlf(text)));
}

Test(remote_mail, keeps_bodies_to_the_octet) {
    body_survives(STR(""));
    body_survives(STR("\n"));
    body_survives(STR("ends without a line break"));
    body_survives(STR("ends with a blank "));
    body_survives(STR("blanks \nand tabs\t\nat \t \r\nline ends\n"));
    body_survives(STR("=3D is not =, and --=_gatehouse-- is no boundary\n.\n..\n"));
    body_survives(STR("a lone \r return\n"));
    body_survives(
        STR("رمز الدخول الخاص بك هو ١٢٣ ٤٥٦ وهو صالح لمدة خمس دقائق فقط، لا تشاركه مع أحد\n"));
}

// Every length around the edge of a line, with a character that takes one, three, six or nine
// columns at the edge.
Test(remote_mail, breaks_lines_at_76_columns_whatever_stands_there) {
    static const char *const edges[] = {"x", "=", "é", "€", " ", " \n", "\t\nx", "\nx", "\r\nx"};
    for (size_t before = 65; before < 85; before++) {
        for (size_t i = 0; i < sizeof edges / sizeof edges[0]; i++) {
            buf_t text = buf_new(arena, 256);
            for (size_t k = 0; k < before; k++) {
                buf_add_char(&text, 'a');
            }
            buf_add_c(&text, edges[i]);
            buf_add_c(&text, "bbb");
            body_survives(buf_str(&text));
        }
    }
}

Test(remote_mail, keeps_a_thousand_random_texts) {
    static const char *const pieces[] = {"a", " ", "\t", "\n", "\r\n", "=",
                                         "é", "€", "🔐",  ".",  "ا"};
    uint32_t state = 20261122;
    for (int round = 0; round < 1000; round++) {
        buf_t text = buf_new(arena, 512);
        for (int i = 0; i < 120; i++) {
            state = state * 1664525 + 1013904223;
            buf_add_c(&text, pieces[(state >> 16) % (sizeof pieces / sizeof pieces[0])]);
        }
        body_survives(buf_str(&text));
        arena_reset(arena);
    }
}

Test(remote_mail, a_body_that_is_not_utf8_makes_no_mail) {
    mail_t mail = plain_mail();
    mail.text = STR("\xFF");
    is_refused(&mail);
    mail = plain_mail();
    mail.html = STR("\xC3");
    is_refused(&mail);
}

Test(remote_mail, has_the_plain_part_first) {
    const mail_t mail = plain_mail();
    const str_t message = composed(&mail);
    size_t plain, html;
    cr_assert(find(message, STR("text/plain"), &plain) && find(message, STR("text/html"), &html));
    cr_assert_lt(plain, html);
    cr_assert(holds(message, "\r\n--=_gatehouse--\r\n"));
}
