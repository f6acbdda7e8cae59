#include "remote/mail.h"
#include "base/buffer.h"
#include "base/encode.h"

enum {
    LINE_MAX_LEN = 76,    // RFC 2045 6.7 (5), RFC 2047 2
    WORD_OCTETS_MAX = 39, // 52 characters of base64: fits behind the longest field name of ours
    PLAIN_MAX = 60,       // what stands behind a field name unencoded
};

// QP never writes "=_", so this occurs in no body (RFC 2045 6.7 suggests it).
static const char boundary[] = "=_gatehouse";

// ---- header fields ------------------------------------------------------------------------------

// P-OTP-11: whatever becomes a header field is one line of text, or there is no mail.
static bool is_one_line(str_t s) {
    return str_is_utf8(s) && !str_has_control(s);
}

// What email_parse lets through, looked at again: an address that could end its brackets early or
// name a second recipient goes nowhere.
static bool is_address(str_t s, bool may_be_utf8) {
    if (str_is_empty(s) || !is_one_line(s)) {
        return false;
    }
    for (size_t i = 0; i < s.len; i++) {
        const char c = s.ptr[i];
        if (strchr(" <>()[],;:\\\"", c) || (!may_be_utf8 && (unsigned char)c > 0x7E)) {
            return false;
        }
    }
    const size_t at = str_find_last(s, '@');
    return at > 0 && at + 1 < s.len && str_find(s, '@') == at;
}

static bool is_id(str_t s) {
    return !str_is_empty(s) && is_one_line(s) && str_find(s, ' ') == s.len &&
           str_find(s, '<') == s.len && str_find(s, '>') == s.len;
}

