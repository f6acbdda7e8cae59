#include "protocol/form_of.h"
#include "protocol/oidc/scope.h"

static arena_t *arena;

static void setup(void) {
    arena = arena_new(TEST_ARENA_MAX);
}
static void teardown(void) {
    arena_free(&arena);
}
TestSuite(protocol_scope, .init = setup, .fini = teardown);

Test(protocol_scope, gives_a_machine_all_that_it_may_have_if_it_asks_for_nothing) {
    str_t scope;
    cr_assert(oidc_scope_within(arena, STR(""), STR("a:read a:write"), &scope));
    ASSERT_STR(scope, "a:read a:write");
    cr_assert(oidc_scope_within(arena, STR(""), STR(""), &scope));
    ASSERT_STR(scope, "");
}

Test(protocol_scope, gives_a_machine_nothing_beyond_its_row) {
    str_t scope = STR("untouched");
    cr_assert(!oidc_scope_within(arena, STR("a:read admin"), STR("a:read a:write"), &scope));
    cr_assert(!oidc_scope_within(arena, STR("a:rea"), STR("a:read"), &scope));
    cr_assert(!oidc_scope_within(arena, STR("A:READ"), STR("a:read"), &scope));
    cr_assert(!oidc_scope_within(arena, STR("openid"), STR(""), &scope));
    ASSERT_STR(scope, "untouched");
    cr_assert(oidc_scope_within(arena, STR("a:write a:write"), STR("a:read a:write"), &scope));
    ASSERT_STR(scope, "a:write");
}

Test(protocol_scope, lists_its_words) {
    const oidc_list_t list = oidc_scope_list(arena, STR(" a  bc d "));
    cr_assert_eq(list.count, 3);
    ASSERT_STR(list.items[1], "bc");
    cr_assert_eq(oidc_scope_list(arena, STR("")).count, 0);
}
