package dev.outrider.proxywasm.host;

/// HTTP requests that guests make (`proxy_http_call`).
public interface HttpCallouts {
  /// Knows no upstream: every call is BAD_ARGUMENT to the guest.
  HttpCallouts NONE =
      new HttpCallouts() {
        @Override
        public WasmResult start(PluginHost plugin, int token, HttpCallout call) {
          return WasmResult.BAD_ARGUMENT;
        }

        @Override
        public void cancel(PluginHost plugin, int token) {}
      };

  /// Starts a request. OK means that `PluginContext.onHttpCallResponse` or `onHttpCallFailure` will
  /// be called exactly once with this token, on the VM's thread and **never from inside this
  /// call**, unless it is cancelled. BAD_ARGUMENT: no such upstream. INTERNAL_FAILURE: it could not
  /// be started.
  ///
  /// Takes `call`. `:method`, `:path` and `:authority` are present.
  WasmResult start(PluginHost plugin, int token, HttpCallout call);

  /// Ends a started request without a callback; an unknown token is no error.
  void cancel(PluginHost plugin, int token);
}
