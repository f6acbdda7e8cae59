// `gatehouse apply` against a real database: what is written, what is told, and that nothing is
// kept when anything is wrong.
#include "handle/client_auth.h"
#include "handle/operate.h"
#include "store/database.h"
#include "store/token.h"
#include <stdlib.h>
#include <unistd.h>

static master_t *master;

static void setup(void) {
    static const uint8_t key[32] = {1, 2, 3};
    database_setup();
    assert_ok(master_from_bytes((bytes_t){key, sizeof key}, &master, &err));
}
static void teardown(void) {
    master_free(&master);
    database_teardown();
}
TestSuite(handle_apply, .init = setup, .fini = teardown, .timeout = 120);

#define SECRET "0123456789abcdef0123456789abcdef"
#define WEB                                                                                        \
    "{\"id\":\"skc_1\",\"name\":\"Demo\",\"type\":\"WEB_APP\",\"redirect_uris\":"                  \
    "[\"https://app.example/cb\"],\"secrets\":[\"" SECRET "\"]"

static result_t apply_with(const char *text, bool is_dry_run, str_t *out) {
    const apply_t apply = {
        .master = master,
        .store = store,
        .arena = arena,
        .file_text = str_from_c(text),
        .is_dry_run = is_dry_run,
    };
    *out = STR_NONE;
    err = (err_t){0};
    return operate_apply(&apply, out, &err);
}

static void applies(const char *text, const char *want) {
    str_t out;
    assert_ok(apply_with(text, false, &out));
    assert_text(out, want);
}

static store_client_auth_t client(const char *id) {
    store_client_auth_t row;
    assert_ok(store_client_auth_read(store, str_from_c(id), &row, &err));
    return row;
}

Test(handle_apply, creates_then_finds_nothing_to_change) {
    applies("{\"applications\":[" WEB "}]}", "application skc_1: created\n");
    cr_assert(client("skc_1").client.is_active);
    applies("{\"applications\":[" WEB "}]}", "no changes\n");
}

Test(handle_apply, every_change_of_an_application_is_a_row_of_the_audit) {
    applies("{\"applications\":[" WEB "}]}", "application skc_1: created\n");
    applies("{\"applications\":[" WEB "}]}", "no changes\n");
    applies("{\"applications\":[" WEB ",\"active\":false}]}",
            "application skc_1: active changed\n");
    assert_text(sql_string("select string_agg(event, ' ' order by id) from audit_events"
                           " where client_id = 'skc_1' and decision = 'applied'"),
                "apply.application.create apply.application.update");
}

Test(handle_apply, a_secret_that_was_switched_off_is_not_switched_on_by_the_file) {
    applies("{\"applications\":[" WEB "}]}", "application skc_1: created\n");
    sql_exec("update client_secrets set is_active = false");
    applies("{\"applications\":[" WEB "}]}", "no changes\n");
    applies("{\"applications\":[" WEB ",\"enforce_pkce\":true}]}",
            "application skc_1: enforce_pkce changed\n");
    cr_assert_eq(client("skc_1").secret_count, 0);
}

Test(handle_apply, the_order_of_secrets_is_no_change) {
#define SECRETS(a, b)                                                                              \
    "{\"applications\":[{\"id\":\"skc_2\",\"name\":\"M\",\"type\":\"M2M\",\"secrets\":[\"" a       \
        SECRET "\",\"" b SECRET "\"]}]}"
    applies(SECRETS("1", "2"), "application skc_2: created\n");
    applies(SECRETS("2", "1"), "no changes\n");
    applies(SECRETS("2", "3"), "application skc_2: secrets changed\n");
    applies(SECRETS("2", "3"), "no changes\n");
    cr_assert_eq(client("skc_2").secret_count, 2);
}

Test(handle_apply, tells_each_field_that_changed_and_changes_it) {
    applies("{\"applications\":[" WEB "}]}", "application skc_1: created\n");
    applies("{\"applications\":[" WEB
            ",\"enforce_pkce\":true,\"active\":false,"
            "\"post_logout_redirect_uris\":[\"https://app.example/\"]}]}",
            "application skc_1: active changed\n"
            "application skc_1: post_logout_redirect_uris changed\n"
            "application skc_1: enforce_pkce changed\n");
    const store_client_auth_t row = client("skc_1");
    cr_assert(row.client.enforces_pkce && !row.client.is_active);
    assert_text(row.client.post_logout_uris.items[0], "https://app.example/");
}

#define MACHINE                                                                                    \
    "{\"applications\":[{\"id\":\"skc_2\",\"name\":\"%s\",\"type\":\"M2M\",\"scopes\":[\"%s\"],"   \
    "\"secrets\":[\"%s" SECRET                                                                     \
    "\"],\"token_alg\":\"%s\",\"api_access\":%s,"                                                  \
    "\"access_token_lifetime\":%s}]}"

