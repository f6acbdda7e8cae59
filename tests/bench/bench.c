// Measures a running Gatehouse: bench PORT, with the clients in the environment. Reads commands
// from standard input, a line each, and answers each with a line:
//
//     WHAT WORKERS SECONDS [RATE]     login, sso, mixed, realm, refresh, userinfo,
//                                     client_credentials, discovery, live, provider
//
// and these without an answer:
//
//     pid PID POSTMASTER              whose processor time and memory to look at, and the database
//     realms ORGANIZATIONS DOMAINS    with a provider of ours, and of all (sso.h)
//     hang [silent|drip|reset]        people at a dead provider from now on (hang.h), or no longer
//
// Without RATE every worker goes on at once when it is done (how much is possible); with RATE so
// many begin a second, whether or not earlier ones are done, and the time counts from when each
// should have begun (how long it takes at that load). The first line printed has the ports of
// the mail server and the identity provider. Exit status 1 if anything went wrong.
#include "hang.h"
#include "process.h"
#include "smtp.h"
#include "sso.h"
#include <math.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { WORKERS_MAX = 256, SAMPLES_MAX = 1 << 20 };

typedef struct {
    const char *name;
    bool (*act)(worker_t *worker);
    bool is_elsewhere; // at the provider, not at Gatehouse
} action_t;

static const action_t ACTIONS[] = {
    {"login", do_login, false},
    {"sso", do_sso, false},
    {"mixed", do_mixed, false},
    {"realm", do_realm, false},
    {"refresh", do_refresh, false},
    {"userinfo", do_userinfo, false},
    {"client_credentials", do_client_credentials, false},
    {"discovery", do_discovery, false},
    {"live", do_live, false},
    {"provider", do_provider, true},
};

typedef struct {
    const action_t *action;
    int workers;
    double seconds;
    double rate; // 0: as fast as possible
} order_t;

static worker_t *workers[WORKERS_MAX];
static order_t order;
static double begin_s;
static atomic_int started, sample_count, failure_count;
static float samples_ms[SAMPLES_MAX];

static double now_s(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void sleep_until(double at_s) {
    const double left_s = at_s - now_s();
    if (left_s > 0) {
        usleep((useconds_t)(left_s * 1e6));
    }
}

static void *worker_run(void *argument) {
    worker_t *worker = argument;
    for (;;) {
        double from_s = now_s();
        if (order.rate > 0) {
            from_s = begin_s + atomic_fetch_add(&started, 1) / order.rate;
        }
        if (from_s >= begin_s + order.seconds) {
            return NULL;
        }
        sleep_until(from_s);
        if (!order.action->act(worker)) {
            atomic_fetch_add(&failure_count, 1);
            return NULL;
        }
        const int index = atomic_fetch_add(&sample_count, 1);
        if (index < SAMPLES_MAX) {
            samples_ms[index] = (float)((now_s() - from_s) * 1e3);
        }
    }
}

static int compare(const void *a, const void *b) {
    const float left = *(const float *)a;
    const float right = *(const float *)b;
    return (left > right) - (left < right);
}

static float quantile_ms(int count, double q) {
    return count ? samples_ms[(int)floor(q * (count - 1))] : 0;
}

static bool order_read(const char *line) {
    char name[64];
    order = (order_t){0};
    if (sscanf(line, "%63s %d %lf %lf", name, &order.workers, &order.seconds, &order.rate) < 3 ||
        order.workers < 1 || order.workers > WORKERS_MAX) {
        return false;
    }
    for (size_t i = 0; i < sizeof ACTIONS / sizeof *ACTIONS; i++) {
        if (strcmp(ACTIONS[i].name, name) == 0) {
            order.action = &ACTIONS[i];
        }
    }
    return order.action != NULL;
}

// Whom the processor time is of.
typedef struct {
    int gatehouse, postmaster, provider;
} watched_t;

typedef struct {
    double gatehouse_s, database_s, provider_s;
} cpu_t;

static cpu_t cpu_read(const watched_t *watched) {
    return (cpu_t){process_cpu_s(watched->gatehouse), process_family_cpu_s(watched->postmaster),
                   process_cpu_s(watched->provider)};
}

static void order_print(const watched_t *watched, const cpu_t *before, double took_s) {
    const cpu_t after = cpu_read(watched);
    const int all = atomic_load(&sample_count);
    const int count = all < SAMPLES_MAX ? all : SAMPLES_MAX;
    const double per_action = 1e3 / (all ? all : 1);
    qsort(samples_ms, (size_t)count, sizeof *samples_ms, compare);
    printf("%s %.1f %.2f %.2f %.3f %.3f %.3f %ld %d\n", order.action->name, all / took_s,
           (double)quantile_ms(count, 0.5), (double)quantile_ms(count, 0.99),
           (after.gatehouse_s - before->gatehouse_s) * per_action,
           (after.database_s - before->database_s) * per_action,
           (after.provider_s - before->provider_s) * per_action,
           process_resident_kb(watched->gatehouse), atomic_load(&failure_count));
    fflush(stdout);
}

static void order_run(const watched_t *watched, int port) {
    pthread_t threads[WORKERS_MAX];
    const cpu_t before = cpu_read(watched);
    atomic_store(&started, 0);
    atomic_store(&sample_count, 0);
    begin_s = now_s();
    for (int i = 0; i < order.workers; i++) {
        http_move(&workers[i]->http,
                  order.action->is_elsewhere ? bench_realms.provider_port : port);
        pthread_create(&threads[i], NULL, worker_run, workers[i]);
    }
    for (int i = 0; i < order.workers; i++) {
        pthread_join(threads[i], NULL);
    }
    order_print(watched, &before, now_s() - begin_s);
}

// Orders without an answer. False if it is none of them.
static bool setting_take(const char *line, int port, watched_t *watched) {
    char kind[16];
    if (sscanf(line, "pid %d %d", &watched->gatehouse, &watched->postmaster) == 2 ||
        sscanf(line, "realms %d %d", &bench_realms.organizations, &bench_realms.domains) == 2) {
        return true;
    }
    if (strncmp(line, "hang", 4) != 0) {
        return false;
    }
    atomic_fetch_add(&failure_count, hang_stop());
    if (sscanf(line, "hang %15s", kind) == 1) {
        hang_start(kind, port);
    }
    return true;
}

static void start(int port, watched_t *watched) {
    const provider_t provider = provider_start();
    bench_realms.provider_port = provider.port;
    watched->provider = provider.pid;
    printf("%d %d\n", smtp_start(), provider.port);
    fflush(stdout);
    for (int i = 0; i < WORKERS_MAX; i++) {
        workers[i] = calloc(1, sizeof *workers[i]);
        http_init(&workers[i]->http, port);
        workers[i]->slot = i;
    }
}

int main(int argc, char **argv) {
    char line[256];
    watched_t watched = {0};
    bench_clients = (bench_clients_t){getenv("BENCH_CLIENT_ID"), getenv("BENCH_CLIENT_SECRET"),
                                      getenv("BENCH_REDIRECT_URI"), getenv("BENCH_MACHINE_ID"),
                                      getenv("BENCH_MACHINE_SECRET")};
    if (argc != 2) {
        fprintf(stderr, "usage: bench PORT\n");
        return 2;
    }
    const int port = atoi(argv[1]);
    start(port, &watched);
    while (fgets(line, sizeof line, stdin)) {
        if (setting_take(line, port, &watched)) {
            continue;
        }
        if (!order_read(line)) {
            fprintf(stderr, "bench: what is \"%s\"?\n", line);
            return 2;
        }
        order_run(&watched, port);
    }
    return failure_count > 0;
}
