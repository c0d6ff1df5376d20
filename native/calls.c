/* Reading arguments, making results. */
#include "calls.h"

#include <stdio.h>

bool call_begin(napi_env env, napi_callback_info info, struct call *call)
{
    size_t count = MAX_ARGUMENTS; /* missing ones become undefined */
    void *data = NULL;
    call->env = env;
    if (napi_get_cb_info(env, info, &count, call->arguments, NULL, NULL) != napi_ok) return false;
    if (napi_get_instance_data(env, &data) != napi_ok || !data) return false;
    call->instance = data;
    return true;
}

bool call_refuse(const struct call *call, int index, const char *expected)
{
    char text[96];
    snprintf(text, sizeof(text), "argument %d must be %s", index + 1, expected);
    napi_throw_type_error(call->env, NULL, text);
    return false;
}

bool call_integer(const struct call *call, int index, int *out)
{
    double number;
    bool found = napi_get_value_double(call->env, call->arguments[index], &number) == napi_ok;
    if (!found || !(number >= -2147483648.0 && number <= 2147483647.0) || number != (double)(int)number) {
        return call_refuse(call, index, "a whole number");
    }
    *out = (int)number;
    return true;
}

bool call_boolean(const struct call *call, int index, bool *out)
{
    if (napi_get_value_bool(call->env, call->arguments[index], out) == napi_ok) return true;
    return call_refuse(call, index, "true or false");
}

bool call_name(const struct call *call, int index, char out[64])
{
    size_t length;
    if (napi_get_value_string_utf8(call->env, call->arguments[index], out, 64, &length) == napi_ok) return true;
    return call_refuse(call, index, "a string");
}

bool call_array(const struct call *call, int index, napi_typedarray_type wanted, bool shared, size_t minimum,
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
    if (!is_typed) return call_refuse(call, index, text);
    napi_status status = napi_get_typedarray_info(call->env, call->arguments[index], &type, length, data,
                                                  shared ? &buffer : NULL, NULL);
    if (status != napi_ok || type != wanted || *length < minimum || (*length > 0 && !*data)) {
        return call_refuse(call, index, text);
    }
    if (shared && (napi_is_arraybuffer(call->env, buffer, &is_plain) != napi_ok || is_plain)) {
        return call_refuse(call, index, text);
    }
    return true;
}

napi_value js_number(napi_env env, int value)
{
    napi_value result = NULL;
    napi_create_int32(env, value, &result);
    return result;
}

void js_set(napi_env env, napi_value object, const char *key, napi_value value)
{
    if (value) napi_set_named_property(env, object, key, value);
}

void js_set_text(napi_env env, napi_value object, const char *key, const char *text)
{
    napi_value value = NULL;
    napi_create_string_utf8(env, text, NAPI_AUTO_LENGTH, &value);
    js_set(env, object, key, value);
}

void js_set_flag(napi_env env, napi_value object, const char *key, bool flag)
{
    napi_value value = NULL;
    napi_get_boolean(env, flag, &value);
    js_set(env, object, key, value);
}

void js_set_function(napi_env env, napi_value object, const char *key, napi_callback function)
{
    napi_value value = NULL;
    napi_create_function(env, key, NAPI_AUTO_LENGTH, function, NULL, &value);
    js_set(env, object, key, value);
}

struct waiter *waiter_of(const struct call *call, int handle)
{
    if (handle < 0 || handle >= MAX_HANDLES || !call->instance->waiting[handle]) return NULL;
    return &call->instance->waiters[handle];
}

struct sequencer *sequencer_of(const struct call *call, int handle)
{
    return handle < 0 || handle >= MAX_HANDLES ? NULL : call->instance->sequencers[handle];
}
