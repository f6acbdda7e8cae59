// Mail through libcurl to a real SMTP server of somebody else, started by the test.
#include "smtp_server.h"
#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

enum { PATIENCE_MS = 20000 }; // for what is to succeed: no test depends on speed

static arena_t *arena;
static smtp_server_t server;
static settings_t settings;
static mailer_t *mailer;

static void setup(void) {
    arena = arena_new(4 << 20);
    settings = (settings_t){
        .issuer_host = STR("login.example"),
        .mail_from = {STR("Gatehouse"), STR("login@gatehouse.example")},
        .smtp = {.tls = SMTP_TLS_OFF},
    };
}
static void teardown(void) {
    mailer_close(&mailer);
    if (server.pid > 0) {
        smtp_server_stop(&server);
    }
    arena_free(&arena);
}
TestSuite(remote_smtp, .init = setup, .fini = teardown, .timeout = 120);

static void open_mailer(const char *scheme, int port) {
    err_t err = {0};
    settings.smtp.url = arena_format(arena, "%s://localhost:%d", scheme, port);
    cr_assert_eq(mailer_open(&settings, &mailer, &err), OK, "%s", err.text);
}

static void start_plain(void) {
    static const char *const options[] = {NULL};
    smtp_server_start(&server, options);
    open_mailer("smtp", server.port);
}

static mail_t mail_to(const char *to) {
    return (mail_t){
        .to = str_from_c(to),
        .subject = STR("Your code for Demo: 123 456"),
        .text = STR("123 456\n.\nafter the dot\n"),
        .html = STR("<p>123 456</p>\n"),
        .message_id = STR("out_1"),
        .date = 1795348800000,
    };
}

static result_t send_within(const mail_t *mail, int64_t ms, err_t *err) {
    *err = (err_t){0};
    return mailer_send(mailer, arena, mail, deadline_in(ms), err);
}

static void sent(const char *to) {
    err_t err;
    const mail_t mail = mail_to(to);
    const result_t result = send_within(&mail, PATIENCE_MS, &err);
    cr_assert_eq(result, OK, "%s: %s", result_name(result), err.text);
}

static void not_sent(const char *to, result_t want) {
    err_t err;
    const mail_t mail = mail_to(to);
    const result_t result = send_within(&mail, PATIENCE_MS, &err);
    cr_assert_eq(result, want, "%s: %s", result_name(result), err.text);
}

static void holds_text(const json_t *message, const char *name, const char *want) {
    str_t got = STR_NONE;
    cr_assert(json_get_str(message, name, &got), "no %s", name);
    cr_assert(str_eq(got, str_from_c(want)), "%s: %.*s", name, STR_ARG(got));
}

static int64_t number_of(const json_t *message, const char *name) {
    int64_t number = -1;
    cr_assert(json_get_int(message, name, &number));
    return number;
}

static bool flag_of(const json_t *message, const char *name) {
    return json_is_true(json_object_get(message, name));
}

// ---- delivery -----------------------------------------------------------------------------------

Test(remote_smtp, delivers_a_mail_that_another_reader_reads_without_a_defect) {
    start_plain();
    mail_t mail = mail_to("ann@acme.example");
    mail.subject = STR("رمز تسجيل الدخول إلى شركة التجارة والصناعة: 123 456");
    mail.text = STR("سطر طويل باللغة العربية حتى ينكسر في مكان ما، ثم المزيد من الكلمات\n.\nend\n");
    settings.mail_from.name = STR("Bücher, Söhne & Co <x@y>");
    err_t err;
    cr_assert_eq(send_within(&mail, PATIENCE_MS, &err), OK, "%s", err.text);
    SCOPED(json_t) got = smtp_server_message(&server);
    cr_assert_eq(json_array_size(json_object_get(got, "defects")), 0);
    holds_text(got, "subject", mail.subject.ptr);
    holds_text(got, "from_name", "Bücher, Söhne & Co <x@y>");
    holds_text(got, "from", "login@gatehouse.example");
    holds_text(got, "to_header", "ann@acme.example");
    holds_text(got, "plain", mail.text.ptr);
    holds_text(got, "html", "<p>123 456</p>\n");
    holds_text(got, "auto_submitted", "auto-generated");
    holds_text(got, "ehlo", "login.example");
    cr_assert_not(flag_of(got, "tls"));
}

Test(remote_smtp, keeps_the_connection_for_the_next_mail) {
    start_plain();
    sent("ann@acme.example");
    sent("bob@acme.example");
    SCOPED(json_t) first = smtp_server_message(&server);
    SCOPED(json_t) second = smtp_server_message(&server);
    cr_assert_eq(number_of(first, "connection"), number_of(second, "connection"));
}

