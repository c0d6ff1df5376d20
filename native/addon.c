/*
 * The functions that JavaScript sees; their types are in nodes/engine/thread/native.ts. Arguments of a wrong type throw
 * a TypeError. Handles are small numbers into tables of the calling thread, so a stale one is -EBADF and never a crash.
 */
#include "phasor.h"

#define NAPI_VERSION 8
#include <node_api.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_HANDLES 8
#define MAX_ARGUMENTS 4

/* What belongs to one thread (environment) of Node.js. */
struct instance {
    struct sequencer *sequencers[MAX_HANDLES];
    napi_ref inboxes[MAX_HANDLES]; /* keep the shared memory alive */
    bool waiting[MAX_HANDLES];
    struct waiter waiters[MAX_HANDLES];
    napi_ref cells[MAX_HANDLES];
};

/* ---- arguments and results ---- */

struct call {
    napi_env env;
    struct instance *instance;
    napi_value arguments[MAX_ARGUMENTS];
};

static bool begin(napi_env env, napi_callback_info info, struct call *call)
{
    size_t count = MAX_ARGUMENTS; /* missing ones become undefined */
    void *data = NULL;
    call->env = env;
    if (napi_get_cb_info(env, info, &count, call->arguments, NULL, NULL) != napi_ok) return false;
    if (napi_get_instance_data(env, &data) != napi_ok || !data) return false;
    call->instance = data;
    return true;
}

static bool refuse(const struct call *call, int index, const char *expected)
{
    char text[96];
    snprintf(text, sizeof(text), "argument %d must be %s", index + 1, expected);
    napi_throw_type_error(call->env, NULL, text);
    return false;
}

static bool integer(const struct call *call, int index, int *out)
{
    double number;
    bool found = napi_get_value_double(call->env, call->arguments[index], &number) == napi_ok;
    if (!found || !(number >= -2147483648.0 && number <= 2147483647.0) || number != (double)(int)number) {
        return refuse(call, index, "a whole number");
    }
    *out = (int)number;
    return true;
}

static bool boolean(const struct call *call, int index, bool *out)
{
    if (napi_get_value_bool(call->env, call->arguments[index], out) == napi_ok) return true;
    return refuse(call, index, "true or false");
}

/* A name of at most 63 bytes; more is cut between two characters. */
static bool name(const struct call *call, int index, char out[64])
{
    size_t length;
    if (napi_get_value_string_utf8(call->env, call->arguments[index], out, 64, &length) == napi_ok) return true;
    return refuse(call, index, "a string");
}

/* The memory of a typed array; `shared` wants one that nobody can detach, to be kept beyond the call. */
static bool array(const struct call *call, int index, napi_typedarray_type wanted, bool shared, size_t minimum,
                  void **data, size_t *length)
{
    static const char *const expected[2][2] = {
        {"a Uint8Array", "a Uint8Array over a SharedArrayBuffer that is large enough"},
        {"a Float64Array", "a Float64Array over a SharedArrayBuffer that is large enough"},
    };
    const char *text = expected[wanted == napi_float64_array][shared];
    napi_typedarray_type type;
    napi_value buffer;
    bool is_typed = false, is_plain = false;
    napi_is_typedarray(call->env, call->arguments[index], &is_typed);
    if (!is_typed) return refuse(call, index, text);
    if (napi_get_typedarray_info(call->env, call->arguments[index], &type, length, data, shared ? &buffer : NULL, NULL) !=
            napi_ok ||
        type != wanted || *length < minimum || (*length > 0 && !*data)) {
        return refuse(call, index, text);
    }
    if (shared && (napi_is_arraybuffer(call->env, buffer, &is_plain) != napi_ok || is_plain)) {
        return refuse(call, index, text);
    }
    return true;
}

static napi_value number(napi_env env, int value)
{
    napi_value result = NULL;
    napi_create_int32(env, value, &result);
    return result;
}

static void set(napi_env env, napi_value object, const char *key, napi_value value)
{
    if (value) napi_set_named_property(env, object, key, value);
}

static void set_text(napi_env env, napi_value object, const char *key, const char *text)
{
    napi_value value = NULL;
    napi_create_string_utf8(env, text, NAPI_AUTO_LENGTH, &value);
    set(env, object, key, value);
}

static void set_flag(napi_env env, napi_value object, const char *key, bool flag)
{
    napi_value value = NULL;
    napi_get_boolean(env, flag, &value);
    set(env, object, key, value);
}

/* ---- scheduling and clock ---- */

