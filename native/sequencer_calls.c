/* The functions of the sequencer that JavaScript sees. */
#include "calls.h"

#include <errno.h>
#include <stdio.h>

static napi_value OpenSequencer(napi_env env, napi_callback_info info)
{
    struct call call;
    char client[64];
    void *inbox;
    size_t size;
    int handle = 0;
    if (!call_begin(env, info, &call) || !call_name(&call, 0, client) ||
        !call_array(&call, 1, napi_uint8_array, true, INBOX_MIN_SIZE, &inbox, &size)) {
        return NULL;
    }
    if ((uintptr_t)inbox % sizeof(double) != 0) {
        call_refuse(&call, 1, "aligned to 8 bytes");
        return NULL;
    }
    struct instance *instance = call.instance;
    while (handle < MAX_HANDLES && instance->sequencers[handle]) handle++;
    if (handle == MAX_HANDLES) return js_number(env, -EMFILE);
    int result = sequencer_open(client, inbox, size, &instance->sequencers[handle]);
    if (result < 0) return js_number(env, result);
    if (napi_create_reference(env, call.arguments[1], 1, &instance->inboxes[handle]) != napi_ok) {
        sequencer_close(instance->sequencers[handle]);
        instance->sequencers[handle] = NULL;
        return js_number(env, -ENOMEM);
    }
    return js_number(env, handle);
}

static napi_value CloseSequencer(napi_env env, napi_callback_info info)
{
    struct call call;
    int handle;
    if (!call_begin(env, info, &call) || !call_integer(&call, 0, &handle)) return NULL;
    struct sequencer *seq = sequencer_of(&call, handle);
    if (!seq) return js_number(env, -EBADF);
    for (int i = 0; i < MAX_HANDLES; i++) {
        if (call.instance->waiters[i].sequencer == seq) call.instance->waiters[i].sequencer = NULL;
    }
    call.instance->sequencers[handle] = NULL;
    sequencer_close(seq);
    napi_delete_reference(env, call.instance->inboxes[handle]);
    return js_number(env, 0);
}

static napi_value SequencerInfo(napi_env env, napi_callback_info info)
{
    struct call call;
    struct sequencer_info about;
    char protocol[40];
    napi_value result;
    int handle;
    if (!call_begin(env, info, &call) || !call_integer(&call, 0, &handle)) return NULL;
    struct sequencer *seq = sequencer_of(&call, handle);
    if (!seq) return js_number(env, -EBADF);
    sequencer_describe(seq, &about);
    int version = about.protocol;
    snprintf(protocol, sizeof(protocol), "%d.%d.%d", version >> 16, (version >> 8) & 255, version & 255);
    if (napi_create_object(env, &result) != napi_ok) return NULL;
    js_set(env, result, "client", js_number(env, about.client));
    js_set_text(env, result, "protocol", protocol);
    js_set_flag(env, result, "hrtimer", about.hrtimer);
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
    js_set(env, object, "client", js_number(env, port->client));
    js_set(env, object, "port", js_number(env, port->port));
    js_set_text(env, object, "clientName", port->client_name);
    js_set_text(env, object, "portName", port->port_name);
    js_set_flag(env, object, "kernelClient", port->kernel_client);
    js_set(env, object, "capability", js_number(env, (int)port->capability));
    js_set(env, object, "type", js_number(env, (int)port->type));
    return napi_set_element(env, list->array, list->count++, object) == napi_ok;
}

static napi_value ListPorts(napi_env env, napi_callback_info info)
{
    struct call call;
    struct port_list list = {.env = env};
    int handle;
    if (!call_begin(env, info, &call) || !call_integer(&call, 0, &handle)) return NULL;
    struct sequencer *seq = sequencer_of(&call, handle);
    if (!seq) return js_number(env, -EBADF);
    if (napi_create_array(env, &list.array) != napi_ok) return NULL;
    int result = sequencer_list(seq, add_port, &list);
    return result < 0 ? js_number(env, result) : list.array;
}

static napi_value CreatePort(napi_env env, napi_callback_info info)
{
    struct call call;
    char label[64];
    bool input;
    int handle;
    if (!call_begin(env, info, &call) || !call_integer(&call, 0, &handle) || !call_name(&call, 1, label) ||
        !call_boolean(&call, 2, &input)) {
        return NULL;
    }
    struct sequencer *seq = sequencer_of(&call, handle);
    return js_number(env, seq ? sequencer_create_port(seq, label, input) : -EBADF);
}

/* What is done with, or asked of, one port of ours. */
static napi_value on_port(napi_env env, napi_callback_info info, int (*act)(struct sequencer *, int))
{
    struct call call;
    int handle, port;
    if (!call_begin(env, info, &call) || !call_integer(&call, 0, &handle) || !call_integer(&call, 1, &port)) {
        return NULL;
    }
    struct sequencer *seq = sequencer_of(&call, handle);
    return js_number(env, seq ? act(seq, port) : -EBADF);
}

static napi_value DeletePort(napi_env env, napi_callback_info info)
{
    return on_port(env, info, sequencer_delete_port);
}

static napi_value IsGone(napi_env env, napi_callback_info info)
{
    return on_port(env, info, sequencer_is_gone);
}

static napi_value connection(napi_env env, napi_callback_info info, bool connect)
{
    struct call call;
    int handle, port, client, peer;
    if (!call_begin(env, info, &call) || !call_integer(&call, 0, &handle) || !call_integer(&call, 1, &port) ||
        !call_integer(&call, 2, &client) || !call_integer(&call, 3, &peer)) {
        return NULL;
    }
    struct sequencer *seq = sequencer_of(&call, handle);
    return js_number(env, seq ? sequencer_connect(seq, port, client, peer, connect) : -EBADF);
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
    if (!call_begin(env, info, &call) || !call_integer(&call, 0, &handle) || !call_integer(&call, 1, &port) ||
        !call_array(&call, 2, napi_uint8_array, false, 0, &bytes, &room) || !call_integer(&call, 3, &length)) {
        return NULL;
    }
    if (length < 0 || (size_t)length > room) {
        call_refuse(&call, 3, "a length within the array");
        return NULL;
    }
    struct sequencer *seq = sequencer_of(&call, handle);
    return js_number(env, seq ? sequencer_send(seq, port, bytes, (size_t)length) : -EBADF);
}

static napi_value Receive(napi_env env, napi_callback_info info)
{
    struct call call;
    int handle;
    if (!call_begin(env, info, &call) || !call_integer(&call, 0, &handle)) return NULL;
    struct sequencer *seq = sequencer_of(&call, handle);
    return js_number(env, seq ? sequencer_receive(seq) : -EBADF);
}

void export_sequencer(napi_env env, napi_value exports)
{
    js_set_function(env, exports, "openSequencer", OpenSequencer);
    js_set_function(env, exports, "closeSequencer", CloseSequencer);
    js_set_function(env, exports, "sequencerInfo", SequencerInfo);
    js_set_function(env, exports, "listPorts", ListPorts);
    js_set_function(env, exports, "createPort", CreatePort);
    js_set_function(env, exports, "deletePort", DeletePort);
    js_set_function(env, exports, "connect", Connect);
    js_set_function(env, exports, "disconnect", Disconnect);
    js_set_function(env, exports, "isGone", IsGone);
    js_set_function(env, exports, "send", Send);
    js_set_function(env, exports, "receive", Receive);
}
