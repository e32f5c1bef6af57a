package dev.outrider.proxy.health.probe;

import dev.outrider.proxy.health.FailureKind;
import dev.outrider.proxy.health.Probe;
import dev.outrider.proxy.health.ProbeSpec;
import dev.outrider.proxy.http.Hold;
import dev.outrider.proxy.http.ResetReason;
import dev.outrider.proxy.upstream.TcpUpstream;
import dev.outrider.proxy.upstream.TcpUpstreamSink;
import dev.outrider.proxy.upstream.TransportSocketOptions;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import org.jspecify.annotations.Nullable;

/// Asks by connecting, and by bytes if so configured. A connection that is kept and then ends by
/// itself counts as a check that fails, as in Envoy. What a host sends while it is not asked counts
/// for nothing. Main loop only.
final class TcpProbe implements Probe, TcpUpstreamSink {
  private final ProbeTarget target;
  private final ProbeSpec.Tcp spec;
  private final PayloadSearch search;
  private @Nullable Outcome outcome;
  private @Nullable TcpUpstream connection;
  private boolean connected;
  private boolean asked;
  private long received;

  TcpProbe(ProbeTarget target, ProbeSpec.Tcp spec) {
    this.target = target;
    this.spec = spec;
    this.search = new PayloadSearch(spec.expects());
  }

  @Override
  public void start(Outcome told) {
    outcome = told;
    asked = true;
    received = 0;
    search.reset();
    var open = connection;
    if (open == null) {
      connection =
          target.connections().openTcp(target.endpoint(), TransportSocketOptions.NONE, this);
    } else if (connected) {
      send(open);
    }
  }

  @Override
  public void giveUp() {
    disconnect();
  }

  @Override
  public void close() {
    outcome = null;
    disconnect();
    target.close();
  }

  private void disconnect() {
    var open = connection;
    connection = null;
    connected = false;
    asked = false;
    if (open != null) {
      open.close(false);
    }
  }

  private void send(TcpUpstream open) {
    switch (spec.preface()) {
      case NONE -> {}
      case TEXT -> open.introduce(false);
      case BINARY -> open.introduce(true);
    }
    if (spec.send().length > 0) {
      open.write(Unpooled.wrappedBuffer(spec.send()), false);
    }
  }

  @Override
  public void onConnected() {
    var open = connection;
    if (open == null) {
      return;
    }
    connected = true;
    if (spec.expects().isEmpty()) {
      disconnect();
      pass();
    } else {
      send(open);
    }
  }

  @Override
  public void onConnectFailed(ResetReason why, String detail) {
    fail();
  }

  @Override
  public void onBytes(ByteBuf chunk, boolean end) {
    var found = asked && found(chunk);
    chunk.release();
    if (found) {
      asked = false;
      if (!target.reuses()) {
        disconnect();
      }
      pass();
    }
    if (end && connection != null) {
      fail();
    }
  }

  /// An answer that is longer than what a connection may hold is read no further, so that the check
  /// runs out of time, as in Envoy.
  private boolean found(ByteBuf chunk) {
    received += chunk.readableBytes();
    var found = search.take(chunk);
    var limit = target.connections().config().connections().bufferLimitBytes();
    var open = connection;
    if (!found && limit > 0 && received > limit && open != null) {
      asked = false;
      open.hold(Hold.SINK);
    }
    return found;
  }

  @Override
  public void onClosed(boolean reset) {
    fail();
  }

  @Override
  public void onUpstreamWritable(boolean writable) {}

  private void pass() {
    var told = outcome;
    if (told != null) {
      told.onPass(false);
    }
  }

  private void fail() {
    disconnect();
    var told = outcome;
    if (told != null) {
      told.onFail(FailureKind.NETWORK, false, false);
    }
  }
}
