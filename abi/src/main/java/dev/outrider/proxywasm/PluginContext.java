package dev.outrider.proxywasm;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.outrider.proxywasm.guest.GuestCallback;
import dev.outrider.proxywasm.host.CalloutResponse;
import dev.outrider.proxywasm.host.HeaderAccess;
import dev.outrider.proxywasm.host.HeaderMapKind;
import dev.outrider.proxywasm.host.HttpStreamHost;
import dev.outrider.proxywasm.host.NetworkStreamHost;
import dev.outrider.proxywasm.host.PluginHost;
import dev.outrider.proxywasm.host.PluginIdentity;
import dev.outrider.proxywasm.imports.CalloutKind;
import dev.outrider.proxywasm.imports.PluginScope;
import dev.outrider.proxywasm.imports.StreamScope;
import org.jspecify.annotations.Nullable;

/// One plugin in a VM: its root context. On the VM's thread.
///
/// Callbacks of a plugin that has ended, or whose VM has failed, do nothing.
public final class PluginContext {
  private enum Phase {
    RUNNING,
    /// No new streams; `proxy_on_done` once the last one has closed.
    DRAINING,
    /// `proxy_on_done` answered false: `proxy_done` must come.
    FINISHING,
    ENDED
  }

  private static final byte[] NO_MESSAGE = {};

  private final WasmVm vm;
  private final PluginSpec spec;
  private final PluginHost host;
  private final PluginScope scope;
  private Phase phase = Phase.RUNNING;
  private int streams;
  private boolean toldFailure;

  PluginContext(WasmVm vm, PluginSpec spec, PluginHost host) {
    this.vm = vm;
    this.spec = spec;
    this.host = host;
    var identity = new PluginIdentity(spec.name(), spec.rootId(), vm.spec().vmId());
    scope =
        new PluginScope(
            vm.call().contexts().newId(),
            identity,
            spec.configuration(),
            spec.limits(),
            host,
            this::delete);
    vm.call().contexts().add(scope);
  }

  /// Runs the three start callbacks; answers what went wrong, or null.
  @Nullable GuestFailure start() {
    scope.configurationReadable(true);
    var _ = vm.run(scope, GuestCallback.CONTEXT_CREATE, scope.id(), 0, 0);
    scope.configurationReadable(false);
    var refusal = ask(GuestCallback.VM_START, vm.spec().configuration().length);
    if (refusal == null) {
      scope.configurationReadable(true);
      refusal = ask(GuestCallback.CONFIGURE, spec.configuration().length);
      scope.configurationReadable(false);
    }
    return refusal;
  }

  private @Nullable GuestFailure ask(GuestCallback callback, int configurationBytes) {
    if (vm.failure() != null || !vm.exports().has(callback)) {
      return vm.failure();
    }
    int answer = vm.run(scope, callback, scope.id(), configurationBytes, 0);
    if (vm.failure() != null) {
      return vm.failure();
    }
    return answer != 0
        ? null
        : new GuestFailure.StartRefused(
            callback.export(), "plugin '" + spec.name() + "' returned false");
  }

  /// Makes the context of one exchange. The guest hears of it right before its first callback.
  public HttpStreamContext newHttpStream(HttpStreamHost streamHost) {
    streamOpened();
    return new HttpStreamContext(vm, this, streamHost);
  }

  /// Makes the context of one connection. The guest hears of it right before its first callback.
  public NetworkStreamContext newNetworkStream(NetworkStreamHost streamHost) {
    streamOpened();
    return new NetworkStreamContext(vm, this, streamHost);
  }

  private void streamOpened() {
    if (phase != Phase.RUNNING) {
      throw new IllegalStateException("plugin '" + spec.name() + "' takes no new streams");
    }
    streams++;
  }

  /// The timer armed by `TickTimers.arm` has fired. Arms it again.
  public void onTick() {
    if (!runs()) {
      return;
    }
    scope.tickStarted();
    var _ = vm.run(scope, GuestCallback.TICK, scope.id(), 0, 0);
    long again = scope.tickAgainMillis();
    if (again > 0 && runs()) {
      vm.services().timers().arm(host, again);
    }
    vm.drain();
  }

  /// A callout was answered. Borrows the response. An unknown token (cancelled, twice) is ignored.
  public void onHttpCallResponse(int token, CalloutResponse response) {
    if (!runs() || !vm.call().callouts().remove(scope, token)) {
      return;
    }
    var body = response.body();
    var trailers = response.trailers();
    scope.calloutResponse(response);
    vm.runHttpCallResponse(
        scope,
        token,
        response.headers().size(),
        body == null ? 0 : body.length(),
        trailers == null ? 0 : trailers.size());
    scope.calloutResponse(null);
    vm.drain();
  }

  /// A callout ended without a usable answer; the guest is called with no headers and reads code
  /// and message by `proxy_get_status`. Envoy: 11 and "reset".
  public void onHttpCallFailure(int token, int statusCode, String message) {
    if (!runs() || !vm.call().callouts().remove(scope, token)) {
      return;
    }
    scope.status(statusCode, message.getBytes(UTF_8));
    vm.runHttpCallResponse(scope, token, 0, 0, 0);
    scope.status(statusCode, NO_MESSAGE);
    vm.drain();
  }

  /// A gRPC stream's metadata have come. Borrows them. Here and below an unknown token (cancelled,
  /// over) is ignored.
  public void onGrpcInitialMetadata(int token, HeaderAccess metadata) {
    onGrpcMetadata(
        token,
        GuestCallback.GRPC_INITIAL_METADATA,
        HeaderMapKind.GRPC_CALL_INITIAL_METADATA,
        metadata);
  }

