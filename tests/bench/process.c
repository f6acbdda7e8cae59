#include "process.h"
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

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

double process_cpu_s(int pid) {
    return cpu_read(pid).own_s;
}

double process_family_cpu_s(int parent) {
    const cpu_t first = cpu_read(parent);
    double sum_s = first.own_s + first.ended_children_s;
    DIR *processes = opendir("/proc");
    for (const struct dirent *entry; processes && (entry = readdir(processes));) {
        const int pid = atoi(entry->d_name);
        const cpu_t cpu = pid > 0 ? cpu_read(pid) : (cpu_t){0};
        sum_s += cpu.parent == parent ? cpu.own_s : 0;
    }
    if (processes) {
        closedir(processes);
    }
    return sum_s;
}

long process_resident_kb(int pid) {
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
