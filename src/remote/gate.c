#include "remote/gate.h"
#include <assert.h>
#include <pthread.h>
#include <stdlib.h>

// Free if nobody is inside and nothing is remembered, whatever the key says.
typedef struct {
    int inside;
    int silences;  // in a row, up to GATE_SILENT_MAX
    uint64_t left; // which leaving was the last one here
    size_t len;
    char key[GATE_KEY_MAX];
} place_t;

struct gate {
    pthread_mutex_t mutex; // guards all that follows
    int inside;            // everywhere
    uint64_t leavings;
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

static bool is_free(const place_t *place) {
    return !place->inside && !place->silences;
}

// Of two places where nobody is: a free one, else the one that was left earlier.
static bool is_better(const place_t *place, const place_t *than) {
    return !is_free(than) && (is_free(place) || place->left < than->left);
}

// The key's place, else one that it may have, else NULL.
static place_t *find(gate_t *gate, str_t key) {
    place_t *vacant = NULL;
    for (size_t i = 0; i < GATE_PLACES; i++) {
        place_t *place = &gate->places[i];
        if (!is_free(place) && str_eq((str_t){place->key, place->len}, key)) {
            return place;
        }
        if (!place->inside && (!vacant || is_better(place, vacant))) {
            vacant = place;
        }
    }
    if (vacant) {
        *vacant = (place_t){.len = key.len};
        memcpy(vacant->key, key.ptr, key.len);
    }
    return vacant;
}

static int places_of(const gate_t *gate, const place_t *place) {
    if (place->silences >= GATE_SILENT_MAX) {
        return 1;
    }
    return gate->inside >= GATE_CROWDED ? GATE_CROWDED_EACH : GATE_EACH_MAX;
}

bool gate_enter(gate_t *gate, str_t key, size_t *out_place) {
    if (key.len == 0 || key.len > GATE_KEY_MAX) {
        return false;
    }
    pthread_mutex_lock(&gate->mutex);
    place_t *place = find(gate, key);
    const bool may = place && place->inside < places_of(gate, place);
    if (may) {
        place->inside++;
        gate->inside++;
        *out_place = (size_t)(place - gate->places);
    }
    pthread_mutex_unlock(&gate->mutex);
    return may;
}

void gate_leave(gate_t *gate, size_t place) {
    pthread_mutex_lock(&gate->mutex);
    assert(place < GATE_PLACES && gate->places[place].inside > 0);
    gate->places[place].inside--;
    gate->places[place].left = ++gate->leavings;
    gate->inside--;
    pthread_mutex_unlock(&gate->mutex);
}

void gate_note(gate_t *gate, size_t place, bool is_silent) {
    pthread_mutex_lock(&gate->mutex);
    assert(place < GATE_PLACES && gate->places[place].inside > 0);
    int *silences = &gate->places[place].silences;
    *silences = !is_silent ? 0 : *silences < GATE_SILENT_MAX ? *silences + 1 : *silences;
    pthread_mutex_unlock(&gate->mutex);
}
