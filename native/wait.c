/* One clock, doorbells that any thread rings, and the wait that ends at a deadline, a ring, or MIDI input. */
#define _GNU_SOURCE
#include "phasor.h"

#include <errno.h>
#include <poll.h>
#include <stdatomic.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

/* A hang or a stop request is noticed within it; MAX_WAIT_MS in waiter.ts. */
#define SLICE_MS 50.0
/* Longest time spent awake before something is sent. */
#define MAX_LEAD_MS 1.0
/* Part of a core that may go into that, and how much of it can be saved up: a flood of messages needs no early start. */
#define AWAKE_SHARE 0.125
#define MAX_ALLOWANCE_MS 5.0
#define MAX_DOORBELLS 64

/*
 * Descriptor + 1 of each doorbell, 0 where there is none. A doorbell is a place in this table, so that a ring which
 * comes too late finds it empty, and never writes into a file that got the same descriptor.
 */
static _Atomic int doorbells[MAX_DOORBELLS];

double monotonic_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

int doorbell_fd(int doorbell)
{
    if (doorbell < 0 || doorbell >= MAX_DOORBELLS) return -1;
    return atomic_load(&doorbells[doorbell]) - 1;
}

int doorbell_create(void)
{
    int fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    if (fd < 0) return -errno;
    for (int i = 0; i < MAX_DOORBELLS; i++) {
        int empty = 0;
        if (atomic_compare_exchange_strong(&doorbells[i], &empty, fd + 1)) return i;
    }
    close(fd);
    return -EMFILE;
}

int doorbell_close(int doorbell)
{
    if (doorbell < 0 || doorbell >= MAX_DOORBELLS) return -EBADF;
    int fd = atomic_exchange(&doorbells[doorbell], 0) - 1;
    if (fd < 0) return -EBADF;
    close(fd);
    return 0;
}

int doorbell_ring(int doorbell)
{
    int fd = doorbell_fd(doorbell);
    if (fd < 0) return -EBADF;
    uint64_t one = 1;
    /* EAGAIN: it has rung 2^64 - 2 times and nobody came; it rings all the same. */
    if (write(fd, &one, sizeof(one)) < 0 && errno != EAGAIN) return -errno;
    return 0;
}

void waiter_now(struct waiter *waiter)
{
    waiter->cells[CELL_NOW] = monotonic_ms() - waiter->cells[CELL_OFFSET];
}

/*
 * Waking up takes the kernel some 50 us, and the code that then sends is cold. So the thread wakes a little before it
 * is to send, goes once through its loop with nothing due, and spends what is left here, awake.
 */
static void stay_awake(double until_ms)
{
    while (monotonic_ms() < until_ms) {
#if defined(__x86_64__) || defined(__i386__)
        __builtin_ia32_pause();
#elif defined(__aarch64__) || defined(__arm__)
        __asm__ __volatile__("yield");
#endif
    }
}

/* Whether the thread may be awake for so long before it sends; what is allowed grows with the time that goes by. */
static bool may_lead(struct waiter *waiter, double now_ms, double lead_ms)
{
    waiter->allowance_ms += (now_ms - waiter->reckoned_ms) * AWAKE_SHARE;
    if (!(waiter->allowance_ms < MAX_ALLOWANCE_MS)) waiter->allowance_ms = MAX_ALLOWANCE_MS;
    waiter->reckoned_ms = now_ms;
    return waiter->allowance_ms >= lead_ms;
}

static struct timespec time_left(double until_ms)
{
    double left_ms = until_ms - monotonic_ms();
    if (!(left_ms < SLICE_MS)) left_ms = SLICE_MS; /* also for NaN */
    if (left_ms < 0) left_ms = 0;
    return (struct timespec){.tv_sec = 0, .tv_nsec = (long)(left_ms * 1e6)};
}

int waiter_wait(struct waiter *waiter)
{
    struct sequencer *seq = waiter->sequencer;
    struct pollfd files[2] = {
        {.fd = doorbell_fd(waiter->doorbell), .events = POLLIN},
        {.fd = seq ? sequencer_fd(seq) : -1, .events = POLLIN}, /* poll skips -1 */
    };
    bool pending = seq && sequencer_has_pending(seq);
    double deadline_ms = waiter->cells[CELL_DEADLINE] + waiter->cells[CELL_OFFSET];
    double lead_ms = waiter->cells[CELL_LEAD] < MAX_LEAD_MS ? waiter->cells[CELL_LEAD] : MAX_LEAD_MS;
    double early_ms = waiter->cells[CELL_SEND] + waiter->cells[CELL_OFFSET] - lead_ms;
    if (lead_ms > 0 && !pending) {
        double now_ms = monotonic_ms();
        if (may_lead(waiter, now_ms, lead_ms)) {
            if (early_ms <= now_ms && deadline_ms <= now_ms + lead_ms) {
                if (deadline_ms > now_ms) waiter->allowance_ms -= lead_ms;
                stay_awake(deadline_ms);
                return 0;
            }
            if (early_ms < deadline_ms) deadline_ms = early_ms;
        }
    }
    struct timespec timeout = pending ? (struct timespec){0, 0} : time_left(deadline_ms);

    int ready = ppoll(files, 2, &timeout, NULL);
    if (ready < 0) return errno == EINTR ? (pending ? WAKE_INPUT : 0) : -errno;

    int woken = pending ? WAKE_INPUT : 0;
    if (files[0].revents & POLLIN) {
        uint64_t rings;
        if (read(files[0].fd, &rings, sizeof(rings)) > 0) woken |= WAKE_RUNG;
    }
    if (files[1].revents & POLLIN) woken |= WAKE_INPUT;
    /* An error that no read clears would end every wait at once, a busy loop at realtime priority. */
    else if (files[1].revents & (POLLERR | POLLHUP | POLLNVAL)) sequencer_hung_up(seq);
    return woken;
}
