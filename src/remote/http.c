#include "remote/http.h"
#include "crypto/openssl.h"
#include "remote/http_answer.h"
#include "remote/http_url.h"
#include <assert.h>
#include <openssl/ssl.h>
#include <stdlib.h>
#include <unistd.h>

enum {
    CONNECT_MS = 6000, // name, connection and TLS together
    SLOW_OCTETS_S = 50,
    SLOW_S = 8, // so long may nothing, or next to nothing, come
    KEPT_MAX = 2,
    KEPT_IDLE_S = 30,
};

typedef struct curl_slist header_list_t;

struct http_client {
    const settings_t *settings;
    CURL *curl;
    X509_STORE *authorities; // shared with clones; counted
    arena_t *arena;          // of http_client_use
    deadline_t deadline;
    // Of the request under way.
    const http_url_t *url;
    http_answer_t answer;
    bool is_address_refused; // some address of the host was
    bool has_socket;         // some other was not
};

// ---- opening and closing -----------------------------------------------------------------------

// Loaded once and shared: a bundle of authorities costs a megabyte and tens of milliseconds, and
// curl would load it for each client. The system's folder is looked into when a certificate asks.
static result_t authorities_load(X509_STORE **out, err_t *err) {
    const char *file = secure_getenv("SSL_CERT_FILE");
    X509_STORE *store = X509_STORE_new();
    const int loaded = !store ? 0
                       : file ? X509_STORE_load_file(store, file)
                              : X509_STORE_set_default_paths(store);
    if (loaded != 1) {
        X509_STORE_free(store);
        openssl_forget();
        return FAIL(err, INTERNAL, "authorities", "the certificate authorities of %s do not load",
                    file ? "SSL_CERT_FILE" : "the system");
    }
    *out = store;
    return OK;
}

// Takes `authorities`, also when it fails.
static result_t client_new(const settings_t *settings, X509_STORE *authorities, http_client_t **out,
                           err_t *err) {
    // Counted and, since curl 7.84, safe beside other threads; http_client_close gives it back.
    if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
        X509_STORE_free(authorities);
        return FAIL(err, INTERNAL, "curl_failed", "curl cannot be set up");
    }
    http_client_t *client = calloc(1, sizeof(*client));
    if (!client) {
        abort();
    }
    client->settings = settings;
    client->authorities = authorities;
    client->curl = curl_easy_init();
    if (!client->curl) {
        http_client_close(&client);
        return FAIL(err, INTERNAL, "curl_failed", "curl has no memory");
    }
    *out = client;
    return OK;
}

result_t http_client_open(const settings_t *settings, http_client_t **out, err_t *err) {
    X509_STORE *authorities = NULL;
    TRY(authorities_load(&authorities, err));
    return client_new(settings, authorities, out, err);
}

result_t http_client_clone(const http_client_t *client, http_client_t **out, err_t *err) {
    X509_STORE_up_ref(client->authorities);
    return client_new(client->settings, client->authorities, out, err);
}

void http_client_close(http_client_t **closing) {
    http_client_t *client = *closing;
    if (!client) {
        return;
    }
    curl_easy_cleanup(client->curl);
    X509_STORE_free(client->authorities);
    free(client);
    *closing = NULL;
    curl_global_cleanup();
}

// ---- what curl asks ----------------------------------------------------------------------------

// The defence against SSRF: it sees the very address that will be connected to, whatever the name
// resolved to this time (DNS rebinding) and however the URL spelt it.
static curl_socket_t on_socket_open(void *user, curlsocktype purpose, struct curl_sockaddr *to) {
    http_client_t *client = user;
    address_t address;
    if (purpose != CURLSOCKTYPE_IPCXN || !address_from_socket(&to->addr, to->addrlen, &address) ||
        !http_address_may(client->settings, &address, client->url->is_plain)) {
        client->is_address_refused = true;
        return CURL_SOCKET_BAD;
    }
    client->has_socket = true;
    return socket(to->family, to->socktype | SOCK_CLOEXEC, to->protocol);
}

static CURLcode on_tls_setup(CURL *curl, void *context, void *user) {
    (void)curl;
    const http_client_t *client = user;
    SSL_CTX_set1_cert_store(context, client->authorities);
    SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS); // kept connections are mostly idle
    return CURLE_OK;
}

static size_t on_header(char *line, size_t size, size_t count, void *user) {
    return http_answer_header(user, (str_t){line, size * count}) ? size * count : 0;
}

