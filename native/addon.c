/*
 * The functions that JavaScript sees; their types are in nodes/engine/thread/native.ts. Arguments of a wrong type throw
 * a TypeError. Handles are small numbers into tables of the calling thread, so a stale one is -EBADF and never a crash.
 */
#include "calls.h"

#include <errno.h>
#include <stdlib.h>

/* ---- scheduling and clock ---- */

static napi_value RequestRealtime(napi_env env, napi_callback_info info)
{
    static const char *const policies[] = {"none", "nice", "fifo"};
    struct call call;
    struct grant grant;
    napi_value result;
    int priority;
    if (!call_begin(env, info, &call) || !call_integer(&call, 0, &priority)) return NULL;
    if (priority < 1 || priority > 99) {
        call_refuse(&call, 0, "a priority from 1 to 99");
        return NULL;
    }
    request_realtime(priority, &grant);
    if (napi_create_object(env, &result) != napi_ok) return NULL;
    js_set_text(env, result, "policy", policies[grant.policy]);
    js_set(env, result, "priority", js_number(env, grant.priority));
    js_set(env, result, "tid", js_number(env, grant.tid));
    js_set_text(env, result, "reason", grant.reason);
    return result;
}

static napi_value Demote(napi_env env, napi_callback_info info)
{
    struct call call;
    int tid;
    if (!call_begin(env, info, &call) || !call_integer(&call, 0, &tid)) return NULL;
    return js_number(env, demote(tid));
}

static napi_value ReadClock(napi_env env, napi_callback_info info)
{
    struct call call;
    void *cells;
    size_t length;
    if (!call_begin(env, info, &call) || !call_array(&call, 0, napi_float64_array, true, 1, &cells, &length)) {
        return NULL;
    }
    *(double *)cells = monotonic_ms();
    return NULL;
}

/* ---- doorbell and waiter ---- */

static napi_value CreateDoorbell(napi_env env, napi_callback_info info)
{
    (void)info;
    return js_number(env, doorbell_create());
}

static napi_value CloseDoorbell(napi_env env, napi_callback_info info)
{
    struct call call;
    int doorbell;
    if (!call_begin(env, info, &call) || !call_integer(&call, 0, &doorbell)) return NULL;
    return js_number(env, doorbell_close(doorbell));
}

static napi_value Ring(napi_env env, napi_callback_info info)
{
    struct call call;
    int doorbell;
    if (!call_begin(env, info, &call) || !call_integer(&call, 0, &doorbell)) return NULL;
    return js_number(env, doorbell_ring(doorbell));
}

static napi_value CreateWaiter(napi_env env, napi_callback_info info)
{
    struct call call;
    int doorbell, handle = 0;
    void *cells;
    size_t length;
    if (!call_begin(env, info, &call) || !call_integer(&call, 0, &doorbell) ||
        !call_array(&call, 1, napi_float64_array, true, WAITER_CELLS, &cells, &length)) {
        return NULL;
    }
    if (doorbell_fd(doorbell) < 0) return js_number(env, -EBADF);
    struct instance *instance = call.instance;
    while (handle < MAX_HANDLES && instance->waiting[handle]) handle++;
    if (handle == MAX_HANDLES) return js_number(env, -EMFILE);
    if (napi_create_reference(env, call.arguments[1], 1, &instance->cells[handle]) != napi_ok) {
        return js_number(env, -ENOMEM);
    }
    instance->waiters[handle] = (struct waiter){.doorbell = doorbell, .cells = cells};
    instance->waiting[handle] = true;
    return js_number(env, handle);
}

static napi_value Watch(napi_env env, napi_callback_info info)
{
    struct call call;
    int handle, sequencer;
    if (!call_begin(env, info, &call) || !call_integer(&call, 0, &handle) || !call_integer(&call, 1, &sequencer)) {
        return NULL;
    }
    struct waiter *waiter = waiter_of(&call, handle);
    struct sequencer *seq = sequencer_of(&call, sequencer);
    if (!waiter || (!seq && sequencer != -1)) return js_number(env, -EBADF);
    waiter->sequencer = seq;
    return js_number(env, 0);
}

static napi_value Wait(napi_env env, napi_callback_info info)
{
    struct call call;
    int handle;
    if (!call_begin(env, info, &call) || !call_integer(&call, 0, &handle)) return NULL;
    struct waiter *waiter = waiter_of(&call, handle);
    return js_number(env, waiter ? waiter_wait(waiter) : -EBADF);
}

static napi_value Now(napi_env env, napi_callback_info info)
{
    struct call call;
    int handle;
    if (!call_begin(env, info, &call) || !call_integer(&call, 0, &handle)) return NULL;
    struct waiter *waiter = waiter_of(&call, handle);
    if (!waiter) return js_number(env, -EBADF);
    waiter_now(waiter);
    return js_number(env, 0);
}

static napi_value CloseWaiter(napi_env env, napi_callback_info info)
{
    struct call call;
    int handle;
    if (!call_begin(env, info, &call) || !call_integer(&call, 0, &handle)) return NULL;
    if (!waiter_of(&call, handle)) return js_number(env, -EBADF);
    call.instance->waiting[handle] = false;
    napi_delete_reference(env, call.instance->cells[handle]);
    return js_number(env, 0);
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
    struct instance *instance = calloc(1, sizeof(*instance));
    if (!instance || napi_set_instance_data(env, instance, end, NULL) != napi_ok) {
        free(instance);
        napi_throw_error(env, NULL, "phasor: not enough memory");
        return NULL;
    }
    js_set_function(env, exports, "requestRealtime", RequestRealtime);
    js_set_function(env, exports, "demote", Demote);
    js_set_function(env, exports, "readClock", ReadClock);
    js_set_function(env, exports, "createDoorbell", CreateDoorbell);
    js_set_function(env, exports, "closeDoorbell", CloseDoorbell);
    js_set_function(env, exports, "ring", Ring);
    js_set_function(env, exports, "createWaiter", CreateWaiter);
    js_set_function(env, exports, "watch", Watch);
    js_set_function(env, exports, "wait", Wait);
    js_set_function(env, exports, "now", Now);
    js_set_function(env, exports, "closeWaiter", CloseWaiter);
    export_sequencer(env, exports);
    js_set(env, exports, "abi", js_number(env, PHASOR_ABI));
    return exports;
}
