package dev.outrider.proxywasm.testkit;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.outrider.proxywasm.host.LogLevel;
import dev.outrider.proxywasm.host.LogSink;
import dev.outrider.proxywasm.host.PluginIdentity;
import java.util.ArrayList;
import java.util.List;

/// Keeps every log line.
public final class RecordingLog implements LogSink {
  /// One line.
  public record Line(LogLevel level, PluginIdentity who, String text) {}

  private final List<Line> lines = new ArrayList<>();
  private int threshold;

  /// Lines below this level are not asked for; 6 is off.
  public void threshold(int level) {
    threshold = level;
  }

  /// All lines, oldest first.
  public List<Line> lines() {
    return List.copyOf(lines);
  }

  /// Their texts.
  public List<String> texts() {
    return lines.stream().map(Line::text).toList();
  }

  /// All texts so far, which are forgotten.
  public List<String> takeTexts() {
    var taken = texts();
    lines.clear();
    return taken;
  }

  /// The texts of one level.
  public List<String> texts(LogLevel level) {
    return lines.stream().filter(line -> line.level == level).map(Line::text).toList();
  }

  @Override
  public int threshold() {
    return threshold;
  }

  @Override
  public void log(LogLevel level, PluginIdentity who, byte[] text, int offset, int length) {
    lines.add(new Line(level, who, new String(text, offset, length, UTF_8)));
  }
}
