package dev.outrider.proxy.downstream;

import dev.outrider.proxy.http.BodyBuffer;
import dev.outrider.proxy.http.LocalReply;
import dev.outrider.proxy.http.ResetReason;
import dev.outrider.proxy.loop.SignalTarget;
import dev.outrider.proxy.loop.Turn;
import org.jspecify.annotations.Nullable;

/// What the router has decided of an exchange without a response to hand on: told while the router
/// is on the stack, carried out when nobody is. Belongs to one stream, and lives as long as its
/// exchange does.
final class RouterOutcome implements SignalTarget {
  private static final int REPLY = 0;
  private static final int BROKEN = 1;
  private static final int REDIRECTED = 2;

  private final HttpStream stream;
  private final Turn turn;
  private @Nullable LocalReply reply;
  private @Nullable ResetReason brokenBy;
  private String details = "";

  /// Of a request that begins anew; here until it is sent, so that the end finds it.
  private @Nullable BodyBuffer body;

  RouterOutcome(HttpStream stream) {
    this.stream = stream;
    this.turn = stream.loop().turn();
  }

  /// It answers by itself.
  void replies(LocalReply answer) {
    reply = answer;
    turn.post(this, REPLY);
  }

  /// The response breaks off behind its head.
  void breaks(ResetReason why, String itsDetails) {
    brokenBy = why;
    details = itsDetails;
    turn.post(this, BROKEN);
  }

  /// The request begins anew.
  ///
  /// @param kept its body, *taken*; null if it has none
  void redirects(@Nullable BodyBuffer kept) {
    body = kept;
    turn.post(this, REDIRECTED);
  }

  /// The answer that it has given; null = none.
  @Nullable LocalReply reply() {
    return reply;
  }

  boolean hasBody() {
    return body != null;
  }

  /// Is the taker's from now on.
  @Nullable BodyBuffer takeBody() {
    var taken = body;
    body = null;
    return taken;
  }

  /// The exchange is over.
  void clear() {
    if (body != null) {
      body.close();
      body = null;
    }
    reply = null;
    brokenBy = null;
    details = "";
  }

  @Override
  public int generation() {
    return stream.generation();
  }

  @Override
  public void onSignal(int signal) {
    switch (signal) {
      case REPLY -> {
        if (reply != null) {
          stream.answerForRouter(reply);
        }
      }
      case BROKEN -> {
        if (brokenBy != null) {
          stream.breakOff(brokenBy, details);
        }
      }
      default -> stream.onRedirected();
    }
  }

  @Override
  public void onBug(Throwable bug) {
    stream.onBug(bug);
  }
}