static size_t on_body(char *piece, size_t size, size_t count, void *user) {
    return http_answer_body(user, (str_t){piece, size * count}) ? size * count : 0;
}

// ---- the request -------------------------------------------------------------------------------

// The Authorization header is among them.
static void header_list_free(header_list_t *list) {
    for (header_list_t *each = list; each; each = each->next) {
        explicit_bzero(each->data, strlen(each->data));
    }
    curl_slist_free_all(list);
}
SCOPED_BY(header_list_t, header_list_free)

// An empty value keeps curl from saying a header of its own.
static result_t header_add(arena_t *arena, header_list_t **list, const char *name, str_t value,
                           err_t *err) {
    if (str_has_control(value)) { // P-INJ-04: a line end would begin another header
        return FAIL(err, BAD_REQUEST, "header_control", "the header %s holds a control", name);
    }
    const str_t line = arena_format(arena, "%s:%s%.*s", name, value.len ? " " : "", STR_ARG(value));
    header_list_t *longer = curl_slist_append(*list, line.ptr);
    if (!longer) {
        return FAIL(err, INTERNAL, "curl_failed", "no memory for a header");
    }
    *list = longer;
    return OK;
}

static result_t headers_make(arena_t *arena, const http_request_t *request, header_list_t **list,
                             err_t *err) {
    TRY(header_add(arena, list, "Accept", request->accept, err));
    TRY(header_add(arena, list, "Content-Type", request->content_type, err));
    TRY(header_add(arena, list, "Expect", STR(""), err));
    if (request->authorization.len) {
        TRY(header_add(arena, list, "Authorization", secret_reveal(request->authorization), err));
    }
    return OK;
}

// The first failure of several options; curl copies every string.
static void set_option(CURLcode *code, CURLcode set) {
    *code = *code == CURLE_OK ? set : *code;
}

static CURLcode set_limits(CURL *curl, size_t body_max, int64_t left_ms) {
    const long connect_ms = (long)(left_ms < CONNECT_MS ? left_ms : CONNECT_MS);
    CURLcode code = curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, (long)left_ms);
    set_option(&code, curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, connect_ms));
    set_option(&code, curl_easy_setopt(curl, CURLOPT_LOW_SPEED_LIMIT, (long)SLOW_OCTETS_S));
    set_option(&code, curl_easy_setopt(curl, CURLOPT_LOW_SPEED_TIME, (long)SLOW_S));
    set_option(&code, curl_easy_setopt(curl, CURLOPT_MAXFILESIZE_LARGE, (curl_off_t)body_max));
    set_option(&code, curl_easy_setopt(curl, CURLOPT_MAXCONNECTS, (long)KEPT_MAX));
    set_option(&code, curl_easy_setopt(curl, CURLOPT_MAXAGE_CONN, (long)KEPT_IDLE_S));
    // Or curl would join its resolver's thread, which asks on for half a minute when DNS is silent.
    // The thread frees what is its own when it ends.
    set_option(&code, curl_easy_setopt(curl, CURLOPT_QUICK_EXIT, 1L));
    return code;
}

static CURLcode set_manners(CURL *curl, const http_url_t *url) {
    const char *schemes = url->is_plain ? "http,https" : "https";
    CURLcode code = curl_easy_setopt(curl, CURLOPT_CURLU, url->parsed);
    set_option(&code, curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, schemes));
    set_option(&code, curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L));
    set_option(&code, curl_easy_setopt(curl, CURLOPT_PROXY, "")); // whatever the environment says
    set_option(&code, curl_easy_setopt(curl, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED));
    set_option(&code, curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L)); // threads
    set_option(&code, curl_easy_setopt(curl, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1));
    set_option(&code, curl_easy_setopt(curl, CURLOPT_HTTP09_ALLOWED, 0L));
    set_option(&code, curl_easy_setopt(curl, CURLOPT_HTTP_CONTENT_DECODING, 0L));
    set_option(&code, curl_easy_setopt(curl, CURLOPT_USERAGENT, "Gatehouse"));
    return code;
}

