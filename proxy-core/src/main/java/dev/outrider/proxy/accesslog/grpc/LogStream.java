package dev.outrider.proxy.accesslog.grpc;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.outrider.proxy.filter.WorkerContext;
import dev.outrider.proxy.http.HeadKind;
import dev.outrider.proxy.http.HeaderMap;
import dev.outrider.proxy.http.HeaderNames;
import dev.outrider.proxy.loop.Loop;
import dev.outrider.proxy.loop.Timer;
import dev.outrider.proxy.metrics.StatCells;
import dev.outrider.proxy.upstream.GrpcCallout;
import dev.outrider.proxy.upstream.GrpcCalloutSink;
import dev.outrider.proxy.upstream.GrpcCalloutSpec;
import io.envoyproxy.envoy.config.core.v3.Node;
import io.envoyproxy.envoy.data.accesslog.v3.HTTPAccessLogEntry;
import io.envoyproxy.envoy.data.accesslog.v3.TCPAccessLogEntry;
import io.envoyproxy.envoy.service.accesslog.v3.StreamAccessLogsMessage;
import io.envoyproxy.envoy.service.accesslog.v3.StreamAccessLogsMessage.Identifier;
import org.jspecify.annotations.Nullable;

/// The entries of one log on one loop, on their way: they gather, and are sent as one message when
/// there are enough of them or the oldest has waited long enough. The call is opened by the first
/// message, and anew by the next one after it has ended. While the service takes nothing, entries
/// wait as long as there is room; then they are dropped and counted.
final class LogStream implements GrpcCalloutSink {
  private static final String SERVICE = "envoy.service.accesslog.v3.AccessLogService";
  private static final String METHOD = "StreamAccessLogs";

  /// What may wait in the call for its connection before it counts as stuck.
  private static final int MOST_QUEUED = 64 << 10;

  private final GrpcLogConfig config;
  private final WorkerContext worker;
  private final StatCells cells;
  private final Timer timer;
  private StreamAccessLogsMessage.Builder gathered = StreamAccessLogsMessage.newBuilder();
  private int bytes;
  private int queued;
  private boolean closed;
  private @Nullable GrpcCallout call;

  LogStream(GrpcLogConfig config, WorkerContext worker, StatCells cells) {
    this.config = config;
    this.worker = worker;
    this.cells = cells;
    this.timer = worker.loop().timers().newTimer(this::flush);
  }

  GrpcLogConfig config() {
    return config;
  }

  Loop loop() {
    return worker.loop();
  }

  void add(HTTPAccessLogEntry entry) {
    if (makeRoom()) {
      gathered.getHttpLogsBuilder().addLogEntry(entry);
      added(entry.getSerializedSize());
    }
  }

  void add(TCPAccessLogEntry entry) {
    if (makeRoom()) {
      gathered.getTcpLogsBuilder().addLogEntry(entry);
      added(entry.getSerializedSize());
    }
  }

  /// Sends what there is, and ends the call. What cannot be sent now is dropped: nobody would end
  /// the call that a later attempt opens.
  void close() {
    closed = true;
    flush();
    timer.cancel();
    cells.add(
        GrpcLogStats.DROPPED,
        gathered.getHttpLogs().getLogEntryCount() + gathered.getTcpLogs().getLogEntryCount());
    gathered = StreamAccessLogsMessage.newBuilder();
    bytes = 0;
    var open = call;
    if (open != null) {
      call = null;
      open.end();
    }
  }

  private boolean makeRoom() {
    if (closed) {
      cells.inc(GrpcLogStats.DROPPED);
      return false;
    }
    if (bytes > 0 && bytes >= config.bufferBytes()) {
      flush();
    }
    var room = bytes == 0 || bytes < config.bufferBytes();
    cells.inc(room ? GrpcLogStats.WRITTEN : GrpcLogStats.DROPPED);
    return room;
  }

  private void added(int size) {
    bytes += size;
    if (bytes >= config.bufferBytes()) {
      flush();
    } else if (!timer.armed()) {
      timer.arm(config.flushMillis());
    }
  }

  private void flush() {
    if (bytes == 0) {
      return;
    }
    var fresh = call == null;
    var open = fresh ? open() : call;
    if (open == null || queued > MOST_QUEUED) {
      timer.arm(config.flushMillis()); // there may be a cluster, or less to send, by then
      return;
    }
    if (fresh) {
      gathered.setIdentifier(identifier());
    }
    if (open.send(gathered.build().toByteArray(), false)) {
      gathered = StreamAccessLogsMessage.newBuilder();
      bytes = 0;
      timer.cancel();
    } else {
      gathered.clearIdentifier();
      timer.arm(config.flushMillis());
    }
  }

  private @Nullable GrpcCallout open() {
    var target = config.target();
    var head = worker.heads().take(HeadKind.REQUEST);
    if (!target.authority().isEmpty()) {
      head.set(HeaderNames.AUTHORITY, target.authority());
    }
    for (var field : target.metadata()) {
      head.add(field.name(), field.value());
    }
    call =
        worker
            .callouts()
            .grpc(new GrpcCalloutSpec(target.cluster(), SERVICE, METHOD, head, 0), this);
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
