package dev.outrider.proxywasm.imports;

import dev.outrider.proxywasm.host.ByteSink;
import dev.outrider.proxywasm.host.CalloutResponse;
import dev.outrider.proxywasm.host.HeaderAccess;
import dev.outrider.proxywasm.host.HeaderMapKind;
import dev.outrider.proxywasm.host.PluginHost;
import dev.outrider.proxywasm.host.PluginIdentity;
import dev.outrider.proxywasm.host.PluginLimits;
import dev.outrider.proxywasm.host.WasmResult;
import java.util.HashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// A root context: what its host functions remember between calls.
public final class PluginScope implements ContextScope {
  private final int id;
  private final PluginIdentity identity;
  private final byte[] configuration;
  private final PluginLimits limits;
  private final LogBudget logBudget;
  private final PluginHost host;
  private final Runnable whenDone;
  private final Set<String> remarks = new HashSet<>();

  private boolean configurationReadable;
  private boolean awaitingDone;
  private boolean done;
  private long tickMillis;
  private boolean tickSet;
  private int callouts;
  private long calloutBytes;
  private @Nullable CalloutResponse calloutResponse;
  private @Nullable HeaderMapKind metadataKind;
  private @Nullable HeaderAccess metadata;
  private byte @Nullable [] grpcMessage;
  private int statusCode;
  private byte[] statusMessage = {};

  /// @param configuration what the guest reads as buffer 7; not to be changed
  /// @param whenDone runs, with no guest on the stack, once the guest has called `proxy_done` as
  ///   asked
  public PluginScope(
      int id,
      PluginIdentity identity,
      byte[] configuration,
      PluginLimits limits,
      PluginHost host,
      Runnable whenDone) {
    this.id = id;
    this.identity = identity;
    this.configuration = configuration;
    this.logBudget = new LogBudget(limits.logLinesPerSecond());
    this.host = host;
    this.limits = limits;
    this.whenDone = whenDone;
  }

  @Override
  public int id() {
    return id;
  }

  @Override
  public PluginScope plugin() {
    return this;
  }

  public PluginIdentity identity() {
    return identity;
  }

  public PluginLimits limits() {
    return limits;
  }

  LogBudget logBudget() {
    return logBudget;
  }

  public PluginHost host() {
    return host;
  }

  @Override
  public WasmResult property(byte[] path, int offset, int length, ByteSink value) {
    return host.property(path, offset, length, value);
  }

  @Override
  public WasmResult setProperty(
      byte[] path, int pathOffset, int pathLength, byte[] value, int valueOffset, int valueLength) {
    return WasmResult.NOT_FOUND;
  }

  @Override
  public void deliver() {
    if (done) {
      done = false;
      awaitingDone = false;
      whenDone.run();
    }
  }

  @Override
  public void drop() {
    done = false;
  }

  /// The plugin's configuration, while the guest may read it.
  byte @Nullable [] readableConfiguration() {
    return configurationReadable ? configuration : null;
  }

  /// True in `proxy_on_context_create` of the root and `proxy_on_configure`.
  public void configurationReadable(boolean readable) {
    configurationReadable = readable;
  }

  /// From now on `proxy_done` means something.
  public void awaitDone() {
    awaitingDone = true;
  }

  /// False if nobody waits for it.
  boolean done() {
    done = awaitingDone;
    return awaitingDone;
  }

  void tickMillis(long millis) {
    tickMillis = millis;
    tickSet = true;
  }

  /// A tick begins: what is set from now on is set by the guest in its callback.
  public void tickStarted() {
    tickSet = false;
  }

  /// The period at which the timer must be armed again after a tick; 0 if it must not, since there
  /// is none or the guest has just set it.
  public long tickAgainMillis() {
    return tickSet ? 0 : tickMillis;
  }

  void calloutStarted(long bytes) {
    callouts++;
    calloutBytes += bytes;
  }

  void calloutEnded(long bytes) {
    callouts--;
    calloutBytes -= bytes;
  }

  /// Calls that have not ended.
  int callouts() {
    return callouts;
  }

  /// Bytes of bodies and messages that those calls hold.
  long calloutBytes() {
    return calloutBytes;
  }

  /// What maps 6 and 7 and buffer 4 show from now on; null for nothing.
  public void calloutResponse(@Nullable CalloutResponse response) {
    calloutResponse = response;
  }

  @Nullable CalloutResponse calloutResponse() {
    return calloutResponse;
  }

  /// What map 4 or 5 shows from now on; null for nothing.
  public void grpcMetadata(HeaderMapKind kind, @Nullable HeaderAccess shown) {
    metadataKind = kind;
    metadata = shown;
  }

  @Nullable HeaderAccess grpcMetadata(HeaderMapKind kind) {
    return kind == metadataKind ? metadata : null;
  }

  /// What buffer 5 shows from now on; null for nothing.
  public void grpcMessage(byte @Nullable [] message) {
    grpcMessage = message;
  }

  byte @Nullable [] grpcMessage() {
    return grpcMessage;
  }

  /// What `proxy_get_status` answers from now on.
  public void status(int code, byte[] message) {
    statusCode = code;
    statusMessage = message;
  }

  int statusCode() {
    return statusCode;
  }

  byte[] statusMessage() {
    return statusMessage;
  }

  /// True the first time this is asked for that subject: then say it, later be silent.
  boolean firstRemark(String subject) {
    return remarks.add(subject);
  }
}