// P-RP-26. No setting turns any of this off.
static CURLcode set_tls(http_client_t *client) {
    CURL *curl = client->curl;
    CURLcode code = curl_easy_setopt(curl, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
    set_option(&code, curl_easy_setopt(curl, CURLOPT_SSL_VERIFYPEER, 1L));
    set_option(&code, curl_easy_setopt(curl, CURLOPT_SSL_VERIFYHOST, 2L));
    // curl loads and keeps nothing: the authorities are ours.
    set_option(&code, curl_easy_setopt(curl, CURLOPT_CAINFO, NULL));
    set_option(&code, curl_easy_setopt(curl, CURLOPT_CAPATH, NULL));
    set_option(&code, curl_easy_setopt(curl, CURLOPT_CA_CACHE_TIMEOUT, 0L));
    set_option(&code, curl_easy_setopt(curl, CURLOPT_SSL_CTX_FUNCTION, on_tls_setup));
    set_option(&code, curl_easy_setopt(curl, CURLOPT_SSL_CTX_DATA, client));
    return code;
}

static CURLcode set_callbacks(http_client_t *client) {
    CURL *curl = client->curl;
    CURLcode code = curl_easy_setopt(curl, CURLOPT_OPENSOCKETFUNCTION, on_socket_open);
    set_option(&code, curl_easy_setopt(curl, CURLOPT_OPENSOCKETDATA, client));
    set_option(&code, curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, on_header));
    set_option(&code, curl_easy_setopt(curl, CURLOPT_HEADERDATA, &client->answer));
    set_option(&code, curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, on_body));
    set_option(&code, curl_easy_setopt(curl, CURLOPT_WRITEDATA, &client->answer));
    return code;
}

// The body is not copied: it lives until curl_easy_reset.
static CURLcode set_content(CURL *curl, const http_request_t *request, header_list_t *headers) {
    CURLcode code = curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
    if (request->is_post) {
        const curl_off_t size = (curl_off_t)request->body.len;
        const char *body = size ? request->body.ptr : "";
        set_option(&code, curl_easy_setopt(curl, CURLOPT_POST, 1L));
        set_option(&code, curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, size));
        set_option(&code, curl_easy_setopt(curl, CURLOPT_POSTFIELDS, body));
        // RFC 9110 9.2.2: a POST is not repeated. curl sends every request again, on a new
        // connection, whose kept one breaks before an octet of the answer, and a code that arrives
        // twice is a stolen one (RFC 6749 4.1.2). On a connection of its own it never does.
        set_option(&code, curl_easy_setopt(curl, CURLOPT_FRESH_CONNECT, 1L));
    }
    return code;
}

// ---- the answer --------------------------------------------------------------------------------

// `verdict` is an X509_V_ code of the handshake. curl compares the host's name after it, before it
// takes the verdict over.
static const char *certificate_fault(long verdict) {
    switch (verdict) {
    case X509_V_OK:
    case X509_V_ERR_UNSPECIFIED:
        return "is for another host";
    case X509_V_ERR_CERT_HAS_EXPIRED:
        return "has expired, or one above it";
    case X509_V_ERR_CERT_NOT_YET_VALID:
        return "is not valid yet";
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
    case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
        return "is signed by itself or by an authority that is not trusted here";
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
        return "comes from an authority that is not trusted here, or without the certificates in "
               "between";
    default:
        return X509_verify_cert_error_string(verdict);
    }
}

static result_t certificate_refused(const http_client_t *client, err_t *err) {
    long verdict = X509_V_OK;
    curl_easy_getinfo(client->curl, CURLINFO_SSL_VERIFYRESULT, &verdict);
    return FAIL(err, UNAVAILABLE, "remote_certificate", "the certificate of %s %s",
                client->url->host, certificate_fault(verdict));
}

static result_t not_connected(const http_client_t *client, err_t *err) {
    const http_url_t *url = client->url;
    if (client->is_address_refused && !client->has_socket) {
        return FAIL(err, REFUSED, "address_refused",
                    "%s has no address that may be connected to: it is not of the public internet, "
                    "and GATEHOUSE_OUTBOUND_ALLOW does not name it",
                    url->host);
    }
    return FAIL(err, UNAVAILABLE, "remote_unavailable", "%s does not accept connections on port %s",
                url->host, url->port);
}

static result_t too_large(const http_client_t *client, err_t *err) {
    return FAIL(err, REFUSED, "remote_too_large", "%s sends more than %zu octets",
                client->url->host, client->answer.body_max);
}

static result_t stopped_by_us(const http_client_t *client, err_t *err) {
    switch (client->answer.fault) {
    case ANSWER_TOO_LARGE:
        return too_large(client, err);
    case ANSWER_CODED:
        return FAIL(err, REFUSED, "remote_coded",
                    "%s sends a compressed answer, which it was not asked for", client->url->host);
    case ANSWER_FINE:
        break;
    }
    return FAIL(err, INTERNAL, "curl_failed", "curl: %s", curl_easy_strerror(CURLE_WRITE_ERROR));
}

