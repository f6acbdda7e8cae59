#include "remote/gate.h"
#include <assert.h>
#include <pthread.h>
#include <stdlib.h>

typedef struct {
    int inside; // 0: the place is free, whatever the key says
    size_t len;
    char key[GATE_KEY_MAX];
} place_t;

struct gate {
    pthread_mutex_t mutex; // guards the places
    place_t places[GATE_PLACES];
};

gate_t *gate_new(void) {
    gate_t *gate = calloc(1, sizeof(*gate));
    if (!gate) {
        abort();
    }
    pthread_mutex_init(&gate->mutex, NULL);
    return gate;
}

void gate_free(gate_t **gate) {
    if (*gate) {
        pthread_mutex_destroy(&(*gate)->mutex);
        free(*gate);
        *gate = NULL;
    }
}

// The key's place, else a free one, else GATE_PLACES.
static size_t find(const gate_t *gate, str_t key) {
    size_t vacant = GATE_PLACES;
    for (size_t i = 0; i < GATE_PLACES; i++) {
        const place_t *place = &gate->places[i];
        if (place->inside && str_eq((str_t){place->key, place->len}, key)) {
            return i;
        }
        if (!place->inside && vacant == GATE_PLACES) {
            vacant = i;
        }
    }
    return vacant;
}

bool gate_enter(gate_t *gate, str_t key, size_t *out_place) {
    if (key.len == 0 || key.len > GATE_KEY_MAX) {
        return false;
    }
    pthread_mutex_lock(&gate->mutex);
    const size_t found = find(gate, key);
    const bool may = found < GATE_PLACES && gate->places[found].inside < GATE_EACH_MAX;
    if (may) {
        place_t *place = &gate->places[found];
        memcpy(place->key, key.ptr, key.len);
        place->len = key.len;
        place->inside++;
        *out_place = found;
    }
    pthread_mutex_unlock(&gate->mutex);
    return may;
}

void gate_leave(gate_t *gate, size_t place) {
    pthread_mutex_lock(&gate->mutex);
    assert(place < GATE_PLACES && gate->places[place].inside > 0);
    gate->places[place].inside--;
    pthread_mutex_unlock(&gate->mutex);
}
