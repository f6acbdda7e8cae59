// The wrappers. Each takes what the library's function takes, and either hands it on or reports the
// failure that this function has. What a function would have taken over (json_*_new) is let go of,
// as the library does.
#include "fault/faults.h"
#include <curl/curl.h>
#include <jansson.h>
#include <libpq-fe.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <openssl/params.h>
#include <openssl/rand.h>
#include <stdarg.h>

#define WRAP(type, failure, name, params, args)                                                    \
    type __real_##name params;                                                                     \
    type __wrap_##name params;                                                                     \
    type __wrap_##name params {                                                                    \
        return fault_hits(#name) ? (failure) : __real_##name args;                                 \
    }

// ---- libpq --------------------------------------------------------------------------------------

WRAP(PGconn *, NULL, PQconnectStartParams,
     (const char *const *keywords, const char *const *values, int expand),
     (keywords, values, expand))
WRAP(PostgresPollingStatusType, PGRES_POLLING_FAILED, PQconnectPoll, (PGconn * conn), (conn))
WRAP(int, 0, PQenterPipelineMode, (PGconn * conn), (conn))
WRAP(PGresult *, NULL, PQexec, (PGconn * conn, const char *query), (conn, query))
WRAP(int, 0, PQsendPrepare,
     (PGconn * conn, const char *name, const char *query, int count, const Oid *types),
     (conn, name, query, count, types))
WRAP(int, 0, PQsendQueryPrepared,
     (PGconn * conn, const char *name, int count, const char *const *values, const int *lengths,
      const int *formats, int format),
     (conn, name, count, values, lengths, formats, format))
WRAP(int, 0, PQpipelineSync, (PGconn * conn), (conn))
WRAP(int, -1, PQflush, (PGconn * conn), (conn))
WRAP(int, 0, PQconsumeInput, (PGconn * conn), (conn))

// The statement may have run: only its answer is lost, as when a server dies after a commit.
PGresult *__real_PQgetResult(PGconn *conn);
PGresult *__wrap_PQgetResult(PGconn *conn);
PGresult *__wrap_PQgetResult(PGconn *conn) {
    PGresult *result = __real_PQgetResult(conn);
    if (!result || !fault_hits("PQgetResult")) {
        return result;
    }
    PQclear(result);
    return PQmakeEmptyPGresult(conn, PGRES_FATAL_ERROR);
}

// ---- OpenSSL ------------------------------------------------------------------------------------

WRAP(int, 0, RAND_bytes, (unsigned char *out, int len), (out, len))
WRAP(int, 0, EVP_Digest,
     (const void *data, size_t len, unsigned char *md, unsigned int *size, const EVP_MD *type,
      ENGINE *engine),
     (data, len, md, size, type, engine))
WRAP(int, 0, EVP_KDF_derive,
     (EVP_KDF_CTX * ctx, unsigned char *key, size_t len, const OSSL_PARAM *params),
     (ctx, key, len, params))
WRAP(EVP_MAC_CTX *, NULL, EVP_MAC_CTX_new, (EVP_MAC * mac), (mac))
WRAP(int, 0, EVP_MAC_init,
     (EVP_MAC_CTX * ctx, const unsigned char *key, size_t len, const OSSL_PARAM *params),
     (ctx, key, len, params))
WRAP(int, 0, EVP_MAC_update, (EVP_MAC_CTX * ctx, const unsigned char *data, size_t len),
     (ctx, data, len))
WRAP(int, 0, EVP_MAC_final, (EVP_MAC_CTX * ctx, unsigned char *out, size_t *len, size_t size),
     (ctx, out, len, size))
WRAP(EVP_CIPHER_CTX *, NULL, EVP_CIPHER_CTX_new, (void), ())
WRAP(int, 0, EVP_EncryptInit_ex2,
     (EVP_CIPHER_CTX * ctx, const EVP_CIPHER *cipher, const unsigned char *key,
      const unsigned char *iv, const OSSL_PARAM *params),
     (ctx, cipher, key, iv, params))
WRAP(int, 0, EVP_EncryptUpdate,
     (EVP_CIPHER_CTX * ctx, unsigned char *out, int *len, const unsigned char *in, int size),
     (ctx, out, len, in, size))
