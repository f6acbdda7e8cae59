#include "base/json.h"
#include "crypto/signing.h"
#include <criterion/criterion.h>

static arena_t *arena;
static err_t err;

static void setup(void) {
    arena = arena_new(1 << 20);
    err = (err_t){0};
}

static void teardown(void) {
    arena_free(&arena);
}

TestSuite(crypto_keyset, .init = setup, .fini = teardown);

static signing_key_t *key_of(signing_alg_t alg, const char *kid) {
    signing_key_t *key = NULL;
    cr_assert_eq(signing_key_generate(alg, str_from_c(kid), &key, &err), OK);
    return key;
}

static keyset_t *set_of(const signing_entry_t *entries, size_t count) {
    keyset_t *keyset = NULL;
    cr_assert_eq(keyset_new(entries, count, &keyset, &err), OK);
    return keyset;
}

static const char *signer(const keyset_t *keyset, time_ms_t now) {
    const signing_key_t *key = keyset_signer(keyset, SIGNING_ES256, now);
    return key ? signing_key_id(key).ptr : "none";
}

Test(crypto_keyset, p_mem_02_an_empty_set_signs_nothing_and_publishes_an_empty_list) {
    keyset_t *keyset = set_of(NULL, 0);
    str_t text;
    cr_assert_null(keyset_signer(keyset, SIGNING_RS256, 0));
    cr_assert_null(keyset_find(keyset, STR(""), 0));
    cr_assert_eq(keyset_jwks(arena, keyset, 0, &text, &err), OK);
    cr_assert(str_eq(text, STR("{\"keys\":[]}")));
    keyset_free(&keyset);
    cr_assert_null(keyset);
    keyset_free(&keyset);
}

Test(crypto_keyset, p_op_28_a_rotation_overlaps) {
    const signing_entry_t entries[] = {
        {key_of(SIGNING_ES256, "snk_1"), 100, 200, 600, 900},
        {key_of(SIGNING_ES256, "snk_2"), 400, 500, 0, 0},
        {key_of(SIGNING_RS256, "snk_3"), 100, 200, 0, 0},
    };
    keyset_t *keyset = set_of(entries, 3);
    cr_assert_str_eq(signer(keyset, 199), "none");
    cr_assert_str_eq(signer(keyset, 200), "snk_1");
    cr_assert_str_eq(signer(keyset, 499), "snk_1");
    cr_assert_str_eq(signer(keyset, 500), "snk_2");
    cr_assert_str_eq(signer(keyset, 1000), "snk_2");
    // The old key verifies what it signed until it is removed, the new one is known beforehand.
    cr_assert_not_null(keyset_find(keyset, STR("snk_1"), 899));
    cr_assert_null(keyset_find(keyset, STR("snk_1"), 900));
    cr_assert_not_null(keyset_find(keyset, STR("snk_2"), 450));
    cr_assert_null(keyset_find(keyset, STR("snk_4"), 450));
    cr_assert_null(keyset_find(keyset, STR("snk_"), 450));
    keyset_free(&keyset);
}

Test(crypto_keyset, a_retired_key_without_a_successor_signs_no_more) {
    const signing_entry_t entries[] = {{key_of(SIGNING_ES256, "snk_1"), 0, 0, 600, 0}};
    keyset_t *keyset = set_of(entries, 1);
    cr_assert_str_eq(signer(keyset, 599), "snk_1");
    cr_assert_str_eq(signer(keyset, 600), "none");
    cr_assert_null(keyset_signer(keyset, SIGNING_RS256, 599));
    keyset_free(&keyset);
}

