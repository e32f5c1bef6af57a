package dev.outrider.proxy.worker;

import dev.outrider.proxy.cluster.HostPort;
import dev.outrider.proxy.worker.Acceptor.Target;
import io.netty.channel.Channel;

/// What a listener of one worker gets connections from. Belongs to the worker's loop.
sealed interface ListeningSocket {
  /// Where it really is: the system may have chosen the port.
  HostPort address();

  boolean isOpen();

  void close();

  /// Lets clients wait in the backlog, or accepts them again.
  void pause(boolean paused);

  /// A socket of this worker.
  ///
  /// @param onClose the socket is no longer there for others
  record Own(Channel channel, HostPort address, Runnable onClose) implements ListeningSocket {
    @Override
    public boolean isOpen() {
      return channel.isOpen();
    }

    @Override
    public void close() {
      onClose.run();
      channel.close();
    }

    @Override
    public void pause(boolean paused) {
      Acceptor.pause(channel, paused);
    }
  }

  /// A share of a socket of the first worker.
  final class Joined implements ListeningSocket {
    private final SharedSockets.Shared shared;
    private final Target target;
    private boolean open = true;

    Joined(SharedSockets.Shared shared, Target target) {
      this.shared = shared;
      this.target = target;
      shared.join(target);
    }

    @Override
    public HostPort address() {
      return shared.socket().address();
    }

    @Override
    public boolean isOpen() {
      return open;
    }

    @Override
    public void close() {
      if (open) {
        open = false;
        shared.leave(target);
      }
    }

    @Override
    public void pause(boolean paused) {
      // the first worker pauses the socket itself
    }
  }
}