static napi_value RequestRealtime(napi_env env, napi_callback_info info)
{
    static const char *const policies[] = {"none", "nice", "fifo"};
    struct call call;
    struct grant grant;
    napi_value result;
    int priority;
    if (!begin(env, info, &call) || !integer(&call, 0, &priority)) return NULL;
    if (priority < 1 || priority > 99) {
        refuse(&call, 0, "a priority from 1 to 99");
        return NULL;
    }
    request_realtime(priority, &grant);
    if (napi_create_object(env, &result) != napi_ok) return NULL;
    set_text(env, result, "policy", policies[grant.policy]);
    set(env, result, "priority", number(env, grant.priority));
    set(env, result, "tid", number(env, grant.tid));
    set_text(env, result, "reason", grant.reason);
    return result;
}

static napi_value Demote(napi_env env, napi_callback_info info)
{
    struct call call;
    int tid;
    if (!begin(env, info, &call) || !integer(&call, 0, &tid)) return NULL;
    return number(env, demote(tid));
}

static napi_value ReadClock(napi_env env, napi_callback_info info)
{
    struct call call;
    void *cells;
    size_t length;
    if (!begin(env, info, &call) || !array(&call, 0, napi_float64_array, true, 1, &cells, &length)) return NULL;
    *(double *)cells = monotonic_ms();
    return NULL;
}

/* ---- doorbell and waiter ---- */

static napi_value CreateDoorbell(napi_env env, napi_callback_info info)
{
    (void)info;
    return number(env, doorbell_create());
}

static napi_value CloseDoorbell(napi_env env, napi_callback_info info)
{
    struct call call;
    int doorbell;
    if (!begin(env, info, &call) || !integer(&call, 0, &doorbell)) return NULL;
    return number(env, doorbell_close(doorbell));
}

static napi_value Ring(napi_env env, napi_callback_info info)
{
    struct call call;
    int doorbell;
    if (!begin(env, info, &call) || !integer(&call, 0, &doorbell)) return NULL;
    return number(env, doorbell_ring(doorbell));
}

static napi_value CreateWaiter(napi_env env, napi_callback_info info)
{
    struct call call;
    int doorbell, handle = 0;
    void *cells;
    size_t length;
    if (!begin(env, info, &call) || !integer(&call, 0, &doorbell) ||
        !array(&call, 1, napi_float64_array, true, 3, &cells, &length)) {
        return NULL;
    }
    struct instance *instance = call.instance;
    while (handle < MAX_HANDLES && instance->waiting[handle]) handle++;
    if (handle == MAX_HANDLES) return number(env, -EMFILE);
    if (napi_create_reference(env, call.arguments[1], 1, &instance->cells[handle]) != napi_ok) {
        return number(env, -ENOMEM);
    }
    instance->waiters[handle] = (struct waiter){.doorbell = doorbell, .cells = cells};
    instance->waiting[handle] = true;
    return number(env, handle);
}

static struct waiter *waiter_of(const struct call *call, int handle)
{
    if (handle < 0 || handle >= MAX_HANDLES || !call->instance->waiting[handle]) return NULL;
    return &call->instance->waiters[handle];
}

static struct sequencer *sequencer_of(const struct call *call, int handle)
{
    return handle < 0 || handle >= MAX_HANDLES ? NULL : call->instance->sequencers[handle];
}

static napi_value Watch(napi_env env, napi_callback_info info)
{
    struct call call;
    int handle, sequencer;
    if (!begin(env, info, &call) || !integer(&call, 0, &handle) || !integer(&call, 1, &sequencer)) return NULL;
    struct waiter *waiter = waiter_of(&call, handle);
    struct sequencer *seq = sequencer_of(&call, sequencer);
    if (!waiter || (!seq && sequencer != -1)) return number(env, -EBADF);
    waiter->sequencer = seq;
    return number(env, 0);
}

static napi_value Wait(napi_env env, napi_callback_info info)
{
    struct call call;
    int handle;
    if (!begin(env, info, &call) || !integer(&call, 0, &handle)) return NULL;
    struct waiter *waiter = waiter_of(&call, handle);
    return number(env, waiter ? waiter_wait(waiter) : -EBADF);
}

static napi_value Now(napi_env env, napi_callback_info info)
{
    struct call call;
    int handle;
    if (!begin(env, info, &call) || !integer(&call, 0, &handle)) return NULL;
    struct waiter *waiter = waiter_of(&call, handle);
    if (!waiter) return number(env, -EBADF);
    waiter_now(waiter);
    return number(env, 0);
}

