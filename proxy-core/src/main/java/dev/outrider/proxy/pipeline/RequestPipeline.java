package dev.outrider.proxy.pipeline;

import dev.outrider.proxy.config.ForwardingOptions;
import dev.outrider.proxy.config.HttpConnectionManagerConfig;
import dev.outrider.proxy.config.RequestIdOptions;
import dev.outrider.proxy.http.HeaderMap;
import dev.outrider.proxy.http.HeaderNames;
import dev.outrider.proxy.http.LocalReplies;
import dev.outrider.proxy.http.LocalReply;
import dev.outrider.proxy.http.MessageError;
import dev.outrider.proxy.stream.StreamInfo;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/// The steps that a request head passes between the codec and its route, in Envoy's order. Belongs
/// to one worker; allocates nothing unless it refuses.
public final class RequestPipeline {
  private final PathNormalization path;
  private final HostNormalization host;
  private final ForwardingOptions forwarding;
  private final RequestIdOptions requestId;
  private final RequestIds ids;

  public RequestPipeline(HttpConnectionManagerConfig config, RandomGenerator random) {
    this.path = new PathNormalization(config.requests().path());
    this.host = new HostNormalization(config.requests().host());
    this.forwarding = config.forwarding();
    this.requestId = config.requestId();
    this.ids = new RequestIds(random);
  }

  /// Why a request is answered instead of being routed.
  public sealed interface Refusal {
    LocalReply reply();

    /// Nothing more is read from the connection.
    boolean closes();

    /// The path has no normal form, or may not have needed one.
    record Path(LocalReply reply) implements Refusal {
      @Override
      public boolean closes() {
        return true;
      }
    }

    /// The client is sent to the normal form of the path.
    record Redirect(LocalReply reply) implements Refusal {
      @Override
      public boolean closes() {
        return false;
      }
    }
  }

  private static final Refusal BAD_PATH =
      new Refusal.Path(LocalReply.of(MessageError.PATH_NORMALIZATION));

  /// Changes the head of a request that passed
  /// [RequestHeadCheck][dev.outrider.proxy.http.RequestHeadCheck].
  public @Nullable Refusal apply(HeaderMap head, StreamInfo info) {
    var refusal = normalizePath(head);
    if (refusal != null) {
      return refusal;
    }
    host.apply(head, info.connection().local().port());
    ForwardedHeaders.apply(head, info, forwarding);
    if (requestId.generate()) {
      ids.ensure(head, forwarding.useRemoteAddress());
    }
    return null;
  }

  private @Nullable Refusal normalizePath(HeaderMap head) {
    return switch (path.apply(head)) {
      case CONTINUE -> null;
      case REJECT -> BAD_PATH;
      case REDIRECT -> LocalReplies.isGrpc(head) ? BAD_PATH : redirect(head);
    };
  }

  private static Refusal redirect(HeaderMap head) {
    var to = head.path();
    return new Refusal.Redirect(
        LocalReply.of(307, MessageError.PATH_NORMALIZATION.details())
            .withHeader(HeaderNames.LOCATION, to == null ? "/" : to));
  }
}
