/* What the functions that JavaScript sees have in common: arguments, results, the state of their thread. */
#ifndef PHASOR_CALLS_H
#define PHASOR_CALLS_H

#include "phasor.h"

#define NAPI_VERSION 8
#include <node_api.h>

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

struct call {
    napi_env env;
    struct instance *instance;
    napi_value arguments[MAX_ARGUMENTS];
};

bool call_begin(napi_env env, napi_callback_info info, struct call *call);

/* Each reads one argument, or throws a TypeError and returns false. */
bool call_integer(const struct call *call, int index, int *out);
bool call_boolean(const struct call *call, int index, bool *out);
/* A name of at most 63 bytes; more is cut between two characters. */
bool call_name(const struct call *call, int index, char out[64]);
/* The memory of a typed array; `shared` wants one that nobody can detach, to be kept beyond the call. */
bool call_array(const struct call *call, int index, napi_typedarray_type wanted, bool shared, size_t minimum,
                void **data, size_t *length);
bool call_refuse(const struct call *call, int index, const char *expected);

/* The one that is open under this handle, or NULL. */
struct waiter *waiter_of(const struct call *call, int handle);
struct sequencer *sequencer_of(const struct call *call, int handle);

napi_value js_number(napi_env env, int value);
void js_set(napi_env env, napi_value object, const char *key, napi_value value);
void js_set_text(napi_env env, napi_value object, const char *key, const char *text);
void js_set_flag(napi_env env, napi_value object, const char *key, bool flag);
void js_set_function(napi_env env, napi_value object, const char *key, napi_callback function);

/* Adds the functions of the sequencer to the module (sequencer_calls.c). */
void export_sequencer(napi_env env, napi_value exports);

#endif
