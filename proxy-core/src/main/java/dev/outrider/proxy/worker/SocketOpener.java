package dev.outrider.proxy.worker;

import dev.outrider.proxy.cluster.HostPort;
import dev.outrider.proxy.config.ListenerConfig;
import dev.outrider.proxy.config.ListenerSocket;
import dev.outrider.proxy.downstream.Listener;
import dev.outrider.proxy.worker.Acceptor.SocketEvents;
import dev.outrider.proxy.worker.Acceptor.Target;
import dev.outrider.proxy.worker.SharedSockets.Shared;
import io.netty.channel.Channel;
import io.netty.channel.EventLoop;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// Opens the sockets of listeners on one worker, one after the other; all or none. On its loop.
final class SocketOpener {
  private final EventLoop loop;
  private final Transport transport;
  private final SharedSockets shared;
  private final boolean sharesPorts;

  /// @param sharesPorts whether another process may listen at the same addresses
  SocketOpener(EventLoop loop, Transport transport, SharedSockets shared, boolean sharesPorts) {
    this.loop = loop;
    this.transport = transport;
    this.shared = shared;
    this.sharesPorts = sharesPorts;
  }

  /// What is to be opened.
  ///
  /// @param goesAhead whether this is the first worker, which opens what all share
  /// @param held whether this process listens at an address already
  /// @param accepted takes each connection
  record Wish(
      ListenerConfig config,
      boolean goesAhead,
      Predicate<HostPort> held,
      Consumer<Channel> accepted,
      SocketEvents events) {}

  /// What became of it; one of the two is called, once, on the loop.
  interface Outcome {
    void onOpened(List<ListeningSocket> sockets);

    void onFailed(HostPort address, Throwable cause);
  }

  /// Sets what each connection gets, on its loop.
  void prepare(Channel accepted, int bufferLimitBytes) {
    transport.prepare(accepted, bufferLimitBytes);
  }

  void open(Wish wish, Outcome outcome) {
    new Opening(wish, outcome).next();
  }

  private final class Opening {
    private final List<ListeningSocket> opened = new ArrayList<>();
    private final Wish wish;
    private final Target own;
    private final Outcome outcome;

    Opening(Wish wish, Outcome outcome) {
      this.wish = wish;
      this.own = new Target(loop, wish.accepted());
      this.outcome = outcome;
    }

    void next() {
      if (opened.size() == wish.config().sockets().size()) {
        outcome.onOpened(opened);
        return;
      }
      var wanted = wanted();
      if (!alone()) {
        var unknown = wish.goesAhead() && wanted.address().isFixed();
        if (unknown && !sharesPorts && !wish.held().test(wanted.address())) {
          bindIfFree();
        } else {
          bind();
        }
      } else if (wish.goesAhead()) {
        bind();
      } else {
        join();
      }
    }

    private ListenerSocket wanted() {
      return wish.config().sockets().get(opened.size());
    }

    /// Whether all workers share the socket.
    private boolean alone() {
      return wanted().address().isPipe() || !wish.config().binding().reusePort();
    }

    /// Sockets that share a port would let a second process take half of the first one's clients
    /// without a word, so the address is first bound by a socket that shares with nobody.
    private void bindIfFree() {
      var probe =
          transport.listen(loop, wanted(), wish.config().binding(), false, acceptor(() -> own));
      probe.addListener(
          _ -> {
            if (probe.isSuccess()) {
              probe.getNow().close().addListener(_ -> bind());
            } else {
              fail(probe.cause());
            }
          });
    }

    private void bind() {
      var file = PipeFile.of(wanted());
      // Who connects before the file is in its place has found it by a name it was not told.
      var early = file == null ? own : new Target(loop, Channel::close);
      var go = new Round(own, early);
      var place = file == null ? wanted() : file.draft();
      var bound = transport.listen(loop, place, wish.config().binding(), !alone(), acceptor(go));
      bound.addListener(
          _ -> {
            if (!bound.isSuccess()) {
              fail(bound.cause());
            } else if (file == null) {
              onBound(bound.getNow(), go);
            } else {
              file.prepare()
                  .whenCompleteAsync(
                      (_, failure) -> onPrepared(bound.getNow(), file, failure, go), loop);
            }
          });
    }

    private void onPrepared(
        Channel channel, PipeFile file, @Nullable Throwable failure, Round round) {
      channel.closeFuture().addListener(_ -> file.remove());
      var problem = failure == null || failure.getCause() == null ? failure : failure.getCause();
      try {
        if (problem == null) {
          file.publish();
        }
      } catch (IOException e) {
        problem = e;
      }
      if (problem == null) {
        channel.attr(Listener.PIPE).set(wanted().address());
        onBound(channel, round);
      } else {
        channel.close();
        fail(problem);
      }
    }

    private Acceptor acceptor(Supplier<Target> targets) {
      return new Acceptor(targets, wish.events());
    }

    private void onBound(Channel channel, Round round) {
      var address =
          channel.localAddress() instanceof InetSocketAddress inet
              ? new HostPort(inet.getAddress().getHostAddress(), inet.getPort())
              : wanted().address();
      if (alone()) {
        var key = new SharedSockets.Key(wish.config().name(), opened.size());
        round.shareAs(key, channel, address);
      } else {
        opened.add(new ListeningSocket.Own(channel, address, () -> {}));
      }
      next();
    }

    private void join() {
      var key = new SharedSockets.Key(wish.config().name(), opened.size());
      var found = shared.find(key);
      if (found == null) {
        fail(new IllegalStateException("the first worker has closed it meanwhile"));
      } else {
        opened.add(new ListeningSocket.Joined(found, own));
        next();
      }
    }

    private void fail(Throwable cause) {
      opened.forEach(ListeningSocket::close);
      outcome.onFailed(wanted().address(), cause);
    }

    /// Where connections of one socket go: here, or around among all who have joined.
    private final class Round implements Supplier<Target> {
      private final Target first;
      private final Target early;
      private @Nullable Shared all;

      /// @param early takes what comes before the socket is ready
      Round(Target first, Target early) {
        this.first = first;
        this.early = early;
      }

      @Override
      public Target get() {
        return all == null ? early : all.next();
      }

      void shareAs(SharedSockets.Key key, Channel channel, HostPort address) {
        var socket =
            new ListeningSocket.Own(
                channel,
                address,
                () -> {
                  if (all != null) {
                    shared.closed(key, all);
                  }
                });
        all = new Shared(loop, socket, first);
        shared.opened(key, all);
        opened.add(socket);
      }
    }
  }
}
