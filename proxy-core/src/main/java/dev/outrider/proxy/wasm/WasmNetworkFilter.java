package dev.outrider.proxy.wasm;

import dev.outrider.proxy.filter.network.CloseMode;
import dev.outrider.proxy.filter.network.ConnectionEnd;
import dev.outrider.proxy.filter.network.NetworkFilter;
import dev.outrider.proxy.filter.network.NetworkHandle;
import dev.outrider.proxy.filter.network.NetworkStatus;
import dev.outrider.proxy.http.BodyBuffer;
import dev.outrider.proxy.stream.StreamInfo;
import dev.outrider.proxy.wasm.foreign.ForeignStream;
import dev.outrider.proxywasm.NetworkStreamContext;
import dev.outrider.proxywasm.host.BodyAccess;
import dev.outrider.proxywasm.host.BufferKind;
import dev.outrider.proxywasm.host.ByteSink;
import dev.outrider.proxywasm.host.FilterStatus;
import dev.outrider.proxywasm.host.NetworkStreamHost;
import dev.outrider.proxywasm.host.PeerType;
import dev.outrider.proxywasm.host.StreamKind;
import dev.outrider.proxywasm.host.WasmResult;
import io.netty.buffer.Unpooled;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// One connection of one plugin: native filter towards the proxy, host of the connection towards
/// the guest. As in [WasmFilter], the handle carries effects out once no filter is on the stack.
///
/// Of the connection to the service a filter knows nothing; as in Envoy, the end of what is written
/// counts as its end, by nobody knows whom.
final class WasmNetworkFilter extends GuestStream
    implements NetworkFilter, NetworkStreamHost, ForeignStream {
  private final GuestPlugin plugin;
  private final FailurePolicy policy;
  private final NetworkHandle connection;
  private final NetworkStreamContext guest;
  private boolean failed;
  private boolean closed;
  private boolean ending;

  WasmNetworkFilter(GuestPlugin plugin, FailurePolicy policy, NetworkHandle connection) {
    this.plugin = plugin;
    this.policy = policy;
    this.connection = connection;
    this.guest = plugin.openConnection(this, this);
  }

  @Override
  public NetworkStatus onNewConnection() {
    return failed
        ? NetworkStatus.CONTINUE
        : status(StreamKind.DOWNSTREAM, guest.onNewConnection(), true);
  }

  @Override
  public NetworkStatus onData(BodyBuffer data, boolean end) {
    if (failed) {
      return NetworkStatus.CONTINUE;
    }
    var status = guest.onDownstreamData(data.length(), end);
    return status(StreamKind.DOWNSTREAM, status, end || !data.isEmpty());
  }

  @Override
  public NetworkStatus onWrite(BodyBuffer data, boolean end) {
    if (failed) {
      return NetworkStatus.CONTINUE;
    }
    var answer = guest.onUpstreamData(data.length(), end);
    var status = status(StreamKind.UPSTREAM, answer, end || !data.isEmpty());
    if (end && !failed) {
      guest.onUpstreamConnectionClose(PeerType.UNKNOWN);
    }
    return status;
  }

  @Override
  public void onClose(ConnectionEnd how) {
    if (!failed) {
      guest.onDownstreamConnectionClose(
          how == ConnectionEnd.LOCAL ? PeerType.LOCAL : PeerType.REMOTE);
    }
    failed = true; // nobody is left to be told
    closeGuest();
  }

  /// A failed guest stops nothing: its connection is closed, or goes on under FAIL_OPEN_AT_ONCE.
  ///
  /// @param left whether the guest has left anything that a stop holds: bytes that it took out of
  ///   the buffer are its own
  private NetworkStatus status(StreamKind direction, FilterStatus status, boolean left) {
    if (failed) {
      return NetworkStatus.CONTINUE;
    }
    return switch (status) {
      case CONTINUE -> {
        letGo(direction);
        yield NetworkStatus.CONTINUE;
      }
      case STOP_ITERATION -> {
        waitForGuest();
        if (left && !ending) {
          plugin.held(this, direction);
        } else {
          letGo(direction);
        }
        yield NetworkStatus.STOP;
      }
    };
  }

  // ---- reads and edits

  @Override
  public @Nullable BodyAccess data(BufferKind kind) {
    return switch (kind) {
      case DOWNSTREAM_DATA -> plugin.views().of(connection.unread());
      case UPSTREAM_DATA -> plugin.views().of(connection.unwritten());
      default -> null;
    };
  }

  @Override
  public WasmResult property(byte[] path, int offset, int length, ByteSink value) {
    return plugin.properties().read(path, offset, length, connection.info(), value);
  }

  @Override
  public WasmResult setProperty(
      byte[] path, int pathOffset, int pathLength, byte[] value, int valueOffset, int valueLength) {
    var kept = Arrays.copyOfRange(value, valueOffset, valueOffset + valueLength);
    return plugin.properties().write(connection.info(), path, pathOffset, pathLength, kept);
  }

  @Override
  public StreamInfo info() {
    return connection.info();
  }

  // ---- effects

  @Override
  public void resumeDownstream() {
    letGo(StreamKind.DOWNSTREAM);
    connection.resumeReading();
  }

  @Override
  public void close(StreamKind direction) {
    ending = true;
    letGo(StreamKind.DOWNSTREAM);
    letGo(StreamKind.UPSTREAM);
    connection.close(
        CloseMode.FLUSH,
        direction == StreamKind.DOWNSTREAM ? "wasm_downstream_close" : "wasm_upstream_close");
  }

  @Override
  public void failed() {
    end(policy == FailurePolicy.FAIL_OPEN_AT_ONCE);
  }

  @Override
  void expired() {
    closeGuest();
    end(policy.open());
  }

  private void end(boolean goesOn) {
    if (failed) {
      return;
    }
    failed = true;
    if (goesOn) {
      connection.resumeReading();
      if (holds(StreamKind.UPSTREAM)) { // nothing but a write resumes writes
        connection.loop().execute(() -> connection.write(Unpooled.EMPTY_BUFFER, false));
      }
    } else {
      FailedNetworkFilter.fail(connection);
    }
  }

  private void closeGuest() {
    if (!closed) {
      closed = true;
      plugin.closeConnection(this, guest);
    }
  }
}
