/*
 * One client of the kernel's sequencer: its ports, their connections, and direct output. Speaks to /dev/snd/seq itself.
 * Output is always direct, from the calling thread to the reader or the hardware: what is refused is refused now.
 */
#define _GNU_SOURCE
#include "sequencer.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define PROTOCOL_MAJOR(version) (((version) >> 16) & 0xffff)

static int call(const struct sequencer *seq, unsigned long request, void *argument)
{
    return ioctl(seq->fd, request, argument) < 0 ? -errno : 0;
}

/* Copies a name into one of the kernel's fields of 64 bytes; snprintf ends it with a zero and cuts it. */
#define SET_NAME(field, name) snprintf((field), sizeof(field), "%s", (name))

static int set_up_client(struct sequencer *seq, const char *name)
{
    struct snd_seq_client_info info;
    struct snd_seq_client_pool pool;

    memset(&info, 0, sizeof(info));
    info.client = seq->client;
    int result = call(seq, SNDRV_SEQ_IOCTL_GET_CLIENT_INFO, &info);
    if (result < 0) return result;
    SET_NAME(info.name, name);
    result = call(seq, SNDRV_SEQ_IOCTL_SET_CLIENT_INFO, &info);
    if (result < 0) return result;

    memset(&pool, 0, sizeof(pool));
    pool.client = seq->client;
    result = call(seq, SNDRV_SEQ_IOCTL_GET_CLIENT_POOL, &pool);
    if (result < 0) return result;
    pool.input_pool = INPUT_CELLS;
    return call(seq, SNDRV_SEQ_IOCTL_SET_CLIENT_POOL, &pool);
}

/* The kernel takes a wish for a timer it does not have without a word, so ask for the timer itself. */
static bool kernel_has_hrtimer(void)
{
    struct snd_timer_ginfo info;
    int fd = open("/dev/snd/timer", O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0) return access("/sys/module/snd_hrtimer", F_OK) == 0; /* a container without that device */
    memset(&info, 0, sizeof(info));
    info.tid.dev_class = SNDRV_TIMER_CLASS_GLOBAL;
    info.tid.dev_sclass = SNDRV_TIMER_SCLASS_NONE;
    info.tid.card = -1;
    info.tid.device = SNDRV_TIMER_GLOBAL_HRTIMER;
    bool found = ioctl(fd, SNDRV_TIMER_IOCTL_GINFO, &info) == 0;
    close(fd);
    return found;
}

/* A running queue whose clock stamps what arrives. Without one (32 per system) input is stamped when it is read. */
static void start_queue(struct sequencer *seq)
{
    struct snd_seq_queue_info info;
    struct snd_seq_queue_timer timer;
    struct snd_seq_event start;

    memset(&info, 0, sizeof(info));
    info.owner = seq->client;
    info.locked = 1;
    if (call(seq, SNDRV_SEQ_IOCTL_CREATE_QUEUE, &info) < 0) return;

    memset(&timer, 0, sizeof(timer));
    timer.queue = info.queue;
    timer.type = SNDRV_SEQ_TIMER_ALSA;
    timer.u.alsa.id.dev_class = SNDRV_TIMER_CLASS_GLOBAL;
    timer.u.alsa.id.dev_sclass = SNDRV_TIMER_SCLASS_NONE;
    timer.u.alsa.id.card = -1;
    timer.u.alsa.id.device = SNDRV_TIMER_GLOBAL_HRTIMER;
    bool accepted = call(seq, SNDRV_SEQ_IOCTL_SET_QUEUE_TIMER, &timer) == 0;
    seq->hrtimer = accepted && kernel_has_hrtimer();

    memset(&start, 0, sizeof(start));
    start.type = SNDRV_SEQ_EVENT_START;
    start.queue = SNDRV_SEQ_QUEUE_DIRECT;
    start.dest.client = SNDRV_SEQ_CLIENT_SYSTEM;
    start.dest.port = SNDRV_SEQ_PORT_SYSTEM_TIMER;
    start.data.queue.queue = (unsigned char)info.queue;
    if (write(seq->fd, &start, sizeof(start)) == (ssize_t)sizeof(start)) seq->queue = info.queue;
}

