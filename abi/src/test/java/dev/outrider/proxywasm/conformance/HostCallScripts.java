package dev.outrider.proxywasm.conformance;

import static dev.outrider.proxywasm.conformance.Kind.AFTER_FAILURE;
import static dev.outrider.proxywasm.conformance.Kind.BAD_POINTER;
import static dev.outrider.proxywasm.conformance.Kind.BAD_SIZE;
import static dev.outrider.proxywasm.conformance.Kind.OK;
import static dev.outrider.proxywasm.conformance.Kind.UNKNOWN_ENUM;
import static dev.outrider.proxywasm.conformance.Kind.WRONG_CONTEXT;
import static dev.outrider.proxywasm.conformance.Kind.WRONG_PHASE;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;

/// Every `proxy_*` host function, from one table: the good call in each ABI version that has it, in
/// a stream, in a root context, in a connection and in `proxy_on_log`; the same call with each
/// pointer, each size and each enum spoilt in turn; from inside the allocator; and before a trap.
final class HostCallScripts {
  private static final String INVALID_MEMORY_ACCESS = "6";
  private static final String BAD_ARGUMENT = "2";
  private static final String PAST_MEMORY = "(i32.const 131071)";
  private static final String FAR_PAST_MEMORY = "(i32.const -8)";
  private static final String TOO_LARGE = "(i32.const 0x7fffffff)";
  private static final String UNKNOWN = "(i32.const 99)";
  private static final String NEVER = "(call $report (i32.const 404))";
  private static final int TRAPPED = 503;

  private static final Set<String> END_ENVOY_IN_THE_LOG =
      Set.of("proxy_close_stream", "proxy_send_local_response");