WRAP(int, 0, EVP_EncryptFinal_ex, (EVP_CIPHER_CTX * ctx, unsigned char *out, int *len),
     (ctx, out, len))
WRAP(int, 0, EVP_DecryptInit_ex2,
     (EVP_CIPHER_CTX * ctx, const EVP_CIPHER *cipher, const unsigned char *key,
      const unsigned char *iv, const OSSL_PARAM *params),
     (ctx, cipher, key, iv, params))
WRAP(int, 0, EVP_DecryptUpdate,
     (EVP_CIPHER_CTX * ctx, unsigned char *out, int *len, const unsigned char *in, int size),
     (ctx, out, len, in, size))
WRAP(EVP_MD_CTX *, NULL, EVP_MD_CTX_new, (void), ())
WRAP(int, 0, EVP_DigestSignInit_ex,
     (EVP_MD_CTX * ctx, EVP_PKEY_CTX **key_ctx, const char *digest, OSSL_LIB_CTX *library,
      const char *properties, EVP_PKEY *key, const OSSL_PARAM params[]),
     (ctx, key_ctx, digest, library, properties, key, params))
WRAP(int, 0, EVP_DigestSign,
     (EVP_MD_CTX * ctx, unsigned char *out, size_t *len, const unsigned char *data, size_t size),
     (ctx, out, len, data, size))
WRAP(int, 0, EVP_DigestVerifyInit_ex,
     (EVP_MD_CTX * ctx, EVP_PKEY_CTX **key_ctx, const char *digest, OSSL_LIB_CTX *library,
      const char *properties, EVP_PKEY *key, const OSSL_PARAM params[]),
     (ctx, key_ctx, digest, library, properties, key, params))
// ---- jansson ------------------------------------------------------------------------------------

WRAP(json_t *, NULL, json_object, (void), ())
WRAP(json_t *, NULL, json_array, (void), ())
WRAP(json_t *, NULL, json_stringn, (const char *text, size_t len), (text, len))
WRAP(json_t *, NULL, json_integer, (json_int_t value), (value))
WRAP(int, (json_decref(value), -1), json_object_set_new,
     (json_t * object, const char *key, json_t *value), (object, key, value))
WRAP(int, (json_decref(value), -1), json_array_append_new, (json_t * array, json_t *value),
     (array, value))
// No memory, as json_error_code() finds it: in the last octet of the text.
json_t *__real_json_loadb(const char *text, size_t len, size_t flags, json_error_t *error);
json_t *__wrap_json_loadb(const char *text, size_t len, size_t flags, json_error_t *error);
json_t *__wrap_json_loadb(const char *text, size_t len, size_t flags, json_error_t *error) {
    if (!fault_hits("json_loadb")) {
        return __real_json_loadb(text, len, flags, error);
    }
    *error = (json_error_t){0};
    error->text[JSON_ERROR_TEXT_LENGTH - 1] = json_error_out_of_memory;
    return NULL;
}
WRAP(int, -1, json_dump_callback,
     (const json_t *json, json_dump_callback_t write, void *data, size_t flags),
     (json, write, data, flags))

// ---- libcurl ------------------------------------------------------------------------------------

WRAP(CURL *, NULL, curl_easy_init, (void), ())
WRAP(CURLcode, CURLE_COULDNT_CONNECT, curl_easy_perform, (CURL * curl), (curl))
WRAP(struct curl_slist *, NULL, curl_slist_append, (struct curl_slist * list, const char *text),
     (list, text))

// Every option's value is one machine word here.
#undef curl_easy_setopt
CURLcode __real_curl_easy_setopt(CURL *curl, CURLoption option, ...);
CURLcode __wrap_curl_easy_setopt(CURL *curl, CURLoption option, ...);
CURLcode __wrap_curl_easy_setopt(CURL *curl, CURLoption option, ...) {
    va_list args;
    va_start(args, option);
    void *value = va_arg(args, void *);
    va_end(args);
    return fault_hits("curl_easy_setopt") ? CURLE_OUT_OF_MEMORY
                                          : __real_curl_easy_setopt(curl, option, value);
}
