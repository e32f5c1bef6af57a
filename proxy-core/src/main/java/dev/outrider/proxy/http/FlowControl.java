package dev.outrider.proxy.http;

/// Runs against a [MessageSink]: asks the producer to stop while at least one cause holds. Both
/// calls are idempotent per cause; chunks that are already under way still arrive.
public interface FlowControl {
  void hold(Hold cause);

  void release(Hold cause);
}
