package dev.outrider.proxy.worker;

import dev.outrider.proxy.cluster.HostPort;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/// What became of a change on one worker, or on all of them.
///
/// @param bound where listeners that were new listen now, by name
/// @param failures why listeners could not bind, in one sentence, by name
public record ApplyReport(Map<String, List<HostPort>> bound, Map<String, String> failures) {
  public ApplyReport {
    bound = Map.copyOf(bound);
    failures = Map.copyOf(failures);
  }

  ApplyReport and(ApplyReport other) {
    var allBound = new HashMap<>(bound);
    allBound.putAll(other.bound);
    var allFailures = new HashMap<>(failures);
    allFailures.putAll(other.failures);
    return new ApplyReport(allBound, allFailures);
  }

  /// Gathers the outcomes of one worker, on its loop.
  static final class Collector {
    private final Map<String, List<HostPort>> bound = new HashMap<>();
    private final Map<String, String> failures = new HashMap<>();
    private final Consumer<ApplyReport> done;
    private int waiting = 1;

    Collector(Consumer<ApplyReport> done) {
      this.done = done;
    }

    void asked() {
      waiting++;
    }

    void bound(String listener, List<HostPort> addresses) {
      bound.put(listener, addresses);
      countDown();
    }

    void failed(String listener, String why) {
      failures.put(listener, why);
      countDown();
    }

    void allAsked() {
      countDown();
    }

    private void countDown() {
      if (--waiting == 0) {
        done.accept(new ApplyReport(bound, failures));
      }
    }
  }
}