  // function | versions | roles | place | setup | good call | returns | in a root context | in log
  // | in a connection
  private static final String TABLE =
      """
      log                      | all         | epn   | REQUEST_HEADERS |  | 2 'hi' | hi 0 | hi 0 | hi 0 | hi 0
      get_log_level            | 0.2.1       | o     | REQUEST_HEADERS |  | 100 | 0 2 | 0 | 0 | 0
      get_current_time_nanoseconds | all     | q     | REQUEST_HEADERS |  | 104 | 0 | 0 | 0 | 0
      set_tick_period_milliseconds | all     | v     | REQUEST_HEADERS |  | 1 | 0 | 0 | 0 | 0
      get_configuration        | 0.1.0       | PN    | REQUEST_HEADERS |  | 100 104 | 0 vmconf | 0 | 0 | 0
      get_status               | all         | oPN   | REQUEST_HEADERS |  | 100 104 108 | 0 0 - | 0 | 0 | 0
      get_property             | all         | pnPN  | REQUEST_HEADERS |  | 'plugin_root_id' 100 104 | 0 r | 0 | 0 | 0
      set_property             | all         | pnpn  | REQUEST_HEADERS |  | 'mine' 'value' | 0 | 1 | 0 | 0
      get_buffer_bytes         | all         | evvPN | REQUEST_BODY    |  | 0 0 5 100 104 | 0 hello | 0 | 0 | 0
      get_buffer_status        | all         | eoo   | REQUEST_BODY    |  | 0 100 104 | 0 5 0 | 0 | 0 | 0
      set_buffer_bytes         | all         | evvpn | REQUEST_BODY    |  | 0 0 5 'world' | 0 | 2 | 2 | 2
      get_header_map_size      | all         | ew    | REQUEST_HEADERS |  | 0 100 | 0 | 2 | 0 | 2
      get_header_map_pairs     | all         | eRS   | REQUEST_HEADERS |  | 0 100 104 | 0 | 0 | 0 | 0
      set_header_map_pairs     | all         | epn   | REQUEST_HEADERS |  | 0 {:method=GET;:path=/;:authority=a;:scheme=http;x-forwarded-proto=http} | 0 | 2 | 2 | 2
      get_header_map_value     | all         | epnPN | REQUEST_HEADERS |  | 0 'x-a' 100 104 | 0 1 | 2 | 0 | 2
      add_header_map_value     | all         | epnpn | REQUEST_HEADERS |  | 0 'x-b' 'value' | 0 | 2 | 2 | 2
      replace_header_map_value | all         | epnpn | REQUEST_HEADERS |  | 0 'x-a' 'value' | 0 | 2 | 2 | 2
      remove_header_map_value  | all         | epn   | REQUEST_HEADERS |  | 0 'x-a' | 0 | 2 | 2 | 2
      continue_stream          | 0.2.0 0.2.1 | e     | REQUEST_HEADERS |  | 0 | 0 | 0 | 0 | 0
      close_stream             | 0.2.0 0.2.1 | e     | REQUEST_HEADERS |  | 0 | 0 | 0 | 0 | 0
      continue_request         | 0.1.0       |       | REQUEST_HEADERS |  |  | 0 | 0 | | 0
      continue_response        | 0.1.0       |       | RESPONSE_BODY |  |  | 0 |  | |
      clear_route_cache        | 0.1.0       |       | REQUEST_HEADERS |  |  | 0 | 0 | | 0
      send_local_response      | all         | vpnpnpnv | REQUEST_HEADERS |  | 403 'det' 'body' {x-r=1} -1 | 0 | 0 | 0 | 0
      http_call                | all         | pnpnpnpnvo | REQUEST_HEADERS |  | 'svc' {:method=GET;:path=/;:authority=a} 'body' '' 1000 100 | 0 4 | 0 | 0 | 0
      get_shared_data          | all         | pnPNw | REQUEST_HEADERS | set_shared_data 'key' 'value' 0 | 'key' 100 104 108 | 0 value | 0 | 0 | 0
      set_shared_data          | all         | pnpnv | REQUEST_HEADERS |  | 'key' 'value' 0 | 0 | 0 | 0 | 0
      register_shared_queue    | all         | pnw   | REQUEST_HEADERS |  | 'queue' 100 | 0 | 0 | 0 | 0
      resolve_shared_queue     | all         | pnpnw | REQUEST_HEADERS | register_shared_queue 'queue' 96 | '' 'queue' 100 | 0 | 0 | 0 | 0
      enqueue_shared_queue     | all         | vpn   | REQUEST_HEADERS | register_shared_queue 'queue' 96 | [96] 'item' | 0 | 0 | 0 | 0
      dequeue_shared_queue     | all         | vPN   | REQUEST_HEADERS | register_shared_queue 'queue' 96; enqueue_shared_queue [96] 'item' | [96] 100 104 | 0 item | 0 | 0 | 0
      define_metric            | all         | epno  | REQUEST_HEADERS |  | 0 'metric' 100 | 0 4 | 0 | 0 | 0
      increment_metric         | all         | vV    | REQUEST_HEADERS | define_metric 0 'metric' 96 | [96] 1 | 0 | 0 | 0 | 0
      record_metric            | all         | vV    | REQUEST_HEADERS | define_metric 1 'metric' 96 | [96] 7 | 0 | 0 | 0 | 0
      get_metric               | all         | vq    | REQUEST_HEADERS | define_metric 1 'metric' 96 | [96] 104 | 0 | 0 | 0 | 0
      set_effective_context    | all         | v     | REQUEST_HEADERS |  | ctx | 0 | 0 | 0 | 0
      done                     | all         |       | REQUEST_HEADERS |  |  | 1 | 1 | 1 | 1
      grpc_call                | all         | pnpnpnpnpnvo | REQUEST_HEADERS |  | G 'service' 'method' '' 'message' 1000 100 | 0 5 | 0 | 0 | 0
      grpc_stream              | all         | pnpnpnpno | REQUEST_HEADERS |  | G 'service' 'method' '' 100 | 0 6 | 0 | 0 | 0
      grpc_send                | all         | vpnv  | REQUEST_HEADERS | grpc_stream G 'service' 'method' '' 96 | [96] 'message' 0 | 0 | 0 | 0 | 0
      grpc_cancel              | all         | v     | REQUEST_HEADERS | grpc_stream G 'service' 'method' '' 96 | [96] | 0 | 0 | 0 | 0
      grpc_close               | all         | v     | REQUEST_HEADERS | grpc_stream G 'service' 'method' '' 96 | [96] | 0 | 0 | 0 | 0
      call_foreign_function    | all         | pnpnRS | REQUEST_HEADERS |  | 'compress' 'text' 100 104 | 0 | 0 | 0 | 0
      """;

