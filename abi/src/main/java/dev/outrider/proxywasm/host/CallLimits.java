package dev.outrider.proxywasm.host;

import java.time.Duration;

/// How long one call of a guest may take, by what it is called for. CPU time is that of the calling
/// thread: a guest whose worker is not scheduled is not stopped.
///
/// @param request CPU time of a callback that a request or connection waits for, answers to
///   callouts among them
/// @param start CPU time of `proxy_on_vm_start`, `proxy_on_configure` and the creation of the root
///   context, each
/// @param tick CPU time of what the guest does for itself: `proxy_on_tick`, `proxy_on_queue_ready`,
///   the end of the root context
/// @param wall elapsed time of any of them, whatever it waits for; much larger than the CPU times
public record CallLimits(Duration request, Duration start, Duration tick, Duration wall) {
  /// 200 ms (a cold Go guest takes tens of them for its first request), 10 s, 1 s, 60 s.
  public static final CallLimits DEFAULT =
      new CallLimits(
          Duration.ofMillis(200),
          Duration.ofSeconds(10),
          Duration.ofSeconds(1),
          Duration.ofSeconds(60));
}
