package dev.outrider.proxywasm.conformance;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.outrider.proxywasm.GuestFailureException;
import dev.outrider.proxywasm.PluginSpec;
import dev.outrider.proxywasm.VmSpec;
import dev.outrider.proxywasm.conformance.Script.Observation;
import dev.outrider.proxywasm.host.FilterDataStatus;
import dev.outrider.proxywasm.host.FilterHeadersStatus;
import dev.outrider.proxywasm.host.FilterStatus;
import dev.outrider.proxywasm.host.FilterTrailersStatus;
import dev.outrider.proxywasm.host.LogLevel;
import dev.outrider.proxywasm.host.PeerType;
import dev.outrider.proxywasm.host.VmLimits;
import dev.outrider.proxywasm.host.WasmResult;
import dev.outrider.proxywasm.testkit.GuestHarness;
import dev.outrider.proxywasm.testkit.TestConnection;
import dev.outrider.proxywasm.testkit.TestExchange;
import dev.outrider.proxywasm.testkit.TestHeaders;
import dev.outrider.proxywasm.testkit.TestServices;
import java.util.Map;

/// Runs scripts on the library itself, in a host that does at once what a proxy does in time.
public final class LibraryHost {
  private static final int TRAPPED = 503;

  private final TestServices services = new TestServices();
  private final GuestHarness guest;

  private LibraryHost(Script script) {
    services.log().threshold(LogLevel.INFO.code());
    services.callouts().addUpstream("svc");
    services.grpc().addService(HostCallRow.GRPC_SERVICE);
    services.grpc().addService(GrpcScripts.SERVICE);
    services.addForeignFunction(
        "compress",
        (call, result) -> {
          result.accept(call.array(), call.offset(), call.length());
          return WasmResult.OK;
        });
    var vm =
        new VmSpec(
            "v", Script.VM_CONFIGURATION.getBytes(UTF_8), Map.of("KEY", "value"), VmLimits.DEFAULT);
    var plugin = new PluginSpec("p", Script.ROOT_ID, Script.CONFIGURATION.getBytes(UTF_8), false);
    guest = GuestHarness.start(GuestHarness.load(script.guest().wasm()), vm, plugin, services);
  }

  /// Runs one script on one thread. Throws [GuestFailureException] if the guest does not start.
  public static Observation run(Script script) {
    var host = new LibraryHost(script);
    try (var guest = host.guest) {
      int status =
          switch (script.drive()) {
            case START -> 0;
            case CONNECTION -> host.connection();
            case GET, POST, TRAILERS -> host.drive(script.drive());
          };
      return new Observation(guest.log().texts(LogLevel.INFO), status);
    }
  }

  private int drive(Drive drive) {
    var exchange = guest.exchange();
    int status = exchange(exchange, drive);
    exchange.close();
    runWhatIsDue();
    return status;
  }

  private int exchange(TestExchange exchange, Drive drive) {
    boolean body = drive != Drive.GET;
    var head =
        TestHeaders.of(
            ":method",
            body ? "POST" : "GET",
            ":path",
            "/",
            ":authority",
            "a",
            ":scheme",
            "http",
            "x-a",
            "1");
    if (!request(exchange, drive, head)) {
      return ending(exchange);
    }
    return response(exchange, 200, drive == Drive.TRAILERS);
  }

  /// Whether all of the request reached the service.
  private boolean request(TestExchange exchange, Drive drive, TestHeaders head) {
    boolean trailers = drive == Drive.TRAILERS;
    var onHead = exchange.onRequestHeaders(head, drive == Drive.GET);
    if (onHead != FilterHeadersStatus.CONTINUE && !resumed(exchange, "REQUEST")) {
      return false;
    }
    if (drive != Drive.GET) {
      var onBody = exchange.onRequestBody("hello", !trailers);
      if (onBody != FilterDataStatus.CONTINUE && !resumed(exchange, "REQUEST")) {
        return false;
      }
    }
    if (trailers) {
      var onTrailers = exchange.onRequestTrailers(TestHeaders.of("x-t", "1"));
      return onTrailers == FilterTrailersStatus.CONTINUE || resumed(exchange, "REQUEST");
    }
    return true;
  }

  private int response(TestExchange exchange, int status, boolean trailers) {
    var head = TestHeaders.of(":status", Integer.toString(status), "x-up", "1");
    var onHead = exchange.onResponseHeaders(head, false);
    if (onHead != FilterHeadersStatus.CONTINUE && !resumed(exchange, "RESPONSE")) {
      return ending(exchange);
    }
    var onBody = exchange.onResponseBody("world", !trailers);
    if (onBody != FilterDataStatus.CONTINUE && !resumed(exchange, "RESPONSE")) {
      return status;
    }
    if (trailers) {
      var _ = exchange.onResponseTrailers(TestHeaders.of("x-t", "2"));
    }
    return status;
  }

  /// Whether the guest lets a held message go, now or from a root callback.
  private boolean resumed(TestExchange exchange, String direction) {
    runWhatIsDue();
    return exchange.effects().contains("resume " + direction);
  }

  /// A guest sees its own reply as a response.
  private int ending(TestExchange exchange) {
    if (guest.vm().failure() != null) {
      return TRAPPED;
    }
    return exchange.host().replies().isEmpty()
        ? 0
        : response(exchange, exchange.reply().status(), false);
  }

  /// How many bytes reached the client.
  private int connection() {
    try (var connection = guest.connection()) {
      talk(connection);
      boolean closed = connection.effects().stream().anyMatch(it -> it.startsWith("close"));
      if (closed || connection.effects().isEmpty()) {
        connection.context().onDownstreamConnectionClose(PeerType.LOCAL);
      }
      return connection.toDownstream().length();
    } finally {
      runWhatIsDue();
    }
  }

  /// Both sides have said all, unless the guest has stopped or ended the connection.
  private void talk(TestConnection connection) {
    if (!goesOn(connection, connection.onNewConnection())
        || !goesOn(connection, connection.onDownstreamData(ConnectionEcho.SAID, false))
        || !goesOn(connection, connection.onUpstreamData(ConnectionEcho.ANSWER, false))
        || !goesOn(connection, connection.onDownstreamData("", true))
        || !goesOn(connection, connection.onUpstreamData("", true))) {
      return;
    }
    connection.context().onUpstreamConnectionClose(PeerType.UNKNOWN);
  }

  private boolean goesOn(TestConnection connection, FilterStatus status) {
    runWhatIsDue();
    return status == FilterStatus.CONTINUE || connection.effects().contains("resume");
  }

  private void runWhatIsDue() {
    for (int round = 0; round < 3; round++) {
      if (services.timers().armedMillis(guest.host()) > 0) {
        guest.tick();
      }
      while (!services.callouts().tokens().isEmpty()) {
        guest.answerCallout(200, "world", "x-up", "1");
      }
      LibraryGrpc.answer(guest);
      guest.host().takeQueuesReady().forEach(guest.plugin()::onQueueReady);
    }
  }
}
