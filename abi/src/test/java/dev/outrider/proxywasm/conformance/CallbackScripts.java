package dev.outrider.proxywasm.conformance;

import static dev.outrider.proxywasm.conformance.Kind.AFTER_FAILURE;
import static dev.outrider.proxywasm.conformance.Kind.OK;

import dev.outrider.proxywasm.testkit.Wat;
import java.util.ArrayList;
import java.util.List;

/// Every export that the host calls: when, in which order, with which arguments, what becomes of
/// its answer, and that nothing is called once one has trapped.
final class CallbackScripts {
  static final List<String> VERSIONS = List.of("0.1.0", "0.2.0", "0.2.1");
  static final String NEVER = number("(i32.const 404)");
  private static final String NEWEST = "0.2.1";

  private CallbackScripts() {}

  static List<Script> all() {
    var scripts = new ArrayList<Script>();
    for (var version : VERSIONS) {
      scripts.add(start(version));
      scripts.add(stream(version));
      scripts.add(messages(version));
      scripts.add(callout(version));
      scripts.add(queue(version));
      scripts.add(tick(version));
    }
    scripts.add(command());
    scripts.add(mainVoid());
    scripts.add(allocatorPreference());
    scripts.add(ownAllocator());
    for (var place : TRAPS) {
      scripts.add(trap(place));
    }
    for (var place : ROOT_TRAPS) {
      scripts.add(rootTrap(place));
    }
    return scripts;
  }

  static Check check(Place place, Kind kind, String what, String... lines) {
    return Differences.in(new Check(place.export, kind, what, List.of(lines)));
  }

  static String number(String expression) {
    return "(call $report " + expression + ")\n";
  }

  static String arguments(int from, int to) {
    var code = new StringBuilder();
    for (int i = from; i <= to; i++) {
      code.append(number("(local.get " + i + ")"));
    }
    return code.toString();
  }

  /// What the start functions say cannot be told apart on Envoy: they leave a note instead.
  private static Script start(String version) {
    return new ScriptWriter("start " + version, version)
        .drive(Drive.START)
        .code(Place.INITIALIZE, note(1))
        .code(
            Place.MAIN,
            note(2) + "(i32.store (i32.const 304) (i32.add (local.get 0) (local.get 1)))")
        .code(Place.START, "unreachable")
        .code(Place.MAIN_VOID, "unreachable")
        .check(
            Place.CONTEXT_CREATE,
            check(Place.CONTEXT_CREATE, OK, "a root context, of no parent", "1", "0"),
            arguments(0, 1))
        .check(
            Place.VM_START,
            check(
                Place.VM_START,
                OK,
                "the root context and the bytes of buffer 6",
                "1",
                "6",
                "0",
                "vmconf"),
            arguments(0, 1) + buffer(6))
        .check(
            Place.CONFIGURE,
            check(
                Place.CONFIGURE,
                OK,
                "the root context and the bytes of buffer 7",
                "1",
                "4",
                "0",
                "conf"),
            arguments(0, 1) + buffer(7))
        .check(
            Place.CONFIGURE,
            check(Place.INITIALIZE, OK, "before main, instead of _start", "12"),
            Wat.reportAt(300))
        .check(
            Place.CONFIGURE,
            check(Place.MAIN, OK, "given 0 0, instead of __main_void", "0"),
            Wat.reportAt(304))
        .script();
  }

  /// Appends a digit to the number at 300.
  private static String note(int digit) {
    return "(i32.store (i32.const 300) (i32.add (i32.mul (i32.load (i32.const 300)) (i32.const 10))"
        + " (i32.const "
        + digit
        + ")))\n";
  }

  static String buffer(int id) {
    return "(call $report (call $proxy_get_buffer_bytes (i32.const %d) (i32.const 0) (i32.const 99)"
            .formatted(id)
        + " (i32.const 100) (i32.const 104)))\n(call $value (i32.const 100) (i32.const 104))\n";
  }

  private static Script command() {
    return new ScriptWriter("_start", NEWEST)
        .drive(Drive.START)
        .code(Place.START, note(1))
        .code(Place.MAIN, "unreachable")
        .code(Place.MAIN_VOID, "unreachable")
        .check(
            Place.CONFIGURE,
            check(Place.START, OK, "without _initialize, and no main", "1"),
            Wat.reportAt(300))
        .script();
  }

  private static Script mainVoid() {
    return new ScriptWriter("__main_void", NEWEST)
        .drive(Drive.START)
        .code(Place.INITIALIZE, note(1))
        .code(Place.MAIN_VOID, note(2))
        .check(
            Place.CONFIGURE,
            check(Place.MAIN_VOID, OK, "after _initialize, without main", "12"),
            Wat.reportAt(300))
        .script();
  }

