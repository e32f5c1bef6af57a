package dev.outrider.proxywasm;

import dev.outrider.proxywasm.guest.GuestCallback;
import dev.outrider.proxywasm.host.BufferKind;
import dev.outrider.proxywasm.host.FilterStatus;
import dev.outrider.proxywasm.host.NetworkStreamHost;
import dev.outrider.proxywasm.host.PeerType;
import dev.outrider.proxywasm.imports.NetworkScope;
import org.jspecify.annotations.Nullable;

/// One TCP connection of one plugin. On the VM's thread; never from inside a guest call.
///
/// A callback answers what the guest wants, after the effects it asked for: a stop if it closed the
/// connection or failed (the host has heard of it by then), CONTINUE if it resumed what it is being
/// shown. A callback that the module does not export continues. After a failure every callback is a
/// stop. A guest that was not told of the connection ([#onNewConnection]) hears of nothing else.
public final class NetworkStreamContext {
  private final WasmVm vm;
  private final PluginContext plugin;
  private final NetworkScope scope;
  private boolean created;
  private boolean closed;
  private boolean toldFailure;

  NetworkStreamContext(WasmVm vm, PluginContext plugin, NetworkStreamHost host) {
    this.vm = vm;
    this.plugin = plugin;
    scope = new NetworkScope(vm.call().contexts().newId(), plugin.scope(), host);
  }

  /// Creates the context in the guest, then tells it of the connection.
  public FilterStatus onNewConnection() {
    requireOpen();
    if (!created && vm.failure() == null) {
      created = true;
      vm.call().contexts().add(scope);
      var _ = vm.run(scope, GuestCallback.CONTEXT_CREATE, scope.id(), plugin.scope().id(), 0);
    }
    int answer = run(GuestCallback.NEW_CONNECTION, 0, 0);
    var status = status(answer, scope.takeResume());
    settle();
    return status;
  }

  /// Shows what came from downstream.
  ///
  /// @param bytes all that the guest may read now, what it stopped before included
  /// @param end nothing follows in this direction
  public FilterStatus onDownstreamData(int bytes, boolean end) {
    return onData(GuestCallback.DOWNSTREAM_DATA, BufferKind.DOWNSTREAM_DATA, bytes, end);
  }

  /// Shows what came from upstream; as [#onDownstreamData].
  public FilterStatus onUpstreamData(int bytes, boolean end) {
    return onData(GuestCallback.UPSTREAM_DATA, BufferKind.UPSTREAM_DATA, bytes, end);
  }

  private FilterStatus onData(GuestCallback callback, BufferKind kind, int bytes, boolean end) {
    requireOpen();
    if (!created && vm.failure() == null) {
      return FilterStatus.CONTINUE;
    }
    scope.show(kind, true);
    int answer = run(callback, bytes, end ? 1 : 0);
    boolean resumed = kind == BufferKind.DOWNSTREAM_DATA && scope.takeResume();
    var status = status(answer, resumed);
    if (status == FilterStatus.CONTINUE) {
      scope.show(kind, false);
    }
    settle();
    return status;
  }

  /// The connection to the client has ended. [#close] follows.
  public void onDownstreamConnectionClose(PeerType who) {
    onConnectionClose(GuestCallback.DOWNSTREAM_CONNECTION_CLOSE, who);
  }

  /// The connection to the service has ended. Envoy takes the end of what comes from there for it.
  public void onUpstreamConnectionClose(PeerType who) {
    onConnectionClose(GuestCallback.UPSTREAM_CONNECTION_CLOSE, who);
  }

  private void onConnectionClose(GuestCallback callback, PeerType who) {
    requireOpen();
    if (created) {
      int _ = run(callback, who.code(), 0);
      settle();
    }
  }

  /// Why the guest can do nothing for this connection any more, or null while it can.
  public @Nullable GuestFailure failure() {
    return vm.failure();
  }

  /// Ends the context: `proxy_on_done`, `proxy_on_log`, `proxy_on_delete`, in Envoy's order for
  /// connections. Idempotent.
  public void close() {
    vm.requireIdle();
    if (closed) {
      return;
    }
    closed = true;
    scope.show(BufferKind.DOWNSTREAM_DATA, false);
    scope.show(BufferKind.UPSTREAM_DATA, false);
    if (created) {
      int _ = run(GuestCallback.DONE, 0, 0);
      int _ = run(GuestCallback.LOG, 0, 0);
      int _ = run(GuestCallback.DELETE, 0, 0);
    }
    scope.forget();
    vm.call().contexts().remove(scope.id());
    plugin.streamClosed();
    vm.drain();
  }

  private void requireOpen() {
    if (closed) {
      throw new IllegalStateException("callback of a closed connection");
    }
  }

  private int run(GuestCallback callback, int a, int b) {
    return vm.failure() == null ? vm.run(scope, callback, scope.id(), a, b) : 0;
  }

  private FilterStatus status(int answer, boolean resumed) {
    if (vm.failure() != null || scope.ending()) {
      return FilterStatus.STOP_ITERATION;
    }
    return resumed ? FilterStatus.CONTINUE : FilterStatus.of(answer);
  }

  private void settle() {
    if (vm.failure() != null && !toldFailure) {
      toldFailure = true;
      scope.drop();
      scope.host().failed();
    }
    vm.drain();
  }
}
