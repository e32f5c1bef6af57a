package dev.outrider.proxy.accesslog;

import dev.outrider.proxy.attributes.ValueBuffer;
import dev.outrider.proxy.stream.AccessLogger;
import dev.outrider.proxy.stream.StreamInfo;

/// Formats each finished stream into one record and gives it to a sink. Shared by all loops.
public final class FormattedAccessLogger implements AccessLogger {
  private static final int USUAL_LINE_BYTES = 512;

  private final LogFormat format;
  private final LogSink sink;
  // One buffer per loop thread: formatting allocates nothing once it has grown.
  private final ThreadLocal<ValueBuffer> buffer =
      ThreadLocal.withInitial(() -> new ValueBuffer(USUAL_LINE_BYTES));

  private final Runnable onClose;

  public FormattedAccessLogger(LogFormat format, LogSink sink) {
    this(format, sink, () -> {});
  }

  /// @param onClose gives back the lease of the sink
  public FormattedAccessLogger(LogFormat format, LogSink sink, Runnable onClose) {
    this.format = format;
    this.sink = sink;
    this.onClose = onClose;
  }

  @Override
  public void log(StreamInfo info) {
    var line = buffer.get();
    line.clear();
    format.write(info, line);
    sink.write(line.array(), 0, line.size());
  }

  @Override
  public void close() {
    onClose.run();
  }
}
