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

// ---- providers that hang ------------------------------------------------------------------------

static str_t key_of(char *into, int n) {
    return (str_t){into, (size_t)sprintf(into, "conn_%d", n)};
}

// So many enter for key n as the gate lets in; how many.
static int crowd_in(gate_t *gate, int n, size_t *places) {
    char key[32];
    int count = 0;
    while (gate_enter(gate, key_of(key, n), &places[count])) {
        count++;
    }
    return count;
}

Test(remote_gate, eight_providers_that_hang_at_once_leave_room_for_everybody_else) {
    gate_t *gate = gate_new();
    size_t places[GATE_EACH_MAX];
    int inside = 0;
    for (int n = 0; n < 8; n++) {
        inside += crowd_in(gate, n, places);
    }
    cr_assert_leq(inside, GATE_PLACES - 8, "%d threads wait for the dead", inside);
    for (int n = 8; n < 12; n++) { // the ninth to twelfth
        cr_assert_eq(crowd_in(gate, n, places), GATE_CROWDED_EACH);
    }
    gate_free(&gate);
}

static void leave_silent(gate_t *gate, size_t place, int silences) {
    for (int i = 0; i < silences; i++) {
        gate_note(gate, place, true);
    }
    gate_leave(gate, place);
}

Test(remote_gate, who_stays_silent_has_one_place_until_an_answer_comes) {
    gate_t *gate = gate_new();
    size_t places[GATE_EACH_MAX], place;
    cr_assert(gate_enter(gate, STR("conn_0"), &place));
    leave_silent(gate, place, GATE_SILENT_MAX - 1);
    cr_assert_eq(crowd_in(gate, 0, places), GATE_EACH_MAX, "not yet");
    leave_silent(gate, places[0], 1);
    cr_assert_not(gate_enter(gate, STR("conn_0"), &place), "seven are inside still");
    for (int i = 1; i < GATE_EACH_MAX; i++) {
        leave_silent(gate, places[i], 1);
    }
    cr_assert_eq(crowd_in(gate, 0, places), 1);
    place = places[0];
    cr_assert_eq(crowd_in(gate, 1, places), GATE_EACH_MAX, "nobody else pays for it");
    gate_note(gate, place, false);
    cr_assert_eq(crowd_in(gate, 0, places), GATE_EACH_MAX - 1);
    gate_free(&gate);
}

Test(remote_gate, an_answer_in_between_makes_silences_count_anew) {
    gate_t *gate = gate_new();
    size_t places[GATE_EACH_MAX], place;
    cr_assert(gate_enter(gate, STR("conn_0"), &place));
    for (int i = 0; i < 3 * GATE_SILENT_MAX; i++) {
        gate_note(gate, place, i % GATE_SILENT_MAX != 0);
    }
    gate_leave(gate, place);
    cr_assert_eq(crowd_in(gate, 0, places), GATE_EACH_MAX);
    gate_free(&gate);
}

Test(remote_gate, the_oldest_silence_is_forgotten_first_and_never_of_who_is_inside) {
    gate_t *gate = gate_new();
    size_t places[GATE_EACH_MAX], place;
    char key[32];
    for (int n = 0; n < GATE_PLACES; n++) {
        cr_assert(gate_enter(gate, key_of(key, n), &place));
        leave_silent(gate, place, GATE_SILENT_MAX);
    }
    cr_assert(gate_enter(gate, STR("conn_0"), &place), "the oldest is inside");
    cr_assert(gate_enter(gate, STR("new"), &place));
    cr_assert_not(gate_enter(gate, STR("conn_0"), &place), "it is remembered");
    cr_assert_eq(crowd_in(gate, 2, places), 1, "this one is, too");
    cr_assert_eq(crowd_in(gate, 1, places), GATE_EACH_MAX, "this one is not");
    gate_free(&gate);
}

// ---- threads ------------------------------------------------------------------------------------

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
