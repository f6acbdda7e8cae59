// The lane of handlers that call somebody else's server: many threads, few database connections,
// and a bound on each connection of a customer.
#include "probe.h"
#include <criterion/criterion.h>
#include <poll.h>
#include <unistd.h>

// ---- handlers ----------------------------------------------------------------------------------

static result_t say(call_t *call, const char *words, response_t *out) {
    *out = (response_t){.status = 200, .content_type = STR("text/plain")};
    out->body = arena_dup(call->arena, str_from_c(words));
    return OK;
}

// As such a handler does: a connection, none while it waits, a connection again.
result_t probe_answer_remote(call_t *call, response_t *out) {
    const bool is_bare = !call->store && call->http;
    TRY(call_store_acquire(call));
    const bool has_store = call->store != NULL;
    call_store_release(call);
    const bool is_given_back = !call->store;
    call_store_release(call); // once more does no harm
    TRY(call_store_acquire(call));
    call_store_release(call);
    return say(call, is_bare && has_store && is_given_back ? "fine" : "wrong", out);
}

// Waits with a connection in its hand, and forgets to give it back.
result_t probe_answer_hold(call_t *call, response_t *out) {
    TRY(call_store_acquire(call));
    probe_gate_pass();
    return say(call, "held", out);
}

// Waits for the remote that the query names, and forgets to leave.
result_t probe_answer_wait(call_t *call, response_t *out) {
    const str_t query = call->request->query;
    if (!call_remote_enter(call, str_is_empty(query) ? STR("conn_1") : query)) {
        return FAIL(&call->err, UNAVAILABLE, "busy", "too many wait for this one");
    }
    probe_gate_pass();
    return say(call, "waited", out);
}

// ---- the suite ---------------------------------------------------------------------------------

static int ask(const probe_t *probe, const char *path) {
    const int fd = probe_connect(probe);
    const str_t text =
        arena_format(probe->arena, "GET %s HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n", path);
    probe_write(fd, text.ptr);
    return fd;
}

static int status_of(const probe_t *probe, int fd) {
    const int status = probe_status(probe_read(probe, fd));
    close(fd);
    return status;
}

Test(http_remote_lane, a_handler_starts_without_a_connection_and_takes_one_for_a_while) {
    probe_t probe;
    probe_start(&probe, NULL);
    cr_assert(str_eq(probe_body(probe_get(&probe, "/remote")), STR("fine")));
    cr_assert(probe_stop(&probe));
}

Test(http_remote_lane, more_handlers_wait_for_remotes_than_there_are_connections) {
    enum { WAITING = 8 };
    probe_t probe;
    int fds[WAITING];
    probe_start(&probe, &(probe_options_t){.db_threads = 1});
    for (int i = 0; i < WAITING; i++) {
        fds[i] = ask(&probe, "/remote/wait");
    }
    probe_gate_wait_for(WAITING);
    // Neither the database's lane nor this one is held up by those who wait.
    cr_assert_eq(probe_status(probe_get(&probe, "/db")), 200);
    cr_assert(str_eq(probe_body(probe_get(&probe, "/remote")), STR("fine")));
    probe_gate_open();
    for (int i = 0; i < WAITING; i++) {
        cr_assert_eq(status_of(&probe, fds[i]), 200);
    }
    cr_assert(probe_stop(&probe));
}

Test(http_remote_lane, the_ninth_at_one_customers_server_is_refused_at_once) {
    probe_t probe;
    int fds[GATE_EACH_MAX];
    probe_start(&probe, NULL);
    for (int i = 0; i < GATE_EACH_MAX; i++) {
        fds[i] = ask(&probe, "/remote/wait");
    }
    probe_gate_wait_for(GATE_EACH_MAX);
    cr_assert_eq(probe_status(probe_get(&probe, "/remote/wait")), 503);
    probe_gate_open();
    for (int i = 0; i < GATE_EACH_MAX; i++) {
        cr_assert_eq(status_of(&probe, fds[i]), 200);
    }
    // The handler did not leave; the server did in its place.
    cr_assert_eq(probe_status(probe_get(&probe, "/remote/wait")), 200);
    cr_assert(probe_stop(&probe));
}