  /// The same of a connection, as far as it has functions of its own.
  private static final String CONNECTIONS =
      """
      get_buffer_bytes         | all         | evvPN | DOWNSTREAM_DATA |  | 2 0 5 100 104 | 0 hello | 0 | 0 |
      get_buffer_bytes         | all         | evvPN | UPSTREAM_DATA |  | 3 0 5 100 104 | 0 world | 0 | 0 |
      get_buffer_status        | all         | eoo   | DOWNSTREAM_DATA |  | 2 100 104 | 0 5 0 | 0 | 0 |
      get_buffer_status        | all         | eoo   | UPSTREAM_DATA |  | 3 100 104 | 0 5 0 | 0 | 0 |
      set_buffer_bytes         | all         | evvpn | DOWNSTREAM_DATA |  | 2 0 5 'world' | 0 | 2 | 2 |
      set_buffer_bytes         | all         | evvpn | UPSTREAM_DATA |  | 3 0 5 'hello' | 0 | 2 | 2 |
      continue_stream          | 0.2.0 0.2.1 | e     | DOWNSTREAM_DATA |  | 2 | 0 | 0 | |
      continue_stream          | 0.2.0 0.2.1 | e     | UPSTREAM_DATA |  | 3 | 12 | 12 | |
      close_stream             | 0.2.0 0.2.1 | e     | DOWNSTREAM_DATA |  | 2 | 0 | 0 | |
      close_stream             | 0.2.0 0.2.1 | e     | UPSTREAM_DATA |  | 3 | 0 | 0 | |
      """;

  private HostCallScripts() {}

  static List<HostCallRow> rows() {
    return TABLE.lines().map(HostCallRow::parse).toList();
  }

  static List<Script> all() {
    var scripts = new ArrayList<Script>();
    for (var row : rows()) {
      row.versions().forEach(version -> scripts.add(inAStream(row, version)));
      var newest = row.versions().getLast();
      scripts.add(inTheAllocator(row, newest));
      scripts.add(beforeATrap(row, newest));
      if (END_ENVOY_IN_THE_LOG.contains(row.function())) {
        scripts.add(inTheLogAlone(row, newest));
      }
      if (!row.connection().isEmpty()) {
        scripts.add(inAConnection(row, newest));
      }
    }
    for (var row : CONNECTIONS.lines().map(HostCallRow::parse).toList()) {
      row.versions().forEach(version -> scripts.add(inAStream(row, version)));
      scripts.add(beforeATrap(row, row.versions().getLast()));
    }
    return scripts;
  }

  private static Script inAStream(HostCallRow row, String version) {
    var script = new ScriptWriter(row.title() + " " + version, version).drive(row.drive());
    var good = row.operands(script);
    script.code(row.place(), row.prepare(script));
    add(
        script,
        row.place(),
        check(row, OK, row.where(), row.ok()),
        row.report(good) + row.values(good));
    spoilt(row, script, good);
    elsewhere(row, script, Place.TICK, check(row, WRONG_CONTEXT, "in a root context", row.root()));
    if (!END_ENVOY_IN_THE_LOG.contains(row.function())) {
      inTheLog(row, script);
    }
    return after(row, script).script();
  }

  private static void inTheLog(HostCallRow row, ScriptWriter script) {
    elsewhere(row, script, Place.LOG, check(row, WRONG_PHASE, "in proxy_on_log", row.log()));
  }

  private static Script inTheLogAlone(HostCallRow row, String version) {
    var script = new ScriptWriter(row.function() + " in the log", version);
    inTheLog(row, script);
    return script.notOnEnvoy("the process ends").script();
  }

  private static Check check(HostCallRow row, Kind kind, String what, List<String> expected) {
    return Differences.in(new Check(row.function(), kind, what, expected));
  }

  private static void add(ScriptWriter script, Place place, Check check, String code) {
    script.check(place, check, code);
  }

  private static void elsewhere(HostCallRow row, ScriptWriter script, Place place, Check check) {
    if (!check.expected().isEmpty()) {
      script.code(place, row.prepare(script));
      script.check(place, check, row.report(row.operands(script)));
    }
  }

  private static Script inAConnection(HostCallRow row, String version) {
    var script =
        new ScriptWriter(row.function() + " in a connection", version).drive(Drive.CONNECTION);
    elsewhere(
        row,
        script,
        Place.DOWNSTREAM_DATA,
        check(row, WRONG_CONTEXT, "in a connection", row.connection()));
    return script.script();
  }

