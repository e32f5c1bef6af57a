package dev.outrider.proxy.health.probe;

import dev.outrider.proxy.health.FailureKind;
import dev.outrider.proxy.health.Probe;
import dev.outrider.proxy.health.ProbeSpec;
import dev.outrider.proxy.http.BodyBuffer;
import dev.outrider.proxy.http.ResetReason;
import dev.outrider.proxy.upstream.TcpUpstream;
import dev.outrider.proxy.upstream.TcpUpstreamSink;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import org.jspecify.annotations.Nullable;

/// Asks by connecting, and by bytes if so configured. A connection that is kept and then ends by
/// itself counts as a check that fails, as in Envoy. Main loop only.
final class TcpProbe implements Probe, TcpUpstreamSink {
  private final ProbeTarget target;
  private final ProbeSpec.Tcp spec;
  private final BodyBuffer received = new BodyBuffer(Integer.MAX_VALUE);
  private @Nullable Outcome outcome;
  private @Nullable TcpUpstream connection;
  private boolean connected;

  TcpProbe(ProbeTarget target, ProbeSpec.Tcp spec) {
    this.target = target;
    this.spec = spec;
  }

  @Override
  public void start(Outcome told) {
    outcome = told;
    var open = connection;
    if (open == null) {
      connection = target.connections().openTcp(target.endpoint(), this);
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
    received.close();
    if (open != null) {
      open.close(false);
    }
  }

  private void send(TcpUpstream open) {
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
    received.append(chunk);
    if (spec.expects().matches(bytes())) {
      received.close();
      if (!target.reuses()) {
        disconnect();
      }
      pass();
    }
    if (end && connection != null) {
      fail();
    }
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

  private byte[] bytes() {
    var bytes = new byte[received.length()];
    received.getBytes(0, bytes.length, bytes, 0);
    return bytes;
  }
}
