package dev.outrider.proxy.http2;

import dev.outrider.proxy.http.Http2Options;
import dev.outrider.proxy.metrics.GaugeShare;
import dev.outrider.proxy.metrics.StatCells;
import org.jspecify.annotations.Nullable;

/// Counts what costs the peer little and us more, with Envoy's formulas: frames without payload,
/// PRIORITY and WINDOW_UPDATE frames, and frames that wait to be sent because the peer makes us
/// send them and does not read.
final class FloodGuard {
  /// Bytes that left are matched with the frames that were in them only roughly: the sixteen last
  /// flushes one by one, older ones together.
  private static final int MARKS = 16;

  private final Http2Options options;
  private int consecutiveEmpty;
  private long priorities;
  private long windowUpdates;
  private long streams;
  private long dataFramesSent;
  private int frames;
  private int controls;
  private int newFrames;
  private int newControls;
  private @Nullable Marks marks;
  private final GaugeShare framesGauge;
  private final GaugeShare controlsGauge;

  FloodGuard(Http2Options options, StatCells stats) {
    this.options = options;
    this.framesGauge = new GaugeShare(stats, Http2Stats.OUTBOUND_FRAMES_ACTIVE);
    this.controlsGauge = new GaugeShare(stats, Http2Stats.OUTBOUND_CONTROL_FRAMES_ACTIVE);
  }

  void streamOpened() {
    streams++;
  }

  /// Counts a frame that came. `length` is without padding. Returns the statistic of the flood that
  /// it completes, or -1.
  int received(int type, boolean end, int length) {
    return switch (type) {
      case FrameTypes.DATA, FrameTypes.HEADERS, FrameTypes.CONTINUATION -> {
        consecutiveEmpty = length == 0 && !end ? consecutiveEmpty + 1 : 0;
        yield consecutiveEmpty > options.emptyFrames() ? Http2Stats.INBOUND_EMPTY_FRAMES_FLOOD : -1;
      }
      case FrameTypes.PRIORITY ->
          ++priorities > options.priorityFramesPerStream() * (1 + streams)
              ? Http2Stats.INBOUND_PRIORITY_FRAMES_FLOOD
              : -1;
      case FrameTypes.WINDOW_UPDATE ->
          ++windowUpdates > 5 + 2 * (streams + options.windowUpdatesPerDataFrame() * dataFramesSent)
              ? Http2Stats.INBOUND_WINDOW_UPDATE_FRAMES_FLOOD
              : -1;
      default -> -1;
    };
  }

  /// Counts a frame of ours.
  void sending(int type) {
    newFrames++;
    switch (type) {
      case FrameTypes.DATA -> dataFramesSent++;
      case FrameTypes.PING, FrameTypes.SETTINGS, FrameTypes.RST_STREAM -> newControls++;
      default -> {}
    }
  }

  /// The statistic of the flood that what waits to be sent amounts to, or -1.
  int waiting() {
    if (controls + newControls > options.outboundControlFrames()) {
      return Http2Stats.OUTBOUND_CONTROL_FLOOD;
    }
    return frames + newFrames > options.outboundFrames() ? Http2Stats.OUTBOUND_FLOOD : -1;
  }

  /// Everything counted has been given to the transport.
  ///
  /// @param written bytes since the connection began
  /// @param unsent how many of them have not left
  void flushed(long written, long unsent) {
    frames += newFrames;
    controls += newControls;
    if (unsent == 0) {
      frames = 0;
      controls = 0;
      if (marks != null) {
        marks.count = 0;
      }
    } else {
      var open = marks;
      if (open == null) {
        open = new Marks();
        marks = open;
      }
      if (newFrames > 0) {
        open.add(written, newFrames, newControls);
      }
      open.dropUntil(written - unsent);
    }
    newFrames = 0;
    newControls = 0;
    framesGauge.show(frames);
    controlsGauge.show(controls);
  }

  /// The connection is over.
  void close() {
    framesGauge.show(0);
    controlsGauge.show(0);
  }

  /// How many frames were written up to which byte.
  private final class Marks {
    private final long[] ends = new long[MARKS];
    private final int[] frameCounts = new int[MARKS];
    private final int[] controlCounts = new int[MARKS];
    private int count;

    void add(long end, int newFrameCount, int newControlCount) {
      if (count == MARKS) {
        count--;
        frameCounts[count] += newFrameCount;
        controlCounts[count] += newControlCount;
      } else {
        frameCounts[count] = newFrameCount;
        controlCounts[count] = newControlCount;
      }
      ends[count++] = end;
    }

    void dropUntil(long sent) {
      var gone = 0;
      while (gone < count && ends[gone] <= sent) {
        frames -= frameCounts[gone];
        controls -= controlCounts[gone];
        gone++;
      }
      if (gone > 0) {
        count -= gone;
        System.arraycopy(ends, gone, ends, 0, count);
        System.arraycopy(frameCounts, gone, frameCounts, 0, count);
        System.arraycopy(controlCounts, gone, controlCounts, 0, count);
      }
    }
  }
}
