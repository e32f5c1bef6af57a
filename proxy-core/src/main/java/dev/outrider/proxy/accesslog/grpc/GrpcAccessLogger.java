package dev.outrider.proxy.accesslog.grpc;

import dev.outrider.proxy.loop.Loop;
import dev.outrider.proxy.stream.AccessLogger;
import dev.outrider.proxy.stream.StreamInfo;

/// One log to a gRPC service. The same if it is configured the same, so that a configuration read
/// anew is no change.
record GrpcAccessLogger(GrpcLogConfig config, LogLanes<GrpcLogConfig, LogStream> streams)
    implements AccessLogger {
  @Override
  public void log(StreamInfo info) {
    throw new IllegalStateException("entries are sent by a loop: use what onLoop answers");
  }

  @Override
  public AccessLogger onLoop(Loop loop) {
    return new OnLoop(this, loop, streams.join(config.ofStream(), loop));
  }

  /// One user of a stream, which others of the loop may use too.
  private record OnLoop(GrpcAccessLogger logger, Loop loop, LogStream stream)
      implements AccessLogger {
    @Override
    public void log(StreamInfo info) {
      if (logger.config.http()) {
        stream.add(HttpEntry.of(info, logger.config.headers()));
      } else {
        stream.add(TcpEntry.of(info));
      }
    }

    @Override
    public void leave() {
      logger.streams.leave(logger.config.ofStream(), loop);
    }
  }
}
