/* Realtime priority for the calling thread, and taking it from another one. */
#define _GNU_SOURCE
#include "phasor.h"

#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef SCHED_RESET_ON_FORK
#define SCHED_RESET_ON_FORK 0x40000000
#endif

#define WISHED_NICE (-10)

/* The system call itself: musl refuses to wrap it. Thread 0 is the caller. */
static int set_scheduler(int tid, int policy, int priority)
{
    struct sched_param param = {.sched_priority = priority};
    return syscall(SYS_sched_setscheduler, tid, policy, &param) == 0 ? 0 : -errno;
}

/* Reset on fork: threads started later by this one must not inherit the priority. */
static int set_fifo(int priority)
{
    return set_scheduler(0, SCHED_FIFO | SCHED_RESET_ON_FORK, priority);
}

static int set_nice(int nice)
{
    return setpriority(PRIO_PROCESS, 0, nice) == 0 ? 0 : -errno;
}

void request_realtime(int priority, struct grant *grant)
{
    struct rlimit limit;

    grant->policy = POLICY_FIFO;
    grant->priority = priority;
    grant->tid = (int)syscall(SYS_gettid);
    grant->reason = "";

    /* Without it an ordinary thread wakes up to 50 us late on purpose. Needs no permission. */
    prctl(PR_SET_TIMERSLACK, 1, 0, 0, 0);

    int result = set_fifo(priority);
    if (result == 0) return;
    if (getrlimit(RLIMIT_RTPRIO, &limit) == 0 && limit.rlim_cur >= 1 && limit.rlim_cur < (rlim_t)priority) {
        grant->priority = (int)limit.rlim_cur;
        grant->reason = "RLIMIT_RTPRIO is lower";
        if (set_fifo(grant->priority) == 0) return;
    }

    grant->reason = result == -EPERM ? "SCHED_FIFO is not permitted" : "the kernel refuses SCHED_FIFO";
    grant->policy = POLICY_NICE;
    grant->priority = WISHED_NICE;
    if (set_nice(WISHED_NICE) == 0) return;
    if (getrlimit(RLIMIT_NICE, &limit) == 0 && limit.rlim_cur > 20 && limit.rlim_cur < 20 - WISHED_NICE) {
        grant->priority = 20 - (int)limit.rlim_cur;
        if (set_nice(grant->priority) == 0) return;
    }
    grant->policy = POLICY_NONE;
    grant->priority = 0;
}

int demote(int tid)
{
    char path[48];
    snprintf(path, sizeof(path), "/proc/self/task/%d", tid);
    if (access(path, F_OK) != 0) return -ESRCH; /* not a thread of this process */
    /* The flag stays: without privilege it can never be cleared again, and trying fails. */
    return set_scheduler(tid, SCHED_OTHER | SCHED_RESET_ON_FORK, 0);
}
