// TLS for the listener: 1.2 and 1.3, forward secrecy only, http/1.1 only.
#pragma once
#include "base/clock.h"
#include "base/result.h"
#include "base/settings.h"
#include <openssl/ssl.h>

// Loads the certificate chain and key that the settings name. BAD_REQUEST says which file is wrong
// and how. The caller frees with SSL_CTX_free.
MUST_USE result_t tls_context_new(arena_t *arena, const settings_t *settings, SSL_CTX **out,
                                  err_t *err);

// REFUSED if the certificate is not valid yet, or no more.
MUST_USE result_t tls_dates_check(SSL_CTX *context, err_t *err);
