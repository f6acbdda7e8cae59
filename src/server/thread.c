#include "server/thread.h"
#include <errno.h>
#include <signal.h>
#include <time.h>

// Touched pages are what a stack costs; the sanitizers need several times as much of it.
#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define IS_SANITIZED 1
#endif
#elif defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define IS_SANITIZED 1
#endif
#ifdef IS_SANITIZED
enum { STACK = 2048 * 1024 };
#else
enum { STACK = 256 * 1024 };
#endif

static struct timespec timespec_of(deadline_t deadline) {
    return (struct timespec){.tv_sec = (time_t)(deadline.at_ms / 1000),
                             .tv_nsec = (long)(deadline.at_ms % 1000) * 1000000};
}

result_t thread_start(void *(*on_start)(void *context), void *context, pthread_t *out, err_t *err) {
    pthread_attr_t attributes;
    sigset_t all;
    sigset_t before;
    sigfillset(&all);
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, STACK);
    // Signals are the main thread's, which waits for them.
    pthread_sigmask(SIG_BLOCK, &all, &before);
    const int error = pthread_create(out, &attributes, on_start, context);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    pthread_attr_destroy(&attributes);
    return error ? FAIL(err, INTERNAL, "thread", "no thread to be had: %s", strerror(error)) : OK;
}

// pthread_timedjoin_np counts by the wall clock. Its sister that takes a clock is unknown to the
// thread sanitizer, and nothing but the bound of a stop hangs on it.
bool thread_join(pthread_t thread, deadline_t deadline) {
    const deadline_t wall = {clock_wall_ms() + deadline_left_ms(deadline)};
    const struct timespec until = timespec_of(wall);
    return pthread_timedjoin_np(thread, NULL, &until) == 0;
}

void thread_condition_init(pthread_cond_t *condition) {
    pthread_condattr_t attributes;
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(condition, &attributes);
    pthread_condattr_destroy(&attributes);
}

bool thread_wait(pthread_cond_t *condition, pthread_mutex_t *mutex, deadline_t deadline) {
    const struct timespec until = timespec_of(deadline);
    return pthread_cond_timedwait(condition, mutex, &until) != ETIMEDOUT;
}