  private static Script allocatorPreference() {
    var script = new ScriptWriter("malloc first", NEWEST);
    script
        .guest()
        .with(
            """
            (func (export "proxy_on_memory_allocate") (param i32) (result i32) unreachable)
            """);
    return asking(
        script, new Check("malloc", OK, "before proxy_on_memory_allocate", List.of("0", "r")));
  }

  private static Script ownAllocator() {
    var script = new ScriptWriter("proxy_on_memory_allocate", NEWEST);
    script
        .guest()
        .allocator(
            """
            (func (export "proxy_on_memory_allocate") (param i32) (result i32) (i32.const 65536))
            """);
    return asking(
        script, new Check("proxy_on_memory_allocate", OK, "without malloc", List.of("0", "r")));
  }

  private static Script asking(ScriptWriter script, Check check) {
    return script
        .check(
            Place.REQUEST_HEADERS,
            check,
            "(call $report (call $proxy_get_property %s (i32.const 100) (i32.const 104)))"
                    .formatted(script.text("plugin_root_id"))
                + "(call $value (i32.const 100) (i32.const 104))")
        .script();
  }

  /// The context's id is the first after the root's; what arguments count is more than none.
  static String some(int argument) {
    return number("(i32.gt_u (local.get " + argument + ") (i32.const 0))");
  }

  private static Script stream(String version) {
    boolean endKnown = !version.equals("0.1.0");
    var order = "(global.set $ticked (i32.add (global.get $ticked) (i32.const 1)))";
    var turn = order + number("(global.get $ticked)");
    return new ScriptWriter("life of a stream " + version, version)
        .check(
            Place.REQUEST_HEADERS,
            check(
                Place.REQUEST_HEADERS,
                OK,
                "context, number of fields, end",
                endKnown ? new String[] {"1", "2", "1", "1"} : new String[] {"1", "2", "1"}),
            turn + number("(local.get 0)") + some(1) + (endKnown ? number("(local.get 2)") : ""))
        .check(
            Place.RESPONSE_HEADERS,
            check(
                Place.RESPONSE_HEADERS,
                OK,
                "context, number of fields, end",
                endKnown ? new String[] {"2", "2", "1", "0"} : new String[] {"2", "2", "1"}),
            turn + number("(local.get 0)") + some(1) + (endKnown ? number("(local.get 2)") : ""))
        .check(
            Place.LOG,
            check(Place.LOG, OK, "before proxy_on_done", "3", "2"),
            turn + arguments(0, 0))
        .check(
            Place.DONE,
            check(Place.DONE, OK, "before proxy_on_delete", "4", "2"),
            turn + arguments(0, 0))
        .answer(Place.DONE, 0)
        .check(
            Place.DELETE,
            check(Place.DELETE, OK, "last, whatever proxy_on_done answered", "5", "2"),
            turn + arguments(0, 0))
        .script();
  }

  private static Script messages(String version) {
    return new ScriptWriter("bodies and trailers " + version, version)
        .drive(Drive.TRAILERS)
        .check(
            Place.REQUEST_BODY,
            check(Place.REQUEST_BODY, OK, "context, bytes, no end before trailers", "2", "5", "0"),
            arguments(0, 2))
        .check(
            Place.REQUEST_TRAILERS,
            check(Place.REQUEST_TRAILERS, OK, "context, number of fields", "2", "1"),
            arguments(0, 1))
        .check(
            Place.RESPONSE_BODY,
            check(Place.RESPONSE_BODY, OK, "context, bytes, no end before trailers", "2", "5", "0"),
            arguments(0, 2))
        .check(
            Place.RESPONSE_TRAILERS,
            check(Place.RESPONSE_TRAILERS, OK, "context, number of fields", "2", "1"),
            arguments(0, 1))
        .script();
  }

  private static Script tick(String version) {
    return new ScriptWriter("tick " + version, version)
        .check(Place.TICK, check(Place.TICK, OK, "the root context", "1"), arguments(0, 0))
        .script();
  }

  private static Script queue(String version) {
    var script = new ScriptWriter("queue " + version, version);
    return script
        .code(Place.REQUEST_HEADERS, enqueue(script))
        .check(
            Place.QUEUE_READY,
            check(
                Place.QUEUE_READY,
                OK,
                "the root context and the queue's token",
                "1",
                "1",
                "0",
                "item"),
            arguments(0, 0)
                + number("(i32.eq (local.get 1) (i32.load (i32.const 96)))")
                + number(
                    "(call $proxy_dequeue_shared_queue (local.get 1) (i32.const 100) (i32.const"
                        + " 104))")
                + "(call $value (i32.const 100) (i32.const 104))")
        .script();
  }

