/*
 * What the kernel can do here: a loop that sleeps in ppoll until absolute CLOCK_MONOTONIC deadlines, in the way of
 * native/wait.c, and does nothing else. Prints its lateness as one line of JSON.
 *   lateness-baseline <seconds> <interval in us> <FIFO priority, 0 for none>
 */
#define _GNU_SOURCE
#include <errno.h>
#include <math.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <time.h>

static double now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

static int by_value(const void *a, const void *b)
{
    double left = *(const double *)a, right = *(const double *)b;
    return (left > right) - (left < right);
}

/* The smallest value that at least this share of all does not exceed. */
static double percentile(const double *sorted, long count, double share)
{
    long index = (long)(share * (double)count + 0.999999) - 1;
    return sorted[index < 0 ? 0 : index];
}

/* As in the engine's figures: the middle of each bucket, 16 a doubling from 1 us on, and what is in it. */
static void print_histogram(const double *sorted, long count)
{
    int last = -1;
    long in_it = 0;
    const char *comma = "";
    printf("\"histogram\":[");
    for (long i = 0; i <= count; i++) {
        double us = i < count ? sorted[i] * 1000 : 0;
        int bucket = i == count ? -2 : us > 1 ? 1 + (int)(log2(us) * 16) : 0;
        if (bucket != last && in_it > 0) {
            printf("%s[%.7g,%ld]", comma, last == 0 ? 0.0 : exp2((last - 0.5) / 16) / 1000, in_it);
            comma = ",";
            in_it = 0;
        }
        last = bucket;
        in_it++;
    }
    printf("]}\n");
}

int main(int argc, char **argv)
{
    if (argc != 4) return 2;
    double seconds = atof(argv[1]), interval_ms = atof(argv[2]) / 1e3;
    int priority = atoi(argv[3]);
    long count = (long)(seconds * 1e3 / interval_ms);
    double *late_ms = calloc((size_t)count, sizeof(double));
    struct pollfd doorbell = {.fd = eventfd(0, EFD_NONBLOCK), .events = POLLIN};
    if (count < 1 || !late_ms || doorbell.fd < 0) return 1;
    for (long i = 0; i < count; i++) late_ms[i] = -1; /* no page fault while it measures */

    int granted = 0;
    if (priority > 0) {
        struct sched_param param = {.sched_priority = priority};
        prctl(PR_SET_TIMERSLACK, 1, 0, 0, 0);
        if (sched_setscheduler(0, SCHED_FIFO, &param) == 0) granted = priority;
    }

    double start_ms = now_ms() + 10;
    for (long i = 0; i < count; i++) {
        double deadline_ms = start_ms + (double)i * interval_ms;
        double left_ms;
        while ((left_ms = deadline_ms - now_ms()) > 0) {
            struct timespec timeout = {.tv_sec = 0, .tv_nsec = (long)((left_ms > 50 ? 50 : left_ms) * 1e6)};
            if (ppoll(&doorbell, 1, &timeout, NULL) < 0 && errno != EINTR) return 1;
        }
        late_ms[i] = now_ms() - deadline_ms;
    }

    qsort(late_ms, (size_t)count, sizeof(double), by_value);
    printf("{\"granted\":\"%s\",\"priority\":%d,\"count\":%ld,\"p50Ms\":%.6f,\"p99Ms\":%.6f,\"p999Ms\":%.6f,\"maxMs\":%.6f,",
           granted ? "fifo" : "none", granted, count, percentile(late_ms, count, 0.5), percentile(late_ms, count, 0.99),
           percentile(late_ms, count, 0.999), late_ms[count - 1]);
    print_histogram(late_ms, count);
    return 0;
}
