package dev.outrider.proxywasm.imports;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.outrider.proxywasm.engine.StackReserve;
import dev.outrider.proxywasm.host.GuestLimit;
import dev.outrider.proxywasm.host.MetricKind;
import dev.outrider.proxywasm.host.WasmResult;

/// Counters, gauges and histograms (ABI reference 3.12).
final class MetricImports {
  // Nothing forgets a metric: what guests may make of them is bounded.
  private static final int MOST_METRICS = 50_000;
  private static final int LONGEST_NAME = 4_096;

  private MetricImports() {}

  static void register(ImportTable table) {
    table.proxy("define_metric", "iiii", MetricImports::define);
    table.proxy("increment_metric", "iI", MetricImports::increment);
    table.proxy("record_metric", "iI", MetricImports::record);
    table.proxy("get_metric", "ii", MetricImports::get);
  }

  private static WasmResult define(HostCall call, long[] args) {
    var kind = MetricKind.of((int) args[0]);
    if (kind == null) {
      return WasmResult.BAD_ARGUMENT;
    }
    var memory = call.memory();
    int idAt = (int) args[3];
    if (!memory.inRange((int) args[1], (int) args[2]) || !memory.inRange(idAt, Integer.BYTES)) {
      return WasmResult.INVALID_MEMORY_ACCESS;
    }
    if (!hasRoom(call, (int) args[2])) {
      return WasmResult.INTERNAL_FAILURE;
    }
    StackReserve.require();
    var name = new String(memory.array(), (int) args[1], (int) args[2], UTF_8);
    var metric = call.services().metrics().define(kind, name);
    return HostCall.okIf(memory.writeU32(idAt, call.metrics().add(kind, metric)));
  }

  private static boolean hasRoom(HostCall call, int nameLength) {
    boolean room = nameLength <= LONGEST_NAME && call.metrics().size() < MOST_METRICS;
    if (!room) {
      call.refuse(
          GuestLimit.METRICS,
          "proxy_define_metric answers INTERNAL_FAILURE: over %d metrics, or a name over %d bytes"
              .formatted(MOST_METRICS, LONGEST_NAME));
    }
    return room;
  }

  private static WasmResult increment(HostCall call, long[] args) {
    int id = (int) args[0];
    var metric = call.metrics().find(id);
    var kind = call.metrics().kind(id);
    if (metric == null || kind == null) {
      return WasmResult.NOT_FOUND;
    }
    long delta = args[1];
    return switch (kind) {
      case COUNTER -> {
        if (delta <= 0) {
          yield WasmResult.BAD_ARGUMENT;
        }
        metric.add(delta);
        yield WasmResult.OK;
      }
      case GAUGE -> {
        metric.add(delta);
        yield WasmResult.OK;
      }
      case HISTOGRAM -> WasmResult.BAD_ARGUMENT;
    };
  }

  /// A counter adds, as in Envoy.
  private static WasmResult record(HostCall call, long[] args) {
    int id = (int) args[0];
    var metric = call.metrics().find(id);
    if (metric == null) {
      return WasmResult.NOT_FOUND;
    }
    if (call.metrics().kind(id) == MetricKind.COUNTER) {
      metric.add(args[1]);
    } else {
      metric.record(args[1]);
    }
    return WasmResult.OK;
  }

  private static WasmResult get(HostCall call, long[] args) {
    int id = (int) args[0];
    var metric = call.metrics().find(id);
    if (metric == null) {
      return WasmResult.NOT_FOUND;
    }
    if (call.metrics().kind(id) == MetricKind.HISTOGRAM) {
      return WasmResult.BAD_ARGUMENT;
    }
    return HostCall.okIf(call.memory().writeU64((int) args[1], metric.value()));
  }
}
