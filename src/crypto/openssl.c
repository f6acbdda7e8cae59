#include "crypto/openssl.h"
#include <openssl/err.h>

result_t openssl_failed_at(err_t *err, err_place_t place, const char *what) {
    const char *reason = ERR_reason_error_string(ERR_peek_last_error());
    err_set_at(err, place, "crypto_failed", "%s: %s", what, reason ? reason : "no reason given");
    ERR_clear_error();
    return INTERNAL;
}

void openssl_forget(void) {
    ERR_clear_error();
}