  private static String enqueue(ScriptWriter script) {
    return "(drop (call $proxy_register_shared_queue %s (i32.const 96)))"
            .formatted(script.text("queue"))
        + "(drop (call $proxy_enqueue_shared_queue (i32.load (i32.const 96)) %s))"
            .formatted(script.text("item"));
  }

  private static String call(ScriptWriter script) {
    var none = "(i32.const 0) (i32.const 0)";
    var head = script.text(HostCallRow.pairs(":method=GET;:path=/;:authority=a"));
    return "(drop (call $proxy_http_call %s %s %s %s (i32.const 5000) (i32.const 96)))"
        .formatted(script.text("svc"), head, none, none);
  }

  /// The request waits for the answer, which the root context gets and hands on.
  private static Script callout(String version) {
    var script = new ScriptWriter("callout " + version, version);
    var resume =
        version.equals("0.1.0")
            ? "(call $proxy_continue_request)"
            : "(call $proxy_continue_stream (i32.const 0))";
    return script
        .code(Place.REQUEST_HEADERS, call(script))
        .answer(Place.REQUEST_HEADERS, 1)
        .check(
            Place.HTTP_CALL_RESPONSE,
            check(
                Place.HTTP_CALL_RESPONSE,
                OK,
                "the root context, token, fields, bytes, no trailers; map 6 and buffer 4",
                "1",
                "4",
                "1",
                "5",
                "0",
                "0",
                "200",
                "0",
                "world",
                "0",
                "0"),
            arguments(0, 1)
                + some(2)
                + arguments(3, 4)
                + "(call $report (call $proxy_get_header_map_value (i32.const 6) %s (i32.const 100) (i32.const 104)))"
                    .formatted(script.text(":status"))
                + "(call $value (i32.const 100) (i32.const 104))"
                + buffer(4)
                + number("(call $proxy_set_effective_context (i32.const 2))")
                + number(resume))
        .script();
  }

  private static final List<Place> TRAPS =
      List.of(
          Place.REQUEST_HEADERS,
          Place.REQUEST_BODY,
          Place.REQUEST_TRAILERS,
          Place.RESPONSE_HEADERS,
          Place.RESPONSE_BODY,
          Place.RESPONSE_TRAILERS,
          Place.LOG,
          Place.DONE,
          Place.DELETE);

  /// One callback traps; those after it in the life of a stream are not called.
  private static Script trap(Place place) {
    var script = new ScriptWriter(place.export + " traps", NEWEST).drive(Drive.TRAILERS);
    for (int i = 0; i < TRAPS.size(); i++) {
      var each = TRAPS.get(i);
      if (each == place) {
        script.check(
            each,
            check(each, AFTER_FAILURE, "nothing follows", "1"),
            number("(i32.const 1)") + "unreachable");
      } else if (i > TRAPS.indexOf(place)) {
        script.code(each, NEVER);
      }
    }
    boolean beforeTheResponse = TRAPS.indexOf(place) <= TRAPS.indexOf(Place.RESPONSE_HEADERS);
    return script.status(beforeTheResponse ? 503 : 200).script();
  }

  /// The client has run out of patience.
  private static final int NO_ANSWER = -1;

  private static final List<Place> ROOT_TRAPS =
      List.of(Place.TICK, Place.QUEUE_READY, Place.HTTP_CALL_RESPONSE);

  /// The request waits for a callback of the root, which traps.
  private static Script rootTrap(Place place) {
    var script = new ScriptWriter(place.export + " traps", NEWEST);
    switch (place) {
      case QUEUE_READY -> script.code(Place.REQUEST_HEADERS, enqueue(script));
      case HTTP_CALL_RESPONSE -> script.code(Place.REQUEST_HEADERS, call(script));
      default -> {} // a tick is armed by itself
    }
    script
        .answer(Place.REQUEST_HEADERS, 1)
        .check(
            place,
            check(place, AFTER_FAILURE, "nothing follows", "1"),
            number("(i32.const 1)") + "unreachable");
    return goneBehindTheRequest(script);
  }

  /// A request that waits for a guest that has trapped is answered (on Envoy it waits on), and
  /// nothing else is called.
  static Script goneBehindTheRequest(ScriptWriter script) {
    return script
        .code(Place.RESPONSE_HEADERS, NEVER)
        .code(Place.LOG, NEVER)
        .code(Place.DONE, NEVER)
        .code(Place.DELETE, NEVER)
        .status(503, NO_ANSWER)
        .script();
  }
}
