/*
 * The proxy-wasm ABI 0.2.1 for a filter in C, in one file. Written from the text of the ABI.
 *
 * Include it in exactly one source file, define the callbacks you need with PROXY_WASM_CALLBACK, and compile with
 *   clang --target=wasm32-wasi -mexec-model=reactor
 * A function of the host is imported only if the filter calls it; a callback that is not defined is not exported,
 * and the host then goes on as if it had returned "continue".
 *
 * Memory. The host puts every value it returns into memory that it asks the filter for. Here that memory is an arena
 * which lasts for one callback: begin each callback that reads something with pw_begin(), and keep nothing from the
 * arena beyond the callback. What must live longer is copied into the filter's own memory; pw_pages() gives it some.
 */
#ifndef PROXY_WASM_H
#define PROXY_WASM_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* What a host function answers. */
typedef enum {
  PW_OK = 0,
  PW_NOT_FOUND = 1,
  PW_BAD_ARGUMENT = 2,
  PW_SERIALIZATION_FAILURE = 3,
  PW_PARSE_FAILURE = 4,
  PW_INVALID_MEMORY_ACCESS = 6,
  PW_EMPTY = 7,
  PW_CAS_MISMATCH = 8,
  PW_INTERNAL_FAILURE = 10,
  PW_UNIMPLEMENTED = 12
} pw_status;

typedef enum { PW_TRACE, PW_DEBUG, PW_INFO, PW_WARN, PW_ERROR, PW_CRITICAL } pw_log_level;

/* What a headers, body or trailers callback returns. */
typedef enum { PW_CONTINUE = 0, PW_PAUSE = 1 } pw_action;

typedef enum {
  PW_REQUEST_HEADERS = 0,
  PW_REQUEST_TRAILERS = 1,
  PW_RESPONSE_HEADERS = 2,
  PW_RESPONSE_TRAILERS = 3,
  PW_GRPC_INITIAL_METADATA = 4,
  PW_GRPC_TRAILING_METADATA = 5,
  PW_CALL_RESPONSE_HEADERS = 6,
  PW_CALL_RESPONSE_TRAILERS = 7
} pw_map;

typedef enum {
  PW_REQUEST_BODY = 0,
  PW_RESPONSE_BODY = 1,
  PW_DOWNSTREAM_DATA = 2,
  PW_UPSTREAM_DATA = 3,
  PW_CALL_RESPONSE_BODY = 4,
  PW_GRPC_MESSAGE = 5,
  PW_VM_CONFIGURATION = 6,
  PW_PLUGIN_CONFIGURATION = 7
} pw_buffer;

typedef enum { PW_STREAM_REQUEST, PW_STREAM_RESPONSE, PW_STREAM_DOWNSTREAM, PW_STREAM_UPSTREAM } pw_stream;

typedef enum { PW_COUNTER, PW_GAUGE, PW_HISTOGRAM } pw_metric;

/* Bytes that somebody else owns; not terminated. */
typedef struct {
  const char *data;
  uint32_t size;
} pw_text;

#define PW_LITERAL(s) ((pw_text){(s), sizeof(s) - 1})

/* ---- host functions, as the ABI has them ---- */

#define PW_IMPORT(name) __attribute__((import_module("env"), import_name("proxy_" #name))) uint32_t proxy_##name

PW_IMPORT(log)(uint32_t level, const char *text, uint32_t size);
PW_IMPORT(get_log_level)(uint32_t *level);
PW_IMPORT(get_current_time_nanoseconds)(uint64_t *time);
PW_IMPORT(set_tick_period_milliseconds)(uint32_t period);
PW_IMPORT(get_status)(uint32_t *code, const char **message, uint32_t *size);
PW_IMPORT(get_property)(const char *path, uint32_t path_size, const char **value, uint32_t *size);
PW_IMPORT(set_property)(const char *path, uint32_t path_size, const char *value, uint32_t size);
PW_IMPORT(get_buffer_bytes)(uint32_t buffer, uint32_t start, uint32_t max, const char **data, uint32_t *size);
PW_IMPORT(get_buffer_status)(uint32_t buffer, uint32_t *size, uint32_t *flags);
PW_IMPORT(set_buffer_bytes)(uint32_t buffer, uint32_t start, uint32_t size, const char *data, uint32_t data_size);
PW_IMPORT(get_header_map_size)(uint32_t map, uint32_t *size);
PW_IMPORT(get_header_map_pairs)(uint32_t map, const char **pairs, uint32_t *size);
PW_IMPORT(set_header_map_pairs)(uint32_t map, const char *pairs, uint32_t size);
PW_IMPORT(get_header_map_value)
(uint32_t map, const char *name, uint32_t name_size, const char **value, uint32_t *size);
PW_IMPORT(add_header_map_value)
(uint32_t map, const char *name, uint32_t name_size, const char *value, uint32_t size);
PW_IMPORT(replace_header_map_value)
(uint32_t map, const char *name, uint32_t name_size, const char *value, uint32_t size);
PW_IMPORT(remove_header_map_value)(uint32_t map, const char *name, uint32_t name_size);
PW_IMPORT(continue_stream)(uint32_t stream);
PW_IMPORT(close_stream)(uint32_t stream);
PW_IMPORT(send_local_response)
(uint32_t code, const char *details, uint32_t details_size, const char *body, uint32_t body_size, const char *pairs,
 uint32_t pairs_size, int32_t grpc_status);
