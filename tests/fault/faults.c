#include "fault/faults.h"
#include <stddef.h>

static int target;
static int count;
static const char *fired;
static bool is_armed;
static bool is_paused;

void fault_arm(int nth) {
    target = nth;
    count = 0;
    fired = NULL;
    is_armed = true;
}

void fault_disarm(void) {
    is_armed = false;
}

void fault_pause(void) {
    is_paused = true;
}

void fault_resume(void) {
    is_paused = false;
}

int fault_count(void) {
    return count;
}

const char *fault_fired(void) {
    return fired;
}

bool fault_hits(const char *function) {
    if (!is_armed || is_paused) {
        return false;
    }
    count++;
    if (count != target) {
        return false;
    }
    fired = function;
    return true;
}