// A line for every field of the file: one that the comparison forgets would never be written.
Test(handle_apply, notices_a_change_in_any_field) {
    applies(arena_format(arena, MACHINE, "a", "s", "1", "RS256", "false", "60").ptr,
            "application skc_2: created\n");
    applies(arena_format(arena, MACHINE, "b", "t", "2", "ES256", "true", "61").ptr,
            "application skc_2: name changed\napplication skc_2: secrets changed\n"
            "application skc_2: token_alg changed\n"
            "application skc_2: access_token_lifetime changed\n"
            "application skc_2: scopes changed\napplication skc_2: api_access changed\n");
    applies(
        "{\"applications\":[{\"id\":\"skc_2\",\"name\":\"b\",\"type\":\"SPA\","
        "\"redirect_uris\":[\"https://a.example/\"],\"token_alg\":\"ES256\","
        "\"access_token_lifetime\":61,\"logo_url\":\"https://a.example/l\","
        "\"initiate_login_uri\":\"https://a.example/i\"}]}",
        "application skc_2: type changed\napplication skc_2: redirect_uris changed\n"
        "application skc_2: initiate_login_uri changed\napplication skc_2: logo_url changed\n"
        "application skc_2: secrets changed\napplication skc_2: scopes changed\n"
        "application skc_2: api_access changed\n");
    cr_assert_eq(client("skc_2").secret_count, 0);
}

Test(handle_apply, a_dry_run_tells_the_same_and_writes_nothing) {
    str_t out;
    assert_ok(apply_with("{\"applications\":[" WEB "}]}", true, &out));
    assert_text(out, "application skc_1: created\ndry run: nothing was changed\n");
    cr_assert_not(client("skc_1").client.is_present);
    cr_assert_eq(sql_number("select count(*) from applications"), 0);
}

Test(handle_apply, one_problem_keeps_the_whole_file_out) {
    str_t out;
    assert_result(apply_with("{\"applications\":[" WEB "},{\"id\":\"skc_2\"}]}", false, &out),
                  BAD_REQUEST);
    cr_assert(str_starts(out, STR("applications[1].name: is missing\n")), "%.*s", STR_ARG(out));
    cr_assert_eq(sql_number("select count(*) from applications"), 0);
}

Test(handle_apply, a_database_that_refuses_one_keeps_none) {
    str_t out;
    sql_exec("alter table applications add check (id <> 'skc_2')");
    const result_t result = apply_with("{\"applications\":[" WEB
                                       "},{\"id\":\"skc_2\",\"name\":\"b\",\"type\":\"SPA\","
                                       "\"redirect_uris\":[\"https://a.example/\"]}]}",
                                       false, &out);
    cr_assert_neq(result, OK);
    cr_assert(str_is_empty(out), "no change is told that was not made");
    cr_assert_eq(sql_number("select count(*) from applications"), 0);
    applies("{\"applications\":[" WEB "}]}", "application skc_1: created\n");
}

Test(handle_apply, applications_that_are_not_in_the_file_stay) {
    applies("{\"applications\":[" WEB "}]}", "application skc_1: created\n");
    applies("{\"applications\":[]}", "no changes\n");
    cr_assert(client("skc_1").client.is_present);
}

Test(handle_apply, p_otp_22_keeps_secrets_as_the_hashes_that_the_token_endpoint_compares) {
    applies("{\"applications\":[" WEB "}]}", "application skc_1: created\n");
    const store_client_auth_t row = client("skc_1");
    hash256_t shown;
    assert_ok(
        client_auth_secret_hash(master, STR("skc_1"), secret_from_str(STR(SECRET)), &shown, &err));
    cr_assert_eq(row.secret_count, 1);
    cr_assert(secret_equal(row.secret_hashes[0], hash256_bytes(&shown)));
    assert_ok(
        client_auth_secret_hash(master, STR("skc_2"), secret_from_str(STR(SECRET)), &shown, &err));
    cr_assert_not(secret_equal(row.secret_hashes[0], hash256_bytes(&shown)),
                  "one secret has another hash for another application");
}

static str_t with_secret_file(const char *content) {
    static char path[] = "/tmp/gatehouse-secret-XXXXXX";
    const int fd = mkstemp(path);
    cr_assert_geq(fd, 0);
    cr_assert_eq(write(fd, content, strlen(content)), (ssize_t)strlen(content));
    close(fd);
    const str_t text = arena_format(
        arena,
        "{\"applications\":[{\"id\":\"skc_3\",\"name\":\"b\",\"type\":\"M2M\",\"secret_file\":"
        "\"%s\"}]}",
        path);
    str_t out;
    (void)!apply_with(text.ptr, false, &out);
    unlink(path);
    memcpy(path + strlen(path) - 6, "XXXXXX", 6);
    return out;
}

Test(handle_apply, takes_one_or_two_secrets_from_a_file) {
    assert_text(with_secret_file(SECRET "\n"), "application skc_3: created\n");
    cr_assert_eq(client("skc_3").secret_count, 1);
    assert_text(with_secret_file(SECRET "\r\n\nx" SECRET), "application skc_3: secrets changed\n");
    cr_assert_eq(client("skc_3").secret_count, 2);
}

Test(handle_apply, a_secret_file_that_holds_none_is_told) {
    assert_text(with_secret_file(""), "applications[0].secret_file: no secret in it\n");
    assert_text(with_secret_file("too short\n"),
                "applications[0].secret_file: a secret must have 32 to 256 characters\n");
    assert_text(with_secret_file(SECRET "\nx" SECRET "\ny" SECRET "\n"),
                "applications[0].secret_file: more than two secrets\n");
    assert_text(with_secret_file(SECRET "\n" SECRET "\n"),
                "applications[0].secret_file: one secret twice\n");
    str_t out;
    assert_result(apply_with("{\"applications\":[{\"id\":\"a\",\"name\":\"b\",\"type\":\"M2M\","
                             "\"secret_file\":\"/nonexistent/secret\"}]}",
                             false, &out),
                  BAD_REQUEST);
    assert_text(out, "applications[0].secret_file: No such file or directory\n");
}
