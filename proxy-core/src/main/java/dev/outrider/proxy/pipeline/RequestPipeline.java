package dev.outrider.proxy.pipeline;

import dev.outrider.proxy.attributes.HeaderEdit;
import dev.outrider.proxy.attributes.HeaderEdits;
import dev.outrider.proxy.config.ClientCertForwarding;
import dev.outrider.proxy.config.HttpConnectionManagerConfig;
import dev.outrider.proxy.http.HeaderMap;
import dev.outrider.proxy.http.HeaderNames;
import dev.outrider.proxy.http.JoinedLines;
import dev.outrider.proxy.http.LocalReplies;
import dev.outrider.proxy.http.LocalReply;
import dev.outrider.proxy.http.MessageError;
import dev.outrider.proxy.stream.StreamInfo;
import java.util.List;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/// The steps that a request head passes between the codec and its route, in Envoy's order. Belongs
/// to one worker; allocates nothing unless it refuses.
public final class RequestPipeline {
  private final PathNormalization path;
  private final HostNormalization host;
  private final HeaderEdits edits = new HeaderEdits();
  private final List<List<HeaderEdit>> early;
  private final ForwardedHeaders forwarded;
  private final ClientCertForwarding clientCert;
  private final boolean givesId;
  private final RequestIds ids;

  public RequestPipeline(HttpConnectionManagerConfig config, RandomGenerator random) {
    this.path = new PathNormalization(config.requests().path());
    this.host = new HostNormalization(config.requests().host());
    this.early = config.requests().early().stream().map(List::of).toList();
    this.forwarded = new ForwardedHeaders(config.forwarding());
    this.clientCert = config.forwarding().clientCert();
    this.givesId = config.requestId().generate();
    this.ids = new RequestIds(config.requestId(), random);
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

    /// Nobody can say who the client is.
    record UnknownClient(LocalReply reply) implements Refusal {
      @Override
      public boolean closes() {
        return false;
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
    var refusal = normalize(head, info);
    if (refusal != null) {
      return refusal;
    }
    if (!early.isEmpty()) {
      for (var i = 0; i < early.size(); i++) { // no iterator per request
        edits.apply(early.get(i), head, info);
      }
      JoinedLines.apply(head); // what follows trusts the one line of such a name
    }
    var status = forwarded.apply(head, info);
    if (status != 0) {
      return new Refusal.UnknownClient(LocalReply.of(status, "rejecting_because_detection_failed"));
    }
    if (givesId) {
      ids.ensure(head, forwarded.edge());
    }
    ForwardedClientCert.apply(head, info, clientCert);
    return null;
  }

  /// Only what makes sure that no route and no filter is passed by spelling a path or a host
  /// differently: for a request that begins anew under another address, and is the same in all else
  /// (as Envoy).
  public @Nullable Refusal normalize(HeaderMap head, StreamInfo info) {
    var refusal = normalizePath(head);
    if (refusal == null) {
      host.apply(head, info.connection().local().port());
    }
    return refusal;
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
            .withHeader(HeaderNames.LOCATION, to == null ? "/" : onThisHost(to)));
  }

  /// A reference that begins with two slashes names another host (RFC 3986 4.2), and browsers take
  /// a backslash for a slash. A dot segment in front, which they remove, keeps them here.
  private static String onThisHost(String path) {
    var second = path.length() > 1 ? path.charAt(1) : ' ';
    return second == '/' || second == '\\' ? "/." + path : path;
  }
}
