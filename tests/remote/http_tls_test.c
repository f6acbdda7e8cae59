// Which servers are believed to be the ones that they say they are.
#include "web_fixture.h"
#include <stdlib.h>

TestSuite(remote_http_tls, .init = web_setup, .fini = web_teardown, .timeout = 120);

static void assert_certificate(const web_certificate_t *certificate, const char *words) {
    http_response_t response;
    web_serve(&(web_options_t){.is_tls = true, .certificate = *certificate, .answer = FINE});
    cr_assert_eq(web_get("idp.test", &response), UNAVAILABLE, "%s", words);
    assert_says("the certificate of idp.test");
    assert_says(words);
    cr_assert_eq(atomic_load(&server.requests), 0, "nothing was said to it");
}

Test(remote_http_tls, p_rp_26_a_self_signed_certificate_is_refused) {
    assert_certificate(&(web_certificate_t){.host = "idp.test", .is_self_signed = true},
                       "is signed by itself");
}

Test(remote_http_tls, p_rp_26_an_expired_certificate_is_refused) {
    assert_certificate(&(web_certificate_t){.host = "idp.test", .from_s = -7200, .to_s = -3600},
                       "has expired");
}

Test(remote_http_tls, p_rp_26_a_certificate_of_tomorrow_is_refused) {
    assert_certificate(&(web_certificate_t){.host = "idp.test", .from_s = 3600, .to_s = 7200},
                       "is not valid yet");
}

Test(remote_http_tls, p_rp_26_a_certificate_for_another_host_is_refused) {
    assert_certificate(&(web_certificate_t){.host = "other.test"}, "is for another host");
}

Test(remote_http_tls, p_rp_26_a_certificate_of_an_unknown_authority_is_refused) {
    // The client that trusts the system's authorities only.
    http_client_close(&client);
    unsetenv("SSL_CERT_FILE");
    cr_assert_eq(http_client_open(&settings, &client, &err), OK, "%s", err.text);
    assert_certificate(&(web_certificate_t){.host = "idp.test"}, "not trusted here");
}

Test(remote_http_tls, an_address_needs_a_certificate_for_the_address) {
    http_response_t response;
    web_serve(&(web_options_t){.is_tls = true, .answer = FINE, .closes = true});
    cr_assert_eq(web_get("127.0.0.1", &response), OK, "%s", err.text);
    cr_assert_eq(web_get("idp.test", &response), UNAVAILABLE);
}

Test(remote_http_tls, p_rp_26_tls_before_1_2_is_refused) {
    static const int OLD[] = {TLS1_VERSION, TLS1_1_VERSION};
    http_response_t response;
    for (size_t i = 0; i < sizeof(OLD) / sizeof(OLD[0]); i++) {
        web_serve(&(web_options_t){.is_tls = true,
                                   .tls_max = OLD[i],
                                   .certificate = {.host = "idp.test"},
                                   .answer = FINE});
        cr_assert_eq(web_get("idp.test", &response), UNAVAILABLE);
        assert_says("version 1.2 or later");
    }
}

Test(remote_http_tls, tls_1_2_will_do) {
    http_response_t response;
    web_serve(&(web_options_t){.is_tls = true,
                               .tls_max = TLS1_2_VERSION,
                               .certificate = {.host = "idp.test"},
                               .answer = FINE});
    cr_assert_eq(web_get("idp.test", &response), OK, "%s", err.text);
}
