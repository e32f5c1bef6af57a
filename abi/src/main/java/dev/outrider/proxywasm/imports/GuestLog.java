package dev.outrider.proxywasm.imports;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.outrider.proxywasm.engine.StackReserve;
import dev.outrider.proxywasm.host.GuestLimit;
import dev.outrider.proxywasm.host.HostServices;
import dev.outrider.proxywasm.host.LogLevel;
import dev.outrider.proxywasm.host.PluginIdentity;
import dev.outrider.proxywasm.host.PluginLimits;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// What one VM writes to the log: its guests' lines and the host's words about them, so many a
/// second for each plugin. On the VM's thread.
final class GuestLog {
  /// Longer lines are cut: one line must not hold up a log.
  static final int LONGEST_LINE = 16 << 10;

  private final HostServices services;
  private final PluginIdentity vm;
  private final LogBudget vmBudget = new LogBudget(PluginLimits.DEFAULT.logLinesPerSecond());
  // Budgets that owe a word about dropped lines: asked at the end of each callback.
  private int owing;

  GuestLog(HostServices services, String vmId) {
    this.services = services;
    vm = new PluginIdentity("", "", vmId);
  }

  boolean writes(LogLevel level) {
    return level.code() >= services.log().threshold();
  }

  /// @param by the plugin whose callback runs; null in the start functions
  void write(@Nullable PluginScope by, LogLevel level, byte[] text, int offset, int length) {
    if (!writes(level)) {
      return;
    }
    StackReserve.require(); // a log has locks
    long now = services.clock().monotonicNanos();
    var budget = budget(by);
    sayDropped(by, budget.takeDropped(now));
    boolean owed = budget.owesWord();
    if (budget.admit(now)) {
      writeCut(by, level, text, offset, length);
    } else {
      owing += owed ? 0 : 1;
      if (by != null) {
        by.host().refused(GuestLimit.LOG_LINES);
      }
    }
  }

  void write(@Nullable PluginScope by, LogLevel level, String text) {
    if (writes(level)) {
      var bytes = text.getBytes(UTF_8);
      write(by, level, bytes, 0, bytes.length);
    }
  }

  /// An exception in the embedder's own code, with its stack: never dropped, never cut.
  void writeBug(@Nullable PluginScope by, Throwable bug) {
    var text = new StringWriter();
    bug.printStackTrace(new PrintWriter(text));
    writeNow(by, LogLevel.ERROR, "host function failed: " + text);
  }

  /// A callback has ended: perhaps it is time to say how many lines were dropped.
  void callbackEnded(@Nullable PluginScope by) {
    if (owing > 0) {
      sayDropped(by, budget(by).takeDropped(services.clock().monotonicNanos()));
    }
  }

  /// The plugin writes no more.
  void ended(PluginScope plugin) {
    sayDropped(plugin, plugin.logBudget().takeDropped());
  }

  private LogBudget budget(@Nullable PluginScope by) {
    return by == null ? vmBudget : by.logBudget();
  }

  private void sayDropped(@Nullable PluginScope by, long lines) {
    if (lines > 0) {
      owing--;
      writeNow(
          by,
          LogLevel.WARN,
          "%d log lines dropped: more than %d a second (limit log_lines_per_second)"
              .formatted(lines, budget(by).linesPerSecond()));
    }
  }

  private void writeNow(@Nullable PluginScope by, LogLevel level, String text) {
    if (writes(level)) {
      var bytes = text.getBytes(UTF_8);
      services.log().log(level, identity(by), bytes, 0, bytes.length);
    }
  }

  private void writeCut(
      @Nullable PluginScope by, LogLevel level, byte[] text, int offset, int length) {
    if (length <= LONGEST_LINE) {
      services.log().log(level, identity(by), text, offset, length);
      return;
    }
    var note = " ... (%d bytes in all)".formatted(length).getBytes(UTF_8);
    var cut = Arrays.copyOfRange(text, offset, offset + LONGEST_LINE + note.length);
    System.arraycopy(note, 0, cut, LONGEST_LINE, note.length);
    services.log().log(level, identity(by), cut, 0, cut.length);
  }

  private PluginIdentity identity(@Nullable PluginScope by) {
    return by == null ? vm : by.identity();
  }
}
