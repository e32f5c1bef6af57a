package dev.outrider.proxywasm.conformance;

import java.util.List;
import org.jspecify.annotations.Nullable;

/// One thing that a guest tries, and what must come of it.
///
/// @param function the host function, WASI function or callback it is about, as it is imported or
///   exported
/// @param expected what the guest says in the log, line by line: usually statuses and values
/// @param difference where Envoy does something else, on purpose not copied
public record Check(
    String function,
    Kind kind,
    String what,
    List<String> expected,
    @Nullable Difference difference) {

  /// What Envoy 1.40 says instead, and why that is not copied.
  public record Difference(List<String> envoy, String why) {}

  /// A check in which both agree.
  public Check(String function, Kind kind, String what, List<String> expected) {
    this(function, kind, what, expected, null);
  }

  Check butEnvoy(String why, String... lines) {
    return new Check(function, kind, what, expected, new Difference(List.of(lines), why));
  }

  /// What must come of it on that host.
  public List<String> expected(Host host) {
    return host == Host.ENVOY && difference != null ? difference.envoy : expected;
  }
}
