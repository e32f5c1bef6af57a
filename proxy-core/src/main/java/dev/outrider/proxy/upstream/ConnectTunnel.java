package dev.outrider.proxy.upstream;

import dev.outrider.proxy.cluster.ClusterStats;
import dev.outrider.proxy.cluster.Endpoint;
import dev.outrider.proxy.http.BodyBuffer;
import dev.outrider.proxy.http.FlowControl;
import dev.outrider.proxy.http.HeadKind;
import dev.outrider.proxy.http.HeaderMap;
import dev.outrider.proxy.http.Hold;
import dev.outrider.proxy.http.ResetReason;
import dev.outrider.proxy.loop.SignalTarget;
import dev.outrider.proxy.stream.WireBytes;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import org.jspecify.annotations.Nullable;

/// A CONNECT that ends here: its bytes go to an endpoint without HTTP, over a connection of their
/// own (Envoy `route.v3.RouteAction.UpgradeConfig.ConnectConfig`). Answers 200 as soon as that is
/// there; nothing of the head is sent. The two directions end one by one.
public final class ConnectTunnel implements Attempt, TcpUpstreamSink, SignalTarget {
  private static final int OK = 200;
  private static final int OVERFLOWN = 0;

  private final UpstreamCluster cluster;
  private final UpstreamSink responses;
  private final FlowControl requests;
  private final BodyBuffer waiting = new BodyBuffer(Integer.MAX_VALUE);
  private @Nullable TcpUpstream connection;
  private boolean connected;
  private boolean requestEnded;
  private boolean over;
  private long sent;
  private long received;
  private String failureDetail = "";

  private ConnectTunnel(UpstreamCluster cluster, UpstreamSink responses, FlowControl requests) {
    this.cluster = cluster;
    this.responses = responses;
    this.requests = requests;
  }

  static ConnectTunnel open(
      UpstreamCluster cluster,
      Endpoint endpoint,
      TransportSocketOptions options,
      UpstreamSink responses,
      FlowControl requests) {
    var tunnel = new ConnectTunnel(cluster, responses, requests);
    requests.hold(Hold.SINK); // until the service is there
    tunnel.connection = cluster.openTcp(endpoint, options, tunnel);
    if (tunnel.connection == null) {
      cluster.cells().inc(ClusterStats.UPSTREAM_CX_OVERFLOW);
      cluster.home().loop().turn().post(tunnel, OVERFLOWN);
    }
    return tunnel;
  }

  // ---- the request

  @Override
  public void onHead(HeaderMap head, boolean end) {
    requestEnded = end;
  }

  @Override
  public void onBody(ByteBuf chunk, boolean end) {
    var to = connection;
    requestEnded |= end;
    if (over) {
      chunk.release();
    } else if (connected && to != null) {
      send(to, chunk, end);
    } else {
      waiting.append(chunk);
    }
  }

  /// The bytes have none.
  @Override
  public void onTrailers(HeaderMap trailers) {
    onBody(Unpooled.EMPTY_BUFFER, true);
  }

  @Override
  public void onReset(ResetReason why) {
    cancel();
  }

  private void send(TcpUpstream to, ByteBuf chunk, boolean end) {
    sent += chunk.readableBytes();
    to.write(chunk, end);
  }

  // ---- the response

  @Override
  public void onConnected() {
    var to = connection;
    if (over || to == null) {
      return;
    }
    connected = true;
    responses.onConnected(
        to.localAddress(), to.connectionId(), to.connectBegunNanos(), to.connectedNanos());
    for (var chunk = waiting.poll(); chunk != null; chunk = waiting.poll()) {
      send(to, chunk, requestEnded && waiting.isEmpty());
    }
    if (requestEnded && sent == 0) {
      to.write(Unpooled.EMPTY_BUFFER, true);
    }
    if (to.writable()) {
      requests.release(Hold.SINK);
    }
    var head = cluster.home().heads().take(HeadKind.RESPONSE);
    head.setStatus(OK);
    responses.onHead(head, false);
  }

  @Override
  public void onConnectFailed(ResetReason why, String detail) {
    fail(why, detail);
  }

  @Override
  public void onBytes(ByteBuf chunk, boolean end) {
    if (over) {
      chunk.release();
      return;
    }
    received += chunk.readableBytes();
    if (end) {
      finish();
    }
    responses.onBody(chunk, end);
  }

  @Override
  public void onUpstreamWritable(boolean writable) {
    if (over) {
      return;
    }
    if (writable) {
      requests.release(Hold.SINK);
    } else {
      requests.hold(Hold.SINK);
    }
  }

  @Override
  public void onClosed(boolean reset) {
    fail(ResetReason.CONNECTION_TERMINATION, "");
  }

  private void fail(ResetReason why, String detail) {
    if (!over) {
      failureDetail = detail;
      finish();
      responses.onReset(why);
    }
  }

  @Override
  public String failureDetail() {
    return failureDetail;
  }

  // ---- flow control of the response

  @Override
  public void hold(Hold cause) {
    if (connection != null) {
      connection.hold(cause);
    }
  }

  @Override
  public void release(Hold cause) {
    if (connection != null) {
      connection.release(cause);
    }
  }

  // ---- the end

  @Override
  public void cancel() {
    if (!over) {
      finish();
    }
  }

  /// Nothing is told any more. What the client said last and has not left is lost, as in Envoy.
  private void finish() {
    over = true;
    var to = connection;
    connection = null;
    var wire = responses.wire();
    if (wire != null) {
      measure(wire);
    }
    waiting.close();
    requests.release(Hold.SINK);
    if (to != null) {
      to.close(false);
    }
  }

  private void measure(WireBytes wire) {
    wire.sent(sent, 0);
    wire.received(received, 0);
  }

  // ---- signals

  @Override
  public int generation() {
    return over ? 1 : 0;
  }

  @Override
  public void onSignal(int signal) {
    fail(ResetReason.OVERFLOW, "");
  }

  @Override
  public void onBug(Throwable bug) {
    cluster.home().onBug(bug);
  }
}
