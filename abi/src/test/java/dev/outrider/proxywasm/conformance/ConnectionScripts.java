package dev.outrider.proxywasm.conformance;

import static dev.outrider.proxywasm.conformance.CallbackScripts.NEVER;
import static dev.outrider.proxywasm.conformance.CallbackScripts.arguments;
import static dev.outrider.proxywasm.conformance.CallbackScripts.buffer;
import static dev.outrider.proxywasm.conformance.CallbackScripts.check;
import static dev.outrider.proxywasm.conformance.CallbackScripts.number;
import static dev.outrider.proxywasm.conformance.Kind.AFTER_FAILURE;
import static dev.outrider.proxywasm.conformance.Kind.OK;
import static dev.outrider.proxywasm.conformance.Kind.WRONG_CONTEXT;

import java.util.ArrayList;
import java.util.List;

/// A guest before a plain connection: each callback, what it may stop and let go, how it ends the
/// connection, and that nothing follows once it has trapped.
final class ConnectionScripts {
  private static final String NEWEST = "0.2.1";
  private static final String TURN =
      "(global.set $turn (i32.add (global.get $turn) (i32.const 1)))\n"
          + number("(global.get $turn)");

  private static final List<Place> LIFE =
      List.of(
          Place.NEW_CONNECTION,
          Place.DOWNSTREAM_DATA,
          Place.UPSTREAM_DATA,
          Place.UPSTREAM_CONNECTION_CLOSE,
          Place.DOWNSTREAM_CONNECTION_CLOSE,
          Place.DONE,
          Place.LOG,
          Place.DELETE);

  private ConnectionScripts() {}

  static List<Script> all() {
    var scripts = new ArrayList<Script>();
    for (var version : CallbackScripts.VERSIONS) {
      scripts.add(life(version));
    }
    scripts.add(stopped(Place.NEW_CONNECTION));
    scripts.add(stopped(Place.DOWNSTREAM_DATA));
    scripts.add(closed());
    scripts.add(buffersOfAnother());
    LIFE.forEach(place -> scripts.add(trap(place)));
    return scripts;
  }

  private static ScriptWriter connection(String name, String version) {
    var script = new ScriptWriter(name, version).drive(Drive.CONNECTION);
    script.guest().with("(global $turn (mut i32) (i32.const 0))");
    return script;
  }

  private static Script life(String version) {
    return connection("life of a connection " + version, version)
        .check(
            Place.NEW_CONNECTION,
            check(Place.NEW_CONNECTION, OK, "first, with its context", "1", "2"),
            TURN + arguments(0, 0))
        .check(
            Place.DOWNSTREAM_DATA,
            check(
                Place.DOWNSTREAM_DATA,
                OK,
                "context, bytes, no end yet; buffer 2",
                "2",
                "2",
                "5",
                "0",
                "0",
                "hello"),
            TURN + arguments(0, 2) + buffer(2))
        .check(
            Place.UPSTREAM_DATA,
            check(
                Place.UPSTREAM_DATA,
                OK,
                "context, bytes, no end yet; buffer 3",
                "3",
                "2",
                "5",
                "0",
                "0",
                "world"),
            TURN + arguments(0, 2) + buffer(3))
        .check(
            Place.UPSTREAM_CONNECTION_CLOSE,
            check(
                Place.UPSTREAM_CONNECTION_CLOSE,
                OK,
                "behind the end of both sides; nobody knows who",
                "6",
                "2",
                "0"),
            TURN + arguments(0, 1))
        .check(
            Place.DOWNSTREAM_CONNECTION_CLOSE,
            check(Place.DOWNSTREAM_CONNECTION_CLOSE, OK, "behind upstream's", "7", "2", "1"),
            TURN + arguments(0, 1))
        .check(
            Place.DONE,
            check(Place.DONE, OK, "of a connection, before proxy_on_log", "8", "2"),
            TURN + arguments(0, 0))
        .answer(Place.DONE, 0)
        .check(
            Place.LOG,
            check(Place.LOG, OK, "of a connection, before proxy_on_delete", "9", "2"),
            TURN + arguments(0, 0))
        .check(
            Place.DELETE,
            check(Place.DELETE, OK, "of a connection, last", "10", "2"),
            TURN + arguments(0, 0))
        .script();
  }

  /// What is stopped waits until a tick lets it go; then the service is heard of, twice: its bytes
  /// and its end.
  private static Script stopped(Place place) {
    var script = connection(place.export + " stops", NEWEST);
    if (place == Place.DOWNSTREAM_DATA) {
      script.code(place, "(if (local.get 2) (then (return (i32.const 0))))");
    }
    return script
        .armedIn(place)
        .code(Place.UPSTREAM_DATA, TURN)
        .check(place, check(place, OK, "answers 1: nothing goes on", "1"), TURN)
        .answer(place, 1)
        .check(
            Place.TICK,
            new Check(
                "proxy_continue_stream",
                OK,
                "2: what is stopped goes on",
                List.of("0", "0", "2", "3")),
            number("(call $proxy_set_effective_context (i32.const 2))")
                + number("(call $proxy_continue_stream (i32.const 2))"))
        .script();
  }

  /// The guest ends the connection; it hears of it when it has left the stack.
  private static Script closed() {
    return connection("proxy_close_stream and what follows", NEWEST)
        .code(Place.DOWNSTREAM_DATA, "(drop (call $proxy_close_stream (i32.const 2)))")
        .code(Place.UPSTREAM_DATA, NEVER)
        .check(
            Place.DOWNSTREAM_CONNECTION_CLOSE,
            check(Place.DOWNSTREAM_CONNECTION_CLOSE, OK, "after the guest's own close", "2", "1"),
            arguments(0, 1))
        .status(0)
        .script();
  }

  private static Script buffersOfAnother() {
    return new ScriptWriter("buffers of a connection in a stream", NEWEST)
        .check(
            Place.REQUEST_HEADERS,
            new Check(
                "proxy_get_buffer_bytes",
                WRONG_CONTEXT,
                "buffers 2 and 3 in an HTTP stream",
                List.of("0", "-", "0", "-")),
            buffer(2) + buffer(3))
        .check(
            Place.REQUEST_HEADERS,
            new Check(
                "proxy_set_buffer_bytes",
                WRONG_CONTEXT,
                "buffers 2 and 3 in an HTTP stream",
                List.of("2", "2")),
            write(2) + write(3))
        .script();
  }

  private static String write(int id) {
    return number(
        "(call $proxy_set_buffer_bytes (i32.const %d) (i32.const 0) (i32.const 0) (i32.const 1000) (i32.const 1))"
            .formatted(id));
  }

  /// One callback traps: the connection is closed and no other is called.
  private static Script trap(Place place) {
    var script = connection(place.export + " of a connection traps", NEWEST);
    int at = LIFE.indexOf(place);
    for (var each : LIFE.subList(at + 1, LIFE.size())) {
      script.code(each, NEVER);
    }
    return script
        .check(
            place,
            check(place, AFTER_FAILURE, "nothing follows in a connection", "1"),
            number("(i32.const 1)") + "unreachable")
        .status(at <= LIFE.indexOf(Place.UPSTREAM_DATA) ? 0 : 5)
        .script();
  }
}