static napi_value CloseWaiter(napi_env env, napi_callback_info info)
{
    struct call call;
    int handle;
    if (!begin(env, info, &call) || !integer(&call, 0, &handle)) return NULL;
    if (!waiter_of(&call, handle)) return number(env, -EBADF);
    call.instance->waiting[handle] = false;
    napi_delete_reference(env, call.instance->cells[handle]);
    return number(env, 0);
}

/* ---- sequencer ---- */

static napi_value OpenSequencer(napi_env env, napi_callback_info info)
{
    struct call call;
    char client[64];
    void *inbox;
    size_t size;
    int handle = 0;
    if (!begin(env, info, &call) || !name(&call, 0, client) ||
        !array(&call, 1, napi_uint8_array, true, INBOX_MIN_SIZE, &inbox, &size)) {
        return NULL;
    }
    if ((uintptr_t)inbox % sizeof(double) != 0) {
        refuse(&call, 1, "aligned to 8 bytes");
        return NULL;
    }
    struct instance *instance = call.instance;
    while (handle < MAX_HANDLES && instance->sequencers[handle]) handle++;
    if (handle == MAX_HANDLES) return number(env, -EMFILE);
    int result = sequencer_open(client, inbox, size, &instance->sequencers[handle]);
    if (result < 0) return number(env, result);
    if (napi_create_reference(env, call.arguments[1], 1, &instance->inboxes[handle]) != napi_ok) {
        sequencer_close(instance->sequencers[handle]);
        instance->sequencers[handle] = NULL;
        return number(env, -ENOMEM);
    }
    return number(env, handle);
}

static napi_value CloseSequencer(napi_env env, napi_callback_info info)
{
    struct call call;
    int handle;
    if (!begin(env, info, &call) || !integer(&call, 0, &handle)) return NULL;
    struct sequencer *seq = sequencer_of(&call, handle);
    if (!seq) return number(env, -EBADF);
    for (int i = 0; i < MAX_HANDLES; i++) {
        if (call.instance->waiters[i].sequencer == seq) call.instance->waiters[i].sequencer = NULL;
    }
    call.instance->sequencers[handle] = NULL;
    sequencer_close(seq);
    napi_delete_reference(env, call.instance->inboxes[handle]);
    return number(env, 0);
}

static napi_value SequencerInfo(napi_env env, napi_callback_info info)
{
    struct call call;
    struct sequencer_info about;
    char protocol[40];
    napi_value result;
    int handle;
    if (!begin(env, info, &call) || !integer(&call, 0, &handle)) return NULL;
    struct sequencer *seq = sequencer_of(&call, handle);
    if (!seq) return number(env, -EBADF);
    sequencer_describe(seq, &about);
    int version = about.protocol;
    snprintf(protocol, sizeof(protocol), "%d.%d.%d", version >> 16, (version >> 8) & 255, version & 255);
    if (napi_create_object(env, &result) != napi_ok) return NULL;
    set(env, result, "client", number(env, about.client));
    set_text(env, result, "protocol", protocol);
    set_flag(env, result, "hrtimer", about.hrtimer);
    return result;
}

struct port_list {
    napi_env env;
    napi_value array;
    uint32_t count;
};

static bool add_port(void *context, const struct port_description *port)
{
    struct port_list *list = context;
    napi_env env = list->env;
    napi_value object;
    if (napi_create_object(env, &object) != napi_ok) return false;
    set(env, object, "client", number(env, port->client));
    set(env, object, "port", number(env, port->port));
    set_text(env, object, "clientName", port->client_name);
    set_text(env, object, "portName", port->port_name);
    set_flag(env, object, "kernelClient", port->kernel_client);
    set(env, object, "capability", number(env, (int)port->capability));
    set(env, object, "type", number(env, (int)port->type));
    return napi_set_element(env, list->array, list->count++, object) == napi_ok;
}

static napi_value ListPorts(napi_env env, napi_callback_info info)
{
    struct call call;
    struct port_list list = {.env = env};
    int handle;
    if (!begin(env, info, &call) || !integer(&call, 0, &handle)) return NULL;
    struct sequencer *seq = sequencer_of(&call, handle);
    if (!seq) return number(env, -EBADF);
    if (napi_create_array(env, &list.array) != napi_ok) return NULL;
    int result = sequencer_list(seq, add_port, &list);
    return result < 0 ? number(env, result) : list.array;
}

