package dev.outrider.proxy.differential;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// One exchange, or a few that belong together, and what is known to differ.
///
/// @param http2 whether the client speaks HTTP/2
/// @param preface whether an HTTP/2 client starts with preface and SETTINGS by itself
/// @param tls how the client's connections begin
/// @param serviceTls how the service's do
/// @param fate how the client finds out what became of its connection
/// @param upstream a script per connection of the service; the last one repeats
/// @param guest the Wasm filter it goes through
/// @param logLines access-log lines to wait for; -1: as many as final responses
/// @param only the fields that are compared; empty: all
/// @param tally the response header whose values are counted, over all responses; may be empty
/// @param differs by field
record Case(
    String name,
    String why,
    boolean http2,
    boolean preface,
    @Nullable TlsEnd tls,
    @Nullable TlsEnd serviceTls,
    List<Step> client,
    Fate fate,
    List<Script> upstream,
    @Nullable Guest guest,
    int logLines,
    List<String> only,
    String tally,
    Map<String, Listed> differs) {

  enum Fate {
    /// Waits for an end that was announced, probes otherwise.
    PROBE,
    WAIT,
    NONE
  }

  /// What a connection of the service does.
  ///
  /// @param loop begins again at its end: a script that answers each request
  record Script(List<Step> steps, boolean loop) {
    /// Whether it speaks of frames.
    boolean http2() {
      return steps.stream()
          .anyMatch(step -> step instanceof Step.Frame || step instanceof Step.ReadStream);
    }
  }
}
