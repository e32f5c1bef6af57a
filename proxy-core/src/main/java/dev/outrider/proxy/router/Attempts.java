package dev.outrider.proxy.router;

import dev.outrider.proxy.http.FlowControl;
import dev.outrider.proxy.http.Hold;
import dev.outrider.proxy.http.HoldSet;
import dev.outrider.proxy.http.MessageSink;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// The attempts of one request that are under way, the newest first: more than one only if an
/// attempt was too slow and goes on beside the next. As a [FlowControl] it holds back all their
/// responses. Belongs to a [Router]; a chain through the attempts, since every exchange has one.
final class Attempts implements FlowControl {
  private final HoldSet holds = new HoldSet();
  private @Nullable UpstreamRequest newest;

  boolean isEmpty() {
    return newest == null;
  }

  /// Where the request goes; null while there is no attempt, or it takes nothing.
  @Nullable MessageSink request() {
    return newest == null ? null : newest.request();
  }

  void add(UpstreamRequest begun) {
    begun.older = newest;
    newest = begun;
  }

  void remove(UpstreamRequest ended) {
    if (newest == ended) {
      newest = ended.older;
    }
    for (var each = newest; each != null; each = each.older) {
      if (each.older == ended) {
        each.older = ended.older;
      }
    }
    ended.older = null;
  }

  void forEach(Consumer<UpstreamRequest> action) {
    for (var each = newest; each != null; ) {
      var next = each.older;
      action.accept(each);
      each = next;
    }
  }

  void startClocks() {
    for (var each = newest; each != null; each = each.older) {
      each.startClocks();
    }
  }

  /// Whether another one may still bring a response.
  boolean awaitHead(UpstreamRequest butThis) {
    for (var each = newest; each != null; each = each.older) {
      if (each != butThis && each.awaitsHead()) {
        return true;
      }
    }
    return false;
  }

  void cancel() {
    while (newest != null) {
      var each = newest;
      remove(each);
      each.cancel();
    }
  }

  /// This one has answered first.
  void cancelOthers(UpstreamRequest winner) {
    if (newest == null || newest.older == null) {
      return;
    }
    remove(winner);
    cancel();
    add(winner);
    winner.describe();
  }

  // ---- flow control of the response

  /// What an attempt that begins now has to hold back.
  HoldSet holds() {
    return holds;
  }

  @Override
  public void hold(Hold cause) {
    holds.hold(cause);
    for (var each = newest; each != null; each = each.older) {
      each.hold(cause);
    }
  }

  @Override
  public void release(Hold cause) {
    holds.release(cause);
    for (var each = newest; each != null; ) {
      var next = each.older;
      each.release(cause);
      each = next;
    }
  }
}
