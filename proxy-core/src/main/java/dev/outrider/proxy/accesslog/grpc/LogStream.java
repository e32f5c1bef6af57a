package dev.outrider.proxy.accesslog.grpc;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.outrider.proxy.filter.WorkerContext;
import dev.outrider.proxy.http.HeaderMap;
import dev.outrider.proxy.metrics.StatCells;
import dev.outrider.proxy.upstream.GrpcCallout;
import dev.outrider.proxy.upstream.GrpcCalloutSink;
import io.envoyproxy.envoy.config.core.v3.Node;
import io.envoyproxy.envoy.data.accesslog.v3.HTTPAccessLogEntry;
import io.envoyproxy.envoy.data.accesslog.v3.TCPAccessLogEntry;
import io.envoyproxy.envoy.service.accesslog.v3.StreamAccessLogsMessage;
import io.envoyproxy.envoy.service.accesslog.v3.StreamAccessLogsMessage.Identifier;
import org.jspecify.annotations.Nullable;

/// The entries of one log on one loop, on their way: they gather, and are sent as one message. The
/// call is opened by the first message, and anew by the next one after it has ended. While the
/// service takes nothing, entries wait as long as there is room; then they are dropped and counted.
final class LogStream implements LogLane, GrpcCalloutSink {
  private static final String SERVICE = "envoy.service.accesslog.v3.AccessLogService";
  private static final String METHOD = "StreamAccessLogs";

  /// What may wait in the call for its connection before it counts as stuck.
  private static final int MOST_QUEUED = 64 << 10;

  private final GrpcLogConfig config;
  private final WorkerContext worker;
  private final StatCells cells;
  private final LogBuffer buffer;
  private StreamAccessLogsMessage.Builder gathered = StreamAccessLogsMessage.newBuilder();
  private int queued;
  private @Nullable GrpcCallout call;

  LogStream(GrpcLogConfig config, WorkerContext worker, StatCells cells) {
    this.config = config;
    this.worker = worker;
    this.cells = cells;
    this.buffer = new LogBuffer(config.buffer(), worker.loop(), this::send);
  }

  void add(HTTPAccessLogEntry entry) {
    if (makeRoom()) {
      gathered.getHttpLogsBuilder().addLogEntry(entry);
      buffer.added(entry.getSerializedSize());
    }
  }

  void add(TCPAccessLogEntry entry) {
    if (makeRoom()) {
      gathered.getTcpLogsBuilder().addLogEntry(entry);
      buffer.added(entry.getSerializedSize());
    }
  }

  @Override
  public void close() {
    buffer.close();
    cells.add(GrpcLogStats.DROPPED, entries());
    gathered = StreamAccessLogsMessage.newBuilder();
    var open = call;
    if (open != null) {
      call = null;
      open.end();
    }
  }

  private boolean makeRoom() {
    var room = buffer.makeRoom();
    cells.inc(room ? GrpcLogStats.WRITTEN : GrpcLogStats.DROPPED);
    return room;
  }

  private int entries() {
    return gathered.getHttpLogs().getLogEntryCount() + gathered.getTcpLogs().getLogEntryCount();
  }

  private boolean send() {
    var entries = entries();
    var sent = sendGathered();
    if (sent) {
      gathered = StreamAccessLogsMessage.newBuilder();
    }
    cells.add(sent ? GrpcLogStats.FLUSHED : GrpcLogStats.FLUSH_FAILED, entries);
    return sent;
  }

  private boolean sendGathered() {
    var fresh = call == null;
    var open = fresh ? open() : call;
    if (open == null || queued > MOST_QUEUED) {
      return false;
    }
    if (fresh) {
      gathered.setIdentifier(identifier());
    }
    if (open.send(gathered.build().toByteArray(), false)) {
      return true;
    }
    gathered.clearIdentifier();
    return false;
  }

  private @Nullable GrpcCallout open() {
    call = config.target().stream(worker.callouts(), worker.heads(), SERVICE, METHOD, this);
    return call;
  }

  private Identifier identifier() {
    return Identifier.newBuilder().setNode(node()).setLogName(config.logName()).build();
  }

  private Node node() {
    try {
      return Node.parseFrom(config.node());
    } catch (InvalidProtocolBufferException e) {
      throw new IllegalStateException("the node is what the proxy wrote itself", e);
    }
  }

  @Override
  public void onInitialMetadata(HeaderMap metadata) {}

  @Override
  public void onMessage(byte[] message) {
    // the service says nothing; its answer, if any, is empty
  }

  @Override
  public void onTrailingMetadata(HeaderMap metadata) {}

  @Override
  public void onQueued(int more) {
    queued += more;
  }

  @Override
  public void onStatus(int code, String message, String details) {
    call = null;
    queued = 0;
  }
}
