package dev.outrider.proxy.downstream;

import dev.outrider.proxy.config.AccessLogOptions;
import dev.outrider.proxy.loop.Loop;
import dev.outrider.proxy.loop.Timer;
import dev.outrider.proxy.stream.AccessLogType;
import dev.outrider.proxy.stream.AccessLogger;
import dev.outrider.proxy.stream.StreamInfo;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The access logs of one exchange: at its end, and in between where that is asked for. Reused with
/// its stream.
final class StreamLogs {
  private final List<AccessLogger> loggers;
  private final AccessLogOptions options;
  private final StreamInfo info;
  private final Loop loop;

  /// Null unless logs are written again and again.
  private final @Nullable Timer again;

  StreamLogs(HttpChain chain, StreamInfo info) {
    this.loggers = chain.accessLogs();
    this.options = chain.http().logOptions();
    this.info = info;
    this.loop = chain.context().loop();
    this.again =
        options.intervalMillis() == 0 || loggers.isEmpty()
            ? null
            : loop.timers().newTimer(this::onTime);
  }

  void start() {
    if (again != null) {
      again.arm(options.intervalMillis());
    }
  }

  /// The filters are about to see the request.
  void onRequest() {
    if (options.atStart()) {
      write(AccessLogType.DOWNSTREAM_START);
    }
  }

  /// The two sides begin to talk freely.
  void onTunnel() {
    if (options.atTunnel()) {
      write(AccessLogType.DOWNSTREAM_TUNNEL_ESTABLISHED);
    }
  }

  private void onTime() {
    loop.turn().begin();
    try {
      write(AccessLogType.DOWNSTREAM_PERIODIC);
    } finally {
      loop.turn().endAndFlush();
    }
    start();
  }

  /// Nothing is written afterwards.
  void end() {
    stop();
    write(AccessLogType.DOWNSTREAM_END);
  }

  void stop() {
    if (again != null) {
      again.cancel();
    }
  }

  private void write(AccessLogType type) {
    info.logType(type);
    if (type != AccessLogType.DOWNSTREAM_END) {
      info.times().ended(loop.clock().nanoTime()); // so far: the end overwrites it
    }
    for (var i = 0; i < loggers.size(); i++) { // no iterator per request
      loggers.get(i).log(info);
    }
  }
}
