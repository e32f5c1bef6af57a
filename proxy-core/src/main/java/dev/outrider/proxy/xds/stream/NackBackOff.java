package dev.outrider.proxy.xds.stream;

import com.google.rpc.Code;
import com.google.rpc.Status;
import dev.outrider.proxy.config.DynamicSources.BackOff;
import dev.outrider.proxy.loop.Timer;
import dev.outrider.proxy.loop.Timers;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// How a refusal of one type is told, and when. A control plane that sends the same refused answer
/// again at once would otherwise keep both sides busy: the same refusal again waits, each time
/// twice as long. Main loop only.
final class NackBackOff {
  private static final Logger LOG = LoggerFactory.getLogger("config");
  private static final int MAX_CHARS = 4096;
  private static final String CUT = "...(truncated)";

  private final Timer due;
  private String version = "";
  private String text = "";
  private long nextDelayMillis;

  /// @param onDue told when a refusal that was held back may go out
  NackBackOff(Timers timers, Runnable onDue) {
    this.due = timers.newTimer(onDue);
  }

  /// An answer was accepted: the next refusal is another one.
  void clear() {
    version = "";
    text = "";
    nextDelayMillis = 0;
    due.cancel();
  }

  /// Nothing is told later. The same refusal still waits longer than the last time.
  void cancel() {
    due.cancel();
  }

  /// Notes a refusal. True if it may be told at once; otherwise `onDue` says when.
  boolean tellNow(String refusedVersion, String why, BackOff backOff) {
    var same = refusedVersion.equals(version) && why.equals(text);
    var delayMillis = same ? nextDelayMillis : 0;
    nextDelayMillis =
        delayMillis == 0 ? backOff.baseMillis() : Math.min(delayMillis * 2, backOff.maxMillis());
    version = refusedVersion;
    text = why;
    if (delayMillis == 0) {
      return true;
    }
    due.arm(delayMillis);
    return false;
  }

  /// Whether one is held back.
  boolean waits() {
    return due.armed();
  }

  /// As it goes over the wire.
  static Status status(String why) {
    return Status.newBuilder().setCode(Code.INTERNAL_VALUE).setMessage(cut(why)).build();
  }

  /// Says in our own log what a control plane is told.
  static void log(String typeUrl, String why) {
    LOG.warn("configuration of type {} refused: {}", typeUrl, cut(why).strip());
  }

  /// No longer than what a control plane should have to read.
  private static String cut(String why) {
    return why.length() <= MAX_CHARS ? why : why.substring(0, MAX_CHARS) + CUT;
  }
}
