// Providers' documents renewed by schedule.
#include "handle/document.h"
#include "handle/document_refresh.h"
#include "handle/errand.h"
#include "handle/idp.h"
#include "store/database.h"
#include <pthread.h>

static void setup(void) {
    errand_setup();
    idp_organization();
}
TestSuite(handle_document_refresh, .init = setup, .fini = errand_teardown, .timeout = 120);

// Everything that is due; how many connections that was.
static size_t refreshed(void) {
    call_t *call = errand_call();
    store_documents_due_t due;
    assert_ok(store_documents_due_claim(call->store, 10, &due, &call->err));
    for (size_t i = 0; i < due.count; i++) {
        call_t *each = errand_call();
        const result_t result = document_refresh(each, &due.items[i]);
        cr_assert_eq(result, OK, "%s %s %s", result_name(result), each->err.code, each->err.text);
    }
    return due.count;
}

// As if this much time had gone by.
static void pass(const char *interval) {
    sql_exec(
        "update connection_documents set tried_at = tried_at - interval '%s',"
        " fetched_at = fetched_at - interval '%s', expires_at = expires_at - interval '%s'",
        interval, interval, interval);
    sql_exec("update connections set updated_at = updated_at - interval '%s'", interval);
}

static int64_t documents(const char *condition) {
    return sql_number("select count(*) from connection_documents where %s", condition);
}

Test(handle_document_refresh, an_enabled_connection_has_its_documents_before_anybody_signs_in) {
    cr_assert_eq(refreshed(), 1, "and not the one that is switched off");
    cr_assert_eq(idp_discovery_requests(), 1);
    cr_assert_eq(idp_key_requests(), 1);
    cr_assert_eq(documents("connection_id = 'conn_mega' and error = '' and body <> ''"
                           " and expires_at - fetched_at = interval '1 hour'"),
                 2);
    cr_assert_eq(refreshed(), 0);
    pass("53 minutes");
    cr_assert_eq(refreshed(), 0);
    pass("2 minutes"); // in the last tenth of an hour
    cr_assert_eq(refreshed(), 1);
    cr_assert_eq(idp_discovery_requests(), 2);
    cr_assert_eq(idp_key_requests(), 2);
    cr_assert_eq(refreshed(), 0);
}

Test(handle_document_refresh, the_last_good_copy_outlives_a_provider_that_fails) {
    refreshed();
    pass("55 minutes");
    idp_fails(500);
    cr_assert_eq(refreshed(), 1);
    cr_assert_eq(documents("body <> '' and error like '%500%'"), 2);
    cr_assert_eq(refreshed(), 0, "it is left alone for a minute at least");
    pass("2 hours");
    cr_assert_eq(refreshed(), 1);
    pass("50 minutes"); // it has failed for two hours: the wait is an hour
    cr_assert_eq(refreshed(), 0);
    pass("11 minutes");
    idp_fails(0);
    cr_assert_eq(refreshed(), 1);
    cr_assert_eq(documents("body <> '' and error = ''"), 2);
}

Test(handle_document_refresh, a_provider_that_never_answered_is_told_of_and_tried_less_and_less) {
    idp_fails(503);
    cr_assert_eq(refreshed(), 1);
    cr_assert_eq(documents("body = '' and error like '%503%'"), 2, "the keys' row says it too");
    const int asked = idp_discovery_requests();
    pass("61 seconds");
    cr_assert_eq(refreshed(), 1);
    pass("20 minutes");
    cr_assert_eq(refreshed(), 1);
    pass("20 minutes");
    cr_assert_eq(refreshed(), 0, "it has failed for 21 minutes");
    cr_assert_eq(idp_discovery_requests(), asked + 2);
}

Test(handle_document_refresh, a_connection_that_cannot_work_does_not_come_round_and_round) {
    sql_exec("update connections set client_secret = '\\x00' where id = 'conn_mega'");
    cr_assert_eq(refreshed(), 1);
    cr_assert_eq(idp_discovery_requests(), 0);
    cr_assert_eq(documents("kind = 'jwks' and error <> ''"), 1);
    cr_assert_eq(refreshed(), 0);
}

Test(handle_document_refresh, a_document_that_is_not_needed_any_more_is_let_go) {
    refreshed();
    sql_exec(
        "update connections set authorize_uri = '%s/authorize', token_uri = '%s/token',"
        " userinfo_uri = '%s/userinfo', jwks_uri = '%s/keys', configuration_type = 'MANUAL'"
        " where id = 'conn_mega'",
        idp_issuer(), idp_issuer(), idp_issuer(), idp_issuer());
    pass("55 minutes");
    cr_assert_eq(refreshed(), 1);
    cr_assert_eq(idp_discovery_requests(), 1, "only before");
    cr_assert_eq(idp_key_requests(), 2);
    cr_assert_eq(documents("kind = 'discovery' and body = '' and error = ''"), 1);
    pass("2 minutes");
    cr_assert_eq(refreshed(), 0);
}

Test(handle_document_refresh, a_connection_that_went_away_meanwhile_is_none) {
    const store_document_due_t due = {.connection_id = STR("conn_gone"), .is_jwks_due = true};
    assert_ok(document_refresh(errand_call(), &due));
    cr_assert_eq(documents("true"), 0);
}

