package dev.outrider.proxywasm.conformance;

import static dev.outrider.proxywasm.conformance.CallbackScripts.NEVER;
import static dev.outrider.proxywasm.conformance.CallbackScripts.arguments;
import static dev.outrider.proxywasm.conformance.CallbackScripts.buffer;
import static dev.outrider.proxywasm.conformance.CallbackScripts.check;
import static dev.outrider.proxywasm.conformance.CallbackScripts.number;
import static dev.outrider.proxywasm.conformance.CallbackScripts.some;
import static dev.outrider.proxywasm.conformance.Kind.AFTER_FAILURE;
import static dev.outrider.proxywasm.conformance.Kind.OK;
import static dev.outrider.proxywasm.conformance.Kind.WRONG_PHASE;

import java.util.ArrayList;
import java.util.List;

/// What comes back from a gRPC service ([GrpcEcho]): to whom, in which order, with what to read,
/// and that nothing comes of what was cancelled or once the guest has trapped. The request waits
/// for it.
final class GrpcScripts {
  /// A cluster's name stands for a service of that name.
  static final String SERVICE = "grpc";

  private static final String NEWEST = "0.2.1";
  private static final List<Place> OF_A_STREAM =
      List.of(
          Place.GRPC_INITIAL_METADATA,
          Place.GRPC_RECEIVE,
          Place.GRPC_TRAILING_METADATA,
          Place.GRPC_CLOSE);

  private GrpcScripts() {}

  static List<Script> all() {
    var scripts = new ArrayList<Script>();
    for (var version : CallbackScripts.VERSIONS) {
      scripts.add(call(version));
      scripts.add(failedCall(version));
      scripts.add(stream(version));
    }
    scripts.add(cancelled());
    scripts.add(tokens());
    scripts.add(outside());
    OF_A_STREAM.forEach(place -> scripts.add(trap(place)));
    return scripts;
  }

  private static String call(ScriptWriter script, String message) {
    return "(drop (call $proxy_grpc_call %s %s %s (i32.const 0) (i32.const 0) %s (i32.const 5000) (i32.const 96)))"
        .formatted(
            script.text(SERVICE),
            script.text("service"),
            script.text("method"),
            script.text(message));
  }

  private static String open(ScriptWriter script) {
    return "(drop (call $proxy_grpc_stream %s %s %s (i32.const 0) (i32.const 0) (i32.const 96)))"
        .formatted(script.text(SERVICE), script.text("service"), script.text("method"));
  }

  private static String send(ScriptWriter script, int end) {
    return "(drop (call $proxy_grpc_send (i32.load (i32.const 96)) %s (i32.const %d)))"
        .formatted(script.text("message"), end);
  }

  private static String value(ScriptWriter script, int map, String name) {
    return number(
            "(call $proxy_get_header_map_value (i32.const %d) %s (i32.const 100) (i32.const 104))"
                .formatted(map, script.text(name)))
        + "(call $value (i32.const 100) (i32.const 104))\n";
  }

  private static String status() {
    return number("(call $proxy_get_status (i32.const 108) (i32.const 100) (i32.const 104))")
        + number("(i32.load (i32.const 108))")
        + "(call $value (i32.const 100) (i32.const 104))\n";
  }

  /// The request that waits goes on.
  private static String resume(String version) {
    return number("(call $proxy_set_effective_context (i32.const 2))")
        + number(
            version.equals("0.1.0")
                ? "(call $proxy_continue_request)"
                : "(call $proxy_continue_stream (i32.const 0))");
  }

  private static Script call(String version) {
    var script = new ScriptWriter("gRPC call " + version, version);
    return script
        .code(Place.REQUEST_HEADERS, call(script, "message"))
        .answer(Place.REQUEST_HEADERS, 1)
        .check(
            Place.GRPC_RECEIVE,
            check(
                Place.GRPC_RECEIVE,
                OK,
                "of a call: the root context, token, bytes; buffer 5",
                "1",
                "5",
                "7",
                "0",
                "message",
                "0",
                "0"),
            arguments(0, 2) + buffer(5) + resume(version))
        .code(Place.GRPC_CLOSE, NEVER)
        .script();
  }

  private static Script failedCall(String version) {
    var script = new ScriptWriter("gRPC call that fails " + version, version);
    return script
        .code(Place.REQUEST_HEADERS, call(script, GrpcEcho.FAILS))
        .answer(Place.REQUEST_HEADERS, 1)
        .code(Place.GRPC_RECEIVE, NEVER)
        .check(
            Place.GRPC_CLOSE,
            check(
                Place.GRPC_CLOSE,
                OK,
                "of a call: the root context, token, status; proxy_get_status",
                "1",
                "5",
                "5",
                "0",
                "5",
                GrpcEcho.HEARD,
                "0",
                "0"),
            arguments(0, 2) + status() + resume(version))
        .script();
  }

