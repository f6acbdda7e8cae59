// OpenSSL behind our rules: handles close with their scope, and after a failure its reason is in
// the err_t and its error queue is empty. That queue belongs to the thread: what one call leaves
// there is taken for the failure of the next TLS read of the same thread (SSL_get_error(3)).
#pragma once
#include "base/result.h"
#include "base/scope.h"
#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <openssl/param_build.h>
#include <openssl/x509.h>

SCOPED_BY(BIGNUM, BN_free)
SCOPED_BY(ECDSA_SIG, ECDSA_SIG_free)
SCOPED_BY(EVP_CIPHER_CTX, EVP_CIPHER_CTX_free)
SCOPED_BY(EVP_KDF_CTX, EVP_KDF_CTX_free)
SCOPED_BY(EVP_MAC_CTX, EVP_MAC_CTX_free)
SCOPED_BY(EVP_MD_CTX, EVP_MD_CTX_free)
SCOPED_BY(EVP_PKEY, EVP_PKEY_free)
SCOPED_BY(EVP_PKEY_CTX, EVP_PKEY_CTX_free)
SCOPED_BY(OSSL_PARAM, OSSL_PARAM_free)
SCOPED_BY(OSSL_PARAM_BLD, OSSL_PARAM_BLD_free)
SCOPED_BY(PKCS8_PRIV_KEY_INFO, PKCS8_PRIV_KEY_INFO_free)

// INTERNAL with the newest reason that OpenSSL gives, which names functions and never data. Any
// thread; `what` says what was attempted.
MUST_USE result_t openssl_failed_at(err_t *err, err_place_t place, const char *what);

// For failures that are an answer (a signature that does not fit) and not a fault.
void openssl_forget(void);

#define OPENSSL_FAIL(err, what) openssl_failed_at((err), (err_place_t){__FILE__, __LINE__}, (what))
