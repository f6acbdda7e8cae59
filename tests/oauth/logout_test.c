#include "oauth/world.h"

static str_t id;

static void setup(void) {
    world_begin();
    cr_assert_eq(
        world_post(handle_token,
                   "grant_type=authorization_code&code=" WORLD_TOKEN
                   "&redirect_uri=https%3A%2F%2Fapp.example%2Fcb&code_verifier=" WORLD_VERIFIER
                   "&client_id=skc_web&client_secret=" WORLD_SECRET),
        OK);
    id = world_member("id_token");
    world.store.audits = 0;
    world.request.cookie = STR("__Host-gh_session=" WORLD_TOKEN "; __Host-gh_browser=" WORLD_TOKEN);
}
TestSuite(oauth_logout, .init = setup, .fini = world_end);

#define BYE "post_logout_redirect_uri=https%3A%2F%2Fapp.example%2Fbye&state=s%26t"

static void get(str_t hint, const char *rest) {
    const str_t query = arena_format(world.arena, "%s%.*s&%s", hint.len ? "id_token_hint=" : "",
                                     STR_ARG(hint), rest);
    cr_assert_eq(world_get(handle_logout, query.ptr), OK, "%s", world.call.err.text);
}

static void assert_redirect(void) {
    world_expect(303, NULL);
    cr_assert(str_eq(world_header("location"), STR(WORLD_BYE "?state=s%26t")), "%.*s",
              STR_ARG(world_header("location")));
}

// The page as world_store.c writes it.
static void assert_page(const char *kind) {
    world_expect(200, NULL);
    cr_assert(str_starts(world.response.body, str_from_c(kind)), "%.*s",
              STR_ARG(world.response.body));
}

Test(oauth_logout, ends_this_browsers_session_for_its_own_hint) {
    get(id, BYE);
    assert_redirect();
    cr_assert(str_eq(world.store.ended_session, STR("ses_1")));
    cr_assert(str_starts(world_header("set-cookie"), STR("__Host-gh_session=;")));
    cr_assert(strstr(world_header("set-cookie").ptr, "Max-Age=0"));
    cr_assert_eq(world.store.audits, 1);
}

Test(oauth_logout, p_op_31_takes_a_hint_that_has_expired) {
    world.snapshot.clock_offset_ms = 24LL * 3600 * 1000;
    get(id, BYE);
    assert_redirect();
    cr_assert(str_eq(world.store.ended_session, STR("ses_1")));
}

Test(oauth_logout, p_op_29_shows_our_own_page_for_an_address_that_is_not_registered) {
    get(id, "post_logout_redirect_uri=https%3A%2F%2Fapp.example%2Fbye%3Fx%3D1");
    assert_page("signed out");
    cr_assert(str_eq(world.store.ended_session, STR("ses_1")));
    get(STR(""), "post_logout_redirect_uri=https%3A%2F%2Fevil.example&client_id=skc_web");
    assert_page("signed out");
}

Test(oauth_logout, p_op_30_asks_without_a_hint_or_with_a_bad_one) {
    get(STR(""), BYE "&client_id=skc_web");
    assert_page("confirm");
    get(str_sub(id, 0, id.len - 2), BYE "&client_id=skc_web");
    assert_page("confirm");
    cr_assert_not(strstr(world.response.body.ptr, WORLD_BYE));
    get(id, BYE "&client_id=skc_spa"); // not the application that it was issued to
    assert_page("confirm");
    world.store.access.session.id = STR("ses_2"); // somebody else's session
    get(id, BYE);
    assert_page("confirm");
    cr_assert_eq(world.store.ended_session.len + (size_t)world.store.audits, 0);
}

Test(oauth_logout, ends_the_session_when_the_person_confirms) {
    get(STR(""), BYE "&client_id=skc_web");
    assert_page("confirm|");
    cr_assert(world.response.form_action.len > 0);
    const str_t token = str_sub(world.response.body, 8, 8 + 43);
    const str_t good =
        arena_format(world.arena, "form_token=%.*s&client_id=skc_web&%s", STR_ARG(token), BYE);
    const str_t other =
        arena_format(world.arena, "form_token=%.*s&client_id=skc_spa&%s", STR_ARG(token), BYE);
    cr_assert_eq(world_post(handle_logout, other.ptr), OK);
    assert_page("confirm|");
    cr_assert_eq(world_post(handle_logout, "form_token=x&client_id=skc_web"), OK);
    assert_page("confirm|");
    cr_assert_eq(world.store.ended_session.len, 0);
    cr_assert_eq(world_post(handle_logout, good.ptr), OK);
    assert_redirect();
    cr_assert(str_eq(world.store.ended_session, STR("ses_1")));
}

Test(oauth_logout, p_sess_04_a_form_token_is_of_its_browser) {
    get(STR(""), "client_id=skc_web");
    const str_t token = str_sub(world.response.body, 8, 8 + 43);
    world.request.cookie = STR("__Host-gh_session=" WORLD_TOKEN
                               "; __Host-gh_browser=BAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA");
    const str_t body =
        arena_format(world.arena, "form_token=%.*s&client_id=skc_web", STR_ARG(token));
    cr_assert_eq(world_post(handle_logout, body.ptr), OK);
    assert_page("confirm|");
    cr_assert_eq(world.store.ended_session.len, 0);
}

Test(oauth_logout, goes_on_at_once_where_there_is_no_session) {
    world.request.cookie = STR("");
    get(STR(""), BYE "&client_id=skc_web");
    assert_redirect();
    get(id, BYE);
    assert_redirect();
    get(str_sub(id, 0, id.len - 2), BYE "&client_id=skc_web");
    assert_page("signed out");
    get(STR(""), "");
    assert_page("signed out");
    cr_assert_eq(world.store.audits, 0);
}

Test(oauth_logout, turns_an_applications_post_into_a_get) {
    world.request.cookie = STR(""); // cross-site: SameSite=Lax keeps it back
    cr_assert_eq(world_post(handle_logout, "client_id=skc_web&" BYE), OK);
    world_expect(303, NULL);
    cr_assert(str_eq(world_header("location"), STR("/oidc/logout?client_id=skc_web&" BYE)), "%.*s",
              STR_ARG(world_header("location")));
}

Test(oauth_logout, refuses_malformed_requests) {
    cr_assert_eq(world_get(handle_logout, "state=%zz"), BAD_REQUEST);
    cr_assert_eq(world_get(handle_logout, "state=a&state=b"), BAD_REQUEST);
    world.request.content_type = STR("text/plain");
    cr_assert_eq(world_post(handle_logout, "x"), BAD_REQUEST);
}
