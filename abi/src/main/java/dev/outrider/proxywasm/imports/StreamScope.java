package dev.outrider.proxywasm.imports;

import dev.outrider.proxywasm.host.BodyAccess;
import dev.outrider.proxywasm.host.BufferKind;
import dev.outrider.proxywasm.host.ByteSink;
import dev.outrider.proxywasm.host.GuestReply;
import dev.outrider.proxywasm.host.HeaderAccess;
import dev.outrider.proxywasm.host.HeaderMapKind;
import dev.outrider.proxywasm.host.HttpStreamHost;
import dev.outrider.proxywasm.host.StreamKind;
import dev.outrider.proxywasm.host.WasmResult;
import org.jspecify.annotations.Nullable;

/// An HTTP stream's context: which of its maps and bodies the guest may touch now, and which
/// effects it has asked for (ABI reference 3.5 to 3.7).
public final class StreamScope implements ContextScope {
  // One bit per map 0 to 3; behind them the bodies, and whether each is shown to its end.
  private static final int REQUEST_BODY_BIT = 1 << 4;
  private static final int RESPONSE_BODY_BIT = 1 << 5;
  private static final int REQUEST_END_BIT = 1 << 6;
  private static final int RESPONSE_END_BIT = 1 << 7;
  private static final int TRAILERS_BITS =
      bit(HeaderMapKind.REQUEST_TRAILERS) | bit(HeaderMapKind.RESPONSE_TRAILERS);
  private static final int REQUEST_BITS =
      bit(HeaderMapKind.REQUEST_HEADERS)
          | bit(HeaderMapKind.REQUEST_TRAILERS)
          | REQUEST_BODY_BIT
          | REQUEST_END_BIT;
  private static final int RESPONSE_BITS =
      bit(HeaderMapKind.RESPONSE_HEADERS)
          | bit(HeaderMapKind.RESPONSE_TRAILERS)
          | RESPONSE_BODY_BIT
          | RESPONSE_END_BIT;
  private static final int LOG_BITS =
      bit(HeaderMapKind.REQUEST_HEADERS) | bit(HeaderMapKind.RESPONSE_HEADERS) | TRAILERS_BITS;

  private final int id;
  private final PluginScope plugin;
  private final HttpStreamHost host;

  private int open;
  private boolean logging;
  private boolean closed;
  private boolean resumeRequest;
  private boolean resumeResponse;
  private @Nullable GuestReply reply;
  private @Nullable StreamKind close;

  public StreamScope(int id, PluginScope plugin, HttpStreamHost host) {
    this.id = id;
    this.plugin = plugin;
    this.host = host;
  }

  private static int bit(HeaderMapKind kind) {
    return 1 << kind.code();
  }

  @Override
  public int id() {
    return id;
  }

  @Override
  public PluginScope plugin() {
    return plugin;
  }

  public HttpStreamHost host() {
    return host;
  }

  /// The guest is about to see a head or trailers.
  public void showHeaders(HeaderMapKind kind) {
    open |= bit(kind);
  }

  /// The guest is about to see body bytes.
  public void showBody(StreamKind direction, boolean end) {
    if (direction == StreamKind.REQUEST) {
      open = (open & ~REQUEST_END_BIT) | REQUEST_BODY_BIT | (end ? REQUEST_END_BIT : 0);
    } else {
      open = (open & ~RESPONSE_END_BIT) | RESPONSE_BODY_BIT | (end ? RESPONSE_END_BIT : 0);
    }
  }

  /// The message goes on: nothing of that direction may be touched until it is shown again.
  public void letGo(StreamKind direction) {
    open &= direction == StreamKind.REQUEST ? ~REQUEST_BITS : ~RESPONSE_BITS;
  }

  /// Only `proxy_on_log`, `proxy_on_done` and `proxy_on_delete` follow.
  public void startLogging() {
    logging = true;
    open = 0;
  }

  /// The stream is over: what the guest still asked for is dropped.
  public void forget() {
    closed = true;
    open = 0;
    dropEffects();
  }

  boolean logging() {
    return logging;
  }

  /// The map if it may be read now, else null.
  @Nullable HeaderAccess readable(HeaderMapKind kind) {
    int readable = logging ? LOG_BITS : open;
    return (readable & bit(kind)) == 0 ? null : host.headers(kind);
  }

  /// The map if it may be written now, else null. Missing trailers are made while the last body
  /// bytes are shown. Trailers stay writable in the log, as seen on Envoy: it changes nothing on
  /// the wire, and to refuse it would end a Rust guest.
  @Nullable HeaderAccess writable(HeaderMapKind kind) {
    if (logging) {
      return (TRAILERS_BITS & bit(kind)) == 0 ? null : host.headers(kind);
    }
    if ((open & bit(kind)) != 0) {
      return host.headers(kind);
    }
    if (!mayCreateTrailers(kind)) {
      return null;
    }
    var present = host.headers(kind);
    var trailers = present != null ? present : host.createTrailers(kind);
    if (trailers != null) {
      open |= bit(kind);
    }
    return trailers;
  }

  private boolean mayCreateTrailers(HeaderMapKind kind) {
    return switch (kind) {
      case REQUEST_TRAILERS -> (open & REQUEST_END_BIT) != 0;
      case RESPONSE_TRAILERS -> (open & RESPONSE_END_BIT) != 0;
      default -> false;
    };
  }

  /// Whether that body is shown now; it may be shown and empty ([#body] null).
  boolean bodyShown(BufferKind kind) {
    return (open & (kind == BufferKind.REQUEST_BODY ? REQUEST_BODY_BIT : RESPONSE_BODY_BIT)) != 0;
  }

  @Nullable BodyAccess body(BufferKind kind) {
    return bodyShown(kind) ? host.body(kind) : null;
  }

  /// Asked for by the guest; of several replies the first counts.
  void reply(GuestReply asked) {
    if (reply == null) {
      reply = asked;
    }
  }

  void close(StreamKind direction) {
    if (close == null) {
      close = direction;
    }
  }

  /// The request's maps close at once, as in Envoy; the response's when it does go on, so that a
  /// guest may resume it first and edit it then.
  void resume(StreamKind direction) {
    if (direction == StreamKind.REQUEST) {
      letGo(direction);
    }
    if (direction == StreamKind.REQUEST) {
      resumeRequest = true;
    } else {
      resumeResponse = true;
    }
  }

  /// Whether the guest replied to or closed the stream: then its status does not count.
  public boolean ending() {
    return reply != null || close != null;
  }

  /// Whether the guest resumed that direction; it is forgotten by asking.
  public boolean takeResume(StreamKind direction) {
    boolean asked = direction == StreamKind.REQUEST ? resumeRequest : resumeResponse;
    if (direction == StreamKind.REQUEST) {
      resumeRequest = false;
    } else {
      resumeResponse = false;
    }
    return asked;
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
    dropEffects();
  }

  /// Drops what the guest asked for.
  public void dropEffects() {
    reply = null;
    close = null;
    resumeRequest = false;
    resumeResponse = false;
  }

  @Override
  public void deliver() {
    var asked = reply;
    var closing = close;
    boolean request = resumeRequest;
    boolean response = resumeResponse;
    dropEffects();
    if (closed) {
      return;
    }
    if (asked != null) {
      host.reply(asked);
    } else if (closing != null) {
      host.close(closing);
    } else {
      if (request) {
        host.resume(StreamKind.REQUEST);
      }
      if (response && !closed) {
        letGo(StreamKind.RESPONSE);
        host.resume(StreamKind.RESPONSE);
      }
    }
  }
}