Test(handle_document_refresh, p_rp_09_a_login_just_before_spares_the_provider_the_schedule) {
    refreshed();
    pass("55 minutes");
    call_t *call = errand_call();
    store_documents_due_t due;
    assert_ok(store_documents_due_claim(call->store, 10, &due, &call->err));
    cr_assert_eq(due.count, 1);
    sql_exec("update connection_documents set tried_at = now()"); // another instance's login
    assert_ok(document_refresh(errand_call(), &due.items[0]));
    cr_assert_eq(idp_discovery_requests(), 1);
    cr_assert_eq(idp_key_requests(), 1);
    cr_assert_eq(documents("error = ''"), 2);
}

// ---- a key that the copy at hand lacks ----------------------------------------------------------

// What a login does that read the connection before its keys changed: the keys that it then gets,
// or the fault's code.
static str_t keys_for_login(call_t *call, const store_connection_t *read_before) {
    const document_want_t want = {.connection = read_before,
                                  .kind = STORE_JWKS,
                                  .url = read_before->jwks.url,
                                  .is_renewed = true};
    str_t keys = STR_NONE;
    fault_t fault = {0};
    assert_ok(document_read(call, &want, &keys, &fault));
    return fault.code ? str_from_c(fault.code) : keys;
}

static store_connection_t connection_read(call_t *call) {
    store_connection_t connection;
    assert_ok(store_connection_read(call->store, STR("conn_mega"), &connection, &call->err));
    cr_assert(connection.jwks.is_present);
    return connection;
}

static void *fetch_elsewhere(void *unused) {
    sql_exec(
        "update connection_documents set body = '{\"keys\": []}', fetched_at = now(),"
        " tried_at = now(), error = '' where kind = 'jwks'");
    return unused;
}

Test(handle_document_refresh, p_rp_09_many_logins_with_a_new_key_share_one_fetch_of_it) {
    refreshed();
    pass("10 minutes");
    call_t *call = errand_call();
    const store_connection_t connection = connection_read(call);
    fetch_elsewhere(NULL);
    cr_assert(str_eq(keys_for_login(call, &connection), STR("{\"keys\": []}")));
    cr_assert_eq(idp_key_requests(), 1);
    // Nobody has brought a newer one than this since.
    const store_connection_t now = connection_read(call);
    cr_assert(str_eq(keys_for_login(call, &now), STR("invalid_provider_keys")));
    cr_assert_eq(idp_key_requests(), 1);
}

Test(handle_document_refresh, p_rp_09_a_login_waits_for_the_keys_that_another_one_fetches) {
    pthread_t other;
    refreshed();
    pass("10 minutes");
    call_t *call = errand_call();
    const store_connection_t connection = connection_read(call);
    sql_exec("update connection_documents set tried_at = now()"); // it has asked
    cr_assert_eq(pthread_create(&other, NULL, fetch_elsewhere, NULL), 0);
    cr_assert(str_eq(keys_for_login(call, &connection), STR("{\"keys\": []}")));
    pthread_join(other, NULL);
    cr_assert_eq(idp_key_requests(), 1);
}

Test(handle_document_refresh, p_rp_09_nobody_waits_for_keys_that_could_not_be_had) {
    refreshed();
    pass("10 minutes");
    call_t *call = errand_call();
    const store_connection_t connection = connection_read(call);
    sql_exec("update connection_documents set tried_at = now(), error = 'HTTP status 500'");
    cr_assert(str_eq(keys_for_login(call, &connection), STR("invalid_provider_keys")));
    cr_assert_eq(idp_key_requests(), 1);
}

// ---- one visit for several requests -------------------------------------------------------------

// What came of one request to the provider: the code of the fault, or "".
static const char *ask_for_keys(call_t *call) {
    const str_t url = arena_format(call->arena, "%s/keys", idp_issuer());
    const http_request_t keys = {.url = url, .body_max = OIDC_ANSWER_LEN_MAX};
    http_response_t response;
    fault_t fault = {0};
    assert_ok(document_fetch(call, STR("conn_mega"), &keys, &response, &fault));
    return fault.code ? fault.code : "";
}

Test(handle_document_refresh, who_was_let_in_is_not_turned_away_behind_the_first_request) {
    call_t *call = errand_call();
    size_t place;
    fault_t fault = {0};
    cr_assert(document_enter(call, STR("conn_mega"), &fault));
    cr_assert_null(call->store, "nobody waits with a connection to the database");
    while (gate_enter(call->gate, STR("conn_mega"), &place)) {
    }
    for (int i = 1; i <= 3; i++) {
        cr_assert_str_eq(ask_for_keys(call), "");
        cr_assert_eq(idp_key_requests(), i);
        cr_assert(call->is_in_gate);
    }
    call_remote_leave(call);
    cr_assert(gate_enter(call->gate, STR("conn_mega"), &place));
    cr_assert_str_eq(ask_for_keys(call), "temporarily_unavailable");
    cr_assert_not(document_enter(call, STR("conn_mega"), &fault));
    cr_assert_eq(fault.kind, VIEW_NOTICE_SSO_BUSY);
    cr_assert_eq(idp_key_requests(), 3);
}
