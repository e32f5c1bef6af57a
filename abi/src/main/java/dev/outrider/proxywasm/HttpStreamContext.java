package dev.outrider.proxywasm;

import dev.outrider.proxywasm.guest.GuestCallback;
import dev.outrider.proxywasm.host.FilterDataStatus;
import dev.outrider.proxywasm.host.FilterHeadersStatus;
import dev.outrider.proxywasm.host.FilterTrailersStatus;
import dev.outrider.proxywasm.host.HeaderMapKind;
import dev.outrider.proxywasm.host.HttpStreamHost;
import dev.outrider.proxywasm.host.StreamKind;
import dev.outrider.proxywasm.imports.StreamScope;
import org.jspecify.annotations.Nullable;

/// One HTTP exchange of one plugin. On the VM's thread; never from inside a guest call.
///
/// A callback answers what the guest wants, after the effects it asked for: a stop if it replied,
/// closed or failed (the host has heard of it by then), CONTINUE if it resumed this very direction.
/// A callback that the module does not export continues. After a failure every callback is a stop.
public final class HttpStreamContext {
  private final WasmVm vm;
  private final PluginContext plugin;
  private final StreamScope scope;
  private boolean created;
  private boolean closed;
  private boolean toldFailure;

  HttpStreamContext(WasmVm vm, PluginContext plugin, HttpStreamHost host) {
    this.vm = vm;
    this.plugin = plugin;
    scope = new StreamScope(vm.call().contexts().newId(), plugin.scope(), host);
  }

  /// Creates the context in the guest, then shows the request head.
  ///
  /// @param fields number of header fields
  public FilterHeadersStatus onRequestHeaders(int fields, boolean end) {
    if (!closed && create()) {
      scope.showHeaders(HeaderMapKind.REQUEST_HEADERS);
    }
    return onHeaders(GuestCallback.REQUEST_HEADERS, StreamKind.REQUEST, fields, end);
  }

  /// Shows body bytes.
  ///
  /// @param bytes what the guest may read now: the chunk, or all that was buffered
  public FilterDataStatus onRequestBody(int bytes, boolean end) {
    return onBody(GuestCallback.REQUEST_BODY, StreamKind.REQUEST, bytes, end);
  }

  /// Shows trailers.
  ///
  /// @param fields number of trailer fields
  public FilterTrailersStatus onRequestTrailers(int fields) {
    scope.showHeaders(HeaderMapKind.REQUEST_TRAILERS);
    return onTrailers(GuestCallback.REQUEST_TRAILERS, StreamKind.REQUEST, fields);
  }

  /// Skipped (CONTINUE) if the request head never reached the guest.
  public FilterHeadersStatus onResponseHeaders(int fields, boolean end) {
    scope.showHeaders(HeaderMapKind.RESPONSE_HEADERS);
    return onHeaders(GuestCallback.RESPONSE_HEADERS, StreamKind.RESPONSE, fields, end);
  }

  /// As [#onRequestBody].
  public FilterDataStatus onResponseBody(int bytes, boolean end) {
    return onBody(GuestCallback.RESPONSE_BODY, StreamKind.RESPONSE, bytes, end);
  }

  /// As [#onRequestTrailers].
  public FilterTrailersStatus onResponseTrailers(int fields) {
    scope.showHeaders(HeaderMapKind.RESPONSE_TRAILERS);
    return onTrailers(GuestCallback.RESPONSE_TRAILERS, StreamKind.RESPONSE, fields);
  }

  /// Why the guest can do nothing for this stream any more, or null while it can.
  public @Nullable GuestFailure failure() {
    return vm.failure();
  }

  /// Ends the stream: `proxy_on_log`, `proxy_on_done`, `proxy_on_delete`. Idempotent.
  public void close() {
    vm.requireIdle();
    if (closed) {
      return;
    }
    closed = true;
    scope.dropEffects();
    if (vm.failure() == null) {
      runLastCallbacks();
    }
    scope.forget();
    vm.call().contexts().remove(scope.id());
    plugin.streamClosed();
    vm.drain();
  }

  /// A stream that the guest has not seen is made known to it only to be logged.
  private void runLastCallbacks() {
    if (!created && !vm.exports().has(GuestCallback.LOG)) {
      return;
    }
    scope.startLogging();
    var _ = create();
    runIfAlive(GuestCallback.LOG);
    runIfAlive(GuestCallback.DONE);
    runIfAlive(GuestCallback.DELETE);
  }

  private void runIfAlive(GuestCallback callback) {
    if (vm.failure() == null) {
      var _ = vm.run(scope, callback, scope.id(), 0, 0);
    }
  }

  private boolean create() {
    if (!created && vm.failure() == null) {
      created = true;
      vm.call().contexts().add(scope);
      var _ = vm.run(scope, GuestCallback.CONTEXT_CREATE, scope.id(), plugin.scope().id(), 0);
    }
    return created;
  }

  private FilterHeadersStatus onHeaders(
      GuestCallback callback, StreamKind direction, int fields, boolean end) {
    if (bypassed()) {
      return FilterHeadersStatus.CONTINUE;
    }
    int answer = run(callback, fields, end ? 1 : 0);
    var status =
        stopped()
            ? FilterHeadersStatus.STOP_ALL_ITERATION_AND_WATERMARK
            : scope.takeResume(direction)
                ? FilterHeadersStatus.CONTINUE
                : FilterHeadersStatus.of(answer, plugin.spec().allowOnHeadersStopIteration());
    settle(direction, status == FilterHeadersStatus.CONTINUE);
    return status;
  }

  private FilterDataStatus onBody(
      GuestCallback callback, StreamKind direction, int bytes, boolean end) {
    if (bypassed()) {
      return FilterDataStatus.CONTINUE;
    }
    scope.showBody(direction, end);
    int answer = run(callback, bytes, end ? 1 : 0);
    var status =
        stopped()
            ? FilterDataStatus.STOP_ITERATION_NO_BUFFER
            : scope.takeResume(direction) ? FilterDataStatus.CONTINUE : FilterDataStatus.of(answer);
    settle(direction, status == FilterDataStatus.CONTINUE);
    return status;
  }

  private FilterTrailersStatus onTrailers(
      GuestCallback callback, StreamKind direction, int fields) {
    if (bypassed()) {
      return FilterTrailersStatus.CONTINUE;
    }
    int answer = run(callback, fields, 0);
    var status =
        stopped()
            ? FilterTrailersStatus.STOP_ITERATION
            : scope.takeResume(direction)
                ? FilterTrailersStatus.CONTINUE
                : FilterTrailersStatus.of(answer);
    settle(direction, status == FilterTrailersStatus.CONTINUE);
    return status;
  }

  /// A guest that never saw the request head sees nothing of the exchange; a failed one is no
  /// bypass.
  private boolean bypassed() {
    if (closed) {
      throw new IllegalStateException("callback of a closed stream");
    }
    return !created && vm.failure() == null;
  }

  private int run(GuestCallback callback, int a, int b) {
    return vm.failure() == null ? vm.run(scope, callback, scope.id(), a, b) : 0;
  }

  private boolean stopped() {
    return vm.failure() != null || scope.ending();
  }

  private void settle(StreamKind direction, boolean goesOn) {
    if (goesOn) {
      scope.letGo(direction);
    }
    if (vm.failure() != null && !toldFailure) {
      toldFailure = true;
      scope.dropEffects();
      scope.host().failed();
    }
    vm.drain();
  }
}
