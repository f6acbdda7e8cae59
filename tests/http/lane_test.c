// What crosses threads: full queues, clients that vanish, an orderly stop.
#include "probe.h"
#include <criterion/criterion.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

static const char GATE[] = "GET /gate HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n";

// The peer is told at once (RST), as when a browser is killed.
static void vanish(int fd) {
    const struct linger at_once = {.l_onoff = 1, .l_linger = 0};
    setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
    close(fd);
}

// How many have something to read, once it is at least `least`.
static int wait_for_answers(struct pollfd *waits, int count, int least) {
    const deadline_t deadline = deadline_in(PROBE_WAIT_MS);
    int ready = 0;
    while (ready < least && deadline_left_ms(deadline)) {
        ready = poll(waits, (nfds_t)count, 100);
    }
    return ready;
}

Test(http_lane, a_full_queue_refuses_at_once_with_retry_after) {
    enum { CLIENTS = 9, QUEUE = 2 };
    probe_t probe;
    const probe_options_t options = {.db_threads = 1, .queue_max = QUEUE};
    probe_start(&probe, &options);
    const int busy = probe_connect(&probe);
    probe_write(busy, GATE);
    probe_gate_wait_for(1);
    struct pollfd waits[CLIENTS];
    for (int i = 0; i < CLIENTS; i++) {
        waits[i] = (struct pollfd){.fd = probe_connect(&probe), .events = POLLIN};
        probe_write(waits[i].fd, GATE);
    }
    // Whichever come first wait; all others are told now, while the gate is shut.
    cr_assert_eq(wait_for_answers(waits, CLIENTS, CLIENTS - QUEUE), CLIENTS - QUEUE);
    // The loop is not held up by any of it.
    cr_assert_eq(probe_status(probe_get(&probe, "/echo")), 200);
    probe_gate_open();
    cr_assert_eq(probe_status(probe_read(&probe, busy)), 200);
    for (int i = 0; i < CLIENTS; i++) {
        const str_t answer = probe_read(&probe, waits[i].fd);
        const bool is_refused = waits[i].revents != 0;
        cr_assert_eq(probe_status(answer), is_refused ? 503 : 200);
        cr_assert(str_eq(probe_header(answer, "Retry-After"), is_refused ? STR("1") : STR("")));
        close(waits[i].fd);
    }
    close(busy);
    cr_assert(probe_stop(&probe));
}

Test(http_lane, a_request_that_waited_its_budget_away_is_refused_unworked) {
    probe_t probe;
    probe_start(&probe, NULL);
    cr_assert_eq(probe_status(probe_get(&probe, "/late")), 503);
    cr_assert_eq(probe_gate_entered(), 0);
    cr_assert(probe_stop(&probe));
}

Test(http_lane, clients_that_vanish_while_the_lane_works_harm_nobody) {
    enum { CLIENTS = 20 };
    probe_t probe;
    const probe_options_t options = {.db_threads = 2, .queue_max = 100};
    probe_start(&probe, &options);
    int fds[CLIENTS];
    for (int i = 0; i < CLIENTS; i++) {
        fds[i] = probe_connect(&probe);
        probe_write(fds[i], GATE);
    }
    probe_gate_wait_for(2);
    for (int i = 0; i < CLIENTS; i += 2) {
        vanish(fds[i]);
    }
    probe_gate_open();
    for (int i = 1; i < CLIENTS; i += 2) {
        cr_assert_eq(probe_status(probe_read(&probe, fds[i])), 200);
        close(fds[i]);
    }
    cr_assert(probe_stop(&probe));
}

Test(http_lane, clients_that_vanish_before_their_request_is_whole_harm_nobody) {
    probe_t probe;
    probe_start(&probe, NULL);
    static const char whole[] =
        "POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n"
        "Content-Type: application/x-www-form-urlencoded\r\n\r\na=1";
    for (size_t len = 0; len <= sizeof(whole) - 1; len += 7) {
        const int fd = probe_connect(&probe);
        probe_write_octets(fd, whole, len);
        vanish(fd);
    }
    cr_assert_eq(probe_status(probe_ask(&probe, whole)), 200);
    cr_assert(probe_stop(&probe));
}

