/* Between MIDI bytes and the events of the kernel. Any bytes and any events are safe; what is not MIDI is refused. */
#include "phasor.h"

#include <errno.h>
#include <string.h>
#include <sound/asequencer.h>

/* Length of a message by its status, 0 where there is no such message of fixed length. */
static size_t message_length(uint8_t status)
{
    static const uint8_t channel[8] = {3, 3, 3, 3, 2, 2, 3, 0};
    static const uint8_t system[16] = {0, 2, 3, 2, 0, 0, 1, 0, 1, 0, 1, 1, 1, 0, 1, 1};
    if (status < 0x80) return 0;
    return status < 0xf0 ? channel[(status >> 4) & 7] : system[status & 15];
}

static int system_type(uint8_t status)
{
    switch (status) {
    case 0xf1: return SNDRV_SEQ_EVENT_QFRAME;
    case 0xf2: return SNDRV_SEQ_EVENT_SONGPOS;
    case 0xf3: return SNDRV_SEQ_EVENT_SONGSEL;
    case 0xf6: return SNDRV_SEQ_EVENT_TUNE_REQUEST;
    case 0xf8: return SNDRV_SEQ_EVENT_CLOCK;
    case 0xfa: return SNDRV_SEQ_EVENT_START;
    case 0xfb: return SNDRV_SEQ_EVENT_CONTINUE;
    case 0xfc: return SNDRV_SEQ_EVENT_STOP;
    case 0xfe: return SNDRV_SEQ_EVENT_SENSING;
    case 0xff: return SNDRV_SEQ_EVENT_RESET;
    default: return SNDRV_SEQ_EVENT_NONE;
    }
}

/* Fills in type and data for one complete message that is not a sysex; -EINVAL if it is not exactly that. */
int event_from_bytes(struct snd_seq_event *event, const uint8_t *bytes, size_t length)
{
    if (length < 1 || length > 3 || message_length(bytes[0]) != length) return -EINVAL;
    for (size_t i = 1; i < length; i++) {
        if (bytes[i] & 0x80) return -EINVAL;
    }
    uint8_t first = length > 1 ? bytes[1] : 0;
    uint8_t second = length > 2 ? bytes[2] : 0;
    int both = first | second << 7;

    if (bytes[0] >= 0xf0) {
        event->type = (snd_seq_event_type_t)system_type(bytes[0]);
        event->data.control.value = both;
        return 0;
    }
    static const uint8_t types[7] = {
        SNDRV_SEQ_EVENT_NOTEOFF,   SNDRV_SEQ_EVENT_NOTEON,    SNDRV_SEQ_EVENT_KEYPRESS,  SNDRV_SEQ_EVENT_CONTROLLER,
        SNDRV_SEQ_EVENT_PGMCHANGE, SNDRV_SEQ_EVENT_CHANPRESS, SNDRV_SEQ_EVENT_PITCHBEND,
    };
    uint8_t channel = bytes[0] & 15;
    event->type = types[(bytes[0] >> 4) & 7];
    switch (event->type) {
    case SNDRV_SEQ_EVENT_NOTEOFF:
    case SNDRV_SEQ_EVENT_NOTEON:
    case SNDRV_SEQ_EVENT_KEYPRESS:
        event->data.note.channel = channel;
        event->data.note.note = first;
        event->data.note.velocity = second;
        break;
    case SNDRV_SEQ_EVENT_CONTROLLER:
        event->data.control.channel = channel;
        event->data.control.param = first;
        event->data.control.value = second;
        break;
    case SNDRV_SEQ_EVENT_PITCHBEND:
        event->data.control.channel = channel;
        event->data.control.value = both - 8192;
        break;
    default:
        event->data.control.channel = channel;
        event->data.control.value = first;
    }
    return 0;
}

/* A piece of a sysex: data bytes, F0 at its very beginning at most, F7 at its very end at most. */
bool sysex_piece_valid(const uint8_t *bytes, size_t length)
{
    if (length == 0) return false;
    for (size_t i = 0; i < length; i++) {
        bool allowed = bytes[i] < 0x80 || (bytes[i] == 0xf0 && i == 0) || (bytes[i] == 0xf7 && i == length - 1);
        if (!allowed) return false;
    }
    return true;
}

