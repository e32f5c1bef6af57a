package dev.outrider.proxy.accesslog;

import dev.outrider.proxy.metrics.MetricRegistry;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.concurrent.ConcurrentHashMap;

/// Every sink of the process, one per file, shared by all logs that name it. Any thread; one per
/// process.
public final class LogFiles implements AutoCloseable {
  private static final String STDOUT = "/dev/stdout";
  private static final String STDERR = "/dev/stderr";

  private final Duration flushInterval;
  private final MetricRegistry registry;
  private final ConcurrentHashMap<String, Lease> sinks = new ConcurrentHashMap<>();

  public LogFiles(Duration flushInterval, MetricRegistry registry) {
    this.flushInterval = flushInterval;
    this.registry = registry;
  }

  /// Leases the sink of a file, which is appended to; each lease ends with one [#release].
  /// `/dev/stdout` and `/dev/stderr` mean what [#stdout] and [#stderr] mean.
  public FileSink file(String path) {
    return sinks.compute(
            path,
            (_, old) ->
                old == null
                    ? new Lease(
                        new FileSink(path, target(path), flushInterval, registry).start(), 1)
                    : new Lease(old.sink, old.holders + 1))
        .sink;
  }

  public FileSink stdout() {
    return file(STDOUT);
  }

  public FileSink stderr() {
    return file(STDERR);
  }

  /// Gives a lease back. The last one closes the file, waiting for its writer: not to be called on
  /// a loop.
  public void release(FileSink sink) {
    sinks.forEach(
        (path, lease) -> {
          if (lease.sink == sink) {
            release(path);
          }
        });
  }

  private void release(String path) {
    var ended = new ArrayList<FileSink>(1);
    sinks.computeIfPresent(
        path,
        (_, lease) -> {
          if (lease.holders > 1) {
            return new Lease(lease.sink, lease.holders - 1);
          }
          ended.add(lease.sink);
          return null;
        });
    ended.forEach(FileSink::close);
  }

  /// Opens every file again by its name, after somebody has moved the old one away.
  public void reopen() {
    sinks.values().forEach(lease -> lease.sink.reopen());
  }

  /// Writes what is pending in every sink. At the end of the process; not to be called on a loop.
  @Override
  public void close() {
    sinks.values().forEach(lease -> lease.sink.close());
    sinks.clear();
  }

  private static FileSink.Target target(String path) {
    return switch (path) {
      case STDOUT -> () -> new Unclosed(FileDescriptor.out);
      case STDERR -> () -> new Unclosed(FileDescriptor.err);
      default ->
          () ->
              FileChannel.open(
                  Path.of(path),
                  StandardOpenOption.CREATE,
                  StandardOpenOption.WRITE,
                  StandardOpenOption.APPEND);
    };
  }

  private record Lease(FileSink sink, int holders) {}

  /// A standard stream: others write to it too, so it stays open.
  private static final class Unclosed implements WritableByteChannel {
    private final FileOutputStream out;

    private Unclosed(FileDescriptor descriptor) {
      out = new FileOutputStream(descriptor);
    }

    @Override
    public int write(ByteBuffer source) throws IOException {
      var length = source.remaining();
      out.write(source.array(), source.arrayOffset() + source.position(), length);
      source.position(source.limit());
      return length;
    }

    @Override
    public boolean isOpen() {
      return true;
    }

    @Override
    public void close() {}
  }
}
