package dev.outrider.proxy.worker;

import dev.outrider.proxy.worker.Acceptor.Target;
import io.netty.channel.EventLoop;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/// The sockets of the process that one worker listens on for all, since the system does not share
/// their connections out: pipes, and addresses without `enable_reuse_port`. Any thread.
final class SharedSockets {
  private final Map<Key, Shared> open = new ConcurrentHashMap<>();

  /// One of the sockets of a listener.
  ///
  /// @param index among the addresses of the listener
  record Key(String listener, int index) {}

  /// The socket of the newest version of a listener; null if the first worker has none.
  @Nullable Shared find(Key key) {
    return open.get(key);
  }

  void opened(Key key, Shared socket) {
    open.put(key, socket);
  }

  /// Does nothing if a newer one has its place.
  void closed(Key key, Shared socket) {
    open.remove(key, socket);
  }

  /// One socket, whose connections go round among the workers that have joined.
  static final class Shared {
    private final EventLoop owner;
    private final ListeningSocket socket;
    private final List<Target> targets = new ArrayList<>();
    private int turn;

    /// On its owner's loop.
    Shared(EventLoop owner, ListeningSocket socket, Target first) {
      this.owner = owner;
      this.socket = socket;
      targets.add(first);
    }

    ListeningSocket socket() {
      return socket;
    }

    /// From now on some connections go there. Any thread.
    void join(Target target) {
      owner.execute(() -> targets.add(target));
    }

    /// Any thread; a connection that is on its way still arrives.
    void leave(Target target) {
      owner.execute(() -> targets.remove(target));
    }

    /// On its owner's loop.
    Target next() {
      turn = (turn + 1) % targets.size();
      return targets.get(turn);
    }
  }
}
