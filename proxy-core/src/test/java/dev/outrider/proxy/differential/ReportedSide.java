package dev.outrider.proxy.differential;

import com.google.protobuf.Message;
import com.sun.net.httpserver.HttpServer;
import dev.outrider.proxy.collector.Collector;
import dev.outrider.proxy.collector.Service;
import io.envoyproxy.envoy.service.accesslog.v3.StreamAccessLogsMessage;
import io.envoyproxy.envoy.service.metrics.v3.StreamMetricsMessage;
import io.opentelemetry.proto.collector.logs.v1.ExportLogsServiceRequest;
import io.opentelemetry.proto.collector.metrics.v1.ExportMetricsServiceRequest;
import io.opentelemetry.proto.metrics.v1.Metric;
import io.prometheus.client.Metrics.MetricFamily;
import java.io.Closeable;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// A proxy with a collector and a service of its own, and what it reported of some traffic.
final class ReportedSide implements Closeable {
  private static final Path BOOTSTRAP = Path.of("src/test/resources/differential-reports.yaml");
  private static final String FIRST =
      head(
          "GET /a?x=1 HTTP/1.1",
          "host: a.test",
          "user-agent: me",
          "referer: http://r.test/",
          "x-forwarded-for: 192.0.2.7",
          "x-request-id: 454900df-7777-4000-8000-123456789abc",
          "x-mine: 1",
          "x-mine: 2");
  private static final String SECOND =
      head(
              "POST /b HTTP/1.1",
              "host: a.test",
              "content-length: 3",
              "x-request-id: 554900df-7777-4000-8000-123456789abc")
          + "abc";
  private static final String THIRD =
      head(
          "GET /none HTTP/1.1",
          "host: a.test",
          "x-request-id: 654900df-7777-4000-8000-123456789abc");

  private final Collector collector = Collector.start();
  private final HttpServer service;
  private final CommandProxy proxy;

  private ReportedSide(HttpServer service, List<String> command, Path folder) throws IOException {
    this.service = service;
    var bootstrap =
        Files.readString(BOOTSTRAP)
            .replace("{collector}", "" + collector.port())
            .replace("{service}", "" + service.getAddress().getPort());
    proxy = CommandProxy.start(command, folder, bootstrap, 1, List.of());
  }

  private static String head(String... lines) {
    return String.join("\r\n", lines) + "\r\n\r\n";
  }

  static ReportedSide start(List<String> command, Path folder) throws IOException {
    var service = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    service.createContext(
        "/",
        exchange -> {
          exchange.getRequestBody().readAllBytes();
          exchange.getResponseHeaders().add("x-answer", "yes");
          exchange.sendResponseHeaders(200, 2);
          exchange.getResponseBody().write(new byte[] {'h', 'i'});
          exchange.close();
        });
    service.start();
    var side = new ReportedSide(service, command, folder);
    side.proxy.awaitListeners(2);
    return side;
  }

  /// Three requests over one connection, and one connection of bytes.
  void traffic() throws IOException {
    try (var wire = Wire.connect(proxy.port("http"))) {
      var reader = new MessageReader(wire);
      for (var request : List.of(FIRST, SECOND, THIRD)) {
        wire.send(request);
        reader.response(false);
      }
    }
    try (var wire = Wire.connect(proxy.port("tcp"))) {
      wire.send("GET / HTTP/1.1\r\nhost: t\r\nconnection: close\r\n\r\n");
      new MessageReader(wire).response(false);
    }
  }

  /// Of the three requests, then of the connection.
  List<Message> entries() throws InterruptedException {
    var requests = new ArrayList<Message>();
    var connections = new ArrayList<Message>();
    while (requests.size() < 3 || connections.isEmpty()) {
      var message = (StreamAccessLogsMessage) collector.next(Service.ACCESS_LOGS).message();
      requests.addAll(message.getHttpLogs().getLogEntryList());
      connections.addAll(message.getTcpLogs().getLogEntryList());
    }
    requests.addAll(connections);
    return requests;
  }

  /// Who the records come from, then those of the three requests.
  List<Message> records() throws InterruptedException {
    var records = new ArrayList<Message>();
    while (records.size() < 4) {
      var message = (ExportLogsServiceRequest) collector.next(Service.OTLP_LOGS).message();
      if (records.isEmpty()) {
        records.add(message.getResourceLogs(0).getResource());
      }
      records.addAll(message.getResourceLogs(0).getScopeLogs(0).getLogRecordsList());
    }
    return records;
  }

  /// What the metrics service was told once everything had been counted.
  List<MetricFamily> families() throws InterruptedException {
    StreamMetricsMessage message;
    do {
      message = (StreamMetricsMessage) collector.next(Service.METRICS).message();
    } while (message.getEnvoyMetricsList().stream()
        .noneMatch(family -> family.getName().equals("tcp.tcp.downstream_cx_total")));
    return message.getEnvoyMetricsList();
  }

  /// The same of OpenTelemetry.
  List<Metric> metrics() throws InterruptedException {
    List<Metric> metrics;
    do {
      var message = (ExportMetricsServiceRequest) collector.next(Service.OTLP_METRICS).message();
      metrics = message.getResourceMetrics(0).getScopeMetrics(0).getMetricsList();
    } while (metrics.stream()
        .noneMatch(metric -> metric.getName().equals("tcp.downstream_cx_total")));
    return metrics;
  }

  String complaints() throws IOException {
    return proxy.complaints();
  }

  @Override
  public void close() throws IOException {
    proxy.close();
    service.stop(0);
    collector.close();
  }
}
