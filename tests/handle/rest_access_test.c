// Who may use the REST API, before any database is asked.
#include "handle/rest_access.h"
#include <criterion/criterion.h>

static call_t call;
static request_t request;
static route_t route;
static snapshot_t snapshot;
static keyset_t *keys;

// Without a database or a pool of them: whoever reaches for one ends the test.
static void setup(void) {
    err_t err = {0};
    cr_assert_eq(keyset_new(NULL, 0, &keys, &err), OK);
    snapshot = (snapshot_t){.keys = keys};
    route = (route_t){.lane = LANE_REMOTE};
    request = (request_t){.id = STR("r1")};
    call = (call_t){
        .arena = arena_new(1 << 20), .request = &request, .route = &route, .snapshot = &snapshot};
}

static void teardown(void) {
    keyset_free(&keys);
    arena_free(&call.arena);
}

TestSuite(handle_rest_access, .init = setup, .fini = teardown);

static int status_for(const char *authorization) {
    rest_t rest = {.call = &call};
    response_t out = {0};
    bool is_answered = false;
    request.authorization = str_from_c(authorization);
    cr_assert_eq(rest_access_check(&rest, &out, &is_answered), OK);
    cr_assert(is_answered);
    return out.status;
}

// Else a flood of them would take the connections of those who are answered.
Test(handle_rest_access, p_rest_11_a_forged_token_needs_no_database_on_any_lane) {
    // {"alg":"RS256","kid":"k","typ":"at+jwt"}
    static const char forged[] =
        "Bearer eyJhbGciOiJSUzI1NiIsImtpZCI6ImsiLCJ0eXAiOiJhdCtqd3QifQ.e30.AAAA";
    static const lane_t lanes[] = {LANE_REMOTE, LANE_DB};
    for (size_t i = 0; i < sizeof lanes / sizeof lanes[0]; i++) {
        route.lane = lanes[i];
        cr_assert_eq(status_for(""), 401);
        cr_assert_eq(status_for("Bearer x"), 401);
        cr_assert_eq(status_for(forged), 401);
    }
}