Test(remote_smtp, delivers_to_an_address_beyond_ascii_with_smtputf8) {
    start_plain();
    mail_t mail = mail_to("jörg@acme.example");
    mail.is_utf8 = true;
    err_t err;
    cr_assert_eq(send_within(&mail, PATIENCE_MS, &err), OK, "%s", err.text);
    SCOPED(json_t) got = smtp_server_message(&server);
    holds_text(got, "to_header", "jörg@acme.example");
    const json_t *options = json_object_get(got, "options");
    bool has_smtputf8 = false;
    for (size_t i = 0; i < json_array_size(options); i++) {
        has_smtputf8 |= strcmp(json_string_value(json_array_get(options, i)), "SMTPUTF8") == 0;
    }
    cr_assert(has_smtputf8);
    sent("ann@acme.example");
}

Test(remote_smtp, an_address_that_the_server_cannot_take_does_not_come_back) {
    static const char *const options[] = {"--ascii", NULL};
    smtp_server_start(&server, options);
    open_mailer("smtp", server.port);
    mail_t mail = mail_to("jörg@acme.example");
    mail.is_utf8 = true;
    err_t err;
    cr_assert_eq(send_within(&mail, PATIENCE_MS, &err), REFUSED, "%s", err.text);
    sent("ann@acme.example");
}

Test(remote_smtp, p_otp_11_a_recipient_with_a_line_break_never_reaches_the_server) {
    start_plain();
    not_sent("a@b.example>\r\nRCPT TO:<x@y.example", BAD_REQUEST);
    not_sent("a@b.example\r\nBcc: x@y.example", BAD_REQUEST);
    sent("ann@acme.example");
    SCOPED(json_t) got = smtp_server_message(&server); // the first that came
    holds_text(got, "to_header", "ann@acme.example");
}

// ---- what the server says -----------------------------------------------------------------------

Test(remote_smtp, tries_later_what_the_server_puts_off) {
    start_plain();
    not_sent("later@acme.example", UNAVAILABLE);
    not_sent("busy@acme.example", UNAVAILABLE);
    sent("ann@acme.example");
}

Test(remote_smtp, gives_up_what_the_server_refuses_and_keeps_its_words) {
    start_plain();
    err_t err;
    mail_t mail = mail_to("never@acme.example");
    cr_assert_eq(send_within(&mail, PATIENCE_MS, &err), REFUSED);
    cr_assert_not_null(strstr(err.text, "550 5.1.1 no such mailbox here"), "%s", err.text);
    mail = mail_to("full@acme.example");
    cr_assert_eq(send_within(&mail, PATIENCE_MS, &err), REFUSED);
    cr_assert_not_null(strstr(err.text, "552 5.2.2 mailbox full"), "%s", err.text);
    sent("ann@acme.example");
}

Test(remote_smtp, a_sender_that_is_not_allowed_is_ours_to_mend_and_loses_no_mail) {
    settings.mail_from.address = STR("login@refused.example");
    start_plain();
    not_sent("ann@acme.example", UNAVAILABLE);
}

// ---- broken lines -------------------------------------------------------------------------------

Test(remote_smtp, tries_later_when_the_connection_breaks) {
    start_plain();
    not_sent("hangup@acme.example", UNAVAILABLE);
    sent("ann@acme.example");
    not_sent("hangup@acme.example", UNAVAILABLE);
}

Test(remote_smtp, a_kept_connection_that_was_dropped_costs_no_mail) {
    start_plain();
    sent("ann@acme.example");
    SCOPED(json_t) first = smtp_server_message(&server);
    smtp_server_drop(&server);
    sent("bob@acme.example");
    SCOPED(json_t) second = smtp_server_message(&server);
    cr_assert_neq(number_of(first, "connection"), number_of(second, "connection"));
}

Test(remote_smtp, goes_on_after_the_server_was_restarted) {
    start_plain();
    static const char *const options[] = {NULL};
    sent("ann@acme.example");
    smtp_server_stop(&server);
    not_sent("bob@acme.example", UNAVAILABLE);
    smtp_server_start(&server, options);
    sent("cyd@acme.example");
}

Test(remote_smtp, gives_up_at_the_deadline) {
    start_plain();
    err_t err;
    const mail_t mail = mail_to("silent@acme.example");
    const int64_t begin = clock_monotonic_ms();
    cr_assert_eq(send_within(&mail, 300, &err), TIMEOUT, "%s", err.text);
    cr_assert_geq(clock_monotonic_ms() - begin, 250);
    cr_assert_eq(send_within(&mail, 0, &err), TIMEOUT, "no time left is not for ever");
    sent("ann@acme.example");
}

// A listener that never says a word.
Test(remote_smtp, gives_up_at_the_deadline_when_nobody_greets) {
    const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof address;
    cr_assert(bind(fd, (struct sockaddr *)&address, len) == 0 && listen(fd, 8) == 0);
    getsockname(fd, (struct sockaddr *)&address, &len);
    open_mailer("smtp", ntohs(address.sin_port));
    err_t err;
    const mail_t mail = mail_to("ann@acme.example");
    cr_assert_eq(send_within(&mail, 300, &err), TIMEOUT, "%s", err.text);
    close(fd);
}

