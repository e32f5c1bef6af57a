// Decides where a request goes, and under which path, before the route table is asked: sets a header that routes match on.
//
// Host calls and the allocator are the SDK's. The callbacks are our own: the SDK keeps one root context per VM, so two
// plugins in a VM would share a configuration; it traps when a root context is deleted; and it writes a list of all
// contexts for a debug log that nobody reads whenever a stream begins.

import {
  BufferTypeValues,
  get_buffer_bytes,
  LogLevelValues,
} from "@gcoredev/proxy-wasm-sdk-as/assembly";
import { proxy_log } from "@gcoredev/proxy-wasm-sdk-as/assembly/imports";
import {
  add_header_map_value,
  get_header_map_value,
  HeaderMapTypeValues,
  remove_header_map_value,
  replace_header_map_value,
} from "@gcoredev/proxy-wasm-sdk-as/assembly/runtime";
import { ConfigReader } from "./config";
import { PATH, Request, Rules } from "./rules";

export { malloc } from "@gcoredev/proxy-wasm-sdk-as/assembly/malloc";

const CONTINUE = 0;

class CurrentRequest extends Request {
  header(name: ArrayBuffer): ArrayBuffer {
    return get_header_map_value(HeaderMapTypeValues.RequestHeaders, name);
  }

  random(): f64 {
    return Math.random();
  }
}

const request = new CurrentRequest();
/** By root context; a root is absent until its configuration was accepted. */
const configured = new Map<u32, Rules>();
/** By stream context: what was configured when the stream began. */
const streams = new Map<u32, Rules>();

export function proxy_abi_version_0_2_1(): void {}

export function proxy_on_context_create(context: u32, root: u32): void {
  if (root != 0 && configured.has(root)) streams.set(context, configured.get(root));
}

export function proxy_on_configure(root: u32, size: u32): u32 {
  const bytes = size == 0 ? new ArrayBuffer(0) : get_buffer_bytes(BufferTypeValues.PluginConfiguration, 0, size);
  const reader = new ConfigReader();
  const rules = reader.read(String.UTF8.decode(bytes));
  if (reader.problem != "") {
    log(LogLevelValues.error, "configuration refused: " + reader.problem);
    return 0;
  }
  configured.set(root, rules);
  return 1;
}

export function proxy_on_request_headers(context: u32, count: u32, end: u32): u32 {
  if (!streams.has(context)) return CONTINUE;
  const rules = streams.get(context);
  const target = rules.target(request);
  const path = rules.rewrite(request);
  // A client does not choose its route: its own copy goes first.
  remove_header_map_value(HeaderMapTypeValues.RequestHeaders, rules.routeHeader);
  add_header_map_value(HeaderMapTypeValues.RequestHeaders, rules.routeHeader, target);
  if (path) replace_header_map_value(HeaderMapTypeValues.RequestHeaders, PATH, path);
  return CONTINUE;
}

export function proxy_on_delete(context: u32): void {
  if (!streams.delete(context)) configured.delete(context);
}

/** The SDK's own log writes to standard output, where all levels are one. */
function log(level: LogLevelValues, text: string): void {
  const bytes = String.UTF8.encode(text);
  proxy_log(level, changetype<usize>(bytes), bytes.byteLength);
}
