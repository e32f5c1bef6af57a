package dev.outrider.proxy.wasm;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.outrider.proxywasm.GuestFailureException;
import dev.outrider.proxywasm.host.LogLevel;
import dev.outrider.proxywasm.host.LogSink;
import dev.outrider.proxywasm.host.PluginIdentity;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/// Tries a plugin before its configuration is accepted: a throw-away VM runs the start callbacks;
/// its timers and calls never happen, what it shares and counts nobody sees.
///
/// Background executor only.
final class Canary implements LogSink {
  private static final int MOST_LINES = 64;

  /// @param text a copy
  @SuppressWarnings("ArrayRecordComponent") // never compared
  private record Line(LogLevel level, PluginIdentity who, byte[] text) {}

  private final ArrayDeque<Line> lines = new ArrayDeque<>();
  private final LogSink log;

  private Canary(LogSink log) {
    this.log = log;
  }

  /// Why the guest refuses, in its own words where it said any; null if it accepts. What a guest
  /// that accepts says is dropped: the VMs that stay say it again.
  static @Nullable String refusal(WasmPlugin plugin, GuestServices services) {
    var canary = new Canary(services.log());
    try {
      GuestVm.start(plugin, services.inPrivate(canary)).close();
      return null;
    } catch (GuestFailureException refused) {
      return canary.reason(String.valueOf(refused.getMessage()));
    }
  }

  private String reason(String failure) {
    var said = "";
    for (var line : lines) {
      log.log(line.level(), line.who(), line.text(), 0, line.text().length);
      if (line.level().code() >= LogLevel.WARN.code()) {
        said = "; the guest said: " + new String(line.text(), UTF_8);
      }
    }
    return failure + said;
  }

  @Override
  public int threshold() {
    return Math.min(log.threshold(), LogLevel.WARN.code());
  }

  @Override
  public void log(LogLevel level, PluginIdentity who, byte[] text, int offset, int length) {
    if (lines.size() == MOST_LINES) {
      lines.removeFirst();
    }
    var copy = new byte[length];
    System.arraycopy(text, offset, copy, 0, length);
    lines.add(new Line(level, who, copy));
  }
}
