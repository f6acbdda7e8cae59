// A blocking HTTP/1.1 client for loopback: one kept connection, one request at a time, no more of
// the protocol than Gatehouse's answers need. One thread an object.
#pragma once
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

enum { HTTP_MESSAGE_MAX = 64 * 1024, HTTP_COOKIES_MAX = 8, HTTP_COOKIE_MAX = 256 };

typedef struct {
    int port;
    int fd;                                          // -1: not connected
    char cookies[HTTP_COOKIES_MAX][HTTP_COOKIE_MAX]; // "name=value"
    int cookie_count;
    char peer[48]; // what we say, as a trusted proxy, about where the request comes from
    char request[HTTP_MESSAGE_MAX];
    char answer[HTTP_MESSAGE_MAX]; // head and body, NUL-terminated
    int status;
    char *body;
    char location[4096];
    const atomic_bool *is_over; // NULL, or the end of all waiting
} http_t;

void http_init(http_t *http, int port);
void http_done(http_t *http);
// The server is at this port from now on.
void http_move(http_t *http, int port);
// A new person: no cookies, another address.
void http_forget(http_t *http, unsigned person);
// `form` is NULL for GET. `header` is a whole header line with its CRLF, or "". False with a reason
// on stderr if there was no answer.
bool http_send(http_t *http, const char *target, const char *form, const char *header);
// The value of a hidden field of the page's first form that has it. False if it is not there.
bool http_field(const http_t *http, const char *name, char *out, size_t out_max);
// The value of a JSON member that is a string.
bool http_member(const http_t *http, const char *name, char *out, size_t out_max);
