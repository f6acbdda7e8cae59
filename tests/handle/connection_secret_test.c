#include "base/clock.h"
#include "handle/connection_secret.h"
#include "handle/connection_test.h"
#include <criterion/criterion.h>

static arena_t *arena_now;
static master_t *master;
static err_t why;

static void setup(void) {
    static const uint8_t KEY[32] = "a master key for tests only.....";
    arena_now = arena_new(1 << 20);
    cr_assert_eq(master_from_bytes((bytes_t){KEY, sizeof(KEY)}, &master, &why), OK);
}
static void teardown(void) {
    master_free(&master);
    arena_free(&arena_now);
}
TestSuite(handle_connection_secret, .init = setup, .fini = teardown);

Test(handle_connection_secret, opens_for_its_own_row_only) {
    const connection_slot_t own = {master, STR("conn_1")}, other = {master, STR("conn_2")};
    bytes_t sealed;
    secret_t secret;
    cr_assert_eq(
        connection_secret_seal(arena_now, &own, secret_from_str(STR("s3cret")), &sealed, &why), OK);
    cr_assert_null(memmem(sealed.ptr, sealed.len, "s3cret", 6));
    cr_assert_eq(connection_secret_open(arena_now, &own, sealed, &secret, &why), OK);
    cr_assert(str_eq(secret_reveal(secret), STR("s3cret")));
    cr_assert_eq(connection_secret_open(arena_now, &other, sealed, &secret, &why), REFUSED);
    cr_assert_eq(connection_secret_open(arena_now, &own, (bytes_t){0}, &secret, &why), OK);
    cr_assert_eq(secret.len, 0);
}

Test(handle_connection_secret, a_tests_token_says_what_was_put_in_and_cannot_be_changed) {
    const test_t in = {STR("conn_1"), STR("test_1"), 1234567890123};
    test_t out;
    str_t token;
    cr_assert_eq(test_token_make(arena_now, master, &in, &token, &why), OK);
    cr_assert_eq(test_token_open(arena_now, master, token, &out, &why), OK);
    cr_assert(str_eq(out.connection_id, in.connection_id) && str_eq(out.test_id, in.test_id));
    cr_assert_eq(out.expires_at, in.expires_at);
    for (size_t i = 0; i < token.len; i += 7) {
        char *text = arena_alloc(arena_now, token.len + 1);
        memcpy(text, token.ptr, token.len);
        text[i] = text[i] == 'A' ? 'B' : 'A';
        cr_assert_eq(test_token_open(arena_now, master, (str_t){text, token.len}, &out, &why),
                     REFUSED, "%zu", i);
    }
}