/* `number` is the one the port gets, or -1 for the lowest that is free. */
static int create_port(struct sequencer *seq, const char *name, unsigned int capability, int number)
{
    struct snd_seq_port_info info;
    memset(&info, 0, sizeof(info));
    info.addr.client = (unsigned char)seq->client;
    if (number >= 0) {
        info.addr.port = (unsigned char)number;
        info.flags = SNDRV_SEQ_PORT_FLG_GIVEN_PORT;
    }
    SET_NAME(info.name, name);
    info.capability = capability;
    info.type = SNDRV_SEQ_PORT_TYPE_MIDI_GENERIC | SNDRV_SEQ_PORT_TYPE_SOFTWARE | SNDRV_SEQ_PORT_TYPE_APPLICATION;
    info.midi_channels = 16;
    if (seq->queue >= 0) {
        info.flags |= SNDRV_SEQ_PORT_FLG_TIMESTAMP | SNDRV_SEQ_PORT_FLG_TIME_REAL;
        info.time_queue = (unsigned char)seq->queue;
    }
    int result = call(seq, SNDRV_SEQ_IOCTL_CREATE_PORT, &info);
    if (result < 0) return result;
    if (info.addr.port < MAX_PORTS) return info.addr.port;
    call(seq, SNDRV_SEQ_IOCTL_DELETE_PORT, &info);
    return -ENOMEM;
}

static int subscription(struct sequencer *seq, struct snd_seq_addr from, struct snd_seq_addr to, bool connect)
{
    struct snd_seq_port_subscribe subscribe;
    memset(&subscribe, 0, sizeof(subscribe));
    subscribe.sender = from;
    subscribe.dest = to;
    return call(seq, connect ? SNDRV_SEQ_IOCTL_SUBSCRIBE_PORT : SNDRV_SEQ_IOCTL_UNSUBSCRIBE_PORT, &subscribe);
}

/* A port that nobody else sees, the last one, connected to where the kernel tells of ports that come and go. */
static int listen_to_announcements(struct sequencer *seq)
{
    unsigned int capability = SNDRV_SEQ_PORT_CAP_WRITE | SNDRV_SEQ_PORT_CAP_NO_EXPORT;
    seq->announce_port = create_port(seq, "announce", capability, MAX_PORTS - 1);
    if (seq->announce_port < 0) return seq->announce_port;
    struct snd_seq_addr announcer = {SNDRV_SEQ_CLIENT_SYSTEM, SNDRV_SEQ_PORT_SYSTEM_ANNOUNCE};
    struct snd_seq_addr ours = {(unsigned char)seq->client, (unsigned char)seq->announce_port};
    return subscription(seq, announcer, ours, true);
}

static int set_up(struct sequencer *seq, const char *name)
{
    seq->fd = open("/dev/snd/seq", O_RDWR | O_NONBLOCK | O_CLOEXEC);
    if (seq->fd < 0) return -errno;
    int result = call(seq, SNDRV_SEQ_IOCTL_PVERSION, &seq->protocol);
    if (result < 0) return result;
    if (PROTOCOL_MAJOR(seq->protocol) != PROTOCOL_MAJOR(SNDRV_SEQ_VERSION)) return -EPROTO;
    result = call(seq, SNDRV_SEQ_IOCTL_CLIENT_ID, &seq->client);
    if (result < 0) return result;
    result = set_up_client(seq, name);
    if (result < 0) return result;
    start_queue(seq);
    return listen_to_announcements(seq);
}

int sequencer_open(const char *name, struct inbox *inbox, size_t inbox_size, struct sequencer **out)
{
    struct sequencer *seq = calloc(1, sizeof(*seq));
    if (!seq) return -ENOMEM;
    seq->queue = -1;
    seq->inbox = inbox;
    seq->inbox_room = inbox_size - sizeof(struct inbox);
    int result = set_up(seq, name);
    if (result < 0) {
        sequencer_close(seq);
        return result;
    }
    *out = seq;
    return 0;
}

/* The kernel takes ports, connections and queue away with the file. */
void sequencer_close(struct sequencer *seq)
{
    if (seq->fd >= 0) close(seq->fd);
    free(seq);
}

void sequencer_describe(const struct sequencer *seq, struct sequencer_info *info)
{
    info->client = seq->client;
    info->protocol = seq->protocol;
    info->hrtimer = seq->hrtimer;
}

int sequencer_list(struct sequencer *seq, bool (*visit)(void *, const struct port_description *), void *context)
{
    struct snd_seq_client_info client;
    struct snd_seq_port_info port;
    struct port_description description;

    memset(&client, 0, sizeof(client));
    client.client = -1;
    while (call(seq, SNDRV_SEQ_IOCTL_QUERY_NEXT_CLIENT, &client) == 0) {
        memset(&port, 0, sizeof(port));
        port.addr.client = (unsigned char)client.client;
        port.addr.port = 255; /* the one before the first */
        while (call(seq, SNDRV_SEQ_IOCTL_QUERY_NEXT_PORT, &port) == 0) {
            description.client = client.client;
            description.port = port.addr.port;
            snprintf(description.client_name, 65, "%.64s", client.name);
            snprintf(description.port_name, 65, "%.64s", port.name);
            description.kernel_client = client.type == KERNEL_CLIENT;
            description.capability = port.capability;
            description.type = port.type;
            if (!visit(context, &description)) return -ENOMEM;
        }
    }
    return 0;
}

