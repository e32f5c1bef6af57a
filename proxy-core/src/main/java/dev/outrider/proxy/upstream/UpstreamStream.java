package dev.outrider.proxy.upstream;

import dev.outrider.proxy.cluster.Permit;
import dev.outrider.proxy.cluster.Priority;
import dev.outrider.proxy.http.BodyBuffer;
import dev.outrider.proxy.http.FlowControl;
import dev.outrider.proxy.http.HeaderMap;
import dev.outrider.proxy.http.Hold;
import dev.outrider.proxy.http.HoldSet;
import dev.outrider.proxy.http.ResetReason;
import dev.outrider.proxy.loop.SignalTarget;
import io.netty.buffer.ByteBuf;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// An attempt in HTTP. While there is no connection it keeps the request and holds its source back.
/// Owned by one loop; comes from [UpstreamCluster#open] and is reused afterwards.
public final class UpstreamStream implements Attempt, SignalTarget {
  private enum State {
    FREE,
    PENDING,
    ATTACHED,
    FAILED
  }

  private static final int FAIL = 0;

  private final Upstreams home;
  private final BodyBuffer waiting = new BodyBuffer(Integer.MAX_VALUE);
  private final HoldSet responseHolds = new HoldSet();
  private final Permit pendingPermit = new Permit();
  private final Permit requestPermit = new Permit();
  private State state = State.FREE;
  private int generation;
  private @Nullable EndpointPool pool;
  private Priority priority = Priority.DEFAULT;
  private @Nullable UpstreamSink responses;
  private @Nullable FlowControl requests;
  private @Nullable StreamCarrier carrier;
  private @Nullable HeaderMap waitingHead;
  private @Nullable HeaderMap waitingTrailers;
  private boolean requestEnded;
  private boolean holdsRequest;
  private boolean counted;
  private ResetReason failure = ResetReason.LOCAL_RESET;
  private String failureDetail = "";

  UpstreamStream(Upstreams home) {
    this.home = home;
  }

  void start(
      EndpointPool newPool,
      Priority newPriority,
      UpstreamSink newResponses,
      FlowControl newRequests) {
    assert state == State.FREE : "attempt reused while " + state;
    pool = newPool;
    priority = newPriority;
    responses = newResponses;
    requests = newRequests;
    state = State.PENDING;
    requestEnded = false;
    failureDetail = "";
  }

  @Override
  public String failureDetail() {
    return failureDetail;
  }

  @Override
  public void cancel() {
    if (state == State.FREE) {
      return;
    }
    var carriedBy = carrier;
    if (state == State.PENDING) {
      pool().forget(this);
    } else if (carriedBy != null) {
      measure();
      carrier = null;
      carriedBy.abandon();
    }
    finish();
  }

  // ---- the request

  @Override
  public void onHead(HeaderMap head, boolean end) {
    requestEnded = end;
    if (carrier != null) {
      carrier.onHead(head, end);
    } else {
      waitingHead = head;
    }
  }

  @Override
  public void onBody(ByteBuf chunk, boolean end) {
    requestEnded |= end;
    if (carrier != null) {
      carrier.onBody(chunk, end);
    } else if (state == State.PENDING) {
      waiting.append(chunk);
      if (waiting.length() >= pool().bufferLimit()) {
        requestWritable(false);
      }
    } else {
      chunk.release();
    }
  }

  @Override
  public void onTrailers(HeaderMap trailers) {
    requestEnded = true;
    if (carrier != null) {
      carrier.onTrailers(trailers);
    } else {
      waitingTrailers = trailers;
    }
  }

  /// The request will not be complete: the same as [#cancel].
  @Override
  public void onReset(ResetReason why) {
    cancel();
  }

  // ---- flow control of the response

  @Override
  public void hold(Hold cause) {
    if (responseHolds.hold(cause) && carrier != null) {
      carrier.holdResponse();
    }
  }

  @Override
  public void release(Hold cause) {
    if (responseHolds.release(cause) && carrier != null) {
      carrier.releaseResponse();
    }
  }

  // ---- for the pool

  Priority priority() {
    return priority;
  }

  /// False if the cluster has as many waiting requests as it may.
  boolean takePending() {
    return pendingPermit.tryTake(pool().breakers(priority).pending());
  }