// Each of the first six takes its eight, the last two take two each: twelve threads are left.
Test(http_remote_lane, eight_customers_whose_servers_hang_leave_threads_to_the_ninth) {
    enum { DEAD = 8, FULL = GATE_CROWDED / GATE_EACH_MAX };
    probe_t probe;
    int fds[DEAD * GATE_EACH_MAX];
    int waiting = 0;
    probe_start(&probe, NULL);
    for (int n = 0; n < DEAD; n++) {
        const str_t path = arena_format(probe.arena, "/remote/wait?dead_%d", n);
        for (int i = 0; i < (n < FULL ? GATE_EACH_MAX : GATE_CROWDED_EACH); i++) {
            fds[waiting++] = ask(&probe, path.ptr);
        }
        probe_gate_wait_for(waiting);
        cr_assert_eq(probe_status(probe_get(&probe, path.ptr)), 503);
    }
    cr_assert(str_eq(probe_body(probe_get(&probe, "/remote")), STR("fine")));
    const int ninth = ask(&probe, "/remote/wait?alive");
    probe_gate_wait_for(waiting + 1);
    probe_gate_open();
    cr_assert_eq(status_of(&probe, ninth), 200);
    for (int i = 0; i < waiting; i++) {
        cr_assert_eq(status_of(&probe, fds[i]), 200);
    }
    cr_assert(probe_stop(&probe));
}

Test(http_remote_lane, a_connection_that_a_handler_kept_is_taken_back) {
    probe_t probe;
    probe_start(&probe, &(probe_options_t){.db_threads = 1});
    probe_gate_open();
    for (int i = 0; i < 3; i++) {
        cr_assert_eq(probe_status(probe_get(&probe, "/remote/hold")), 200);
    }
    cr_assert(str_eq(probe_body(probe_get(&probe, "/remote")), STR("fine")));
    cr_assert(probe_stop(&probe));
}

Test(http_remote_lane, without_a_free_connection_a_handler_gives_up_at_its_deadline) {
    probe_t probe;
    probe_start(&probe, &(probe_options_t){.db_threads = 1});
    const int holder = ask(&probe, "/remote/hold");
    probe_gate_wait_for(1);
    cr_assert_eq(probe_status(probe_get(&probe, "/remote/hurry")), 503);
    probe_gate_open();
    cr_assert_eq(status_of(&probe, holder), 200);
    cr_assert_eq(probe_status(probe_get(&probe, "/remote")), 200);
    cr_assert(probe_stop(&probe));
}

Test(http_remote_lane, who_waits_for_a_connection_gets_it_when_it_comes_back) {
    probe_t probe;
    probe_start(&probe, &(probe_options_t){.db_threads = 1});
    const int holder = ask(&probe, "/remote/hold");
    probe_gate_wait_for(1);
    const int waiting = ask(&probe, "/remote");
    probe_gate_open();
    cr_assert_eq(status_of(&probe, holder), 200);
    cr_assert_eq(status_of(&probe, waiting), 200);
    cr_assert(probe_stop(&probe));
}

Test(http_remote_lane, a_full_queue_refuses_at_once_and_the_other_lane_goes_on) {
    enum { THREADS = 2, QUEUE = 1 };
    probe_t probe;
    const probe_options_t options = {.remote_threads = THREADS, .remote_queue_max = QUEUE};
    int busy[THREADS];
    struct pollfd late[QUEUE + 1];
    probe_start(&probe, &options);
    for (int i = 0; i < THREADS; i++) {
        busy[i] = ask(&probe, "/remote/wait");
        probe_gate_wait_for(i + 1); // the second thread was started for it
    }
    for (int i = 0; i <= QUEUE; i++) {
        late[i] = (struct pollfd){.fd = ask(&probe, "/remote/wait"), .events = POLLIN};
    }
    // Whichever came first waits; the other is told now, while the gate is shut.
    cr_assert_eq(poll(late, QUEUE + 1, PROBE_WAIT_MS), 1);
    cr_assert_eq(probe_status(probe_get(&probe, "/db")), 200);
    probe_gate_open();
    for (int i = 0; i <= QUEUE; i++) {
        cr_assert_eq(status_of(&probe, late[i].fd), late[i].revents ? 503 : 200);
    }
    for (int i = 0; i < THREADS; i++) {
        cr_assert_eq(status_of(&probe, busy[i]), 200);
    }
    cr_assert(probe_stop(&probe));
}

Test(http_remote_lane, all_threads_come_when_they_are_needed_and_end_with_the_server) {
    enum { REQUESTS = 200 };
    probe_t probe;
    int fds[REQUESTS];
    probe_start(&probe, &(probe_options_t){.remote_queue_max = REQUESTS});
    for (int i = 0; i < REQUESTS; i++) {
        fds[i] = ask(&probe, "/remote");
    }
    for (int i = 0; i < REQUESTS; i++) {
        cr_assert_eq(status_of(&probe, fds[i]), 200);
    }
    cr_assert(probe_stop(&probe));
}