Test(http_lane, clients_that_vanish_in_the_middle_of_their_answer_harm_nobody) {
    probe_t probe;
    probe_start(&probe, NULL);
    for (int i = 0; i < 10; i++) {
        const int fd = probe_connect(&probe);
        probe_write(fd, "GET /big HTTP/1.1\r\nHost: h\r\n\r\n");
        cr_assert_eq(probe_status(probe_read_head(&probe, fd)), 200);
        vanish(fd);
    }
    cr_assert_eq(probe_status(probe_get(&probe, "/db")), 200);
    cr_assert(probe_stop(&probe));
}

static void *on_stop(void *context) {
    probe_t *probe = context;
    static bool is_clean;
    is_clean = server_stop(&probe->server, PROBE_WAIT_MS);
    return &is_clean;
}

static void finish(probe_t *probe) {
    snapshots_free(&probe->snapshots);
    health_free(&probe->health);
    arena_free(&probe->arena);
}

Test(http_lane, a_stop_finishes_what_is_in_flight_and_takes_nothing_new) {
    probe_t probe;
    probe_start(&probe, NULL);
    pthread_t stopper;
    void *is_clean = NULL;
    const int idle = probe_connect(&probe);
    probe_write(idle, "GET /echo HTTP/1.1\r\nHost: h\r\n\r\n");
    cr_assert_eq(probe_status(probe_read(&probe, idle)), 200);
    const int busy = probe_connect(&probe);
    probe_write(busy, "GET /gate HTTP/1.1\r\nHost: h\r\n\r\n");
    probe_gate_wait_for(1);
    pthread_create(&stopper, NULL, on_stop, &probe);
    cr_assert(probe_is_closed(idle));
    // Nobody is let into a queue that nobody serves.
    const deadline_t deadline = deadline_in(PROBE_WAIT_MS);
    bool is_refused = false;
    while (!is_refused && deadline_left_ms(deadline)) {
        is_refused = probe_is_refused(&probe);
    }
    cr_assert(is_refused);
    probe_gate_open();
    const str_t answer = probe_read(&probe, busy);
    cr_assert_eq(probe_status(answer), 200);
    cr_assert(probe_is_closed(busy));
    close(busy);
    close(idle);
    pthread_join(stopper, &is_clean);
    cr_assert(*(bool *)is_clean);
    finish(&probe);
}

Test(http_lane, a_stop_that_takes_too_long_says_so) {
    probe_t probe;
    probe_start(&probe, NULL);
    const int busy = probe_connect(&probe);
    probe_write(busy, GATE);
    probe_gate_wait_for(1);
    cr_assert_not(server_stop(&probe.server, 200));
    close(busy);
    // What is left is at work with the server's memory: the process would end here.
    _exit(0);
}

// Keys are exchanged under the requests that use them; the sanitizers watch.
static void *on_exchange_keys(void *context) {
    probe_t *probe = context;
    for (int i = 0; i < 200; i++) {
        snapshots_set(probe->snapshots, calloc(1, sizeof(snapshot_t)));
        usleep(500);
    }
    return NULL;
}

Test(http_lane, p_mem_08_snapshots_are_exchanged_while_requests_use_them) {
    probe_t probe;
    probe_start(&probe, NULL);
    pthread_t exchanger;
    pthread_create(&exchanger, NULL, on_exchange_keys, &probe);
    for (int i = 0; i < 100; i++) {
        cr_assert_eq(probe_status(probe_get(&probe, i % 2 ? "/db" : "/echo")), 200);
    }
    pthread_join(exchanger, NULL);
    cr_assert(probe_stop(&probe));
}