static result_t failed(const http_client_t *client, CURLcode code, err_t *err) {
    const char *host = client->url->host;
    switch ((int)code) {
    case CURLE_OPERATION_TIMEDOUT:
        return FAIL(err, TIMEOUT, "remote_timeout", "%s takes too long", host);
    case CURLE_COULDNT_RESOLVE_HOST:
        return FAIL(err, UNAVAILABLE, "remote_unavailable", "%s is not found in DNS", host);
    case CURLE_COULDNT_CONNECT:
        return not_connected(client, err);
    case CURLE_PEER_FAILED_VERIFICATION:
        return certificate_refused(client, err);
    case CURLE_SSL_CONNECT_ERROR:
        return FAIL(err, UNAVAILABLE, "remote_tls",
                    "%s does not complete a TLS handshake of version 1.2 or later", host);
    case CURLE_WRITE_ERROR:
        return stopped_by_us(client, err);
    case CURLE_FILESIZE_EXCEEDED:
        return too_large(client, err);
    case CURLE_UNSUPPORTED_PROTOCOL: // HTTP/0.9
    case CURLE_WEIRD_SERVER_REPLY:
        return FAIL(err, UNAVAILABLE, "remote_no_http", "%s does not answer in HTTP", host);
    case CURLE_OUT_OF_MEMORY:
    case CURLE_FAILED_INIT:
    case CURLE_BAD_FUNCTION_ARGUMENT:
    case CURLE_UNKNOWN_OPTION:
        return FAIL(err, INTERNAL, "curl_failed", "curl: %s", curl_easy_strerror(code));
    default:
        return FAIL(err, UNAVAILABLE, "remote_broken", "%s breaks off: %s", host,
                    curl_easy_strerror(code));
    }
}

static result_t judge(const http_client_t *client, CURLcode code, http_response_t *out,
                      err_t *err) {
    const http_answer_t *answer = &client->answer;
    long status = 0;
    curl_easy_getinfo(client->curl, CURLINFO_RESPONSE_CODE, &status);
    if (status >= 300 && status <= 399) {
        return FAIL(err, REFUSED, "remote_redirect",
                    "%s redirects to another address (status %ld); use the final one",
                    client->url->host, status);
    }
    if (code != CURLE_OK) {
        return failed(client, code, err);
    }
    if (status < 200 || status > 599) { // RFC 9110 15
        return FAIL(err, UNAVAILABLE, "remote_no_http", "%s answers with the status %ld",
                    client->url->host, status);
    }
    *out = (http_response_t){.status = (int)status,
                             .content_type = answer->content_type,
                             .body = buf_str(&answer->body),
                             .cache_s = answer->cache_s};
    return OK;
}

static CURLcode perform(http_client_t *client, const http_request_t *request,
                        header_list_t *headers) {
    const int64_t left_ms = deadline_left_ms(client->deadline);
    if (left_ms <= 0) { // 0 would mean "for ever" to curl
        return CURLE_OPERATION_TIMEDOUT;
    }
    CURLcode code = set_manners(client->curl, client->url);
    set_option(&code, set_limits(client->curl, request->body_max, left_ms));
    set_option(&code, set_tls(client));
    set_option(&code, set_callbacks(client));
    set_option(&code, set_content(client->curl, request, headers));
    return code == CURLE_OK ? curl_easy_perform(client->curl) : code;
}

void http_client_use(http_client_t *client, arena_t *arena, deadline_t deadline) {
    client->arena = arena;
    client->deadline = deadline;
}

result_t http_fetch(http_client_t *client, const http_request_t *request, http_response_t *out,
                    err_t *err) {
    assert(client->arena && request->body_max > 0);
    arena_t *arena = client->arena;
    http_url_t url = {0};
    SCOPED(header_list_t) headers = NULL;
    TRY(headers_make(arena, request, &headers, err));
    TRY(http_url_parse(arena, client->settings, request->url, &url, err));
    client->url = &url;
    client->is_address_refused = false;
    client->has_socket = false;
    http_answer_init(&client->answer, arena, request->body_max);
    const CURLcode code = perform(client, request, headers);
    const result_t result = judge(client, code, out, err);
    // Nothing of this request is left for the next one but the connection.
    curl_easy_reset(client->curl);
    client->url = NULL;
    client->answer = (http_answer_t){0};
    curl_url_cleanup(url.parsed);
    openssl_forget();
    return result;
}
