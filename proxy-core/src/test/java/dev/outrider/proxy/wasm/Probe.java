package dev.outrider.proxy.wasm;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.google.protobuf.Any;
import dev.outrider.proxy.filter.WorkerFilterFactory;
import dev.outrider.proxy.stream.FilterState;
import dev.outrider.proxywasm.testkit.Wat;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/// A guest that makes one host call per request, as the test says: what to do and what came of it
/// are properties of the stream.
final class Probe {
  private static final int GET_PROPERTY = 1;
  private static final int SET_PROPERTY = 2;
  private static final int FOREIGN = 3;

  private final TestPlugins plugins;
  private final WorkerFilterFactory filter;

  /// What the guest got.
  ///
  /// @param status the number of the host's answer
  @SuppressWarnings("ArrayRecordComponent") // never compared
  record Answer(int status, byte[] bytes) {
    String text() {
      return new String(bytes, UTF_8);
    }

    long number() {
      return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).getLong();
    }

    int token() {
      return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).getInt();
    }
  }

  Probe(TestPlugins plugins) {
    this.plugins = plugins;
    filter = plugins.start(TestPlugins.config(wasm()));
  }

  private static byte[] wasm() {
    return Wat.guest()
        .data(1000, "op")
        .data(1010, "a")
        .data(1020, "b")
        .data(1030, "status")
        .data(1040, "answer")
        .onRequestHeaders(
            input(1000, 2, 200)
                + input(1010, 1, 208)
                + input(1020, 1, 216)
                + "(i32.store (i32.const 100) (i32.const 0))"
                + "(i32.store (i32.const 104) (i32.const 0))"
                + when(GET_PROPERTY, call("proxy_get_property", loads(208) + results()))
                + when(SET_PROPERTY, call("proxy_set_property", loads(208) + loads(216)))
                + when(
                    FOREIGN,
                    call("proxy_call_foreign_function", loads(208) + loads(216) + results()))
                + "(drop "
                + Wat.call("proxy_set_property", 1030, 6, 300, 4)
                + ") (drop (call $proxy_set_property (i32.const 1040) (i32.const 6)"
                + loads(100)
                + "))")
        .wasm();
  }

  private static String input(int name, int length, int at) {
    return "(drop " + Wat.call("proxy_get_property", name, length, at, at + 4) + ")";
  }

  private static String loads(int at) {
    return " (i32.load (i32.const " + at + ")) (i32.load (i32.const " + (at + 4) + "))";
  }

  private static String results() {
    return " (i32.const 100) (i32.const 104)";
  }

  private static String call(String function, String arguments) {
    return "(i32.store (i32.const 300) (call $" + function + arguments + "))";
  }

  private static String when(int op, String body) {
    return "(if (i32.eq (i32.load8_u (i32.load (i32.const 200))) (i32.const "
        + op
        + ")) (then "
        + body
        + "))";
  }

  Answer property(TestStream stream, String path) {
    return run(stream, GET_PROPERTY, path.replace('/', '\0').getBytes(UTF_8), new byte[0]);
  }

  int setProperty(TestStream stream, String path, String value) {
    var name = path.replace('/', '\0').getBytes(UTF_8);
    return run(stream, SET_PROPERTY, name, value.getBytes(UTF_8)).status();
  }

  Answer foreign(String function, byte[] arguments) {
    try (var stream = stream()) {
      return foreign(stream, function, arguments);
    }
  }

  Answer foreign(TestStream stream, String function, byte[] arguments) {
    return run(stream, FOREIGN, function.getBytes(UTF_8), arguments);
  }

  TestStream stream() {
    return plugins.stream(filter);
  }

  static Any config() {
    return TestPlugins.config(wasm());
  }

  private static Answer run(TestStream stream, int op, byte[] a, byte[] b) {
    put(stream, "wasm.op", new byte[] {(byte) op});
    put(stream, "wasm.a", a);
    put(stream, "wasm.b", b);
    stream.get();
    var status = take(stream, "wasm.status");
    return new Answer(
        ByteBuffer.wrap(status).order(ByteOrder.LITTLE_ENDIAN).getInt(),
        take(stream, "wasm.answer"));
  }

  private static void put(TestStream stream, String name, byte[] value) {
    stream
        .info()
        .filterState()
        .set(new FilterState.Entry(name.getBytes(UTF_8), value, FilterState.Shape.DEFAULT));
  }

  private static byte[] take(TestStream stream, String name) {
    var entry = stream.info().filterState().get(name);
    if (entry == null) {
      throw new AssertionError("the guest has left no " + name + "; did it trap?");
    }
    return entry.value();
  }
}
