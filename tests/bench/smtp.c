#include "smtp.h"
#include <arpa/inet.h>
#include <ctype.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { WAIT_S = 10 };

typedef struct {
    pthread_mutex_t lock;
    pthread_cond_t arrived;
    char code[7];
} slot_t;

static slot_t slots[SMTP_SLOTS];

static void slot_fill(int slot, const char *code) {
    if (slot < 0 || slot >= SMTP_SLOTS) {
        return;
    }
    pthread_mutex_lock(&slots[slot].lock);
    memcpy(slots[slot].code, code, sizeof slots[slot].code);
    pthread_cond_signal(&slots[slot].arrived);
    pthread_mutex_unlock(&slots[slot].lock);
}

void smtp_expect(int slot) {
    pthread_mutex_lock(&slots[slot].lock);
    slots[slot].code[0] = '\0';
    pthread_mutex_unlock(&slots[slot].lock);
}

bool smtp_wait(int slot, char out_code[7]) {
    struct timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += WAIT_S;
    pthread_mutex_lock(&slots[slot].lock);
    int status = 0;
    while (!slots[slot].code[0] && status == 0) {
        status = pthread_cond_timedwait(&slots[slot].arrived, &slots[slot].lock, &until);
    }
    memcpy(out_code, slots[slot].code, 7);
    pthread_mutex_unlock(&slots[slot].lock);
    return out_code[0] != '\0';
}

// The last six digits of the subject, which may stand apart ("123 456").
static bool code_find(const char *subject, char out_code[7]) {
    int count = 0;
    for (const char *at = subject + strcspn(subject, "\r\n"); at > subject && count < 6; at--) {
        if (isdigit((unsigned char)at[-1])) {
            out_code[5 - count++] = at[-1];
        }
    }
    out_code[6] = '\0';
    return count == 6;
}

typedef struct {
    FILE *in, *out;
    int slot;
    bool is_data;
} session_t;

static const char *command_answer(session_t *session, const char *line) {
    if (strncasecmp(line, "rcpt to:", 8) == 0) {
        const char *dash = strrchr(line, '-');
        session->slot = dash ? atoi(dash + 1) : -1;
    }
    session->is_data = strncasecmp(line, "data", 4) == 0;
    return session->is_data ? "354 go on\r\n" : "250 yes\r\n";
}

static void line_take(session_t *session, const char *line) {
    char code[7];
    if (!session->is_data) {
        fputs(command_answer(session, line), session->out);
        fflush(session->out);
    } else if (strncasecmp(line, "subject:", 8) == 0 && code_find(line, code)) {
        slot_fill(session->slot, code);
    } else if (strcmp(line, ".\r\n") == 0) {
        session->is_data = false;
        fputs("250 kept\r\n", session->out);
        fflush(session->out);
    }
}

static void *session_run(void *argument) {
    const int fd = (int)(intptr_t)argument;
    session_t session = {.in = fdopen(fd, "r"), .out = fdopen(dup(fd), "w"), .slot = -1};
    char line[4096];
    fputs("220 bench\r\n", session.out);
    fflush(session.out);
    while (fgets(line, sizeof line, session.in) && strncasecmp(line, "quit", 4) != 0) {
        line_take(&session, line);
    }
    fclose(session.in);
    fclose(session.out);
    return NULL;
}

static void *accept_run(void *argument) {
    const int listener = (int)(intptr_t)argument;
    for (;;) {
        const int fd = accept(listener, NULL, NULL);
        pthread_t thread;
        if (fd >= 0 && pthread_create(&thread, NULL, session_run, (void *)(intptr_t)fd) == 0) {
            pthread_detach(thread);
        }
    }
    return NULL;
}

int smtp_start(void) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof address;
    pthread_t thread;
    const int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (bind(listener, (const void *)&address, len) != 0 || listen(listener, 128) != 0 ||
        getsockname(listener, (void *)&address, &len) != 0) {
        perror("bench: mail server");
        exit(1);
    }
    for (int i = 0; i < SMTP_SLOTS; i++) {
        pthread_mutex_init(&slots[i].lock, NULL);
        pthread_cond_init(&slots[i].arrived, NULL);
    }
    pthread_create(&thread, NULL, accept_run, (void *)(intptr_t)listener);
    return ntohs(address.sin_port);
}