// Letters, digits and single spaces between them: a phrase of atoms (RFC 5322 3.2.3) that no reader
// takes for anything else.
static bool is_plain_phrase(str_t s) {
    if (s.len == 0 || s.len > PLAIN_MAX) {
        return false;
    }
    char before = ' ';
    for (size_t i = 0; i < s.len; i++) {
        const char c = s.ptr[i];
        const bool is_atom =
            (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-';
        if (!is_atom && (c != ' ' || before == ' ')) {
            return false;
        }
        before = c;
    }
    return before != ' ';
}

// Printable ASCII that fits the line, does not look like an encoded word and keeps its ends.
static bool is_plain_text(str_t s) {
    for (size_t i = 0; i < s.len; i++) {
        if (s.ptr[i] < ' ' || s.ptr[i] > '~' || (i > 0 && s.ptr[i - 1] == '=' && s.ptr[i] == '?')) {
            return false;
        }
    }
    return s.len > 0 && s.len <= PLAIN_MAX && s.ptr[0] != ' ' && s.ptr[s.len - 1] != ' ';
}

static bool is_utf8_tail(char c) {
    return ((unsigned char)c & 0xC0) == 0x80;
}

// RFC 2047: base64 words, each of whole characters (section 5), one a line. Base64 rather than Q:
// it is right in a phrase too and half as long for Arabic.
static void encoded_words_to(buf_t *out, str_t s) {
    do {
        size_t len = s.len < WORD_OCTETS_MAX ? s.len : WORD_OCTETS_MAX;
        while (len < s.len && is_utf8_tail(s.ptr[len])) {
            len--;
        }
        buf_add_c(out, "=?UTF-8?B?");
        buf_add(out, base64_encode(out->arena, str_bytes(str_sub(s, 0, len))));
        buf_add_c(out, "?=");
        s = str_sub(s, len, s.len);
        if (s.len > 0) {
            buf_add_c(out, "\r\n ");
        }
    } while (s.len > 0);
}

static void field_to(buf_t *out, const char *name, str_t value) {
    buf_add_c(out, name);
    buf_add_c(out, ": ");
    buf_add(out, value);
    buf_add_c(out, "\r\n");
}

static void subject_to(buf_t *out, str_t subject) {
    buf_add_c(out, "Subject: ");
    if (is_plain_text(subject)) {
        buf_add(out, subject);
    } else {
        encoded_words_to(out, subject);
    }
    buf_add_c(out, "\r\n");
}

static void from_to(buf_t *out, const settings_mailbox_t *from) {
    buf_add_c(out, "From: ");
    if (is_plain_phrase(from->name)) {
        buf_add(out, from->name);
        buf_add_c(out, "\r\n ");
    } else if (!str_is_empty(from->name)) {
        encoded_words_to(out, from->name);
        buf_add_c(out, "\r\n ");
    }
    buf_add_format(out, "<%.*s>\r\n", STR_ARG(from->address));
}

// ---- bodies -------------------------------------------------------------------------------------

// Appends one piece of a line, after a soft break if the line would get too long with it and the
// "=" of the next soft break.
static void piece_to(buf_t *out, size_t *column, const char *piece, size_t len) {
    if (*column + len > LINE_MAX_LEN - 1) {
        buf_add_c(out, "=\r\n");
        *column = 0;
    }
    buf_add(out, (str_t){piece, len});
    *column += len;
}

// Length of the line break at `i`: CRLF or LF; 0 if there is none.
static size_t break_len(str_t s, size_t i) {
    if (s.ptr[i] == '\n') {
        return 1;
    }
    return s.ptr[i] == '\r' && i + 1 < s.len && s.ptr[i + 1] == '\n' ? 2 : 0;
}

// RFC 2045 6.7.
static void quoted_printable_to(buf_t *out, str_t s) {
    static const char hex[] = "0123456789ABCDEF";
    size_t column = 0;
    for (size_t i = 0; i < s.len; i++) {
        const size_t skip = break_len(s, i);
        if (skip > 0) {
            buf_add_c(out, "\r\n");
            column = 0;
            i += skip - 1;
            continue;
        }
        const unsigned char c = (unsigned char)s.ptr[i];
        // Rule 3: white space at the end of a line would get lost on the way.
        const bool is_last = i + 1 == s.len || break_len(s, i + 1) > 0;
        const bool is_literal =
            (c > ' ' && c <= '~' && c != '=') || ((c == ' ' || c == '\t') && !is_last);
        const char escaped[] = {'=', hex[c >> 4], hex[c & 15]};
        piece_to(out, &column, is_literal ? s.ptr + i : escaped, is_literal ? 1 : sizeof escaped);
    }
}

static void part_to(buf_t *out, const char *type, str_t body) {
    buf_add_format(out, "--%s\r\nContent-Type: %s; charset=UTF-8\r\n", boundary, type);
    buf_add_c(out, "Content-Transfer-Encoding: quoted-printable\r\n\r\n");
    quoted_printable_to(out, body);
    buf_add_c(out, "\r\n");
}

result_t mail_compose(arena_t *arena, const mail_sender_t *sender, const mail_t *mail, str_t *out,
                      err_t *err) {
    const settings_mailbox_t *from = sender->from;
    if (!is_address(mail->to, mail->is_utf8)) {
        return FAIL(err, BAD_REQUEST, "mail_recipient", "the recipient is no address");
    }
    if (!is_address(from->address, mail->is_utf8) || !is_one_line(from->name)) {
        return FAIL(err, BAD_REQUEST, "mail_sender", "the sender is no mailbox");
    }
    if (!is_one_line(mail->subject)) {
        return FAIL(err, BAD_REQUEST, "mail_subject", "the subject is not one line of UTF-8");
    }
    if (!is_id(mail->message_id) || !is_id(sender->host)) {
        return FAIL(err, BAD_REQUEST, "mail_message_id", "no Message-ID can be made");
    }
    if (!str_is_utf8(mail->text) || !str_is_utf8(mail->html)) {
        return FAIL(err, BAD_REQUEST, "mail_body", "a body is not UTF-8");
    }
    buf_t buf = buf_new(arena, 1024 + (mail->text.len + mail->html.len) * 2);
    field_to(&buf, "Date", time_mail_date(arena, mail->date));
    from_to(&buf, from);
    field_to(&buf, "To", arena_format(arena, "<%.*s>", STR_ARG(mail->to)));
    field_to(&buf, "Message-ID",
             arena_format(arena, "<%.*s@%.*s>", STR_ARG(mail->message_id), STR_ARG(sender->host)));
    subject_to(&buf, mail->subject);
    field_to(&buf, "Auto-Submitted", STR("auto-generated")); // RFC 3834 5
    field_to(&buf, "MIME-Version", STR("1.0"));
    buf_add_format(&buf, "Content-Type: multipart/alternative; boundary=\"%s\"\r\n\r\n", boundary);
    part_to(&buf, "text/plain", mail->text); // RFC 2046 5.1.4: the plainest first
    part_to(&buf, "text/html", mail->html);
    buf_add_format(&buf, "--%s--\r\n", boundary);
    *out = buf_str(&buf);
    return OK;
}
