// A client and a web server to ask. Names that end in .test are resolved in web_fixture.c:
// silent.test by nobody until the test ends, metadata.test and mapped.test to addresses that nobody
// may connect to, both.test to such a one and to 127.0.0.1, nowhere.test to none, all others to
// 127.0.0.1.
#pragma once
#include "remote/http.h"
#include "web_server.h"
#include <criterion/criterion.h>

enum { WEB_WAIT_MS = 60000, WEB_BODY_MAX = 10000 };

extern arena_t *arena;
extern http_client_t *client; // may connect to loopback addresses, and in plain http
extern settings_t settings;   // its settings, and may be changed
extern web_server_t server;
extern err_t err; // of the last fetch

// For TestSuite: .init = web_setup, .fini = web_teardown.
void web_setup(void);
void web_teardown(void);

// Starts `server`, in the place of one that serves; the end of the test stops it.
void web_serve(const web_options_t *options);
void web_silence(void); // stops it before

http_request_t web_get_of(const char *host, const char *path); // of `server`
result_t web_fetch(const http_request_t *request, http_response_t *out);
result_t web_get(const char *host, http_response_t *out);

#define HEAD(fields) "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n" fields "\r\n"
#define FINE HEAD("Content-Length: 2\r\n") "{}"

#define assert_says(words) cr_assert_not_null(strstr(err.text, words), "%s", err.text)
