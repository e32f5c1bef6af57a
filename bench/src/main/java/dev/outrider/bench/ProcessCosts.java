package dev.outrider.bench;

import dev.outrider.bench.wire.Client;
import dev.outrider.bench.wire.Http1Client;
import dev.outrider.bench.wire.Http2Client;
import dev.outrider.bench.wire.Http2ClientConnection;
import dev.outrider.bench.wire.RequestHeader;
import dev.outrider.bench.wire.Service;
import dev.outrider.bench.wire.Wire;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;

/// What a proxy of its own holds and does when nobody asks anything of it. Each measurement starts
/// a fresh process.
final class ProcessCosts {
  private static final RequestHeader HEADER = Example.headerFor(null);
  private static final int IDLE_CLUSTERS = 1_000;
  private static final int WARM_UP_RUNS = 20;
  private static final int HTTP1_CONNECTIONS = 2_000;
  private static final int HTTP2_CONNECTIONS = 500;
  private static final int STREAMS_PER_CONNECTION = 80;
  private static final int STREAM_CONNECTIONS = 10;
  private static final long NANOS_PER_SECOND = 1_000_000_000L;
  private static final int SETTLE_SECONDS = 3;
  private static final int IDLE_SECONDS = 3;
  private static final int IDLE_WINDOWS = 5;
  private static final long GIBIBYTE = 1L << 30;
  private static final int WINDOW = 1 << 20;
  private static final long READ_BETWEEN_PAUSES = GIBIBYTE / 16;
  private static final long PAUSE_NANOS = NANOS_PER_SECOND / 20;

  private final Map<String, Double> counted;

  /// @param counted where the results go, by the names of their rows
  ProcessCosts(Map<String, Double> counted) {
    this.counted = counted;
  }

  /// Answers the milliseconds from the start of a process to its first proxied answer.
  long startUp() {
    try (var service = new Service()) {
      var plain = Bootstrap.of(Wire.HTTP1, service.port());
      try (var small = new FreshProxy(plain);
          var large = new FreshProxy(plain.withIdleClusters(IDLE_CLUSTERS))) {
        one(small);
        long millis = small.millisSinceStart();
        one(large);
        var held = small.held();
        counted.put("start_up_classes", (double) held.classes());
        counted.put(
            "heap_per_cluster",
            (large.held().heapBytes() - held.heapBytes()) / (double) IDLE_CLUSTERS);
        return millis;
      }
    }
  }

  private static void one(FreshProxy proxy) {
    try (var client = new Http1Client(proxy.port(), 1, HEADER)) {
      client.runOne();
    }
  }

  /// A process that has served and has one connection open; of several windows the quietest.
  void idle() {
    try (var service = new Service();
        var proxy = new FreshProxy(Bootstrap.of(Wire.HTTP1, service.port()));
        var client = Client.of(Wire.HTTP1, proxy.port(), 1, 1, HEADER)) {
      repeat(WARM_UP_RUNS, client::run);
      LockSupport.parkNanos(SETTLE_SECONDS * NANOS_PER_SECOND);
      double wakeUps = Double.MAX_VALUE;
      double percent = Double.MAX_VALUE;
      for (int window = 0; window < IDLE_WINDOWS; window++) {
        long nanos = proxy.cpuNanos();
        long sleeps = proxy.sleeps();
        LockSupport.parkNanos(IDLE_SECONDS * NANOS_PER_SECOND);
        wakeUps = Math.min(wakeUps, (proxy.sleeps() - sleeps) / (double) IDLE_SECONDS);
        percent = Math.min(percent, (proxy.cpuNanos() - nanos) * 100.0 / NANOS_PER_SECOND);
      }
      counted.put("idle_wake_ups", wakeUps);
      counted.put("idle_cpu", percent / IDLE_SECONDS);
    }
  }

  /// Connections that have served a request each and wait for the next.
  void idleConnections(Wire wire, String name) {
    int connections =
        switch (wire) {
          case HTTP1 -> HTTP1_CONNECTIONS;
          case HTTP2 -> HTTP2_CONNECTIONS;
        };
    try (var service = new Service();
        var proxy = new FreshProxy(Bootstrap.of(Wire.HTTP1, service.port()));
        var first = Client.of(wire, proxy.port(), 1, 1, HEADER)) {
      repeat(WARM_UP_RUNS, first::run);
      var before = proxy.held();
      try (var many = Client.of(wire, proxy.port(), connections, 1, HEADER)) {
        many.runInTurn();
        counted.put(name, (proxy.held().bytes() - before.bytes()) / (double) connections);
      }
    }
  }

  /// Streams that wait for their answers, HTTP/2 on both sides: the most that one can hold.
  void openStreams(String name) {
    try (var service = new Service(0);
        var proxy = new FreshProxy(Bootstrap.of(Wire.HTTP2, service.port()));
        var first = new Http2Client(proxy.port(), STREAM_CONNECTIONS, 1, HEADER);
        var many =
            new Http2Client(proxy.port(), STREAM_CONNECTIONS, STREAMS_PER_CONNECTION, HEADER)) {
      first.sendOnly();
      many.awaitReady();
      var before = proxy.held();
      many.sendOnly();
      many.awaitReady();
      long streams = (long) STREAM_CONNECTIONS * STREAMS_PER_CONNECTION;
      counted.put(name, (proxy.held().bytes() - before.bytes()) / (double) streams);
    }
  }

  /// A gibibyte to a reader that pauses, with windows of a mebibyte where there are windows.
  void streamed(Wire wire, String name) {
    try (var service = new Service(GIBIBYTE);
        var proxy = new FreshProxy(Bootstrap.of(wire, service.port()).withWindow(WINDOW))) {
      proxy.watchBuffers();
      switch (wire) {
        case HTTP1 -> download1(proxy.port());
        case HTTP2 -> download2(proxy.port());
      }
      counted.put(name, (double) proxy.peakBuffers());
    }
  }

  private static void download1(int port) {
    try (var client = new Http1Client(port, 1, HEADER)) {
      var in = client.send();
      for (long read = 0; read < GIBIBYTE; read += READ_BETWEEN_PAUSES) {
        LockSupport.parkNanos(PAUSE_NANOS);
        in.skipNBytes(READ_BETWEEN_PAUSES);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void download2(int port) {
    try (var client = new Http2ClientConnection(port, WINDOW, HEADER)) {
      client.send(1);
      for (long read = 0; read < GIBIBYTE; read += client.readBody(READ_BETWEEN_PAUSES)) {
        LockSupport.parkNanos(PAUSE_NANOS);
      }
    }
  }

  private static void repeat(int times, Runnable work) {
    for (int i = 0; i < times; i++) {
      work.run();
    }
  }
}
