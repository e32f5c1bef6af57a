package dev.outrider.proxy.accesslog.otlp;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.outrider.proxy.accesslog.grpc.GrpcLogStats;
import dev.outrider.proxy.accesslog.grpc.LogBuffer;
import dev.outrider.proxy.accesslog.grpc.LogLane;
import dev.outrider.proxy.filter.WorkerContext;
import dev.outrider.proxy.http.HeaderMap;
import dev.outrider.proxy.metrics.StatCells;
import dev.outrider.proxy.upstream.GrpcCalloutSink;
import io.opentelemetry.proto.collector.logs.v1.ExportLogsServiceRequest;
import io.opentelemetry.proto.collector.logs.v1.ExportLogsServiceResponse;
import io.opentelemetry.proto.logs.v1.LogRecord;
import io.opentelemetry.proto.logs.v1.ResourceLogs;
import io.opentelemetry.proto.logs.v1.ScopeLogs;

/// The records of one log on one loop, on their way: they gather, and each batch is a call of its
/// own. What the service answers decides what is counted, as in Envoy: its records are written, or
/// dropped. While too many calls are without an answer, or there is no cluster, records wait as
/// long as there is room.
final class OtlpLane implements LogLane {
  private static final String SERVICE = "opentelemetry.proto.collector.logs.v1.LogsService";
  private static final String METHOD = "Export";
  private static final int OK = 0;

  /// Calls of a service that never answers hold memory.
  private static final int MOST_CALLS = 32;

  /// What may wait in calls for their connection before they count as stuck.
  private static final int MOST_QUEUED = 64 << 10;

  private final OtlpLogConfig config;
  private final WorkerContext worker;
  private final StatCells cells;
  private final LogBuffer buffer;
  private ScopeLogs.Builder gathered = ScopeLogs.newBuilder();
  private int calls;
  private int queued;

  OtlpLane(OtlpLogConfig config, WorkerContext worker, StatCells cells) {
    this.config = config;
    this.worker = worker;
    this.cells = cells;
    this.buffer = new LogBuffer(config.buffer(), worker.loop(), this::send);
  }

  void add(LogRecord entry) {
    if (buffer.makeRoom()) {
      gathered.addLogRecords(entry);
      buffer.added(entry.getSerializedSize());
    } else {
      cells.inc(GrpcLogStats.DROPPED);
    }
  }

  /// Calls that are under way come to their end.
  @Override
  public void close() {
    buffer.close();
    cells.add(GrpcLogStats.DROPPED, gathered.getLogRecordsCount());
    gathered = ScopeLogs.newBuilder();
  }

  private boolean send() {
    if (calls >= MOST_CALLS || queued > MOST_QUEUED) {
      return false;
    }
    var export = new Export(gathered.getLogRecordsCount());
    var call = config.target().call(worker.callouts(), worker.heads(), SERVICE, METHOD, export);
    if (call == null) {
      return false;
    }
    calls++;
    call.send(request().toByteArray(), true); // if it is not taken, the status says so
    gathered = ScopeLogs.newBuilder();
    return true;
  }

  private ExportLogsServiceRequest request() {
    return ExportLogsServiceRequest.newBuilder()
        .addResourceLogs(
            ResourceLogs.newBuilder().setResource(config.resource()).addScopeLogs(gathered))
        .build();
  }

  /// One batch that waits for its answer.
  private final class Export implements GrpcCalloutSink {
    private final int records;
    private long rejected;

    private Export(int records) {
      this.records = records;
    }

    @Override
    public void onInitialMetadata(HeaderMap metadata) {}

    @Override
    public void onMessage(byte[] message) {
      try {
        var answer = ExportLogsServiceResponse.parseFrom(message);
        rejected = Math.clamp(answer.getPartialSuccess().getRejectedLogRecords(), 0, records);
      } catch (InvalidProtocolBufferException _) {
        rejected = records; // whoever answers that has understood nothing
      }
    }

    @Override
    public void onTrailingMetadata(HeaderMap metadata) {}

    @Override
    public void onQueued(int more) {
      queued += more;
    }

    @Override
    public void onStatus(int code, String message, String details) {
      calls--;
      var dropped = code == OK ? rejected : records;
      cells.add(GrpcLogStats.DROPPED, dropped);
      cells.add(GrpcLogStats.WRITTEN, records - dropped);
    }
  }
}