  /// The good call with one operand spoilt, for each operand that can be.
  private static void spoilt(HostCallRow row, ScriptWriter script, List<String> good) {
    var pointers = new StringBuilder();
    var sizes = new StringBuilder();
    var enums = new StringBuilder();
    for (int i = 0; i < good.size(); i++) {
      switch (row.roles().charAt(i)) {
        case 'p' ->
            pointers.append(
                row.report(with(good, i, isEmpty(good, i) ? FAR_PAST_MEMORY : PAST_MEMORY)));
        case 'P', 'N', 'R', 'S', 'o', 'w', 'q' ->
            pointers.append(row.report(with(good, i, FAR_PAST_MEMORY)));
        case 'n' -> sizes.append(row.report(with(good, i, TOO_LARGE)));
        case 'e' -> enums.append(row.report(with(good, i, UNKNOWN)));
        default -> {}
      }
    }
    spoilt(row, script, BAD_POINTER, "each pointer in turn", pointers, INVALID_MEMORY_ACCESS);
    spoilt(row, script, BAD_SIZE, "each size in turn", sizes, INVALID_MEMORY_ACCESS);
    spoilt(row, script, UNKNOWN_ENUM, "99", enums, BAD_ARGUMENT);
  }

  private static void spoilt(
      HostCallRow row,
      ScriptWriter script,
      Kind kind,
      String what,
      StringBuilder code,
      String status) {
    int calls = (int) code.chars().filter(c -> c == '\n').count();
    if (calls > 0) {
      add(
          script,
          row.place(),
          check(row, kind, what, Collections.nCopies(calls, status)),
          code.toString());
    }
  }

  private static boolean isEmpty(List<String> good, int pointer) {
    return good.get(pointer + 1).equals("(i32.const 0)");
  }

  private static List<String> with(List<String> operands, int index, String operand) {
    var changed = new ArrayList<>(operands);
    changed.set(index, operand);
    return changed;
  }

  /// What the good call does to the exchange.
  private static ScriptWriter after(HostCallRow row, ScriptWriter script) {
    return switch (row.function()) {
      case "proxy_send_local_response" -> script.status(403);
      case "proxy_close_stream" -> script.status(0);
      // once before the bytes, and once before their end
      case "proxy_set_buffer_bytes" ->
          row.place() == Place.UPSTREAM_DATA ? script.status(10) : script;
      case "proxy_continue_stream", "proxy_continue_request" ->
          row.place() == Place.UPSTREAM_DATA ? script : script.answer(row.place(), 1);
      default -> script;
    };
  }

  /// Only the log may be called there; anything else ends the VM.
  private static Script inTheAllocator(HostCallRow row, String version) {
    var script = new ScriptWriter(row.function() + " in the allocator", version);
    boolean allowed = row.function().equals("proxy_log");
    var expected = allowed ? List.of("hi", "0") : List.<String>of();
    var check = check(row, WRONG_PHASE, "called by the allocator", expected);
    var call = "(call $%s %s)".formatted(row.function(), String.join(" ", row.operands(script)));
    return callingInTheAllocator(script, check, call, allowed);
  }

  /// The host asks for memory, and the allocator makes that call.
  static Script callingInTheAllocator(
      ScriptWriter script, Check check, String call, boolean allowed) {
    script
        .guest()
        .allocator(
            """
            (func (export "malloc") (param i32) (result i32)
              (i32.store (i32.const 300) %s) (i32.const 65536))
            """
                .formatted(call));
    var provoke =
        "(drop (call $proxy_get_property %s (i32.const 200) (i32.const 204)))"
            .formatted(script.text("plugin_root_id"));
    if (allowed) {
      script.check(
          Place.REQUEST_HEADERS, check, provoke + "(call $report (i32.load (i32.const 300)))");
      return script.script();
    }
    var refused =
        check.butEnvoy(
            "a trap in the allocator ends the callback, there it runs on to its end", "404");
    script.check(Place.REQUEST_HEADERS, refused, provoke + NEVER);
    return script.status(TRAPPED).script();
  }

  private static Script beforeATrap(HostCallRow row, String version) {
    var script = new ScriptWriter(row.title() + " before a trap", version).drive(row.drive());
    var good = row.operands(script);
    var check = check(row, AFTER_FAILURE, "nothing that it asked for happens", row.ok());
    script.code(row.place(), row.prepare(script));
    script.check(row.place(), check, row.report(good) + row.values(good) + "unreachable");
    script.guest().on("proxy_on_tick", "i:", NEVER);
    script.code(Place.LOG, NEVER);
    if (row.function().equals("proxy_close_stream")) {
      script.notOnEnvoy("close_stream and then a trap: segmentation fault");
    }
    if (row.drive() == Drive.CONNECTION) {
      return script.status(0).script();
    }
    return script.status(row.place() == Place.RESPONSE_BODY ? 200 : TRAPPED).script();
  }
}
