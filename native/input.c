/* Input: events are read in batches, stamped by the kernel, and handed over one message at a time. */
#define _GNU_SOURCE
#include "sequencer.h"

#include <errno.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

/* The upper bits of a length are flags of the kernel. */
#define LENGTH_MASK 0x3fffffffu

static double engine_ms(const struct sequencer *seq)
{
    return monotonic_ms() - seq->inbox->offset_ms;
}

/*
 * Finds out once per batch how the clock of the queue relates to engine time: one reading of it between two of ours.
 * When we were interrupted in between they lie far apart; a second or third reading does better.
 */
static void map_queue_time(struct sequencer *seq)
{
    struct snd_seq_queue_status status;
    double narrowest_ms = 1e9;
    for (int i = 0; i < 3 && narrowest_ms > 0.01; i++) {
        memset(&status, 0, sizeof(status));
        status.queue = seq->queue;
        double before_ms = engine_ms(seq);
        if (ioctl(seq->fd, SNDRV_SEQ_IOCTL_GET_QUEUE_STATUS, &status) < 0) return;
        double after_ms = engine_ms(seq);
        if (after_ms - before_ms >= narrowest_ms) continue;
        narrowest_ms = after_ms - before_ms;
        double queue_ms = (double)status.time.tv_sec * 1e3 + (double)status.time.tv_nsec / 1e6;
        seq->queue_to_engine_ms = (before_ms + after_ms) / 2 - queue_ms;
        seq->queue_mapped = true;
    }
}

/* When an event arrived: its stamp, never later than it was read. */
static double arrival_ms(struct sequencer *seq, const struct snd_seq_event *event)
{
    bool stamped = seq->queue >= 0 && event->queue == seq->queue &&
                   (event->flags & SNDRV_SEQ_TIME_STAMP_MASK) == SNDRV_SEQ_TIME_STAMP_REAL;
    if (stamped && !seq->queue_mapped) map_queue_time(seq);
    if (!stamped || !seq->queue_mapped) return seq->read_ms;
    double stamp_ms = (double)event->time.time.tv_sec * 1e3 + (double)event->time.time.tv_nsec / 1e6;
    double arrived_ms = stamp_ms + seq->queue_to_engine_ms;
    return arrived_ms < seq->read_ms ? arrived_ms : seq->read_ms;
}

static void port_went(struct sequencer *seq, int client, int port)
{
    for (int i = 0; i < MAX_PORTS; i++) {
        struct own_port *own = &seq->ports[i];
        if (own->open && own->connected && own->peer.client == client && (port < 0 || own->peer.port == port)) {
            own->gone = true;
        }
    }
}

static void announced(struct sequencer *seq, const struct snd_seq_event *event)
{
    struct snd_seq_addr address = event->data.addr;
    switch (event->type) {
    case SNDRV_SEQ_EVENT_PORT_EXIT: port_went(seq, address.client, address.port); break;
    case SNDRV_SEQ_EVENT_CLIENT_EXIT: port_went(seq, address.client, -1); break;
    case SNDRV_SEQ_EVENT_CLIENT_START:
    case SNDRV_SEQ_EVENT_CLIENT_CHANGE:
    case SNDRV_SEQ_EVENT_PORT_START:
    case SNDRV_SEQ_EVENT_PORT_CHANGE: break;
    default: return;
    }
    if (address.client != seq->client) seq->inbox->changes++;
}

static bool fill_buffer(struct sequencer *seq)
{
    ssize_t size = read(seq->fd, seq->buffer, sizeof(seq->buffer));
    if (size < 0) {
        if (errno == ENOSPC) {
            seq->inbox->overruns++; /* the kernel has emptied its queue, */
            seq->inbox->changes++;  /* and announcements may have been in it */
        }
        return false;
    }
    seq->filled = (size_t)size;
    seq->taken = 0;
    seq->queue_mapped = false;
    seq->read_ms = engine_ms(seq);
    return size > 0;
}

/* Takes the next event out of the buffer and makes messages of it, or a sysex to be handed over in pieces. */
static void take_event(struct sequencer *seq)
{
    struct snd_seq_event event;
    if (seq->filled - seq->taken < sizeof(event)) {
        seq->taken = seq->filled;
        return;
    }
    memcpy(&event, seq->buffer + seq->taken, sizeof(event));
    seq->taken += sizeof(event);

    bool ours = event.dest.port < MAX_PORTS && seq->ports[event.dest.port].open;
    size_t data = 0, padded = 0;
    if ((event.flags & SNDRV_SEQ_EVENT_LENGTH_MASK) == SNDRV_SEQ_EVENT_LENGTH_VARIABLE) {
        /* The data follow, filled up to whole events. */
        data = event.data.ext.len & LENGTH_MASK;
        padded = (data + sizeof(event) - 1) / sizeof(event) * sizeof(event);
        if (padded > seq->filled - seq->taken) { /* not what the kernel promises: drop the batch */
            seq->taken = seq->filled;
            return;
        }
    }
    if (event.dest.port == seq->announce_port || event.source.client == SNDRV_SEQ_CLIENT_SYSTEM) {
        if (data == 0) announced(seq, &event);
    } else if (ours && event.type == SNDRV_SEQ_EVENT_SYSEX && data > 0) {
        seq->sysex_left = data;
        seq->sysex_padding = padded - data;
    } else if (ours && data == 0) {
        event_to_bytes(&event, &seq->messages);
        seq->messages_taken = 0;
    }
    if (seq->sysex_left == 0) seq->taken += padded;
    seq->event_port = event.dest.port;
    seq->event_ms = arrival_ms(seq, &event);
}

static int hand_over(struct sequencer *seq, const uint8_t *bytes, size_t length)
{
    memcpy(seq->inbox->bytes, bytes, length);
    seq->inbox->port = seq->event_port;
    seq->inbox->time_ms = seq->event_ms;
    return (int)length;
}

int sequencer_receive(struct sequencer *seq)
{
    for (;;) {
        if (seq->messages_taken < seq->messages.count) {
            int n = seq->messages_taken++;
            return hand_over(seq, seq->messages.bytes[n], seq->messages.length[n]);
        }
        if (seq->sysex_left > 0) {
            size_t piece = seq->sysex_left < seq->inbox_room ? seq->sysex_left : seq->inbox_room;
            const uint8_t *bytes = seq->buffer + seq->taken;
            seq->sysex_left -= piece;
            seq->taken += piece + (seq->sysex_left == 0 ? seq->sysex_padding : 0);
            return hand_over(seq, bytes, piece);
        }
        if (seq->taken >= seq->filled && !fill_buffer(seq)) return 0;
        take_event(seq);
    }
}

bool sequencer_has_pending(const struct sequencer *seq)
{
    return seq->taken < seq->filled || seq->messages_taken < seq->messages.count;
}

int sequencer_fd(const struct sequencer *seq)
{
    return seq->hung_up ? -1 : seq->fd;
}

void sequencer_hung_up(struct sequencer *seq)
{
    seq->hung_up = true;
}
