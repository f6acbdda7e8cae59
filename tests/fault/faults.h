// Which call into a library fails. One fault at a time: the n-th wrapped call since fault_arm does
// not reach the library and reports a failure as the library would. One thread.
#pragma once
#include <stdbool.h>

// 0: none, only count.
void fault_arm(int nth);
void fault_disarm(void);
// The test's own calls do not count and do not fail.
void fault_pause(void);
void fault_resume(void);

int fault_count(void); // wrapped calls since fault_arm

// The function that failed, or NULL: not reached yet.
const char *fault_fired(void);

// For the wrappers (wrap.c).
bool fault_hits(const char *function);
