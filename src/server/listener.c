#include "server/listener.h"
#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

enum { PORT_TEXT = 8 };

static int open_one(const struct addrinfo *info) {
    const int fd = socket(info->ai_family, info->ai_socktype | SOCK_CLOEXEC | SOCK_NONBLOCK,
                          info->ai_protocol);
    const int on = 1;
    if (fd < 0) {
        return -1;
    }
    // A restart must not wait for connections of the process before it to leave TIME_WAIT.
    if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) != 0 ||
        bind(fd, info->ai_addr, info->ai_addrlen) != 0 || listen(fd, SOMAXCONN) != 0) {
        const int error = errno;
        close(fd);
        errno = error;
        return -1;
    }
    return fd;
}

static str_t address_of(arena_t *arena, int fd) {
    struct sockaddr_storage storage;
    struct sockaddr *address = (struct sockaddr *)(void *)&storage;
    socklen_t len = sizeof(storage);
    char host[NI_MAXHOST];
    char port[NI_MAXSERV];
    if (getsockname(fd, address, &len) != 0 ||
        getnameinfo(address, len, host, sizeof(host), port, sizeof(port),
                    NI_NUMERICHOST | NI_NUMERICSERV) != 0) {
        return STR("unknown");
    }
    return arena_format(arena, strchr(host, ':') ? "[%s]:%s" : "%s:%s", host, port);
}

result_t listener_open(arena_t *arena, const settings_listen_t *where, int *out_fd,
                       str_t *out_address, err_t *err) {
    const struct addrinfo hints = {
        .ai_flags = AI_PASSIVE | AI_NUMERICSERV,
        .ai_socktype = SOCK_STREAM,
    };
    struct addrinfo *found = NULL;
    char port[PORT_TEXT];
    snprintf(port, sizeof(port), "%u", (unsigned)where->port);
    const int problem = getaddrinfo(arena_c(arena, where->host), port, &hints, &found);
    if (problem) {
        return FAIL(err, UNAVAILABLE, "listen", "cannot listen on %.*s: %s", STR_ARG(where->host),
                    gai_strerror(problem));
    }
    int fd = -1;
    for (const struct addrinfo *info = found; info && fd < 0; info = info->ai_next) {
        fd = open_one(info);
    }
    const int error = errno;
    freeaddrinfo(found);
    if (fd < 0) {
        return FAIL(err, UNAVAILABLE, "listen", "cannot listen on %.*s port %s: %s",
                    STR_ARG(where->host), port, strerror(error));
    }
    *out_fd = fd;
    *out_address = address_of(arena, fd);
    return OK;
}
