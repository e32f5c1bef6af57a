package dev.outrider.proxywasm.imports;

import dev.outrider.proxywasm.host.BodyAccess;
import dev.outrider.proxywasm.host.BufferKind;
import dev.outrider.proxywasm.host.ByteSink;
import dev.outrider.proxywasm.host.NetworkStreamHost;
import dev.outrider.proxywasm.host.StreamKind;
import dev.outrider.proxywasm.host.WasmResult;
import org.jspecify.annotations.Nullable;

/// A TCP connection's context: which of its bytes the guest may touch now, and which effects it has
/// asked for (ABI reference 3.5, 3.7).
public final class NetworkScope implements ContextScope {
  private final int id;
  private final PluginScope plugin;
  private final NetworkStreamHost host;

  private boolean downstreamShown;
  private boolean upstreamShown;
  private boolean closed;
  private boolean resume;
  private @Nullable StreamKind close;

  public NetworkScope(int id, PluginScope plugin, NetworkStreamHost host) {
    this.id = id;
    this.plugin = plugin;
    this.host = host;
  }

  @Override
  public int id() {
    return id;
  }

  @Override
  public PluginScope plugin() {
    return plugin;
  }

  public NetworkStreamHost host() {
    return host;
  }

  /// The guest is about to see bytes, or they go on: from then on they may, or may not, be touched.
  public void show(BufferKind kind, boolean shown) {
    if (kind == BufferKind.DOWNSTREAM_DATA) {
      downstreamShown = shown;
    } else {
      upstreamShown = shown;
    }
  }

  /// Whether those bytes are shown now; there may be none ([#data] null).
  boolean shown(BufferKind kind) {
    return kind == BufferKind.DOWNSTREAM_DATA ? downstreamShown : upstreamShown;
  }

  @Nullable BodyAccess data(BufferKind kind) {
    return shown(kind) ? host.data(kind) : null;
  }

  void resume() {
    resume = true;
  }

  void close(StreamKind direction) {
    if (close == null) {
      close = direction;
    }
  }

  /// Whether the guest closed the connection: then its status does not count.
  public boolean ending() {
    return close != null;
  }

  /// Whether the guest resumed what comes from downstream; it is forgotten by asking.
  public boolean takeResume() {
    boolean asked = resume;
    resume = false;
    return asked;
  }

  /// The connection is over: what the guest still asks for is dropped.
  public void forget() {
    closed = true;
    downstreamShown = false;
    upstreamShown = false;
    drop();
  }

  @Override
  public WasmResult property(byte[] path, int offset, int length, ByteSink value) {
    return host.property(path, offset, length, value);
  }

  @Override
  public WasmResult setProperty(
      byte[] path, int pathOffset, int pathLength, byte[] value, int valueOffset, int valueLength) {
    return host.setProperty(path, pathOffset, pathLength, value, valueOffset, valueLength);
  }

  @Override
  public void drop() {
    resume = false;
    close = null;
  }

  @Override
  public void deliver() {
    var closing = close;
    boolean resuming = resume;
    drop();
    if (closed) {
      return;
    }
    if (closing != null) {
      host.close(closing);
    } else if (resuming) {
      downstreamShown = false;
      host.resumeDownstream();
    }
  }
}