static void add(struct messages *messages, int status, int first, int second)
{
    int n = messages->count++;
    messages->length[n] = (uint8_t)message_length((uint8_t)status);
    messages->bytes[n][0] = (uint8_t)status;
    messages->bytes[n][1] = (uint8_t)(first & 0x7f);
    messages->bytes[n][2] = (uint8_t)(second & 0x7f);
}

static void add_parameter(struct messages *messages, const struct snd_seq_ev_ctrl *control, int msb, int lsb)
{
    int status = 0xb0 | (control->channel & 15);
    add(messages, status, msb, (int)(control->param >> 7));
    add(messages, status, lsb, (int)control->param);
    add(messages, status, 6, control->value >> 7);
    add(messages, status, 38, control->value);
}

/* The messages that an event of fixed length stands for; none for events that are not MIDI. */
void event_to_bytes(const struct snd_seq_event *event, struct messages *messages)
{
    const struct snd_seq_ev_note *note = &event->data.note;
    const struct snd_seq_ev_ctrl *control = &event->data.control;
    int channel = control->channel & 15; /* at the same place in both */
    int bend;

    messages->count = 0;
    switch (event->type) {
    case SNDRV_SEQ_EVENT_NOTEOFF: add(messages, 0x80 | channel, note->note, note->velocity); break;
    case SNDRV_SEQ_EVENT_NOTEON: add(messages, 0x90 | channel, note->note, note->velocity); break;
    case SNDRV_SEQ_EVENT_KEYPRESS: add(messages, 0xa0 | channel, note->note, note->velocity); break;
    case SNDRV_SEQ_EVENT_CONTROLLER: add(messages, 0xb0 | channel, (int)control->param, control->value); break;
    case SNDRV_SEQ_EVENT_PGMCHANGE: add(messages, 0xc0 | channel, control->value, 0); break;
    case SNDRV_SEQ_EVENT_CHANPRESS: add(messages, 0xd0 | channel, control->value, 0); break;
    case SNDRV_SEQ_EVENT_PITCHBEND:
        bend = (int)((uint32_t)control->value + 8192);
        add(messages, 0xe0 | channel, bend, bend >> 7);
        break;
    case SNDRV_SEQ_EVENT_CONTROL14:
        if (control->param < 32) {
            add(messages, 0xb0 | channel, (int)control->param, control->value >> 7);
            add(messages, 0xb0 | channel, (int)control->param + 32, control->value);
        } else {
            add(messages, 0xb0 | channel, (int)control->param, control->value);
        }
        break;
    case SNDRV_SEQ_EVENT_NONREGPARAM: add_parameter(messages, control, 99, 98); break;
    case SNDRV_SEQ_EVENT_REGPARAM: add_parameter(messages, control, 101, 100); break;
    case SNDRV_SEQ_EVENT_QFRAME: add(messages, 0xf1, control->value, 0); break;
    case SNDRV_SEQ_EVENT_SONGPOS: add(messages, 0xf2, control->value, control->value >> 7); break;
    case SNDRV_SEQ_EVENT_SONGSEL: add(messages, 0xf3, control->value, 0); break;
    case SNDRV_SEQ_EVENT_TUNE_REQUEST: add(messages, 0xf6, 0, 0); break;
    case SNDRV_SEQ_EVENT_CLOCK: add(messages, 0xf8, 0, 0); break;
    case SNDRV_SEQ_EVENT_START: add(messages, 0xfa, 0, 0); break;
    case SNDRV_SEQ_EVENT_CONTINUE: add(messages, 0xfb, 0, 0); break;
    case SNDRV_SEQ_EVENT_STOP: add(messages, 0xfc, 0, 0); break;
    case SNDRV_SEQ_EVENT_SENSING: add(messages, 0xfe, 0, 0); break;
    case SNDRV_SEQ_EVENT_RESET: add(messages, 0xff, 0, 0); break;
    }
}
