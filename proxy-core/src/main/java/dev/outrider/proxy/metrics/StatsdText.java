package dev.outrider.proxy.metrics;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/// The datagrams of one statsd sink. [#flushed] is called by one thread, [#recorded] by any.
public final class StatsdText {
  private static final StatsdFormat.Frame NOT_SHOWN = new StatsdFormat.Frame("", "");

  private final StatsdFormat format;
  private final StatsRules rules;
  // Of histograms, by name: to take a name apart at every value would cost more than all else.
  private final ConcurrentHashMap<String, StatsdFormat.Frame> frames = new ConcurrentHashMap<>();

  public StatsdText(StatsdFormat format, StatsRules rules) {
    this.format = format;
    this.rules = rules;
  }

  /// What to send at the end of an interval.
  ///
  /// @param values of [StatDeltas]
  public List<String> flushed(List<StatValue.Scalar> values) {
    frames.clear(); // those of owners that are gone would stay
    var packer = new Packer(format.mostBytes());
    for (var value : values) {
      var type = value.type() == StatType.COUNTER ? "c" : "g";
      var frame = format.frame(value.name(), type, rules);
      packer.add(frame.line(Long.toUnsignedString(value.value())));
    }
    return packer.end();
  }

  /// What to send, at once, for a value of a histogram. Null if that one is not shown.
  public @Nullable String recorded(String histogram, long value) {
    var frame = frames.computeIfAbsent(histogram, this::frame);
    return frame.equals(NOT_SHOWN) ? null : frame.line(Long.toString(value));
  }

  /// Envoy calls everything a time that is no percentage.
  private StatsdFormat.Frame frame(String histogram) {
    return rules.admitted().test(histogram) ? format.frame(histogram, "ms", rules) : NOT_SHOWN;
  }

  /// Fills datagrams up. A line that would fill one alone overtakes those that wait.
  private static final class Packer {
    private final long mostBytes;
    private final List<String> datagrams = new ArrayList<>();
    private final StringBuilder open = new StringBuilder();
    private int openBytes;

    Packer(long mostBytes) {
      this.mostBytes = mostBytes;
    }

    void add(String line) {
      var bytes = line.getBytes(StandardCharsets.UTF_8).length;
      if (bytes >= mostBytes) {
        datagrams.add(line);
        return;
      }
      if (openBytes + bytes + 1 > mostBytes) {
        close();
      } else if (openBytes > 0) {
        open.append('\n');
        openBytes++;
      }
      open.append(line);
      openBytes += bytes;
    }

    List<String> end() {
      close();
      return datagrams;
    }

    private void close() {
      if (openBytes > 0) {
        datagrams.add(open.toString());
        open.setLength(0);
        openBytes = 0;
      }
    }
  }
}
