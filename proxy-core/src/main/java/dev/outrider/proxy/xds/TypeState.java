package dev.outrider.proxy.xds;

import com.google.rpc.Code;
import com.google.rpc.Status;
import dev.outrider.proxy.config.DynamicSources.BackOff;
import dev.outrider.proxy.loop.Timer;
import dev.outrider.proxy.loop.Timers;
import io.envoyproxy.envoy.service.discovery.v3.DiscoveryRequest;
import io.envoyproxy.envoy.service.discovery.v3.DiscoveryResponse;
import java.util.ArrayDeque;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// What one [AdsClient] knows about one type of resource: names asked for, version accepted, nonce
/// to answer with. Main loop only.
final class TypeState {
  private static final int MAX_ERROR_CHARS = 4096;
  private static final String CUT = "...(truncated)";

  final String typeUrl;
  final boolean wildcard;

  /// Responses that came while an earlier one was still being worked on.
  final ArrayDeque<DiscoveryResponse> inbox = new ArrayDeque<>();

  Set<String> names = Set.of();

  /// Last version accepted as a whole; survives streams.
  String version = "";

  /// Of the last response of this stream; empty on a new one.
  String nonce = "";

  /// Why the last response was refused; told once.
  @Nullable String error;

  /// The response whose verdict is awaited.
  @Nullable DiscoveryResponse answering;

  /// Armed while a refusal is held back.
  final Timer nackDelay;

  private String refusedVersion = "";
  private String refusedText = "";
  private long nextNackDelayMillis;

  /// @param onNackDue told when a refusal that was held back may go out
  TypeState(String typeUrl, boolean wildcard, Timers timers, Consumer<TypeState> onNackDue) {
    this.typeUrl = typeUrl;
    this.wildcard = wildcard;
    this.nackDelay = timers.newTimer(() -> onNackDue.accept(this));
  }

  void startStream() {
    nonce = "";
    error = null;
    inbox.clear();
    nackDelay.cancel();
  }

  void accept(String acceptedVersion) {
    version = acceptedVersion;
    error = null;
    refusedVersion = "";
    refusedText = "";
    nextNackDelayMillis = 0;
    nackDelay.cancel();
  }

  /// Notes a refusal; returns how long to wait before telling it. The same refusal again waits,
  /// each time twice as long.
  long refuse(String version, String text, BackOff backOff) {
    var same = version.equals(refusedVersion) && text.equals(refusedText);
    var delayMillis = same ? nextNackDelayMillis : 0;
    nextNackDelayMillis =
        delayMillis == 0 ? backOff.baseMillis() : Math.min(delayMillis * 2, backOff.maxMillis());
    refusedVersion = version;
    refusedText = text;
    error = text;
    return delayMillis;
  }

  /// The request that says all of this.
  DiscoveryRequest.Builder request() {
    var request =
        DiscoveryRequest.newBuilder()
            .setTypeUrl(typeUrl)
            .setVersionInfo(version)
            .setResponseNonce(nonce)
            .addAllResourceNames(names);
    var text = error;
    if (text != null) {
      request.setErrorDetail(
          Status.newBuilder().setCode(Code.INTERNAL_VALUE).setMessage(cut(text)));
    }
    return request;
  }

  /// No longer than what a control plane should have to read.
  static String cut(String text) {
    return text.length() <= MAX_ERROR_CHARS ? text : text.substring(0, MAX_ERROR_CHARS) + CUT;
  }
}
