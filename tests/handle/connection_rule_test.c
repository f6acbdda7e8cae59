// A provider's secret, once kept, goes to no other server unless it is given again: whoever may
// write connections need not know the secrets in them (the class of CVE-2024-5967).
#include "handle/connection_rule.h"
#include <criterion/criterion.h>

TestSuite(handle_connection_rule);

#define CONNECTION(...) ((store_connection_t){__VA_ARGS__})
#define OIDC(...) CONNECTION(.issuer = STR("https://idp.example"), __VA_ARGS__)
#define GOOGLE(...) CONNECTION(.provider = STR("GOOGLE"), __VA_ARGS__)
#define GITHUB(...) CONNECTION(.provider = STR("GITHUB"), __VA_ARGS__)
#define KEY_JWT .token_auth = STR("private_key_jwt")

typedef struct {
    const char *what;
    store_connection_t before, after;
} change_t;

static bool is_due(store_connection_t before, store_connection_t after, const char *secret_before,
                   const char *secret_after) {
    before.client_secret = str_bytes(str_from_c(secret_before));
    after.client_secret = str_bytes(str_from_c(secret_after));
    return connection_secret_move_judge(&before, &after) != NULL;
}

// Of a secret that is kept. The message of a failure names the change.
static void assert_each(const change_t *changes, size_t count, bool is_due_each) {
    for (size_t i = 0; i < count; i++) {
        const change_t *change = &changes[i];
        cr_assert_eq(is_due(change->before, change->after, "sealed", "sealed"), is_due_each, "%s",
                     change->what);
    }
}
#define ASSERT_EACH(changes, is_due_each)                                                          \
    assert_each(changes, sizeof(changes) / sizeof((changes)[0]), is_due_each)

Test(handle_connection_rule, p_rest_04_a_kept_secret_is_due_again_for_another_server) {
    const change_t changes[] = {
        {"a token endpoint beside the issuer", OIDC(), OIDC(.token_uri = STR("https://evil.e/t"))},
        {"another host", OIDC(.token_uri = STR("https://idp.example/t")),
         OIDC(.token_uri = STR("https://evil.e/t"))},
        {"another port", OIDC(.token_uri = STR("https://idp.example/t")),
         OIDC(.token_uri = STR("https://idp.example:8443/t"))},
        {"without TLS", OIDC(.token_uri = STR("https://idp.example/t")),
         OIDC(.token_uri = STR("http://idp.example/t"))},
        {"a longer name", OIDC(.token_uri = STR("https://idp.example/t")),
         OIDC(.token_uri = STR("https://idp.example.evil.e/t"))},
        {"a query for a path", OIDC(.token_uri = STR("https://idp.example/t")),
         OIDC(.token_uri = STR("https://evil.e?idp.example/t"))},
        {"another issuer", OIDC(), CONNECTION(.issuer = STR("https://evil.e"))},
        {"another document", OIDC(), OIDC(.discovery_endpoint = STR("https://evil.e/d"))},
        {"from a document elsewhere to the issuer's",
         OIDC(.discovery_endpoint = STR("https://documents.example/d")), OIDC()},
        {"a first address", CONNECTION(), OIDC()},
        {"the endpoint is taken away", OIDC(.token_uri = STR("https://tokens.example/t")), OIDC()},
        {"in place of a preset's issuer", GOOGLE(), GOOGLE(.issuer = STR("https://evil.e"))},
        {"in place of a preset's endpoint", GITHUB(), GITHUB(.token_uri = STR("https://evil.e/t"))},
        {"back to a preset's endpoint", GITHUB(.token_uri = STR("https://github.example/t")),
         GITHUB()},
    };
    ASSERT_EACH(changes, true);
}

Test(handle_connection_rule, p_rest_04_a_secret_that_lay_unused_is_due_before_it_is_sent) {
    const change_t changes[] = {
        {"moved before", OIDC(KEY_JWT, .token_uri = STR("https://evil.e/t")),
         OIDC(.token_uri = STR("https://evil.e/t"))},
        {"moved with it", OIDC(KEY_JWT), OIDC(.token_uri = STR("https://evil.e/t"))},
    };
    ASSERT_EACH(changes, true);
}

Test(handle_connection_rule, a_secret_is_not_due_where_it_stays_or_none_is_sent) {
    const change_t changes[] = {
        {"nothing", OIDC(), OIDC()},
        {"a draft", CONNECTION(), CONNECTION()},
        {"another path", OIDC(.token_uri = STR("https://idp.example/t")),
         OIDC(.token_uri = STR("https://idp.example/u?v"))},
        {"a query and no path", OIDC(), OIDC(.token_uri = STR("https://idp.example?t/u"))},
        {"the same port in other words", OIDC(), OIDC(.token_uri = STR("https://IDP.example:443"))},
        {"the same port without TLS", CONNECTION(.issuer = STR("http://idp.example:80")),
         CONNECTION(.issuer = STR("http://idp.example"))},
        {"an issuer that says nothing of it", OIDC(.token_uri = STR("https://tokens.example/t")),
         CONNECTION(.token_uri = STR("https://tokens.example/u"), .issuer = STR("https://b.e"))},
        {"other addresses", OIDC(), OIDC(.userinfo_uri = STR("https://b.e"))},
        {"the issuer of all tenants",
         CONNECTION(.issuer = STR("https://login.example/{tenantid}/v2.0")),
         CONNECTION(.issuer = STR("https://login.example/common/v2.0"))},
        {"a preset in full words", GOOGLE(), GOOGLE(.issuer = STR("https://accounts.google.com"))},
        {"our key signs", OIDC(KEY_JWT), OIDC(KEY_JWT, .token_uri = STR("https://b.e/t"))},
        {"our key signs from now on", OIDC(), OIDC(KEY_JWT, .token_uri = STR("https://b.e/t"))},
        {"no address any more", OIDC(), CONNECTION()},
    };
    ASSERT_EACH(changes, false);
}

Test(handle_connection_rule, a_secret_is_due_only_while_it_is_the_one_that_was_kept) {
    const store_connection_t before = OIDC(), after = CONNECTION(.issuer = STR("https://b.e"));
    cr_assert(is_due(before, after, "sealed", "sealed"));
    cr_assert_not(is_due(before, after, "sealed", "anew__"));
    cr_assert_not(is_due(before, after, "sealed", "sealed anew"));
    cr_assert_not(is_due(before, after, "", "sealed"));
    cr_assert_not(is_due(before, after, "", ""));
}
