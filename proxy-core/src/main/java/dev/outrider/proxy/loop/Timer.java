package dev.outrider.proxy.loop;

/// One timer, owned by one thing on one loop.
public interface Timer {
  /// Fires once, `delayMillis` from now (zero or less: as soon as possible); replaces the earlier
  /// arming. Costs a clock reading and a store when the timer is armed already.
  void arm(long delayMillis);

  /// Does nothing when the timer is not armed. After this call it does not fire, and nothing on the
  /// loop refers to it.
  void cancel();

  boolean armed();

  /// Moves its firing by so much, at the earliest to as soon as possible. Does nothing when the
  /// timer is not armed.
  void shift(long millis);
}
