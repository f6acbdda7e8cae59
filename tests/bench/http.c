#include "http.h"
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

void http_init(http_t *http, int port) {
    http->port = port;
    http->fd = -1;
    http_forget(http, 0);
}

void http_done(http_t *http) {
    if (http->fd >= 0) {
        close(http->fd);
    }
    http->fd = -1;
}

void http_move(http_t *http, int port) {
    if (http->port != port) {
        http_done(http);
    }
    http->port = port;
}

static bool is_over(const http_t *http) {
    return http->is_over && atomic_load(http->is_over);
}

void http_forget(http_t *http, unsigned person) {
    http->cookie_count = 0;
    snprintf(http->peer, sizeof http->peer, "10.%u.%u.%u", person >> 16 & 255, person >> 8 & 255,
             person & 255);
}

static bool http_connect(http_t *http) {
    const struct sockaddr_in address = {.sin_family = AF_INET,
                                        .sin_port = htons((uint16_t)http->port),
                                        .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    const int on = 1;
    http->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (http->fd < 0 || connect(http->fd, (const void *)&address, sizeof address) != 0) {
        http_done(http);
        return false;
    }
    const struct timeval look_up_after = {.tv_sec = 1};
    setsockopt(http->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    setsockopt(http->fd, SOL_SOCKET, SO_RCVTIMEO, &look_up_after, sizeof look_up_after);
    return true;
}

static bool write_all(int fd, const char *text, size_t len) {
    while (len > 0) {
        const ssize_t count = send(fd, text, len, MSG_NOSIGNAL);
        if (count <= 0) {
            return false;
        }
        text += count;
        len -= (size_t)count;
    }
    return true;
}

static void keep_cookie(http_t *http, const char *pair, size_t len) {
    const char *equals = memchr(pair, '=', len);
    if (!equals || len >= HTTP_COOKIE_MAX) {
        return;
    }
    const size_t name_len = (size_t)(equals - pair) + 1;
    int slot = 0;
    while (slot < http->cookie_count && strncmp(http->cookies[slot], pair, name_len) != 0) {
        slot++;
    }
    if (slot == HTTP_COOKIES_MAX) {
        return;
    }
    memcpy(http->cookies[slot], pair, len);
    http->cookies[slot][len] = '\0';
    http->cookie_count += slot == http->cookie_count;
}

// Takes from the head what the client lives by; gives back the length of the body.
static long head_read(http_t *http) {
    long length = 0;
    http->location[0] = '\0';
    http->status = atoi(http->answer + strlen("HTTP/1.1 "));
    for (char *line = strstr(http->answer, "\r\n"); line && line + 2 < http->body;
         line = strstr(line + 2, "\r\n")) {
        const char *text = line + 2;
        const size_t len = strcspn(text, "\r");
        if (strncasecmp(text, "content-length:", 15) == 0) {
            length = atol(text + 15);
        } else if (strncasecmp(text, "location: ", 10) == 0 && len < sizeof http->location) {
            memcpy(http->location, text + 10, len - 10);
            http->location[len - 10] = '\0';
        } else if (strncasecmp(text, "set-cookie: ", 12) == 0) {
            keep_cookie(http, text + 12, strcspn(text + 12, ";\r"));
        }
    }
    return length;
}

static bool http_receive(http_t *http) {
    size_t have = 0;
    size_t want = HTTP_MESSAGE_MAX;
    http->body = NULL;
    while (have < want && have < HTTP_MESSAGE_MAX - 1) {
        const ssize_t count = recv(http->fd, http->answer + have, HTTP_MESSAGE_MAX - 1 - have, 0);
        if (count < 0 && errno == EAGAIN && !is_over(http)) {
            continue;
        }
        if (count <= 0) {
            return false;
        }
        have += (size_t)count;
        http->answer[have] = '\0';
        char *end = http->body ? NULL : strstr(http->answer, "\r\n\r\n");
        if (end) {
            http->body = end + 4;
            want = (size_t)(http->body - http->answer) + (size_t)head_read(http);
        }
    }
    return have == want;
}

static size_t request_write(http_t *http, const char *target, const char *form,
                            const char *header) {
    char cookies[HTTP_COOKIES_MAX * HTTP_COOKIE_MAX + 16] = "";
    size_t len = 0;
    for (int i = 0; i < http->cookie_count; i++) {
        len += (size_t)snprintf(cookies + len, sizeof cookies - len, "%s%s",
                                i ? "; " : "Cookie: ", http->cookies[i]);
    }
    if (len > 0) {
        snprintf(cookies + len, sizeof cookies - len, "\r\n");
    }
    const size_t form_len = form ? strlen(form) : 0;
    return (size_t)snprintf(http->request, sizeof http->request,
                            "%s %s HTTP/1.1\r\nHost: localhost:%d\r\nX-Forwarded-For: %s\r\n%s%s"
                            "%sContent-Length: %zu\r\n\r\n%s",
                            form ? "POST" : "GET", target, http->port, http->peer, cookies, header,
                            form ? "Content-Type: application/x-www-form-urlencoded\r\n" : "",
                            form_len, form ? form : "");
}

bool http_send(http_t *http, const char *target, const char *form, const char *header) {
    const size_t len = request_write(http, target, form, header);
    // A kept connection may have been closed by the other side meanwhile: then once more.
    for (int attempt = 0; attempt < 2 && !is_over(http); attempt++) {
        if (http->fd < 0 && !http_connect(http)) {
            break;
        }
        if (len < sizeof http->request && write_all(http->fd, http->request, len) &&
            http_receive(http)) {
            return true;
        }
        http_done(http);
    }
    if (!is_over(http)) {
        fprintf(stderr, "bench: no answer to %s\n", target);
    }
    return false;
}

static bool value_copy(const char *from, char *out, size_t out_max) {
    const size_t len = strcspn(from, "\"");
    if (len >= out_max) {
        return false;
    }
    memcpy(out, from, len);
    out[len] = '\0';
    return true;
}

bool http_field(const http_t *http, const char *name, char *out, size_t out_max) {
    char marker[64];
    snprintf(marker, sizeof marker, "name=\"%s\" value=\"", name);
    const char *found = strstr(http->body, marker);
    return found && value_copy(found + strlen(marker), out, out_max);
}

bool http_member(const http_t *http, const char *name, char *out, size_t out_max) {
    char marker[64];
    snprintf(marker, sizeof marker, "\"%s\":\"", name);
    const char *found = strstr(http->body, marker);
    return found && value_copy(found + strlen(marker), out, out_max);
}