  void releasePending() {
    pendingPermit.release();
  }

  /// False if the cluster has as many requests under way as it may.
  boolean takeRequest() {
    return requestPermit.tryTake(pool().breakers(priority).requests());
  }

  /// A connection takes the request. What was kept goes out now.
  void attach(StreamCarrier newCarrier) {
    carrier = newCarrier;
    state = State.ATTACHED;
    counted = true;
    pool().streamStarted();
    if (responseHolds.held()) {
      newCarrier.holdResponse();
    }
    var tls = newCarrier.tls();
    if (tls != null) {
      responses().onSecured(tls);
    }
    responses()
        .onConnected(
            newCarrier.localAddress(),
            newCarrier.connectionId(),
            newCarrier.connectBegunNanos(),
            newCarrier.connectedNanos());
    requestWritable(true); // before the carrier, given what waits, may ask for a hold of its own
    sendWhatWaits(newCarrier);
  }

  private void sendWhatWaits(StreamCarrier to) {
    var head = waitingHead;
    if (head == null) {
      return;
    }
    var trailers = waitingTrailers;
    waitingHead = null;
    waitingTrailers = null;
    var bodyEnds = requestEnded && trailers == null;
    var endsWithHead = bodyEnds && waiting.isEmpty();
    to.onHead(head, endsWithHead);
    if (!endsWithHead) {
      waiting.drain(to, bodyEnds);
    }
    if (trailers != null) {
      to.onTrailers(trailers);
    }
  }

  /// Tells the sink about it with nobody on the stack; until then the request goes nowhere.
  void fail(ResetReason why, String detail) {
    measure();
    carrier = null;
    state = State.FAILED;
    failure = why;
    failureDetail = detail;
    home.loop().turn().post(this, FAIL);
  }

  // ---- for the carrier

  boolean requestEnded() {
    return requestEnded;
  }

  void requestWritable(boolean writable) {
    var source = requests;
    if (source != null && holdsRequest == writable) {
      holdsRequest = !writable;
      if (writable) {
        source.release(Hold.SINK);
      } else {
        source.hold(Hold.SINK);
      }
    }
  }

  void deliverHead(HeaderMap head, boolean end) {
    var life = generation;
    detachAtEnd(end);
    responses().onHead(head, end);
    finishAtEnd(end, life);
  }

  void deliverInformational(HeaderMap head) {
    responses().onInformational(head);
  }

  void deliverBody(ByteBuf chunk, boolean end) {
    var life = generation;
    detachAtEnd(end);
    responses().onBody(chunk, end);
    finishAtEnd(end, life);
  }

  void deliverTrailers(HeaderMap trailers) {
    var life = generation;
    detachAtEnd(true);
    responses().onTrailers(trailers);
    finishAtEnd(true, life);
  }

  private void detachAtEnd(boolean end) {
    if (end) {
      measure();
      carrier = null;
      state = State.FAILED; // what is left of the request goes nowhere
    }
  }

  private void measure() {
    var wire = responses == null ? null : responses.wire();
    if (carrier != null && wire != null) {
      carrier.measure(wire);
    }
  }

  private void finishAtEnd(boolean end, int life) {
    if (end && life == generation) {
      finish();
    }
  }

  private void finish() {
    requestWritable(true);
    if (counted) {
      counted = false;
      pool().streamEnded();
    }
    pendingPermit.release();
    requestPermit.release();
    waiting.close();
    responseHolds.clear();
    waitingHead = null;
    waitingTrailers = null;
    carrier = null;
    responses = null;
    requests = null;
    pool = null;
    state = State.FREE;
    generation++;
    home.giveBack(this);
  }

  // ---- signals

  @Override
  public int generation() {
    return generation;
  }

  @Override
  public void onSignal(int signal) {
    var life = generation;
    responses().onReset(failure);
    finishAtEnd(true, life);
  }

  @Override
  public void onBug(Throwable bug) {
    home.onBug(bug);
  }

  private EndpointPool pool() {
    return Objects.requireNonNull(pool, "the attempt is over");
  }

  private UpstreamSink responses() {
    return Objects.requireNonNull(responses, "the attempt is over");
  }
}
