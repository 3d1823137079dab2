#define _GNU_SOURCE
#include "CMillraceShims.h"

#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>

void millrace_name_current_thread(const char *name) {
    char cut[16];
    snprintf(cut, sizeof cut, "%s", name);
    pthread_setname_np(pthread_self(), cut);
}

// sched_getattr(2) has no wrapper in glibc before 2.41.
struct scheduling {
    uint32_t size, policy;
    uint64_t flags;
    int32_t nice;
    uint32_t priority;
    uint64_t runtime, deadline, period;
};

void millrace_shorten_turns_of_current_thread(uint64_t nanoseconds) {
    struct scheduling now = {.size = sizeof now};
    // Whoever has been given another policy, or a niceness, keeps it.
    if (syscall(SYS_sched_getattr, 0, &now, sizeof now, 0) != 0 || now.policy != 0) return;
    now.runtime = nanoseconds;
    syscall(SYS_sched_setattr, 0, &now, 0);
}

static _Thread_local int stays_on_core;

int millrace_core_count(void) {
    cpu_set_t cores;
    return sched_getaffinity(0, sizeof cores, &cores) == 0 ? CPU_COUNT(&cores) : 1;
}

void millrace_stay_on_core(uint32_t index) {
    cpu_set_t cores, one;
    if (sched_getaffinity(0, sizeof cores, &cores) != 0) return;
    uint32_t skipped = index % (uint32_t)CPU_COUNT(&cores);
    for (int core = 0; core < CPU_SETSIZE; core++) {
        if (!CPU_ISSET(core, &cores) || skipped-- > 0) continue;
        CPU_ZERO(&one);
        CPU_SET(core, &one);
        stays_on_core = sched_setaffinity(0, sizeof one, &one) == 0;
        return;
    }
}

int millrace_stays_on_core(void) { return stays_on_core; }

void millrace_take_cores_of_process(void) {
    cpu_set_t cores;
    // The first thread of a process has the process's number.
    if (sched_getaffinity(getpid(), sizeof cores, &cores) == 0) sched_setaffinity(0, sizeof cores, &cores);
}