  /// A gRPC stream's last metadata have come; [#onGrpcClose] follows. Borrows them.
  public void onGrpcTrailingMetadata(int token, HeaderAccess metadata) {
    onGrpcMetadata(
        token,
        GuestCallback.GRPC_TRAILING_METADATA,
        HeaderMapKind.GRPC_CALL_TRAILING_METADATA,
        metadata);
  }

  private void onGrpcMetadata(
      int token, GuestCallback callback, HeaderMapKind kind, HeaderAccess metadata) {
    if (!runs() || !vm.call().callouts().has(scope, token)) {
      return;
    }
    scope.grpcMetadata(kind, metadata);
    var _ = vm.run(scope, callback, scope.id(), token, metadata.size());
    scope.grpcMetadata(kind, null);
    vm.drain();
  }

  /// A message of a gRPC stream has come, or the answer of a gRPC call, which ends it. Borrows the
  /// bytes.
  public void onGrpcReceive(int token, byte[] message) {
    if (!runs()) {
      return;
    }
    var callouts = vm.call().callouts();
    boolean goesOn = CalloutKind.of(token) == CalloutKind.GRPC_STREAM;
    if (!(goesOn ? callouts.has(scope, token) : callouts.finish(scope, token))) {
      return;
    }
    scope.grpcMessage(message);
    var _ = vm.run(scope, GuestCallback.GRPC_RECEIVE, scope.id(), token, message.length);
    scope.grpcMessage(null);
    callouts.told(token);
    vm.drain();
  }

  /// A gRPC stream is over, or a gRPC call has failed.
  ///
  /// @param status gRPC's; the guest reads it and `message` by `proxy_get_status` too
  public void onGrpcClose(int token, int status, String message) {
    var callouts = vm.call().callouts();
    if (!runs() || !callouts.finish(scope, token)) {
      return;
    }
    scope.status(status, message.getBytes(UTF_8));
    var _ = vm.run(scope, GuestCallback.GRPC_CLOSE, scope.id(), token, status);
    scope.status(status, NO_MESSAGE);
    callouts.told(token);
    vm.drain();
  }

  /// A queue this plugin registered got an item.
  public void onQueueReady(int token) {
    if (!runs()) {
      return;
    }
    var _ = vm.run(scope, GuestCallback.QUEUE_READY, scope.id(), token, 0);
    vm.drain();
  }

  /// Shows a finished exchange to a plugin that is an access logger: `proxy_on_log` with the root
  /// context's id (ABI reference 4.9). Heads, trailers and properties are read from `finished`
  /// while this runs; effects are ignored.
  public void onLog(HttpStreamHost finished) {
    if (!runs() || !vm.exports().has(GuestCallback.LOG)) {
      return;
    }
    var exchange = new StreamScope(scope.id(), scope, finished);
    exchange.startLogging();
    var _ = vm.run(exchange, GuestCallback.LOG, scope.id(), 0, 0);
    exchange.forget();
    vm.drain();
  }

  /// Takes no new streams and, once the last one has closed, asks the guest to finish
  /// (`proxy_on_done`); a guest that answers false is waited for until it calls `proxy_done`.
  /// `PluginHost.ended()` tells when it is over.
  public void shutdown() {
    vm.requireIdle();
    if (phase == Phase.RUNNING) {
      phase = Phase.DRAINING;
      finishIfIdle();
    }
  }

  /// Ends a plugin that [#shutdown] waits for, at once: `proxy_on_delete`, then
  /// `PluginHost.ended()`. Its streams must have closed.
  public void endNow() {
    vm.requireIdle();
    if (streams > 0) {
      throw new IllegalStateException(
          "plugin '%s' still has %d streams".formatted(spec.name(), streams));
    }
    delete();
    vm.drain();
  }

  /// Whether the root context is gone.
  public boolean ended() {
    return phase == Phase.ENDED;
  }

  PluginSpec spec() {
    return spec;
  }

  PluginScope scope() {
    return scope;
  }

  void streamClosed() {
    streams--;
    finishIfIdle();
  }

  private boolean runs() {
    vm.requireIdle();
    return phase != Phase.ENDED && vm.failure() == null;
  }

  private void finishIfIdle() {
    if (phase != Phase.DRAINING || streams > 0) {
      return;
    }
    phase = Phase.FINISHING;
    boolean asks = vm.failure() == null && vm.exports().has(GuestCallback.DONE);
    if (asks) {
      scope.awaitDone();
    }
    int done = asks ? vm.run(scope, GuestCallback.DONE, scope.id(), 0, 0) : 1;
    if (done != 0 || vm.failure() != null) {
      delete();
    }
    vm.drain();
  }

  private void delete() {
    if (phase == Phase.ENDED) {
      return;
    }
    if (vm.failure() == null) {
      var _ = vm.run(scope, GuestCallback.DELETE, scope.id(), 0, 0);
    }
    release();
    host.ended();
  }

  /// Drops what the plugin holds outside the guest. Runs no guest code.
  void release() {
    phase = Phase.ENDED;
    var services = vm.services();
    services.timers().disarm(host);
    for (int token : vm.call().callouts().removeAll(scope)) {
      if (CalloutKind.of(token) == CalloutKind.HTTP_CALL) {
        services.callouts().cancel(host, token);
      } else {
        services.grpc().cancel(host, token);
      }
    }
    vm.call().unsubscribe(host);
    vm.call().logEnded(scope);
    vm.call().contexts().remove(scope.id());
    vm.forget(this);
  }

  void tellFailure() {
    if (!toldFailure) {
      toldFailure = true;
      host.failed();
    }
  }
}
