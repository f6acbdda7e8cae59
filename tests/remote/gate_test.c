#include "remote/gate.h"
#include <criterion/criterion.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>

Test(remote_gate, lets_eight_in_for_one_key_and_refuses_the_ninth_at_once) {
    gate_t *gate = gate_new();
    size_t places[GATE_EACH_MAX];
    size_t place = 77;
    for (size_t i = 0; i < GATE_EACH_MAX; i++) {
        cr_assert(gate_enter(gate, STR("conn_1"), &places[i]));
    }
    cr_assert_not(gate_enter(gate, STR("conn_1"), &place));
    cr_assert_eq(place, 77);
    cr_assert(gate_enter(gate, STR("conn_2"), &place), "another customer is not held up");
    gate_leave(gate, place);
    gate_leave(gate, places[3]);
    cr_assert(gate_enter(gate, STR("conn_1"), &place));
    cr_assert_not(gate_enter(gate, STR("conn_1"), &place));
    gate_free(&gate);
    cr_assert_null(gate);
}

Test(remote_gate, refuses_when_too_many_keys_have_somebody_inside) {
    gate_t *gate = gate_new();
    size_t places[GATE_PLACES];
    size_t place;
    char key[32];
    for (int i = 0; i < GATE_PLACES; i++) {
        snprintf(key, sizeof(key), "conn_%d", i);
        cr_assert(gate_enter(gate, str_from_c(key), &places[i]));
    }
    cr_assert_not(gate_enter(gate, STR("one more"), &place));
    cr_assert(gate_enter(gate, STR("conn_63"), &place), "who is inside has a place");
    gate_leave(gate, places[5]);
    cr_assert(gate_enter(gate, STR("one more"), &place));
    cr_assert_eq(place, places[5]);
    // The place's earlier key is forgotten with it.
    cr_assert_not(gate_enter(gate, STR("conn_5"), &place));
    gate_free(&gate);
}

Test(remote_gate, refuses_an_empty_key_and_one_that_is_too_long) {
    gate_t *gate = gate_new();
    char key[GATE_KEY_MAX + 1];
    size_t place;
    memset(key, 'k', sizeof(key));
    cr_assert_not(gate_enter(gate, STR(""), &place));
    cr_assert_not(gate_enter(gate, (str_t){key, GATE_KEY_MAX + 1}, &place));
    cr_assert(gate_enter(gate, (str_t){key, GATE_KEY_MAX}, &place));
    gate_free(&gate);
}

typedef struct {
    gate_t *gate;
    atomic_int inside, most;
} crowd_t;

static void *on_crowd(void *context) {
    crowd_t *crowd = context;
    size_t place;
    for (int i = 0; i < 2000; i++) {
        if (gate_enter(crowd->gate, STR("conn_1"), &place)) {
            const int inside = atomic_fetch_add(&crowd->inside, 1) + 1;
            int most = atomic_load(&crowd->most);
            while (inside > most && !atomic_compare_exchange_weak(&crowd->most, &most, inside)) {
            }
            atomic_fetch_sub(&crowd->inside, 1);
            gate_leave(crowd->gate, place);
        }
    }
    return NULL;
}

Test(remote_gate, many_threads_never_find_more_than_eight_inside) {
    enum { THREADS = 12 };
    crowd_t crowd = {.gate = gate_new()};
    pthread_t threads[THREADS];
    size_t place;
    for (int i = 0; i < THREADS; i++) {
        pthread_create(&threads[i], NULL, on_crowd, &crowd);
    }
    for (int i = 0; i < THREADS; i++) {
        pthread_join(threads[i], NULL);
    }
    cr_assert_leq(atomic_load(&crowd.most), GATE_EACH_MAX);
    for (int i = 0; i < GATE_EACH_MAX; i++) {
        cr_assert(gate_enter(crowd.gate, STR("conn_1"), &place), "all have left");
    }
    gate_free(&crowd.gate);
}