PW_IMPORT(http_call)
(const char *upstream, uint32_t upstream_size, const char *headers, uint32_t headers_size, const char *body,
 uint32_t body_size, const char *trailers, uint32_t trailers_size, uint32_t timeout_ms, uint32_t *token);
PW_IMPORT(get_shared_data)
(const char *key, uint32_t key_size, const char **value, uint32_t *size, uint32_t *cas);
PW_IMPORT(set_shared_data)(const char *key, uint32_t key_size, const char *value, uint32_t size, uint32_t cas);
PW_IMPORT(define_metric)(uint32_t type, const char *name, uint32_t name_size, uint32_t *metric);
PW_IMPORT(increment_metric)(uint32_t metric, int64_t delta);
PW_IMPORT(record_metric)(uint32_t metric, uint64_t value);
PW_IMPORT(get_metric)(uint32_t metric, uint64_t *value);
PW_IMPORT(set_effective_context)(uint32_t context);
PW_IMPORT(done)(void);
PW_IMPORT(call_foreign_function)
(const char *name, uint32_t name_size, const char *arguments, uint32_t arguments_size, const char **results,
 uint32_t *size);

/* ---- callbacks ---- */

/* PROXY_WASM_CALLBACK(uint32_t, on_request_headers)(uint32_t context, uint32_t count, uint32_t end) { ... } */
#define PROXY_WASM_CALLBACK(result, name) __attribute__((export_name("proxy_" #name))) result proxy_##name

/* The marker by which the host knows the version. Never called. */
PROXY_WASM_CALLBACK(void, abi_version_0_2_1)(void) {}

/* ---- memory ---- */

#define PW_PAGE 65536u
#define PW_ARENA_FIRST 16384u      /* enough for the values of an ordinary request */
#define PW_ARENA_LARGEST (4u << 20) /* a single value above this is refused; the host then reports a failure */

static _Alignas(8) char pw_first_arena[PW_ARENA_FIRST];
static struct {
  char *base;
  uint32_t size, used;
} pw_arena = {pw_first_arena, PW_ARENA_FIRST, 0};

/* Fresh zeroed memory of at least size bytes which is never given back; NULL if the host allows no more. */
static void *pw_pages(uint32_t size) {
  size_t before = __builtin_wasm_memory_grow(0, ((uint64_t)size + PW_PAGE - 1) / PW_PAGE);
  return before == SIZE_MAX ? NULL : (void *)(before * PW_PAGE);
}

/* Begins a callback: what the arena held is gone. */
static inline void pw_begin(void) { pw_arena.used = 0; }

/* Memory until the end of the callback; NULL if there is none. A value that does not fit moves the arena to twice
   the room, so the memory given up on the way is less than the arena that stays. */
static void *pw_allocate(uint32_t size) {
  if (size > PW_ARENA_LARGEST) return NULL;
  uint32_t rounded = (size + 7u) & ~7u;
  if (rounded > pw_arena.size - pw_arena.used) {
    uint32_t larger = pw_arena.size;
    do larger *= 2;
    while (larger < rounded);
    larger = (larger + PW_PAGE - 1) & ~(PW_PAGE - 1);
    if (larger > 2 * PW_ARENA_LARGEST) return NULL;
    char *base = pw_pages(larger);
    if (base == NULL) return NULL;
    pw_arena.base = base;
    pw_arena.size = larger;
    pw_arena.used = 0;
  }
  char *result = pw_arena.base + pw_arena.used;
  pw_arena.used += rounded;
  return result;
}

/* The host asks here for room for a value. Hosts look for one name or the other; both mean the arena. */
PROXY_WASM_CALLBACK(void *, on_memory_allocate)(uint32_t size) { return pw_allocate(size); }
__attribute__((export_name("malloc"))) void *pw_malloc(uint32_t size) { return pw_allocate(size); }

/* ---- the calls most filters make ---- */

static inline void pw_log(pw_log_level level, pw_text text) { proxy_log(level, text.data, text.size); }

/* The first value of a header; size 0 if it is absent, empty or unreadable. Lasts as long as the callback. */
static inline pw_text pw_header(pw_map map, pw_text name) {
  pw_text value = {NULL, 0};
  if (proxy_get_header_map_value(map, name.data, name.size, &value.data, &value.size) != PW_OK) value.size = 0;
  return value;
}

/* Adds a header after those of the same name. */
static inline pw_status pw_add_header(pw_map map, pw_text name, pw_text value) {
  return proxy_add_header_map_value(map, name.data, name.size, value.data, value.size);
}

#endif
