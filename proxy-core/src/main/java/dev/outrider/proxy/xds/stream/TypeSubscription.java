package dev.outrider.proxy.xds.stream;

import dev.outrider.proxy.loop.Loop;
import dev.outrider.proxy.xds.resource.ResponseHandler;
import dev.outrider.proxy.xds.resource.ResponseHandler.Response;
import dev.outrider.proxy.xds.resource.ResponseHandler.Verdict;
import java.util.ArrayDeque;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// What is known about one type of resource in either protocol: the responses that are to be worked
/// on, one after the other, and the refusal that waits. Main loop only.
///
/// @param <R> a response
abstract sealed class TypeSubscription<R> permits SotwSubscription, DeltaSubscription {
  private static final Logger LOG = LoggerFactory.getLogger("config");

  final String typeUrl;

  /// Whether all of the type are asked for.
  boolean wildcard;

  final NackBackOff refusals;
  final Lifetimes lifetimes;

  /// Responses that came while an earlier one was still being worked on.
  private final ArrayDeque<R> inbox = new ArrayDeque<>();

  /// The response whose verdict is awaited.
  private @Nullable R answering;

  /// Who is told what time brings.
  interface Due {

    /// A refusal that was held back may go out.
    void nack(String typeUrl);

    /// Resources are not valid any more.
    void expired(String typeUrl, Set<String> names);
  }

  TypeSubscription(String typeUrl, boolean wildcard, Loop loop, Due due) {
    this.typeUrl = typeUrl;
    this.wildcard = wildcard;
    this.refusals = new NackBackOff(loop.timers(), () -> due.nack(typeUrl));
    this.lifetimes =
        new Lifetimes(
            loop,
            names -> {
              onExpired(names);
              due.expired(typeUrl, names);
            });
  }

  /// Resources are not valid any more.
  abstract void onExpired(Set<String> names);

  /// Whether anything of the type is asked for.
  abstract boolean wanted();

  void startStream() {
    inbox.clear();
    refusals.cancel();
  }

  /// A response has come; [#next] brings it when it is its turn.
  void receive(R response) {
    inbox.add(response);
  }

  /// The response to work on now; null if there is none, or an earlier one has no verdict yet.
  @Nullable R next() {
    if (answering != null) {
      return null;
    }
    answering = inbox.poll();
    return answering;
  }

  /// The verdict on what [#next] brought is there. False if it is not waited for: it was told
  /// before, or the conversation is over.
  @SuppressWarnings("ReferenceEquality") // this one, not one that says the same
  boolean judged(R response) {
    if (answering != response) {
      return false;
    }
    answering = null;
    return true;
  }

  /// Nothing comes any more, nor is anything heard that comes late.
  void close() {
    inbox.clear();
    answering = null;
    refusals.cancel();
    lifetimes.cancel();
  }

  /// Has a response judged, and refuses it if that fails: one that is never answered would be the
  /// last of its type.
  void judge(ResponseHandler handler, Response news, Consumer<Verdict> verdict) {
    try {
      handler.onResponse(news, verdict);
    } catch (RuntimeException failure) {
      LOG.error("taking resources of type {} failed", typeUrl, failure);
      verdict.accept(new Verdict.Refused("internal error: " + failure));
    }
  }

  /// Whether a request may leave that nobody has to hear of at once.
  boolean mayAsk() {
    return answering == null && !refusals.waits();
  }
}
