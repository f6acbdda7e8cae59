#include "probe.h"
#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

static int open_to(const probe_t *probe, int *out_fd) {
    const struct sockaddr_in to = {.sin_family = AF_INET,
                                   .sin_port = htons(probe->port),
                                   .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    *out_fd = socket(AF_INET, SOCK_STREAM, 0);
    cr_assert_geq(*out_fd, 0);
    return connect(*out_fd, (const struct sockaddr *)&to, sizeof(to)) == 0 ? 0 : errno;
}

int probe_connect(const probe_t *probe) {
    int fd;
    cr_assert_eq(open_to(probe, &fd), 0);
    return fd;
}

bool probe_is_refused(const probe_t *probe) {
    int fd;
    const int error = open_to(probe, &fd);
    close(fd);
    return error == ECONNREFUSED;
}

// A server that has refused may have closed already: that is for the reading to judge.
void probe_write_octets(int fd, const void *octets, size_t len) {
    const char *at = octets;
    while (len) {
        const ssize_t written = send(fd, at, len, MSG_NOSIGNAL);
        if (written <= 0) {
            return;
        }
        at += written;
        len -= (size_t)written;
    }
}

void probe_write(int fd, const char *text) {
    probe_write_octets(fd, text, strlen(text));
}

static bool read_some(int fd, buf_t *out) {
    struct pollfd wait = {.fd = fd, .events = POLLIN};
    char piece[4096];
    if (poll(&wait, 1, PROBE_WAIT_MS) != 1) {
        return false;
    }
    const ssize_t got = recv(fd, piece, sizeof(piece), 0);
    if (got <= 0) {
        return false;
    }
    buf_add(out, (str_t){piece, (size_t)got});
    return true;
}

static size_t head_end(str_t answer) {
    const char *end = memmem(answer.ptr, answer.len, "\r\n\r\n", 4);
    return end ? (size_t)(end - answer.ptr) + 4 : 0;
}

str_t probe_read_head(const probe_t *probe, int fd) {
    buf_t answer = buf_new(probe->arena, 1024);
    while (head_end(buf_str(&answer)) == 0 && read_some(fd, &answer)) {
    }
    return buf_str(&answer);
}

str_t probe_read(const probe_t *probe, int fd) {
    buf_t answer = buf_new(probe->arena, 1024);
    buf_add(&answer, probe_read_head(probe, fd));
    const str_t length = probe_header(buf_str(&answer), "Content-Length");
    uint64_t body = 0;
    const bool is_known = str_to_u64(length, UINT32_MAX, &body);
    const size_t whole = head_end(buf_str(&answer)) + (size_t)body;
    while ((!is_known || answer.len < whole) && read_some(fd, &answer)) {
    }
    return buf_str(&answer);
}

str_t probe_ask(const probe_t *probe, const char *text) {
    const int fd = probe_connect(probe);
    probe_write(fd, text);
    const str_t answer = probe_read(probe, fd);
    close(fd);
    return answer;
}

str_t probe_get(const probe_t *probe, const char *path) {
    return probe_ask(
        probe,
        arena_format(probe->arena, "GET %s HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n", path)
            .ptr);
}

bool probe_is_closed(int fd) {
    for (;;) {
        struct pollfd wait = {.fd = fd, .events = POLLIN};
        char piece[4096];
        if (poll(&wait, 1, PROBE_WAIT_MS) != 1) {
            return false;
        }
        if (recv(fd, piece, sizeof(piece), 0) <= 0) {
            return true;
        }
    }
}

int probe_status(str_t answer) {
    uint64_t status = 0;
    if (!str_starts(answer, STR("HTTP/1.1 ")) ||
        !str_to_u64(str_sub(answer, 9, 12), 999, &status)) {
        return 0;
    }
    return (int)status;
}

str_t probe_header(str_t answer, const char *name) {
    str_t rest = str_sub(answer, 0, head_end(answer));
    while (rest.len) {
        const str_t line = str_sub(rest, 0, str_find(rest, '\n'));
        const size_t colon = str_find(line, ':');
        if (str_eq_nocase(str_sub(line, 0, colon), str_from_c(name))) {
            return str_trim(str_sub(line, colon + 1, line.len));
        }
        rest = str_sub(rest, line.len + 1, rest.len);
    }
    return STR_NONE;
}

str_t probe_body(str_t answer) {
    return str_sub(answer, head_end(answer), answer.len);
}
