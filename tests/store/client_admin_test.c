#include "store/client_admin.h"
#include "store/fixture.h"
#include <stdatomic.h>

TestSuite(store_client_admin, .init = fixture_setup, .fini = database_teardown);

static store_secret_in_t secret_of(arena_t *where, int n) {
    return (store_secret_in_t){.client_id = STR("app_1"),
                               .id = id_of(where, "sec", n),
                               .hash = hash_of(where, "secret", n),
                               .suffix = STR("abcd"),
                               .created_by = STR("app_1")};
}

static void setup_without_secrets(void) {
    sql_exec("delete from client_secrets");
}

static size_t usable(void) {
    store_client_auth_t row;
    assert_ok(store_client_auth_read(store, STR("app_1"), &row, &err));
    return row.secret_count;
}

Test(store_client_admin, what_is_off_or_too_old_lets_nobody_in) {
    const store_secret_in_t first = secret_of(arena, 1), second = secret_of(arena, 2);
    setup_without_secrets();
    assert_ok(store_secret_add(store, &first, &AUDIT, &err));
    assert_ok(store_secret_add(store, &second, &AUDIT, &err));
    cr_assert_eq(usable(), 2);
    assert_ok(store_secret_set(store, &(store_secret_state_t){STR("app_1"), first.id, false},
                               &AUDIT, &err));
    cr_assert_eq(usable(), 1);
    sql_exec("update client_secrets set expires_at = now() where id = 'sec_2'");
    cr_assert_eq(usable(), 0);
    assert_ok(store_secret_set(store, &(store_secret_state_t){STR("app_1"), first.id, true}, &AUDIT,
                               &err));
    cr_assert_eq(usable(), 1);
    assert_ok(store_secret_remove(store, STR("app_1"), first.id, &AUDIT, &err));
    assert_result(store_secret_remove(store, STR("app_1"), first.id, &AUDIT, &err), CONFLICT);
    assert_result(store_secret_set(store, &(store_secret_state_t){STR("app_2"), second.id, true},
                                   &AUDIT, &err),
                  CONFLICT);
}

static atomic_int added;

static void add(store_own_t *own, int index) {
    const store_secret_in_t secret = secret_of(own->arena, index + 1);
    const result_t result = store_secret_add(own->store, &secret, &AUDIT, NULL);
    cr_assert(result == OK || result == CONFLICT);
    added += result == OK;
}

Test(store_client_admin, there_is_never_a_third_secret) {
    setup_without_secrets();
    run_parallel(8, add);
    const store_secret_in_t last = secret_of(arena, 9);
    while (usable() < 2) { // two that wanted one place at once
        assert_ok(store_secret_add(store, &last, &AUDIT, &err));
        added++;
    }
    cr_assert_eq(sql_number("select count(*) from client_secrets"), added);
    cr_assert_eq(added, 2);
    const store_secret_in_t third = secret_of(arena, 10);
    assert_result(store_secret_add(store, &third, &AUDIT, &err), CONFLICT);
}

Test(store_client_admin, a_use_is_due_once_an_hour) {
    const store_secret_in_t secret = secret_of(arena, 1);
    store_client_auth_t row;
    setup_without_secrets();
    assert_ok(store_secret_add(store, &secret, &AUDIT, &err));
    assert_ok(store_client_auth_read(store, STR("app_1"), &row, &err));
    cr_assert(row.is_use_due[0]);
    assert_ok(store_client_secret_used(store, STR("app_1"), secret.hash, &err));
    assert_ok(store_client_auth_read(store, STR("app_1"), &row, &err));
    cr_assert_not(row.is_use_due[0]);
    sql_exec("update client_secrets set last_used_at = now() - interval '61 minutes'");
    assert_ok(store_client_auth_read(store, STR("app_1"), &row, &err));
    cr_assert(row.is_use_due[0]);
}

Test(store_client_admin, what_was_deleted_is_absent_and_stays_so) {
    store_application_found_t found;
    store_application_t made;
    assert_ok(store_application_read(store, STR("app_1"), &found, &err));
    cr_assert(found.is_present);
    assert_ok(store_application_delete(store, STR("app_1"), &AUDIT, &err));
    assert_result(store_application_delete(store, STR("app_1"), &AUDIT, &err), CONFLICT);
    assert_result(store_application_update(store, &found.row, &AUDIT, &made, &err), CONFLICT);
    assert_ok(store_application_read(store, STR("app_1"), &found, &err));
    cr_assert_not(found.is_present);
}

Test(store_client_admin, a_change_of_a_row_that_was_changed_meanwhile_is_a_conflict) {
    store_application_found_t found;
    store_application_t made;
    assert_ok(store_application_read(store, STR("app_1"), &found, &err));
    found.row.client.name = STR("Other");
    assert_ok(store_application_update(store, &found.row, &AUDIT, &made, &err));
    assert_text(made.client.name, "Other");
    assert_result(store_application_update(store, &found.row, &AUDIT, &made, &err), CONFLICT);
}
