package dev.outrider.proxy.server;

import dev.outrider.proxy.accesslog.FileSink;
import dev.outrider.proxy.accesslog.LogFiles;
import dev.outrider.proxy.health.CheckEvent;
import dev.outrider.proxy.health.CheckEvents;
import dev.outrider.proxy.loop.Clock;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.Executor;

/// Opens the files that events of health checks are written to. Main loop only.
///
/// @param background closes them, which waits for their writer
record CheckLogs(LogFiles files, Clock clock, Executor background) implements CheckEvents.Opener {

  @Override
  public CheckEvents open(List<String> paths) {
    return new Log(paths.stream().map(files::file).toList());
  }

  private final class Log implements CheckEvents {
    private final List<FileSink> sinks;

    Log(List<FileSink> sinks) {
      this.sinks = sinks;
    }

    @Override
    public void onEvent(CheckEvent event) {
      var line = (CheckEventText.of(event, clock) + '\n').getBytes(StandardCharsets.UTF_8);
      sinks.forEach(sink -> sink.write(line, 0, line.length));
    }

    @Override
    public void close() {
      background.execute(() -> sinks.forEach(files::release));
    }
  }
}
