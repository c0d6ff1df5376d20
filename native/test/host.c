/*
 * Loads an addon as Node.js would, with the little of Node-API that it takes, and calls it: for C libraries that no
 * Node.js is at hand for. Prints what it saw, and ends with 0 where all is well.
 *   host <path of phasor.node>
 */
#include <dlfcn.h>
#include <errno.h>
#include <node_api.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- values ---- */

struct napi_value__ {
    enum { UNDEFINED, NUMBER, FUNCTION, OBJECT, FLOATS, BYTES } kind;
    double number;
    napi_callback function;
    void *data;
    size_t length;
};

#define MAX_VALUES 256
static struct napi_value__ values[MAX_VALUES];
static int used;

static napi_value make(int kind)
{
    if (used == MAX_VALUES) abort();
    values[used].kind = kind;
    return &values[used++];
}

static napi_value number(double value)
{
    napi_value made = make(NUMBER);
    made->number = value;
    return made;
}

/* ---- what the addon calls ---- */

static struct {
    const char *name;
    napi_value value;
} exported[64];
static int exports;

static napi_value *given;
static size_t given_count;
static void *instance;
static char thrown[128];

napi_status napi_set_instance_data(napi_env env, void *data, napi_finalize end, void *hint)
{
    (void)env, (void)end, (void)hint;
    instance = data;
    return napi_ok;
}

napi_status napi_get_instance_data(napi_env env, void **data)
{
    (void)env;
    *data = instance;
    return napi_ok;
}

napi_status napi_get_cb_info(napi_env env, napi_callback_info info, size_t *count, napi_value *arguments,
                             napi_value *self, void **data)
{
    static struct napi_value__ undefined;
    (void)env, (void)info, (void)self, (void)data;
    for (size_t i = 0; i < *count; i++) arguments[i] = i < given_count ? given[i] : &undefined;
    *count = given_count;
    return napi_ok;
}

napi_status napi_create_function(napi_env env, const char *name, size_t length, napi_callback function, void *data,
                                 napi_value *result)
{
    (void)env, (void)name, (void)length, (void)data;
    *result = make(FUNCTION);
    (*result)->function = function;
    return napi_ok;
}

napi_status napi_set_named_property(napi_env env, napi_value object, const char *name, napi_value value)
{
    (void)env, (void)object;
    if (exports == 64) return napi_generic_failure;
    exported[exports].name = name;
    exported[exports++].value = value;
    return napi_ok;
}

napi_status napi_create_int32(napi_env env, int32_t value, napi_value *result)
{
    (void)env;
    *result = number(value);
    return napi_ok;
}

napi_status napi_get_value_double(napi_env env, napi_value value, double *result)
{
    (void)env;
    if (value->kind != NUMBER) return napi_number_expected;
    *result = value->number;
    return napi_ok;
}

napi_status napi_is_typedarray(napi_env env, napi_value value, bool *result)
{
    (void)env;
    *result = value->kind == FLOATS || value->kind == BYTES;
    return napi_ok;
}

napi_status napi_get_typedarray_info(napi_env env, napi_value array, napi_typedarray_type *type, size_t *length,
                                     void **data, napi_value *buffer, size_t *offset)
{
    (void)env, (void)offset;
    *type = array->kind == FLOATS ? napi_float64_array : napi_uint8_array;
    *length = array->length;
    *data = array->data;
    if (buffer) *buffer = array;
    return napi_ok;
}

napi_status napi_is_arraybuffer(napi_env env, napi_value value, bool *result)
{
    (void)env, (void)value;
    *result = false; /* it is shared */
    return napi_ok;
}

napi_status napi_get_value_string_utf8(napi_env env, napi_value value, char *text, size_t size, size_t *length)
{
    (void)env, (void)value;
    *length = (size_t)snprintf(text, size, "host");
    return napi_ok;
}

napi_status napi_create_reference(napi_env env, napi_value value, uint32_t count, napi_ref *result)
{
    (void)env, (void)count;
    *result = (napi_ref)value;
    return napi_ok;
}

napi_status napi_delete_reference(napi_env env, napi_ref reference)
{
    (void)env, (void)reference;
    return napi_ok;
}

