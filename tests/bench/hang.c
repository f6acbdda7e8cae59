#include "hang.h"
#include "smtp.h"
#include "sso.h"
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { PEOPLE = 100, AGAIN_AFTER_S = 10, BEGIN_S = 2 };

static worker_t *people[PEOPLE];
static pthread_t threads[PEOPLE];
static char kind[16];
static bool is_on;
static atomic_bool is_over;
static atomic_int failures;

static void *person_run(void *argument) {
    worker_t *person = argument;
    usleep((useconds_t)(BEGIN_S * 500000 / PEOPLE * (person->slot % PEOPLE)));
    while (!atomic_load(&is_over)) {
        if (!hang_try(person, kind) && !atomic_load(&is_over)) {
            atomic_fetch_add(&failures, 1);
        }
        for (int i = 0; i < AGAIN_AFTER_S && !atomic_load(&is_over); i++) {
            sleep(1);
        }
    }
    http_done(&person->http);
    return NULL;
}

void hang_start(const char *wanted, int port) {
    snprintf(kind, sizeof kind, "%s", wanted);
    atomic_store(&is_over, false);
    is_on = true;
    for (int i = 0; i < PEOPLE; i++) {
        if (!people[i]) {
            people[i] = calloc(1, sizeof *people[i]);
            people[i]->slot = SMTP_SLOTS - PEOPLE + i;
        }
        http_init(&people[i]->http, port);
        people[i]->http.is_over = &is_over;
        pthread_create(&threads[i], NULL, person_run, people[i]);
    }
    sleep(BEGIN_S);
}

int hang_stop(void) {
    atomic_store(&is_over, true);
    for (int i = 0; is_on && i < PEOPLE; i++) {
        pthread_join(threads[i], NULL);
    }
    is_on = false;
    return atomic_exchange(&failures, 0);
}