static napi_value CreatePort(napi_env env, napi_callback_info info)
{
    struct call call;
    char label[64];
    bool input;
    int handle;
    if (!begin(env, info, &call) || !integer(&call, 0, &handle) || !name(&call, 1, label) || !boolean(&call, 2, &input)) {
        return NULL;
    }
    struct sequencer *seq = sequencer_of(&call, handle);
    return number(env, seq ? sequencer_create_port(seq, label, input) : -EBADF);
}

static napi_value DeletePort(napi_env env, napi_callback_info info)
{
    struct call call;
    int handle, port;
    if (!begin(env, info, &call) || !integer(&call, 0, &handle) || !integer(&call, 1, &port)) return NULL;
    struct sequencer *seq = sequencer_of(&call, handle);
    return number(env, seq ? sequencer_delete_port(seq, port) : -EBADF);
}

static napi_value connection(napi_env env, napi_callback_info info, bool connect)
{
    struct call call;
    int handle, port, client, peer;
    if (!begin(env, info, &call) || !integer(&call, 0, &handle) || !integer(&call, 1, &port) ||
        !integer(&call, 2, &client) || !integer(&call, 3, &peer)) {
        return NULL;
    }
    struct sequencer *seq = sequencer_of(&call, handle);
    return number(env, seq ? sequencer_connect(seq, port, client, peer, connect) : -EBADF);
}

static napi_value Connect(napi_env env, napi_callback_info info)
{
    return connection(env, info, true);
}

static napi_value Disconnect(napi_env env, napi_callback_info info)
{
    return connection(env, info, false);
}

static napi_value Send(napi_env env, napi_callback_info info)
{
    struct call call;
    int handle, port, length;
    void *bytes;
    size_t room;
    if (!begin(env, info, &call) || !integer(&call, 0, &handle) || !integer(&call, 1, &port) ||
        !array(&call, 2, napi_uint8_array, false, 0, &bytes, &room) || !integer(&call, 3, &length)) {
        return NULL;
    }
    if (length < 0 || (size_t)length > room) {
        refuse(&call, 3, "a length within the array");
        return NULL;
    }
    struct sequencer *seq = sequencer_of(&call, handle);
    return number(env, seq ? sequencer_send(seq, port, bytes, (size_t)length) : -EBADF);
}

static napi_value Receive(napi_env env, napi_callback_info info)
{
    struct call call;
    int handle;
    if (!begin(env, info, &call) || !integer(&call, 0, &handle)) return NULL;
    struct sequencer *seq = sequencer_of(&call, handle);
    return number(env, seq ? sequencer_receive(seq) : -EBADF);
}

/* ---- the module ---- */

/* The thread ends, however it does: its client leaves the sequencer. References go with the environment. */
static void end(napi_env env, void *data, void *hint)
{
    (void)env;
    (void)hint;
    struct instance *instance = data;
    for (int i = 0; i < MAX_HANDLES; i++) {
        if (instance->sequencers[i]) sequencer_close(instance->sequencers[i]);
    }
    free(instance);
}

NAPI_MODULE_INIT()
{
    static const struct {
        const char *name;
        napi_callback function;
    } functions[] = {
        {"requestRealtime", RequestRealtime}, {"demote", Demote},
        {"readClock", ReadClock},             {"createDoorbell", CreateDoorbell},
        {"closeDoorbell", CloseDoorbell},     {"ring", Ring},
        {"createWaiter", CreateWaiter},       {"watch", Watch},
        {"wait", Wait},                       {"now", Now},
        {"closeWaiter", CloseWaiter},
        {"openSequencer", OpenSequencer},     {"closeSequencer", CloseSequencer},
        {"sequencerInfo", SequencerInfo},     {"listPorts", ListPorts},
        {"createPort", CreatePort},           {"deletePort", DeletePort},
        {"connect", Connect},                 {"disconnect", Disconnect},
        {"send", Send},                       {"receive", Receive},
    };
    struct instance *instance = calloc(1, sizeof(*instance));
    if (!instance || napi_set_instance_data(env, instance, end, NULL) != napi_ok) {
        free(instance);
        napi_throw_error(env, NULL, "phasor: not enough memory");
        return NULL;
    }
    for (size_t i = 0; i < sizeof(functions) / sizeof(functions[0]); i++) {
        napi_value function = NULL;
        if (napi_create_function(env, functions[i].name, NAPI_AUTO_LENGTH, functions[i].function, NULL, &function) !=
            napi_ok) {
            return NULL;
        }
        set(env, exports, functions[i].name, function);
    }
    set(env, exports, "abi", number(env, PHASOR_ABI));
    return exports;
}
