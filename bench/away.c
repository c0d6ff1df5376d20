/*
 * What the machine takes from whoever runs on it: a thread at realtime priority that never sleeps looks at the clock over and
 * over, and where two looks are far apart it was not running. No other program can be why: the host of a virtual
 * machine, an interrupt, or the kernel's own bound on realtime threads. Prints one line of JSON.
 *   away <seconds> <ms of each second that it runs, 1000 for all> <FIFO priority, 0 for none>
 */
#define _GNU_SOURCE
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define GAP_MS 0.1

static double now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

int main(int argc, char **argv)
{
    if (argc != 4) return 2;
    double seconds = atof(argv[1]), run_ms = atof(argv[2]);
    struct sched_param param = {.sched_priority = atoi(argv[3])};
    int granted = param.sched_priority > 0 && sched_setscheduler(0, SCHED_FIFO, &param) == 0;
    double start_ms = now_ms(), last_ms = start_ms, ran_ms = 0, away_ms = 0, max_ms = 0;
    long gaps = 0;
    for (;;) {
        double ms = now_ms();
        if (ms - last_ms > GAP_MS) {
            gaps++;
            away_ms += ms - last_ms;
            if (ms - last_ms > max_ms) max_ms = ms - last_ms;
        }
        ran_ms += ms - last_ms;
        last_ms = ms;
        if (ms - start_ms >= seconds * 1e3) break;
        double in_second = ms - start_ms - 1e3 * (long)((ms - start_ms) / 1e3);
        if (in_second < run_ms) continue;
        struct timespec rest = {.tv_nsec = (long)((1e3 - in_second) * 1e6)};
        nanosleep(&rest, NULL);
        last_ms = now_ms();
    }
    printf("{\"granted\":\"%s\",\"ranMs\":%.1f,\"gaps\":%ld,\"awayMs\":%.3f,\"maxMs\":%.3f}\n", granted ? "fifo" : "none", ran_ms,
           gaps, away_ms, max_ms);
    return 0;
}
