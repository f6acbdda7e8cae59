// Signing keys over their life, and the snapshot that instances work from.
#include "base/buffer.h"
#include "handle/operate.h"
#include "store/database.h"

static master_t *master;
static settings_t settings = {.key_publish_before_s = 3600};

static void setup(void) {
    static const uint8_t key[32] = {1, 2, 3};
    database_setup();
    assert_ok(master_from_bytes((bytes_t){key, sizeof key}, &master, &err));
}
static void teardown(void) {
    master_free(&master);
    database_teardown();
}
TestSuite(handle_keys, .init = setup, .fini = teardown, .timeout = 120);

static operate_t operate(void) {
    return (operate_t){.master = master, .store = store, .arena = arena, .settings = &settings};
}

static snapshot_t *snapshot_of_now(void) {
    const operate_t in = operate();
    snapshot_t *snapshot = NULL;
    assert_ok(operate_snapshot_read(&in, &snapshot, &err));
    return snapshot;
}

static time_ms_t now_of(const snapshot_t *snapshot) {
    return clock_wall_ms() + snapshot->clock_offset_ms;
}

static void ensure(void) {
    const operate_t in = operate();
    assert_ok(operate_keys_ensure(&in, &err));
}

Test(handle_keys, the_first_start_makes_a_pair_that_signs_at_once_and_the_next_makes_none) {
    ensure();
    ensure();
    cr_assert_eq(sql_number("select count(*) from signing_keys"), 2);
    snapshot_t *snapshot = snapshot_of_now();
    cr_assert_not_null(keyset_signer(snapshot->keys, SIGNING_RS256, now_of(snapshot)));
    cr_assert_not_null(keyset_signer(snapshot->keys, SIGNING_ES256, now_of(snapshot)));
    operate_snapshot_free(&snapshot);
    cr_assert_null(snapshot);
}

Test(handle_keys, makes_the_key_that_is_missing) {
    ensure();
    sql_exec("delete from signing_keys where alg = 'ES256'");
    ensure();
    cr_assert_eq(sql_number("select count(*) from signing_keys"), 2);
}

static void start_instance(store_own_t *own, int index) {
    (void)index;
    const operate_t in = {
        .master = master, .store = own->store, .arena = own->arena, .settings = &settings};
    err_t own_err = {0};
    cr_assert_eq(operate_keys_ensure(&in, &own_err), OK, "%s", own_err.text);
}

Test(handle_keys, instances_that_start_at_once_make_one_pair) {
    run_parallel(4, start_instance);
    cr_assert_eq(sql_number("select count(*) from signing_keys"), 2);
}

Test(handle_keys, p_mem_08_a_rotation_publishes_first_and_signs_later) {
    ensure();
    const operate_t in = operate();
    str_t out;
    assert_ok(operate_keys_rotate(&in, &out, &err));
    cr_assert_eq(sql_number("select count(*) from signing_keys"), 4);
    cr_assert_not_null(memmem(out.ptr, out.len, "signs in 3600 s\n", 16), "%.*s", STR_ARG(out));
    const str_t old = sql_string(
        "select kid from signing_keys where alg = 'RS256'"
        " order by active_at limit 1");
    const str_t new = sql_string(
        "select kid from signing_keys where alg = 'RS256'"
        " order by active_at desc limit 1");
    snapshot_t *snapshot = snapshot_of_now();
    const time_ms_t now = now_of(snapshot);
    str_t jwks;
    assert_ok(keyset_jwks(arena, snapshot->keys, now, &jwks, &err));
    cr_assert_not_null(memmem(jwks.ptr, jwks.len, new.ptr, new.len), "published at once");
    cr_assert(str_eq(signing_key_id(keyset_signer(snapshot->keys, SIGNING_RS256, now)), old));
    const time_ms_t later = now + 3700 * 1000LL;
    cr_assert(str_eq(signing_key_id(keyset_signer(snapshot->keys, SIGNING_RS256, later)), new));
    // The longest token that the old key may have signed lives 30 days.
    cr_assert_not_null(keyset_find(snapshot->keys, old, later + 30LL * 86400 * 1000));
    cr_assert_null(keyset_find(snapshot->keys, old, later + 32LL * 86400 * 1000));
    operate_snapshot_free(&snapshot);
}

// The line of the list that begins with this key, its columns one space apart.
static str_t line_of(str_t list, str_t kid) {
    const char *at = memmem(list.ptr, list.len, kid.ptr, kid.len);
    cr_assert_not_null(at, "%.*s", STR_ARG(list));
    str_t rest = str_sub(list, (size_t)(at - list.ptr), list.len), word;
    rest = str_sub(rest, 0, str_find(rest, '\n'));
    buf_t line = buf_new(arena, rest.len + 1);
    while (str_next_word(&rest, &word)) {
        buf_add_format(&line, line.len ? " %.*s" : "%.*s", STR_ARG(word));
    }
    return buf_str(&line);
}

Test(handle_keys, the_list_says_what_each_key_does) {
    static const char *const keys[][2] = {
        {"('k1', 'RS256', '', '2026-01-02T03:04:05Z', null, null)",
         "k1 RS256 signs 2026-01-02T03:04:05.000Z - -"},
        {"('k2', 'RS256', '', '2999-01-01T00:00:00Z', null, null)",
         "k2 RS256 published 2999-01-01T00:00:00.000Z - -"},
        {"('k3', 'ES256', '', '2026-01-02T03:04:05Z', '2026-02-02T03:04:05Z',"
         " '2999-01-01T00:00:00Z')",
         "k3 ES256 verifies 2026-01-02T03:04:05.000Z 2026-02-02T03:04:05.000Z "
         "2999-01-01T00:00:00.000Z"},
    };
    const operate_t in = operate();
    str_t out;
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        sql_exec(
            "insert into signing_keys (kid, alg, sealed, active_at, retired_at, removed_at)"
            " values %s",
            keys[i][0]);
    }
    assert_ok(operate_keys_list(&in, &out, &err));
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        assert_text(line_of(out, str_sub(str_from_c(keys[i][1]), 0, 2)), keys[i][1]);
    }
}

Test(handle_keys, another_master_key_is_told_in_words) {
    ensure();
    static const uint8_t other[32] = {9};
    master_t *wrong = NULL;
    assert_ok(master_from_bytes((bytes_t){other, sizeof other}, &wrong, &err));
    operate_t in = operate();
    in.master = wrong;
    snapshot_t *snapshot = NULL;
    cr_assert_eq(operate_snapshot_read(&in, &snapshot, &err), REFUSED);
    cr_assert_null(snapshot);
    cr_assert_not_null(strstr(err.text, "master key"), "%s", err.text);
    master_free(&wrong);
}

Test(handle_keys, the_snapshot_has_origins_of_its_own_and_the_database_s_clock) {
    ensure();
    sql_exec(
        "insert into applications (id, name, type, redirect_uris) values"
        " ('skc_1', 'a', 'spa', '{https://spa.example/cb}')");
    snapshot_t *snapshot = snapshot_of_now();
    arena_reset(arena); // the rows are gone
    cr_assert_eq(snapshot->cors_origins.count, 1);
    assert_text(snapshot->cors_origins.items[0], "https://spa.example");
    cr_assert_geq(snapshot->clock_offset_ms, -5000);
    cr_assert_leq(snapshot->clock_offset_ms, 5000);
    operate_snapshot_free(&snapshot);
}
