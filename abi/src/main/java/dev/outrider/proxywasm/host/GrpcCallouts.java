package dev.outrider.proxywasm.host;

/// gRPC calls and streams that guests make (`proxy_grpc_*`).
///
/// Nothing that comes back is told from inside one of these methods: the embedder calls
/// `PluginContext.onGrpc*` on the VM's thread, later. Messages are bare, without gRPC's prefix.
public interface GrpcCallouts {
  /// Knows no service: every call is PARSE_FAILURE to the guest.
  GrpcCallouts NONE =
      new GrpcCallouts() {
        @Override
        public WasmResult call(
            PluginHost plugin, int token, GrpcTarget target, byte[] message, long timeoutMillis) {
          return WasmResult.PARSE_FAILURE;
        }

        @Override
        public WasmResult open(PluginHost plugin, int token, GrpcTarget target) {
          return WasmResult.PARSE_FAILURE;
        }

        @Override
        public void send(PluginHost plugin, int token, byte[] message, boolean end) {}

        @Override
        public void close(PluginHost plugin, int token) {}

        @Override
        public void cancel(PluginHost plugin, int token) {}

        @Override
        public long queuedBytes(PluginHost plugin) {
          return 0;
        }
      };

  /// Starts a call with one message each way. OK means that exactly one of
  /// `PluginContext.onGrpcReceive` (it succeeded) and `onGrpcClose` (it did not) will be called,
  /// unless it is cancelled. PARSE_FAILURE: `service` names nothing. INTERNAL_FAILURE: it could not
  /// be started.
  ///
  /// @param message not to be changed
  /// @param timeoutMillis 0 is no timeout; up to 2^32
  WasmResult call(
      PluginHost plugin, int token, GrpcTarget target, byte[] message, long timeoutMillis);

  /// Opens a stream. OK means that `PluginContext.onGrpcClose` will be called exactly once, after
  /// any number of the others, unless it is cancelled. Refusals as for [#call].
  WasmResult open(PluginHost plugin, int token, GrpcTarget target);

  /// Sends a message on an open stream whose sending side is open; takes it. What the connection
  /// does not take now waits and counts as [#queuedBytes].
  ///
  /// @param end it is the last one
  void send(PluginHost plugin, int token, byte[] message, boolean end);

  /// No more messages go out on an open stream.
  void close(PluginHost plugin, int token);

  /// Ends a call or stream without a callback; an unknown token is no error.
  void cancel(PluginHost plugin, int token);

  /// Read: bytes of messages that streams of this plugin have been given and connections have not.
  long queuedBytes(PluginHost plugin);
}
