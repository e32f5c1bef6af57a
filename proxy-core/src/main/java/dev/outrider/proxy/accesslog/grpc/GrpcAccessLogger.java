package dev.outrider.proxy.accesslog.grpc;

import dev.outrider.proxy.loop.Loop;
import dev.outrider.proxy.stream.AccessLogger;
import dev.outrider.proxy.stream.StreamInfo;
import java.util.concurrent.ConcurrentHashMap;

/// One log to a gRPC service, shared by all loops, each of which has a stream of its own for all of
/// its chains.
final class GrpcAccessLogger implements AccessLogger {
  private final GrpcLogConfig config;
  private final LogLoops loops;
  private final ConcurrentHashMap<Loop, OnLoop> streams = new ConcurrentHashMap<>();

  GrpcAccessLogger(GrpcLogConfig config, LogLoops loops) {
    this.config = config;
    this.loops = loops;
  }

  @Override
  public void log(StreamInfo info) {
    throw new IllegalStateException("entries are sent by a loop: use what onLoop answers");
  }

  @Override
  public AccessLogger onLoop(Loop loop) {
    var own =
        streams.computeIfAbsent(
            loop, _ -> new OnLoop(loop, new LogStream(config, loops.of(loop), loops.cells(loop))));
    own.chains++;
    return own;
  }

  /// What the chains of one loop share.
  private final class OnLoop implements AccessLogger {
    private final Loop loop;
    private final LogStream stream;
    private int chains;

    OnLoop(Loop loop, LogStream stream) {
      this.loop = loop;
      this.stream = stream;
    }

    @Override
    public void log(StreamInfo info) {
      if (config.http()) {
        stream.add(HttpEntry.of(info, config.headers()));
      } else {
        stream.add(TcpEntry.of(info));
      }
    }

    @Override
    public void leave() {
      chains--;
      if (chains == 0) {
        streams.remove(loop);
        stream.close();
      }
    }
  }
}
