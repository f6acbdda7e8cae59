// From a sealed row to a mail in the server, and what happens when that does not work.
#include "base/encode.h"
#include "handle/outbox.h"
#include "remote/smtp_server.h"
#include "store/database.h"

static master_t *master;
static views_t *views;
static mailer_t *mailer;
static smtp_server_t server;
static settings_t settings;

static void setup(void) {
    static const uint8_t key[32] = {1, 2, 3};
    static const char *const options[] = {NULL};
    database_setup();
    assert_ok(master_from_bytes((bytes_t){key, sizeof key}, &master, &err));
    smtp_server_start(&server, options);
    settings = (settings_t){
        .issuer = STR("https://login.example"),
        .issuer_host = STR("login.example"),
        .product_name = STR("Gatehouse"),
        .default_locale = STR("en"),
        .is_code_in_subject = true,
        .mail_from = {STR("Gatehouse"), STR("login@gatehouse.example")},
        .smtp = {.url = arena_format(arena, "smtp://localhost:%d", server.port),
                 .tls = SMTP_TLS_OFF},
    };
    assert_ok(views_load(&settings, &views, &err));
    assert_ok(mailer_open(&settings, &mailer, &err));
}
static void teardown(void) {
    mailer_close(&mailer);
    views_free(&views);
    smtp_server_stop(&server);
    master_free(&master);
    database_teardown();
}
TestSuite(handle_outbox, .init = setup, .fini = teardown, .timeout = 120);

static view_mail_code_t mail_to(const char *address) {
    return (view_mail_code_t){
        .locale = LOCALE_AR,
        .app_name = STR("Büro"),
        .email = str_from_c(address),
        .code = STR("123456"),
        .link = STR("https://login.example/a/auth/link?token=abc"),
        .lifetime_min = 5,
        .requested_from = STR("Firefox"),
        .requested_at = 1795348800000,
    };
}

static void row_add(const char *id, bytes_t sealed) {
    sql_exec(
        "insert into outbox (id, sealed, expires_at) values ('%s', '\\x%s',"
        " now() + interval '1 hour')",
        id, hex_encode(arena, sealed).ptr);
}

static bytes_t sealed_for(const char *id, const char *address) {
    const view_mail_code_t mail = mail_to(address);
    const outbox_slot_t slot = {master, str_from_c(id)};
    bytes_t sealed;
    assert_ok(outbox_seal_code(arena, &slot, &mail, &sealed, &err));
    return sealed;
}

static void queue(const char *id, const char *address) {
    row_add(id, sealed_for(id, address));
}

static outbox_round_t run_round(void) {
    outbox_t outbox = {.settings = &settings,
                       .master = master,
                       .views = views,
                       .store = store,
                       .mailer = mailer,
                       .arena = arena};
    outbox_round_t round = {0};
    assert_ok(outbox_run_round(&outbox, &round, &err));
    return round;
}

static void comes_to(outbox_round_t round, int sent, int failed, int dead) {
    cr_assert_eq(round.sent, sent);
    cr_assert_eq(round.failed, failed);
    cr_assert_eq(round.dead, dead);
}

Test(handle_outbox, nothing_due_is_nothing_done) {
    const outbox_round_t round = run_round();
    comes_to(round, 0, 0, 0);
    cr_assert_eq(round.expired, 0);
}

Test(handle_outbox, a_code_arrives_and_its_payload_is_forgotten) {
    queue("out_1", "ann@acme.example");
    comes_to(run_round(), 1, 0, 0);
    SCOPED(json_t) got = smtp_server_message(&server);
    str_t text;
    cr_assert(json_get_str(got, "plain", &text));
    cr_assert_not_null(strstr(text.ptr, "https://login.example/a/auth/link?token=abc"));
    cr_assert(json_get_str(got, "to_header", &text));
    assert_text(text, "ann@acme.example");
    cr_assert_eq(json_array_size(json_object_get(got, "defects")), 0);
    cr_assert_eq(sql_number("select count(*) from outbox where sent_at is not null and sealed is"
                            " null"),
                 1);
    comes_to(run_round(), 0, 0, 0);
}

Test(handle_outbox, an_invitation_arrives_and_its_row_holds_no_link) {
    const view_mail_invitation_t mail = {
        .locale = LOCALE_EN,
        .app_name = STR("Reports"),
        .organization = STR("Megasoft <b>"),
        .email = STR("ann@acme.example"),
        .link = STR("https://login.example/a/auth/invitation?token=abc"),
        .lifetime_days = 15};
    const outbox_slot_t slot = {master, STR("out_1")};
    bytes_t sealed;
    assert_ok(outbox_seal_invitation(arena, &slot, &mail, &sealed, &err));
    cr_assert_null(memmem(sealed.ptr, sealed.len, "token=", 6));
    row_add("out_1", sealed);
    comes_to(run_round(), 1, 0, 0);
    SCOPED(json_t) got = smtp_server_message(&server);
    str_t text;
    cr_assert(json_get_str(got, "plain", &text));
    cr_assert_not_null(strstr(text.ptr, "https://login.example/a/auth/invitation?token=abc"));
    cr_assert_not_null(strstr(text.ptr, "Megasoft <b>"));
    cr_assert(json_get_str(got, "to_header", &text));
    assert_text(text, "ann@acme.example");
}