// ---- TLS and passwords --------------------------------------------------------------------------

static void start_tls(const char *mode, const char *name) {
    const char *certificate = smtp_certificate(name);
    setenv("SSL_CERT_FILE", certificate, 1);
    const char *const options[] = {"--tls", mode, "--certificate", certificate, NULL};
    smtp_server_start(&server, options);
}

static void start_auth(const char *tls) {
    const char *certificate = smtp_certificate("localhost");
    setenv("SSL_CERT_FILE", certificate, 1);
    const char *const options[] = {"--tls",        tls, "--certificate", certificate, "--auth",
                                   "gate:se cret", NULL};
    smtp_server_start(&server, options);
    settings.smtp.user = STR("gate");
    settings.smtp.password = secret_from_str(STR("se cret"));
}

static void arrived_over_tls(void) {
    sent("ann@acme.example");
    SCOPED(json_t) got = smtp_server_message(&server);
    cr_assert(flag_of(got, "tls"));
}

Test(remote_smtp, required_goes_through_starttls) {
    start_tls("starttls", "localhost");
    settings.smtp.tls = SMTP_TLS_REQUIRED;
    open_mailer("smtp", server.port);
    arrived_over_tls();
}

Test(remote_smtp, required_sends_nothing_to_a_server_without_starttls) {
    settings.smtp.tls = SMTP_TLS_REQUIRED;
    start_plain();
    not_sent("ann@acme.example", UNAVAILABLE);
}

Test(remote_smtp, optional_takes_starttls_where_it_is_offered_and_goes_without_where_not) {
    settings.smtp.tls = SMTP_TLS_OPTIONAL;
    start_plain();
    sent("ann@acme.example");
    SCOPED(json_t) got = smtp_server_message(&server);
    cr_assert_not(flag_of(got, "tls"));
    mailer_close(&mailer);
    smtp_server_stop(&server);
    start_tls("starttls", "localhost");
    open_mailer("smtp", server.port);
    arrived_over_tls();
}

Test(remote_smtp, implicit_speaks_tls_from_the_first_octet) {
    start_tls("implicit", "localhost");
    settings.smtp.tls = SMTP_TLS_IMPLICIT;
    open_mailer("smtps", server.port);
    arrived_over_tls();
}

Test(remote_smtp, a_certificate_for_another_name_is_refused) {
    start_tls("starttls", "other.example");
    settings.smtp.tls = SMTP_TLS_REQUIRED;
    open_mailer("smtp", server.port);
    not_sent("ann@acme.example", UNAVAILABLE);
}

Test(remote_smtp, a_certificate_of_nobody_we_trust_is_refused_also_where_tls_is_optional) {
    start_tls("starttls", "localhost");
    unsetenv("SSL_CERT_FILE"); // the system's authorities do not know this one
    settings.smtp.tls = SMTP_TLS_OPTIONAL;
    open_mailer("smtp", server.port);
    not_sent("ann@acme.example", UNAVAILABLE);
}

Test(remote_smtp, authenticates_over_tls) {
    start_auth("starttls");
    settings.smtp.tls = SMTP_TLS_REQUIRED;
    open_mailer("smtp", server.port);
    sent("ann@acme.example");
    SCOPED(json_t) got = smtp_server_message(&server);
    cr_assert(flag_of(got, "authenticated") && flag_of(got, "tls"));
}

Test(remote_smtp, a_wrong_password_is_ours_to_mend_and_loses_no_mail) {
    start_auth("starttls");
    settings.smtp.tls = SMTP_TLS_REQUIRED;
    settings.smtp.password = secret_from_str(STR("wrong"));
    open_mailer("smtp", server.port);
    err_t err;
    const mail_t mail = mail_to("ann@acme.example");
    cr_assert_eq(send_within(&mail, PATIENCE_MS, &err), UNAVAILABLE, "%s", err.text);
    cr_assert_null(strstr(err.text, "wrong"), "%s", err.text);
}

Test(remote_smtp, optional_never_gives_a_password_to_a_server_without_starttls) {
    start_auth("none");
    settings.smtp.tls = SMTP_TLS_OPTIONAL;
    open_mailer("smtp", server.port);
    not_sent("ann@acme.example", UNAVAILABLE);
    mailer_close(&mailer);
    settings.smtp.tls = SMTP_TLS_OFF; // the operator's own decision
    open_mailer("smtp", server.port);
    sent("ann@acme.example");
}

Test(remote_smtp, asks_no_proxy_of_the_environment) {
    setenv("ALL_PROXY", "http://127.0.0.1:1", 1);
    start_plain();
    sent("ann@acme.example");
}

Test(remote_smtp, opens_without_a_server_and_closes_twice) {
    open_mailer("smtp", 1);
    mailer_close(&mailer);
    mailer_close(&mailer);
    cr_assert_null(mailer);
}
