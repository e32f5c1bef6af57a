package dev.outrider.proxy.filter;

/// The part on one worker of something that chains use, from the first to the last of them.
/// Confined to that worker's loop.
public interface Leased extends AutoCloseable {
  /// Every chain that uses it has been replaced; their connections may still go on and bring
  /// streams.
  default void onRetired() {}

  /// A new chain uses it again, after [#onRetired].
  default void onWanted() {}

  /// The last chain that used it has let go. Streams and connections that it made filters for may
  /// still end; nothing is created any more.
  @Override
  default void close() {}
}
