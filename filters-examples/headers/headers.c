/*
 * Leaves a trace of a request on both of its ways:
 *   to the service   x-request-summary:  id=<x-request-id>; agent=<user-agent>
 *   to the client    x-response-summary: id=<x-request-id>; type=<content-type>; cache=<cache-control>
 * A header that is absent is written as "-". Reads two headers and adds one in each direction, and keeps the request's
 * id from the one to the other: the least that a real filter does, which is why the benchmark runs this one.
 */
#include "proxy_wasm.h"

#define ID_LIMIT 64      /* bytes of x-request-id that are kept; a UUID has 36 */
#define VALUE_LIMIT 128u /* bytes of any other value that are shown */

/* ---- what is remembered per stream: its request id, by context id ---- */

typedef struct {
  uint32_t context; /* 0: free; the host never gives a stream the id 0 */
  uint32_t size;
  char id[ID_LIMIT];
} stream;

#define FIRST_STREAMS 64u /* a power of two, as every size of the table */

static stream first_table[FIRST_STREAMS];
static stream *table = first_table;
static uint32_t capacity = FIRST_STREAMS;
static uint32_t streams = 0;

/* Where a context is, or where it would be put: the first free place from its home on. Never full (see remember). */
static uint32_t place_of(uint32_t context) {
  uint32_t at = context & (capacity - 1);
  while (table[at].context != 0 && table[at].context != context) at = (at + 1) & (capacity - 1);
  return at;
}

/* Doubles the table. The old one is given up: all that ever was given up is less than what is in use. */
static int grow(void) {
  stream *old = table;
  uint32_t old_capacity = capacity;
  stream *larger = pw_pages(2 * old_capacity * sizeof(stream));
  if (larger == NULL) return 0;
  table = larger;
  capacity = 2 * old_capacity;
  for (uint32_t i = 0; i < old_capacity; i++) {
    if (old[i].context != 0) table[place_of(old[i].context)] = old[i];
  }
  return 1;
}

static void remember(uint32_t context, pw_text id) {
  if (streams >= capacity - capacity / 4 && !grow()) return; /* no memory: this stream's id stays unknown */
  stream *entry = &table[place_of(context)];
  if (entry->context == 0) streams++;
  entry->context = context;
  entry->size = id.size < ID_LIMIT ? id.size : ID_LIMIT;
  memcpy(entry->id, id.data, entry->size);
}

static pw_text recall(uint32_t context) {
  stream *entry = &table[place_of(context)];
  return entry->context == 0 ? (pw_text){NULL, 0} : (pw_text){entry->id, entry->size};
}

/* Empties the place of a context and moves up those behind it that the gap would cut off from their home. */
static void forget(uint32_t context) {
  uint32_t mask = capacity - 1, gap = place_of(context);
  if (table[gap].context == 0) return;
  for (uint32_t at = (gap + 1) & mask; table[at].context != 0; at = (at + 1) & mask) {
    uint32_t home = table[at].context & mask;
    if (((at - home) & mask) >= ((at - gap) & mask)) {
      table[gap] = table[at];
      gap = at;
    }
  }
  table[gap].context = 0;
  streams--;
}

/* ---- the summary ---- */

typedef struct {
  pw_text label, value;
} part;

/* Adds a header made of the parts, each cut to VALUE_LIMIT. Without memory for it the message goes on as it is. */
static void add_summary(pw_map map, pw_text name, const part *parts, uint32_t count) {
  uint32_t room = 0;
  for (uint32_t i = 0; i < count; i++) room += parts[i].label.size + VALUE_LIMIT;
  char *text = pw_allocate(room);
  if (text == NULL) return;
  char *end = text;
  for (uint32_t i = 0; i < count; i++) {
    pw_text value = parts[i].value.size == 0 ? PW_LITERAL("-") : parts[i].value;
    if (value.size > VALUE_LIMIT) value.size = VALUE_LIMIT;
    memcpy(end, parts[i].label.data, parts[i].label.size);
    end += parts[i].label.size;
    memcpy(end, value.data, value.size);
    end += value.size;
  }
  pw_add_header(map, name, (pw_text){text, end - text});
}

/* ---- callbacks ---- */

/* The filter has nothing to configure; a configuration is a mistake of the operator and refused as such. */
PROXY_WASM_CALLBACK(uint32_t, on_configure)(uint32_t root, uint32_t size) {
  (void)root;
  if (size == 0) return 1;
  pw_log(PW_ERROR, PW_LITERAL("configuration refused: this filter takes none"));
  return 0;
}

PROXY_WASM_CALLBACK(uint32_t, on_request_headers)(uint32_t context, uint32_t count, uint32_t end) {
  (void)count, (void)end;
  pw_begin();
  pw_text id = pw_header(PW_REQUEST_HEADERS, PW_LITERAL("x-request-id"));
  pw_text agent = pw_header(PW_REQUEST_HEADERS, PW_LITERAL("user-agent"));
  if (id.size != 0) remember(context, id);
  part parts[] = {{PW_LITERAL("id="), id}, {PW_LITERAL("; agent="), agent}};
  add_summary(PW_REQUEST_HEADERS, PW_LITERAL("x-request-summary"), parts, 2);
  return PW_CONTINUE;
}

PROXY_WASM_CALLBACK(uint32_t, on_response_headers)(uint32_t context, uint32_t count, uint32_t end) {
  (void)count, (void)end;
  pw_begin();
  pw_text type = pw_header(PW_RESPONSE_HEADERS, PW_LITERAL("content-type"));
  pw_text cache = pw_header(PW_RESPONSE_HEADERS, PW_LITERAL("cache-control"));
  part parts[] = {
      {PW_LITERAL("id="), recall(context)}, {PW_LITERAL("; type="), type}, {PW_LITERAL("; cache="), cache}};
  add_summary(PW_RESPONSE_HEADERS, PW_LITERAL("x-response-summary"), parts, 3);
  return PW_CONTINUE;
}

PROXY_WASM_CALLBACK(void, on_delete)(uint32_t context) { forget(context); }