Test(crypto_keyset, instances_choose_alike_whatever_the_order) {
    const signing_entry_t one[] = {{key_of(SIGNING_ES256, "snk_1"), 0, 5, 0, 0},
                                   {key_of(SIGNING_ES256, "snk_2"), 0, 5, 0, 0}};
    const signing_entry_t two[] = {{key_of(SIGNING_ES256, "snk_2"), 0, 5, 0, 0},
                                   {key_of(SIGNING_ES256, "snk_1"), 0, 5, 0, 0}};
    keyset_t *a = set_of(one, 2);
    keyset_t *b = set_of(two, 2);
    cr_assert_str_eq(signer(a, 10), "snk_2");
    cr_assert_str_eq(signer(b, 10), "snk_2");
    keyset_free(&a);
    keyset_free(&b);
}

Test(crypto_keyset, refuses_one_kid_twice_and_leaves_the_keys_to_the_caller) {
    signing_entry_t entries[] = {{key_of(SIGNING_ES256, "snk_1"), 0, 0, 0, 0},
                                 {key_of(SIGNING_ES256, "snk_1"), 0, 0, 0, 0}};
    keyset_t *keyset = NULL;
    cr_assert_eq(keyset_new(entries, 2, &keyset, &err), CONFLICT);
    cr_assert_null(keyset);
    signing_key_free(&entries[0].key);
    signing_key_free(&entries[1].key);
}

static void assert_public(const json_t *jwk, const char *const *names, size_t count) {
    cr_assert_eq(json_object_size(jwk), count);
    for (size_t i = 0; i < count; i++) {
        cr_assert(json_is_string(json_object_get(jwk, names[i])), "%s", names[i]);
    }
    cr_assert_str_eq(json_string_value(json_object_get(jwk, "use")), "sig");
}

Test(crypto_keyset, p_op_28_publishes_public_members_only) {
    const signing_entry_t entries[] = {
        {key_of(SIGNING_RS256, "snk_1"), 0, 0, 0, 0},
        {key_of(SIGNING_ES256, "snk_2"), 0, 0, 0, 0},
    };
    keyset_t *keyset = set_of(entries, 2);
    str_t text;
    cr_assert_eq(keyset_jwks(arena, keyset, 0, &text, &err), OK);
    SCOPED(json_t) document = NULL;
    cr_assert_eq(json_parse_object(text, 10000, &document, &err), OK, "%s", err.text);
    const json_t *keys = json_object_get(document, "keys");
    cr_assert_eq(json_array_size(keys), 2);
    const char *const rsa[] = {"kty", "use", "alg", "kid", "n", "e"};
    const char *const ec[] = {"kty", "use", "alg", "kid", "crv", "x", "y"};
    assert_public(json_array_get(keys, 0), rsa, 6);
    assert_public(json_array_get(keys, 1), ec, 7);
    cr_assert_str_eq(json_string_value(json_object_get(json_array_get(keys, 0), "e")), "AQAB");
    cr_assert_eq(json_string_length(json_object_get(json_array_get(keys, 0), "n")), 342);
    cr_assert_eq(json_string_length(json_object_get(json_array_get(keys, 1), "x")), 43);
    keyset_free(&keyset);
}

Test(crypto_keyset, p_op_28_publishes_from_creation_to_removal) {
    const signing_entry_t entries[] = {
        {key_of(SIGNING_ES256, "snk_1"), 100, 200, 600, 900},
        {key_of(SIGNING_ES256, "snk_2"), 400, 500, 0, 0},
    };
    keyset_t *keyset = set_of(entries, 2);
    const time_ms_t times[] = {99, 100, 400, 899, 900};
    const bool has_one[] = {false, true, true, true, false};
    const bool has_two[] = {false, false, true, true, true};
    for (size_t i = 0; i < 5; i++) {
        str_t text;
        cr_assert_eq(keyset_jwks(arena, keyset, times[i], &text, &err), OK);
        cr_assert_eq(strstr(text.ptr, "\"snk_1\"") != NULL, has_one[i], "%s", text.ptr);
        cr_assert_eq(strstr(text.ptr, "\"snk_2\"") != NULL, has_two[i], "%s", text.ptr);
    }
    keyset_free(&keyset);
}
