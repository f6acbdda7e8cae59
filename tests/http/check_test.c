// What `gatehouse check` prints without a database and a mail server.
#include "server/check.h"
#include <criterion/criterion.h>
#include <stdlib.h>

static const settings_network_t LOOPBACK = {.address = {127}, .prefix = 8};

// The caller frees it.
static char *checked(bool is_https, size_t outbound_count) {
    char *text = NULL;
    size_t len = 0;
    const settings_t settings = {
        .is_https = is_https,
        .issuer_host = STR("login.test"),
        .database_url = STR("postgresql://127.0.0.1:1/none?connect_timeout=2"),
        .master_key_file = STR("/nonexistent/master.key"),
        .default_locale = STR("en"),
        .smtp = {.url = STR("smtp://127.0.0.1:1"), .host = STR("127.0.0.1"), .port = 1},
        .outbound_allow = &LOOPBACK,
        .outbound_allow_count = outbound_count,
    };
    FILE *out = open_memstream(&text, &len);
    const int wrong = check_run(&settings, out);
    fclose(out);
    cr_assert_geq(wrong, 3, "master key, database, mail server");
    return text;
}

static void assert_note(bool is_https, size_t outbound_count, bool has_note) {
    char *text = checked(is_https, outbound_count);
    cr_assert_eq(strstr(text, "NOTE   GATEHOUSE_OUTBOUND_ALLOW is set") != NULL, has_note);
    free(text);
}

Test(http_check, an_outbound_list_beside_a_public_issuer_is_noted) {
    assert_note(true, 1, true);
}

Test(http_check, development_and_an_empty_list_are_not_noted) {
    assert_note(false, 1, false);
    assert_note(true, 0, false);
}