Test(handle_outbox, a_mail_of_a_kind_that_is_not_known_is_a_dead_letter) {
    const seal_t seal = {master, "outbox", STR("out_1")};
    const str_t payload = STR("{\"kind\": \"newsletter\", \"email\": \"ann@acme.example\"}");
    bytes_t sealed;
    assert_ok(master_seal(arena, &seal, str_bytes(payload), &sealed, &err));
    row_add("out_1", sealed);
    comes_to(run_round(), 0, 0, 1);
}

Test(handle_outbox, p_otp_22_the_row_holds_no_code_and_opens_for_no_other_row) {
    const bytes_t sealed = sealed_for("out_1", "ann@acme.example");
    cr_assert_null(memmem(sealed.ptr, sealed.len, "123456", 6));
    cr_assert_null(memmem(sealed.ptr, sealed.len, "acme", 4));
    row_add("out_2", sealed); // as if somebody had moved it
    comes_to(run_round(), 0, 0, 1);
    cr_assert_eq(sql_number("select count(*) from outbox where dead_at is not null and sealed is"
                            " null"),
                 1);
}

// Seconds until the mail is due again, to the nearest.
static int64_t due_in(void) {
    return sql_number("select round(extract(epoch from due_at - now()))::int8 from outbox");
}

Test(handle_outbox, tries_again_after_1_5_15_60_300_and_then_every_900_seconds) {
    static const int64_t waits[] = {1, 5, 15, 60, 300, 900, 900};
    queue("out_1", "later@acme.example");
    for (size_t i = 0; i < sizeof waits / sizeof waits[0]; i++) {
        comes_to(run_round(), 0, 1, 0);
        const int64_t wait = due_in();
        // The clock goes on meanwhile; no test depends on speed.
        cr_assert(wait <= waits[i] && wait >= waits[i] - 30, "try %zu: %lld", i, (long long)wait);
        sql_exec("update outbox set due_at = now()");
    }
    cr_assert_eq(sql_number("select attempts from outbox"), 7);
    cr_assert_not_null(strstr(sql_string("select why from outbox").ptr, "451 4.3.0 try later"));
}

Test(handle_outbox, a_refusal_for_good_is_a_dead_letter_at_once) {
    queue("out_1", "never@acme.example");
    comes_to(run_round(), 0, 0, 1);
    cr_assert_not_null(strstr(sql_string("select why from outbox").ptr, "550 5.1.1"));
    cr_assert_eq(sql_number("select count(*) from outbox where sealed is not null"), 0);
    comes_to(run_round(), 0, 0, 0);
}

Test(handle_outbox, gives_up_after_a_day) {
    queue("out_1", "later@acme.example");
    sql_exec("update outbox set created_at = now() - interval '25 hours'");
    comes_to(run_round(), 0, 0, 1);
}

Test(handle_outbox, what_has_expired_is_not_sent) {
    queue("out_1", "ann@acme.example");
    sql_exec("update outbox set expires_at = now() - interval '1 second'");
    const outbox_round_t round = run_round();
    comes_to(round, 0, 0, 0);
    cr_assert_eq(round.expired, 1);
    cr_assert_eq(sql_number("select count(*) from outbox where dead_at is not null"), 1);
    queue("out_2", "bob@acme.example");
    comes_to(run_round(), 1, 0, 0);
    SCOPED(json_t) got = smtp_server_message(&server); // the first that came
    str_t to;
    cr_assert(json_get_str(got, "to_header", &to));
    assert_text(to, "bob@acme.example");
}

Test(handle_outbox, one_bad_mail_keeps_no_other_from_going_out) {
    queue("out_1", "never@acme.example");
    queue("out_2", "later@acme.example");
    row_add("out_3", (bytes_t){(const uint8_t *)"not sealed by us at all, is it?", 31});
    queue("out_4", "ann@acme.example");
    queue("out_5", "bob@acme.example");
    comes_to(run_round(), 2, 1, 2);
}

Test(handle_outbox, a_mail_server_that_is_away_loses_nothing) {
    static const char *const options[] = {NULL};
    smtp_server_stop(&server);
    queue("out_1", "ann@acme.example");
    comes_to(run_round(), 0, 1, 0);
    smtp_server_start(&server, options);
    sql_exec("update outbox set due_at = now()");
    comes_to(run_round(), 1, 0, 0);
}

Test(handle_outbox, a_name_that_is_not_utf8_makes_no_payload) {
    view_mail_code_t mail = mail_to("ann@acme.example");
    mail.app_name = STR("\xFF");
    const outbox_slot_t slot = {master, STR("out_1")};
    bytes_t sealed = {0};
    assert_result(outbox_seal_code(arena, &slot, &mail, &sealed, &err), INTERNAL);
    cr_assert_null(sealed.ptr);
}

Test(handle_outbox, p_otp_11_an_address_that_became_none_makes_a_dead_letter) {
    queue("out_1", "ann@acme.example>\r\nBcc: x@y.example");
    comes_to(run_round(), 0, 0, 1);
}
