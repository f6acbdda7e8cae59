// How many people may wait for one customer's identity provider: when it hangs, it must not take
// every thread that the others need.
//
// Three bounds. A key has at most GATE_EACH_MAX places. When most of the lane waits, a key that has
// GATE_CROWDED_EACH already gets no more: several hanging providers at once leave threads to
// everybody else, from the first moment on. And a key whose servers have stayed silent
// GATE_SILENT_MAX times in a row has one place until they answer: who waits there finds out, and
// nobody else waits in vain.
#pragma once
#include "base/str.h"

enum {
    GATE_PLACES = 64,      // keys with somebody inside; as many as the lane has threads
    GATE_EACH_MAX = 8,     // inside for one key
    GATE_CROWDED = 48,     // inside for all keys: from here on
    GATE_CROWDED_EACH = 2, // this many for one key
    GATE_SILENT_MAX = 3,   // requests without an answer, one after the other
    GATE_KEY_MAX = 128,    // octets
};

typedef struct gate gate_t;

// Never NULL: no memory ends the process. Owner frees, when nobody is inside.
gate_t *gate_new(void);
void gate_free(gate_t **gate);

// False at once, never a wait: as many as may are inside for this key already, too many keys have
// somebody inside, or the key is empty or too long. True: leave with `out_place`. Any thread.
bool gate_enter(gate_t *gate, str_t key, size_t *out_place);
void gate_leave(gate_t *gate, size_t place);

// What came of a request, by who is inside: an answer, whatever it said, or a long silence. What a
// key did is forgotten when GATE_PLACES others need the room.
void gate_note(gate_t *gate, size_t place, bool is_silent);
