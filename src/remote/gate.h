// How many requests may be under way to one customer's identity provider: when it hangs, it must
// not take every thread that the others need.
#pragma once
#include "base/str.h"

enum {
    GATE_PLACES = 64,   // keys with somebody inside; as many as the lane has threads
    GATE_EACH_MAX = 8,  // inside for one key
    GATE_KEY_MAX = 128, // octets
};

typedef struct gate gate_t;

// Never NULL: no memory ends the process. Owner frees, when nobody is inside.
gate_t *gate_new(void);
void gate_free(gate_t **gate);

// False at once, never a wait: as many as may are inside for this key already, too many keys have
// somebody inside, or the key is empty or too long. True: leave with `out_place`. Any thread.
bool gate_enter(gate_t *gate, str_t key, size_t *out_place);
void gate_leave(gate_t *gate, size_t place);