napi_status napi_throw_type_error(napi_env env, const char *code, const char *message)
{
    (void)env, (void)code;
    snprintf(thrown, sizeof(thrown), "%s", message);
    return napi_ok;
}

napi_status napi_throw_error(napi_env env, const char *code, const char *message)
{
    return napi_throw_type_error(env, code, message);
}

napi_status napi_create_object(napi_env env, napi_value *result)
{
    (void)env;
    *result = make(OBJECT);
    return napi_ok;
}

napi_status napi_create_string_utf8(napi_env env, const char *text, size_t length, napi_value *result)
{
    (void)env, (void)text, (void)length;
    *result = make(OBJECT);
    return napi_ok;
}

napi_status napi_get_boolean(napi_env env, bool value, napi_value *result)
{
    return napi_create_int32(env, value, result);
}

napi_status napi_get_value_bool(napi_env env, napi_value value, bool *result)
{
    (void)env;
    *result = value->number != 0;
    return napi_ok;
}

napi_status napi_create_array(napi_env env, napi_value *result)
{
    return napi_create_object(env, result);
}

napi_status napi_create_array_with_length(napi_env env, size_t length, napi_value *result)
{
    (void)length;
    return napi_create_object(env, result);
}

napi_status napi_set_element(napi_env env, napi_value array, uint32_t index, napi_value value)
{
    (void)env, (void)array, (void)index, (void)value;
    return napi_ok;
}

/* ---- calling it ---- */

static double call(const char *name, size_t count, napi_value *arguments)
{
    for (int i = 0; i < exports; i++) {
        if (strcmp(exported[i].name, name) != 0) continue;
        given = arguments;
        given_count = count;
        napi_value result = exported[i].value->function(NULL, NULL);
        return result && result->kind == NUMBER ? result->number : 0;
    }
    fprintf(stderr, "no function %s\n", name);
    exit(1);
}

static void check(bool right, const char *what)
{
    printf("%s: %s\n", what, right ? "ok" : "WRONG");
    if (!right) exit(1);
}

int main(int argc, char **argv)
{
    static double cells[5];
    if (argc != 2) return 2;
    void *library = dlopen(argv[1], RTLD_NOW | RTLD_LOCAL);
    if (!library) {
        fprintf(stderr, "%s\n", dlerror());
        return 1;
    }
    napi_value (*load)(napi_env, napi_value);
    *(void **)&load = dlsym(library, "napi_register_module_v1");
    check(load && load(NULL, make(OBJECT)), "loads");

    napi_value array = make(FLOATS);
    array->data = cells;
    array->length = 5;
    call("readClock", 1, (napi_value[]){array});
    check(cells[0] > 0, "reads the clock");

    double start_ms = cells[0];
    int bell = (int)call("createDoorbell", 0, NULL);
    int waiter = (int)call("createWaiter", 2, (napi_value[]){number(bell), array});
    check(bell >= 0 && waiter >= 0, "makes a waiter");
    cells[0] = start_ms + 20;
    cells[3] = start_ms + 1e9;
    check(call("wait", 1, (napi_value[]){number(waiter)}) == 0, "waits");
    call("now", 1, (napi_value[]){number(waiter)});
    check(cells[2] >= start_ms + 20 && cells[2] < start_ms + 5000, "until its deadline");
    call("ring", 1, (napi_value[]){number(bell)});
    check(call("wait", 1, (napi_value[]){number(waiter)}) == 1, "hears the doorbell");
    call("requestRealtime", 1, (napi_value[]){number(70)});
    check(thrown[0] == 0, "asks for priority");
    call("wait", 1, (napi_value[]){make(OBJECT)});
    check(thrown[0] != 0, "refuses a wrong argument");

    static unsigned char inbox[8192];
    napi_value bytes = make(BYTES);
    bytes->data = inbox;
    bytes->length = sizeof(inbox);
    double sequencer = call("openSequencer", 2, (napi_value[]){make(OBJECT), bytes});
    check(sequencer >= 0 || sequencer == -ENOENT || sequencer == -EACCES, "opens the sequencer, or says why not");
    return 0;
}