static struct own_port *own_port(struct sequencer *seq, int port)
{
    if (port < 0 || port >= MAX_PORTS || !seq->ports[port].open) return NULL;
    return &seq->ports[port];
}

int sequencer_create_port(struct sequencer *seq, const char *name, bool input)
{
    unsigned int capability = input ? SNDRV_SEQ_PORT_CAP_WRITE | SNDRV_SEQ_PORT_CAP_SUBS_WRITE
                                    : SNDRV_SEQ_PORT_CAP_READ | SNDRV_SEQ_PORT_CAP_SUBS_READ;
    int port = create_port(seq, name, capability, -1);
    if (port < 0) return port;
    seq->ports[port] = (struct own_port){.open = true, .input = input};
    return port;
}

int sequencer_delete_port(struct sequencer *seq, int port)
{
    struct snd_seq_port_info info;
    if (!own_port(seq, port)) return -EBADF;
    seq->ports[port].open = false;
    memset(&info, 0, sizeof(info));
    info.addr.client = (unsigned char)seq->client;
    info.addr.port = (unsigned char)port;
    return call(seq, SNDRV_SEQ_IOCTL_DELETE_PORT, &info);
}

int sequencer_connect(struct sequencer *seq, int port, int client, int peer_port, bool connect)
{
    struct own_port *own = own_port(seq, port);
    if (!own) return -EBADF;
    if (client < 0 || client > 255 || peer_port < 0 || peer_port > 255) return -EINVAL;
    struct snd_seq_addr ours = {(unsigned char)seq->client, (unsigned char)port};
    struct snd_seq_addr peer = {(unsigned char)client, (unsigned char)peer_port};
    int result = own->input ? subscription(seq, peer, ours, connect) : subscription(seq, ours, peer, connect);
    if (result < 0) return result;
    own->connected = connect;
    own->gone = false;
    own->in_sysex = false;
    own->peer = peer;
    return 0;
}

int sequencer_is_gone(struct sequencer *seq, int port)
{
    struct own_port *own = own_port(seq, port);
    return own ? own->gone : -EBADF;
}

/* Writes one event, `size` bytes in all, to whoever is connected to `port`. */
static int deliver(struct sequencer *seq, struct snd_seq_event *event, int port, size_t size)
{
    event->queue = SNDRV_SEQ_QUEUE_DIRECT;
    event->source.client = (unsigned char)seq->client;
    event->source.port = (unsigned char)port;
    event->dest.client = SNDRV_SEQ_ADDRESS_SUBSCRIBERS;
    event->dest.port = SNDRV_SEQ_ADDRESS_UNKNOWN;
    for (;;) {
        if (write(seq->fd, event, size) >= 0) return 0;
        if (errno != EINTR) return -errno;
    }
}

static int send_sysex(struct sequencer *seq, int port, const uint8_t *bytes, size_t length)
{
    struct own_port *own = &seq->ports[port];
    struct snd_seq_event *event = (struct snd_seq_event *)seq->outgoing;
    if (!sysex_piece_valid(bytes, length)) return -EINVAL;
    if (bytes[0] != 0xf0 && !own->in_sysex) return -EINVAL; /* goes on with what never began */

    for (size_t sent = 0; sent < length;) {
        size_t piece = length - sent < SYSEX_PIECE ? length - sent : SYSEX_PIECE;
        memset(event, 0, sizeof(*event));
        event->type = SNDRV_SEQ_EVENT_SYSEX;
        event->flags = SNDRV_SEQ_EVENT_LENGTH_VARIABLE;
        event->data.ext.len = (unsigned int)piece;
        memcpy(seq->outgoing + sizeof(*event), bytes + sent, piece);
        int result = deliver(seq, event, port, sizeof(*event) + piece);
        own->in_sysex = result == 0;
        if (result < 0) return result;
        sent += piece;
    }
    own->in_sysex = bytes[length - 1] != 0xf7;
    return 0;
}

int sequencer_send(struct sequencer *seq, int port, const uint8_t *bytes, size_t length)
{
    struct own_port *own = own_port(seq, port);
    struct snd_seq_event event;
    if (!own || own->input) return -EBADF;
    if (own->gone) return -ENODEV;
    if (length == 0) return -EINVAL;

    if (bytes[0] < 0x80 || bytes[0] == 0xf0 || bytes[0] == 0xf7) return send_sysex(seq, port, bytes, length);
    memset(&event, 0, sizeof(event));
    int result = event_from_bytes(&event, bytes, length);
    if (result < 0) return result;
    if (bytes[0] < 0xf8) own->in_sysex = false; /* only realtime messages may come in between */
    return deliver(seq, &event, port, sizeof(event));
}
