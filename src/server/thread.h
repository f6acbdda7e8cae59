// Threads of this process: small stacks, no signals.
#pragma once
#include "base/clock.h"
#include "base/result.h"
#include <pthread.h>

// INTERNAL if the system gives no thread. Join it with thread_join.
MUST_USE result_t thread_start(void *(*on_start)(void *context), void *context, pthread_t *out,
                               err_t *err);

// False if it had not ended by the deadline.
MUST_USE bool thread_join(pthread_t thread, deadline_t deadline);

// Waits on a condition of CLOCK_MONOTONIC until the deadline. False: it has passed.
bool thread_wait(pthread_cond_t *condition, pthread_mutex_t *mutex, deadline_t deadline);
void thread_condition_init(pthread_cond_t *condition);