  private static Script stream(String version) {
    var script = new ScriptWriter("gRPC stream " + version, version);
    return script
        .code(Place.REQUEST_HEADERS, open(script) + send(script, 0) + send(script, 1))
        .answer(Place.REQUEST_HEADERS, 1)
        .check(
            Place.GRPC_INITIAL_METADATA,
            check(
                Place.GRPC_INITIAL_METADATA,
                OK,
                "the root context, token, fields; map 4",
                "1",
                "6",
                "1",
                "0",
                "1"),
            arguments(0, 1) + some(2) + value(script, 4, "x-i"))
        .check(
            Place.GRPC_RECEIVE,
            check(
                Place.GRPC_RECEIVE,
                OK,
                "each message of a stream: the root context, token, bytes; buffer 5",
                "1",
                "6",
                "7",
                "0",
                "message"),
            arguments(0, 2) + buffer(5))
        .check(
            Place.GRPC_TRAILING_METADATA,
            check(
                Place.GRPC_TRAILING_METADATA,
                OK,
                "the root context, token, fields; map 5",
                "1",
                "6",
                "1",
                "0",
                "2"),
            arguments(0, 1) + some(2) + value(script, 5, "x-t"))
        .check(
            Place.GRPC_CLOSE,
            check(
                Place.GRPC_CLOSE,
                OK,
                "of a stream, last: the root context, token, status; proxy_get_status",
                "1",
                "6",
                "0",
                "0",
                "0",
                GrpcEcho.HEARD,
                "0",
                "0"),
            arguments(0, 2) + status() + resume(version))
        .script();
  }

  private static Script cancelled() {
    var script = new ScriptWriter("gRPC cancelled", NEWEST);
    script
        .code(Place.REQUEST_HEADERS, call(script, "message"))
        .check(
            Place.REQUEST_HEADERS,
            new Check("proxy_grpc_cancel", OK, "of a call: nothing comes", List.of("0", "1")),
            twice("cancel"))
        .code(Place.REQUEST_HEADERS, call(script, "message"))
        .check(
            Place.REQUEST_HEADERS,
            new Check("proxy_grpc_close", OK, "of a call: nothing comes", List.of("0", "1")),
            twice("close"))
        .code(Place.REQUEST_HEADERS, open(script) + send(script, 1))
        .check(
            Place.REQUEST_HEADERS,
            new Check("proxy_grpc_cancel", OK, "of a stream: nothing comes", List.of("0", "1")),
            twice("cancel"));
    OF_A_STREAM.forEach(place -> script.code(place, NEVER));
    return script.script();
  }

  private static String twice(String function) {
    return number("(call $proxy_grpc_%s (i32.load (i32.const 96)))".formatted(function)).repeat(2);
  }

  /// 998 is like a stream's, 997 like a call's, 996 like an HTTP call's.
  private static Script tokens() {
    var script = new ScriptWriter("gRPC tokens", NEWEST);
    for (var function : List.of("cancel", "close")) {
      var code = new StringBuilder();
      for (int token : new int[] {998, 997, 996}) {
        code.append(number("(call $proxy_grpc_%s (i32.const %d))".formatted(function, token)));
      }
      script.check(
          Place.REQUEST_HEADERS,
          new Check(
              "proxy_grpc_" + function,
              OK,
              "a token that is nobody's, or no gRPC's",
              List.of("1", "1", "2")),
          code.toString());
    }
    var code = new StringBuilder();
    for (int token : new int[] {998, 997, 996}) {
      code.append(
          number(
              "(call $proxy_grpc_send (i32.const %d) %s (i32.const 0))"
                  .formatted(token, script.text("message"))));
    }
    return script
        .check(
            Place.REQUEST_HEADERS,
            new Check(
                "proxy_grpc_send",
                OK,
                "a token that is nobody's, or no stream's",
                List.of("1", "2", "2")),
            code.toString())
        .script();
  }

  /// What belongs to a callback of gRPC is not there in another.
  private static Script outside() {
    var script = new ScriptWriter("gRPC outside its callbacks", NEWEST);
    return script
        .check(
            Place.REQUEST_HEADERS,
            new Check("proxy_get_header_map_value", WRONG_PHASE, "maps 4 and 5", List.of("2", "2")),
            missing(script, 4) + missing(script, 5))
        .check(
            Place.REQUEST_HEADERS,
            Differences.in(
                new Check(
                    "proxy_get_buffer_bytes", WRONG_PHASE, "buffers 4 and 5", List.of("1", "1"))),
            read(4) + read(5))
        .script();
  }

  private static String read(int buffer) {
    return number(
        "(call $proxy_get_buffer_bytes (i32.const %d) (i32.const 0) (i32.const 99) (i32.const 100) (i32.const 104))"
            .formatted(buffer));
  }

  private static String missing(ScriptWriter script, int map) {
    return number(
        "(call $proxy_get_header_map_value (i32.const %d) %s (i32.const 100) (i32.const 104))"
            .formatted(map, script.text("x-i")));
  }

  private static Script trap(Place place) {
    var script = new ScriptWriter(place.export + " traps", NEWEST);
    script
        .code(Place.REQUEST_HEADERS, open(script) + send(script, 1))
        .answer(Place.REQUEST_HEADERS, 1);
    for (var each : OF_A_STREAM) {
      if (each == place) {
        script.check(
            each,
            check(each, AFTER_FAILURE, "nothing follows", "1"),
            number("(i32.const 1)") + "unreachable");
      } else if (OF_A_STREAM.indexOf(each) > OF_A_STREAM.indexOf(place)) {
        script.code(each, NEVER);
      }
    }
    return CallbackScripts.goneBehindTheRequest(script);
  }
}
