/* The inside of a sequencer client, shared by sequencer.c and input.c only. */
#ifndef PHASOR_SEQUENCER_H
#define PHASOR_SEQUENCER_H

#include "phasor.h"

#include <sound/asequencer.h>

#define MAX_PORTS 254
/*
 * The kernel keeps this many cells of 28 or 32 bytes of input for us. It bounds the largest event there can be, and
 * the read buffer holds more than that: an event that does not fit would never be read, and never be gone.
 */
#define INPUT_CELLS 1000
#define READ_BUFFER_SIZE 65536

struct own_port {
    bool open;
    bool input;
    bool connected; /* to `peer` */
    bool gone;      /* the peer went away */
    bool in_sysex;  /* a sysex that we send has begun and not ended */
    struct snd_seq_addr peer;
};

struct sequencer {
    int fd;
    int client;
    int protocol;
    int queue; /* its clock stamps our input; -1 if there is none */
    bool hrtimer;
    bool hung_up;
    int announce_port;
    struct own_port ports[MAX_PORTS];

    struct inbox *inbox;
    size_t inbox_room; /* bytes of one message */

    /* What was read and not yet handed over. */
    uint8_t buffer[READ_BUFFER_SIZE];
    size_t filled, taken;
    double read_ms;             /* when the buffer was filled, engine time */
    double queue_to_engine_ms;  /* for its stamps */
    bool queue_mapped;
    struct messages messages; /* of the event at hand */
    int messages_taken;
    size_t sysex_left; /* bytes of the sysex event at hand, at `taken` */
    size_t sysex_padding;
    int event_port;
    double event_ms;

    uint8_t outgoing[sizeof(struct snd_seq_event) + SYSEX_PIECE];
};

#endif
