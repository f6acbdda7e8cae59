#include "handle/name_server.h"
#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { MESSAGE_MAX = 1500, HEADER = 12, POLL_MS = 20, TYPE_TXT = 16 };

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER; // guards the four below
static const char *records[NAME_SERVER_TEXTS + 1];
static int failure;
static void (*before)(void);
static char name[256];

static atomic_bool is_stopping;
static atomic_int questions;
static pthread_t thread;
static int udp;

static uint8_t *put_u16(uint8_t *to, unsigned value) {
    to[0] = (uint8_t)(value >> 8);
    to[1] = (uint8_t)value;
    return to + 2;
}

static uint8_t *put_text(uint8_t *to, const char *text) {
    const size_t len = strlen(text);
    to = put_u16(to, 0xC000 | HEADER);
    to = put_u16(to, TYPE_TXT);
    to = put_u16(to, 1);
    memset(to, 0, 4);
    to = put_u16(to + 4, (unsigned)len + 1);
    *to++ = (uint8_t)len;
    memcpy(to, text, len);
    return to + len;
}

// Reads the question's name; the length of the question.
static size_t question_read(const uint8_t *query) {
    size_t at = HEADER;
    size_t len = 0;
    while (query[at] && len + query[at] + 1U < sizeof(name)) {
        memcpy(name + len, query + at + 1, query[at]);
        len += query[at];
        name[len++] = '.';
        at += query[at] + 1U;
    }
    name[len ? len - 1 : 0] = '\0';
    return at + 5 - HEADER;
}

static size_t reply_make(const uint8_t *query, uint8_t *out) {
    const size_t question = question_read(query);
    unsigned count = 0;
    memcpy(out, query, 2);
    uint8_t *to = put_u16(out + 2, 0x8180U | (unsigned)failure);
    to = put_u16(to, 1);
    memset(to, 0, 6);
    to += 6;
    memcpy(to, query + HEADER, question);
    to += question;
    for (; !failure && records[count]; count++) {
        to = put_text(to, records[count]);
    }
    put_u16(out + 6, count);
    return (size_t)(to - out);
}

static void answer(void) {
    uint8_t query[MESSAGE_MAX], reply[MESSAGE_MAX];
    struct sockaddr_in from;
    socklen_t len = sizeof(from);
    if (recvfrom(udp, query, sizeof(query), 0, (void *)&from, &len) < HEADER) {
        return;
    }
    atomic_fetch_add(&questions, 1);
    pthread_mutex_lock(&mutex);
    if (before) {
        before();
    }
    const size_t size = reply_make(query, reply);
    pthread_mutex_unlock(&mutex);
    sendto(udp, reply, size, 0, (void *)&from, len);
}

static void *on_start(void *context) {
    struct pollfd wait = {.fd = udp, .events = POLLIN};
    while (!atomic_load(&is_stopping)) {
        if (poll(&wait, 1, POLL_MS) > 0) {
            answer();
        }
    }
    return context;
}

uint16_t name_server_start(void) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    socklen_t len = sizeof(address);
    udp = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    cr_assert_eq(bind(udp, (void *)&address, sizeof(address)), 0);
    getsockname(udp, (void *)&address, &len);
    cr_assert_eq(pthread_create(&thread, NULL, on_start, NULL), 0);
    return ntohs(address.sin_port);
}

void name_server_stop(void) {
    atomic_store(&is_stopping, true);
    pthread_join(thread, NULL);
    close(udp);
}

void name_server_says(const char *const *texts) {
    size_t count = 0;
    pthread_mutex_lock(&mutex);
    failure = 0;
    for (; texts[count] && count < NAME_SERVER_TEXTS; count++) {
        records[count] = texts[count];
    }
    records[count] = NULL;
    pthread_mutex_unlock(&mutex);
}

void name_server_fails(int code) {
    pthread_mutex_lock(&mutex);
    failure = code;
    pthread_mutex_unlock(&mutex);
}

void name_server_before(void (*on_question)(void)) {
    pthread_mutex_lock(&mutex);
    before = on_question;
    pthread_mutex_unlock(&mutex);
}

int name_server_questions(void) {
    return atomic_load(&questions);
}

const char *name_server_name(void) {
    return name;
}
