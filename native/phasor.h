/*
 * What the parts of the addon share. Everything but addon.c is plain C that knows nothing of Node.js.
 * Calls return zero or a useful number, or -errno.
 */
#ifndef PHASOR_H
#define PHASOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Version of the calls and memory layouts; NATIVE_ABI in native.ts must be the same. */
#define PHASOR_ABI 3

/* ---- clock (wait.c) ---- */

double monotonic_ms(void);

/* ---- scheduling.c ---- */

enum policy { POLICY_NONE, POLICY_NICE, POLICY_FIFO };

struct grant {
    enum policy policy;
    int priority; /* FIFO priority or nice value */
    int tid;
    const char *reason; /* why it is not what was wished, "" when it is */
};

void request_realtime(int priority, struct grant *grant);
int demote(int tid);

/* ---- wait.c ---- */

/* Doorbells belong to the process: any thread may ring. */
int doorbell_create(void);
int doorbell_close(int doorbell);
int doorbell_ring(int doorbell);
int doorbell_fd(int doorbell); /* -1 when it is not open */

enum { WAKE_RUNG = 1, WAKE_INPUT = 2 };

struct sequencer;

struct waiter {
    int doorbell;
    struct sequencer *sequencer; /* or NULL */
    volatile double *cells;      /* the enum below, in ms */
    double allowance_ms;         /* time that may be spent awake, as it stood at */
    double reckoned_ms;
};

/* What a waiter shares with JavaScript; times are engine time. */
enum waiter_cell {
    CELL_DEADLINE, /* the wait ends then */
    CELL_OFFSET,   /* what to add to engine time to get CLOCK_MONOTONIC */
    CELL_NOW,      /* written by waiter_now */
    CELL_SEND,     /* when something is to be sent; at or after the deadline */
    CELL_LEAD,     /* how long before that to be awake; 0: not at all */
    WAITER_CELLS
};

int waiter_wait(struct waiter *waiter);
void waiter_now(struct waiter *waiter);

/* ---- events.c: MIDI bytes <-> events of the kernel ---- */

struct snd_seq_event;

/* Largest piece of a sysex in one event. */
#define SYSEX_PIECE 256
/* An event of the kernel can stand for up to four messages of three bytes (NRPN). */
#define MAX_MESSAGES 4

struct messages {
    int count;
    uint8_t length[MAX_MESSAGES];
    uint8_t bytes[MAX_MESSAGES][3];
};

int event_from_bytes(struct snd_seq_event *event, const uint8_t *bytes, size_t length);
void event_to_bytes(const struct snd_seq_event *event, struct messages *messages);
bool sysex_piece_valid(const uint8_t *bytes, size_t length);

/* ---- sequencer.c ---- */

/* Layout of the memory shared with the driver; INBOX in native.ts. */
struct inbox {
    double time_ms;
    double offset_ms;
    int32_t port;
    int32_t changes;
    int32_t overruns;
    int32_t reserved;
    uint8_t bytes[];
};
#define INBOX_MIN_SIZE (sizeof(struct inbox) + 64)

struct port_description {
    int client, port;
    char client_name[65], port_name[65];
    bool kernel_client;
    uint32_t capability, type;
};

struct sequencer_info {
    int client;
    int protocol; /* major << 16 | minor << 8 | patch */
    bool hrtimer;
};

int sequencer_open(const char *name, struct inbox *inbox, size_t inbox_size, struct sequencer **out);
void sequencer_close(struct sequencer *seq);
void sequencer_describe(const struct sequencer *seq, struct sequencer_info *info);
/* Calls `visit` for each port of every client until it returns false. */
int sequencer_list(struct sequencer *seq, bool (*visit)(void *context, const struct port_description *), void *context);
int sequencer_create_port(struct sequencer *seq, const char *name, bool input);
int sequencer_delete_port(struct sequencer *seq, int port);
int sequencer_connect(struct sequencer *seq, int port, int client, int peer_port, bool connect);
/* 1 where the peer of a port of ours went away since it was connected, also where it is back. */
int sequencer_is_gone(struct sequencer *seq, int port);
int sequencer_send(struct sequencer *seq, int port, const uint8_t *bytes, size_t length);

/* ---- input.c ---- */

int sequencer_receive(struct sequencer *seq);
/* Something was read from the kernel and not yet handed over: do not sleep. */
bool sequencer_has_pending(const struct sequencer *seq);
/* The file to wait on, -1 when it is of no use any more. */
int sequencer_fd(const struct sequencer *seq);
void sequencer_hung_up(struct sequencer *seq);

#endif
