// Measures a running Gatehouse: bench PORT, with the clients in the environment. Reads commands
// from standard input, a line each, and answers each with a line:
//
//     pid PID POSTMASTER              whose processor time and memory to look at, and the database
//     WHAT WORKERS SECONDS [RATE]     login, refresh, userinfo, client_credentials, discovery, live
//
// Without RATE every worker goes on at once when it is done (how much is possible); with RATE so
// many begin a second, whether or not earlier ones are done, and the time counts from when each
// should have begun (how long it takes at that load). The first line printed is the port of the
// mail server. Exit status 1 if anything went wrong.
#include "login.h"
#include "smtp.h"
#include <dirent.h>
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
} action_t;

static const action_t ACTIONS[] = {
    {"login", do_login},         {"refresh", do_refresh},
    {"userinfo", do_userinfo},   {"client_credentials", do_client_credentials},
    {"discovery", do_discovery}, {"live", do_live},
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
            sleep_until(from_s);
        }
        if (from_s >= begin_s + order.seconds) {
            return NULL;
        }
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

typedef struct {
    int parent;
    double own_s, ended_children_s;
} cpu_t;

// What a process has used of the processors so far (proc(5), stat fields 4 and 14 to 17).
static cpu_t cpu_read(int pid) {
    char path[64], text[1024] = "";
    long user = 0, kernel = 0, child_user = 0, child_kernel = 0;
    cpu_t cpu = {0};
    snprintf(path, sizeof path, "/proc/%d/stat", pid);
    FILE *file = fopen(path, "r");
    if (file) {
        text[fread(text, 1, sizeof text - 1, file)] = '\0';
        fclose(file);
    }
    const char *after_name = strrchr(text, ')');
    if (after_name) {
        sscanf(after_name + 2, "%*c %d %*d %*d %*d %*d %*u %*u %*u %*u %*u %ld %ld %ld %ld",
               &cpu.parent, &user, &kernel, &child_user, &child_kernel);
    }
    const double ticks = (double)sysconf(_SC_CLK_TCK);
    cpu.own_s = (double)(user + kernel) / ticks;
    cpu.ended_children_s = (double)(child_user + child_kernel) / ticks;
    return cpu;
}

static double cpu_s(int pid) {
    return cpu_read(pid).own_s;
}

// PostgreSQL is its first process and the children of that.
static double database_cpu_s(int postmaster) {
    const cpu_t first = cpu_read(postmaster);
    double sum_s = first.own_s + first.ended_children_s;
    DIR *processes = opendir("/proc");
    for (const struct dirent *entry; processes && (entry = readdir(processes));) {
        const int pid = atoi(entry->d_name);
        const cpu_t cpu = pid > 0 ? cpu_read(pid) : (cpu_t){0};
        sum_s += cpu.parent == postmaster ? cpu.own_s : 0;
    }
    if (processes) {
        closedir(processes);
    }
    return sum_s;
}

static long resident_kb(int pid) {
    char path[64], line[256];
    long kb = 0;
    snprintf(path, sizeof path, "/proc/%d/status", pid);
    FILE *file = fopen(path, "r");
    while (file && fgets(line, sizeof line, file)) {
        sscanf(line, "VmRSS: %ld", &kb);
    }
    if (file) {
        fclose(file);
    }
    return kb;
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

static void order_run(int pid, int postmaster) {
    pthread_t threads[WORKERS_MAX];
    const double cpu_before_s = cpu_s(pid);
    const double database_before_s = database_cpu_s(postmaster);
    atomic_store(&started, 0);
    atomic_store(&sample_count, 0);
    begin_s = now_s();
    for (int i = 0; i < order.workers; i++) {
        pthread_create(&threads[i], NULL, worker_run, workers[i]);
    }
    for (int i = 0; i < order.workers; i++) {
        pthread_join(threads[i], NULL);
    }
    const double took_s = now_s() - begin_s;
    const int all = atomic_load(&sample_count);
    const int count = all < SAMPLES_MAX ? all : SAMPLES_MAX;
    qsort(samples_ms, (size_t)count, sizeof *samples_ms, compare);
    const double per_action = 1e3 / (all ? all : 1);
    printf("%s %.1f %.2f %.2f %.3f %.3f %ld %d\n", order.action->name, all / took_s,
           (double)quantile_ms(count, 0.5), (double)quantile_ms(count, 0.99),
           (cpu_s(pid) - cpu_before_s) * per_action,
           (database_cpu_s(postmaster) - database_before_s) * per_action, resident_kb(pid),
           failure_count);
    fflush(stdout);
}

int main(int argc, char **argv) {
    char line[256];
    bench_clients = (bench_clients_t){getenv("BENCH_CLIENT_ID"), getenv("BENCH_CLIENT_SECRET"),
                                      getenv("BENCH_REDIRECT_URI"), getenv("BENCH_MACHINE_ID"),
                                      getenv("BENCH_MACHINE_SECRET")};
    if (argc != 2) {
        fprintf(stderr, "usage: bench PORT\n");
        return 2;
    }
    printf("%d\n", smtp_start());
    fflush(stdout);
    for (int i = 0; i < WORKERS_MAX; i++) {
        workers[i] = calloc(1, sizeof *workers[i]);
        http_init(&workers[i]->http, atoi(argv[1]));
        workers[i]->slot = i;
    }
    int pid = 0, postmaster = 0;
    while (fgets(line, sizeof line, stdin)) {
        if (sscanf(line, "pid %d %d", &pid, &postmaster) == 2) {
            continue;
        }
        if (!order_read(line)) {
            fprintf(stderr, "bench: what is \"%s\"?\n", line);
            return 2;
        }
        order_run(pid, postmaster);
    }
    return failure_count > 0;
}
