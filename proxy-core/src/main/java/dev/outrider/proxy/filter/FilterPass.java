package dev.outrider.proxy.filter;

import dev.outrider.proxy.filter.Slot.HeadHold;
import dev.outrider.proxy.http.BodyBuffer;
import dev.outrider.proxy.http.FlowControl;
import dev.outrider.proxy.http.HeaderMap;
import dev.outrider.proxy.http.Hold;
import dev.outrider.proxy.http.MessageSink;
import dev.outrider.proxy.http.ResetReason;
import io.netty.buffer.ByteBuf;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// Shows one message to the filters of a stream, in one direction, and hands what they let through
/// to a sink. Owned by one loop, reused stream after stream; an event allocates nothing. The rules
/// are the table in the package description.
public final class FilterPass implements MessageSink {
  private static final MessageSink NOWHERE = new Nowhere();
  private static final FlowControl NO_SOURCE = new NoSource();

  private final Direction direction;
  private final PassHost host;
  private Slot[] slots = {};
  private int count;
  private MessageSink end = NOWHERE;
  private FlowControl source = NO_SOURCE;
  private int limitBytes;
  private int pushingBack;
  private @Nullable HeaderMap head;
  private boolean endedByHead;
  private @Nullable HeaderMap trailers;
  private int seesLastBody = -1;
  private boolean stopped = true;

  FilterPass(Direction direction, PassHost host) {
    this.direction = direction;
    this.host = host;
  }

  /// Begins a message with no filters; [#add] them in the order in which this pass shows it.
  ///
  /// @param newSource held back with [Hold#FILTER] when filters that push back keep
  ///   `newLimitBytes`; its `release` must not deliver from inside the call
  void start(MessageSink newEnd, FlowControl newSource, int newLimitBytes) {
    assert count == 0 : "not recycled";
    end = newEnd;
    source = newSource;
    limitBytes = newLimitBytes;
    stopped = false;
  }

  /// Returns the place by which the filter is resumed.
  int add(HttpFilter filter) {
    if (count == slots.length) {
      slots = Arrays.copyOf(slots, Math.max(4, count * 2));
      for (var i = count; i < slots.length; i++) {
        slots[i] = new Slot();
      }
    }
    slots[count].filter = filter;
    return count++;
  }

  @Override
  public void onInformational(HeaderMap informational) {
    for (var i = 0; i < count && !stopped; i++) {
      slots[i].filter.onInformational(informational);
    }
    if (!stopped) {
      end.onInformational(informational);
    }
  }

  @Override
  public void onHead(HeaderMap newHead, boolean ended) {
    if (!stopped) {
      head = newHead;
      endedByHead = ended;
      showHead(0);
    }
  }

  @Override
  public void onBody(ByteBuf chunk, boolean ended) {
    if (stopped) {
      chunk.release();
    } else if (count == 0) {
      end.onBody(chunk, ended);
    } else {
      slots[0].take(chunk);
      showBody(0, ended);
    }
  }

  @Override
  public void onTrailers(HeaderMap newTrailers) {
    if (!stopped) {
      trailers = newTrailers;
      showTrailers(0);
    }
  }

  @Override
  public void onReset(ResetReason why) {
    if (!stopped) {
      stop();
      end.onReset(why);
    }
  }

  /// The filter at that place lets go what it holds; nothing happens if it holds nothing.
  void resume(int place) {
    var slot = slots[place];
    if (stopped || !slot.holds()) {
      return;
    }
    if (!slot.holdsAll()) {
      release(place);
      return;
    }
    letHeadGo(place);
    if (stopped || endedByHead) {
      return;
    }
    pushBackNoMore(slot);
    showWhatWaits(place);
  }

  /// Shows nothing more and lets nothing more through. What filters hold stays readable until
  /// [#recycle].
  void stop() {
    stopped = true;
    if (pushingBack > 0) {
      pushingBack = 0;
      source.release(Hold.FILTER);
    }
  }

  boolean stopped() {
    return stopped;
  }

  void recycle() {
    stop();
    for (var i = 0; i < count; i++) {
      slots[i].clear();
    }
    count = 0;
    end = NOWHERE;
    source = NO_SOURCE;
    head = null;
    trailers = null;
    endedByHead = false;
    seesLastBody = -1;
  }

  BodyBuffer shownTo(int place) {
    return slots[place].shown;
  }

  /// Whether the filter at that place is being shown the last piece of a body without trailers.
  boolean mayAddTrailers(int place) {
    return seesLastBody == place && !stopped;
  }

  void addTrailers(HeaderMap added) {
    trailers = added;
  }

  private void showHead(int from) {
    var shownHead = head;
    if (shownHead == null) {
      return;
    }
    for (var i = from; i < count; i++) {
      var slot = slots[i];
      var status = direction.head(slot.filter, shownHead, endedByHead);
      if (stopped) {
        return;
      }
      if (status != HeadStatus.CONTINUE) {
        slot.headHold = holdOf(status);
        return;
      }
    }
    end.onHead(shownHead, endedByHead);
  }

  private static HeadHold holdOf(HeadStatus status) {
    return switch (status) {
      case CONTINUE -> HeadHold.NONE;
      case HOLD_HEAD -> HeadHold.HEAD;
      case HOLD_ALL_LIMITED -> HeadHold.ALL_LIMITED;
      case HOLD_ALL_BACKPRESSURE -> HeadHold.ALL_BACKPRESSURE;
    };
  }

  /// New bytes, or only the end, have come to `shown` of the filter at that place.
  private void showBody(int place, boolean ended) {
    var slot = slots[place];
    slot.holdsEnd |= ended;
    if (slot.holdsAll()) {
      checkLimit(slot, slot.headHold == HeadHold.ALL_LIMITED);
      return;
    }
    seesLastBody = ended ? place : -1;
    var status = direction.body(slot.filter, slot.shown, ended);
    seesLastBody = -1;
    if (stopped) {
      return;
    }
    if (ended
        && trailers
            != null) { // added by the filter just now: the body has no end for those behind it
      slot.holdsEnd = false;
      slot.holdsTrailers = true;
    }
    switch (status) {
      case CONTINUE -> release(place);
      case HOLD_AND_SHOW_ALL -> {
        slot.holdsBody = true;
        checkLimit(slot, true);
      }
      case HOLD_AND_SHOW_NEW -> {
        slot.holdsBody = true;
        slot.keepShown();
        checkLimit(slot, false);
      }
      case DROP -> slot.shown.close();
    }
  }

  private void showTrailers(int place) {
    var shownTrailers = trailers;
    if (shownTrailers == null) {
      return;
    }
    if (place == count) {
      end.onTrailers(shownTrailers);
      return;
    }
    var slot = slots[place];
    if (slot.holdsAll()) {
      slot.trailersWait = true;
      return;
    }
    var status = direction.trailers(slot.filter, shownTrailers);
    if (stopped) {
      return;
    }
    slot.holdsTrailers = true;
    if (status == TrailersStatus.CONTINUE) {
      release(place);
    }
  }

  /// What came while the filter was shown nothing.
  private void showWhatWaits(int place) {
    var slot = slots[place];
    var ended = slot.holdsEnd;
    slot.holdsEnd = false;
    if (ended || !slot.shown.isEmpty()) {
      showBody(place, ended);
    }
    if (!stopped && slot.trailersWait) {
      slot.trailersWait = false;
      showTrailers(place);
    }
  }

  /// Head, body, end and trailers that the filter at that place has seen go on.
  private void release(int place) {
    var slot = slots[place];
    if (slot.headHold != HeadHold.NONE) {
      letHeadGo(place);
      if (stopped || endedByHead) {
        return;
      }
    }
    var ended = slot.holdsEnd;
    var trailersGo = slot.holdsTrailers;
    slot.holdsBody = false;
    slot.holdsEnd = false;
    slot.holdsTrailers = false;
    pushBackNoMore(slot);
    if (ended || slot.heldBytes() > 0) {
      if (place + 1 == count) {
        slot.drainTo(end, ended);
      } else {
        slot.moveBodyTo(slots[place + 1]);
        showBody(place + 1, ended);
      }
    }
    if (trailersGo && !stopped) {
      showTrailers(place + 1);
    }
  }

  private void letHeadGo(int place) {
    var slot = slots[place];
    if (head != null) {
      slot.frameAnew(head, slot.holdsTrailers);
    }
    slot.headHold = HeadHold.NONE;
    showHead(place + 1);
  }

  private void checkLimit(Slot slot, boolean limited) {
    if (limited) {
      if (slot.heldBytes() > limitBytes) {
        host.onTooLarge();
      }
    } else if (!slot.pushesBack && slot.heldBytes() >= limitBytes) {
      slot.pushesBack = true;
      if (pushingBack++ == 0) {
        source.hold(Hold.FILTER);
      }
    }
  }

  private void pushBackNoMore(Slot slot) {
    if (slot.pushesBack) {
      slot.pushesBack = false;
      if (--pushingBack == 0) {
        source.release(Hold.FILTER);
      }
    }
  }

  /// The end of a pass between streams.
  private static final class Nowhere implements MessageSink {
    @Override
    public void onHead(HeaderMap head, boolean end) {}

    @Override
    public void onBody(ByteBuf chunk, boolean end) {
      chunk.release();
    }

    @Override
    public void onTrailers(HeaderMap trailers) {}

    @Override
    public void onReset(ResetReason why) {}
  }

  private static final class NoSource implements FlowControl {
    @Override
    public void hold(Hold cause) {}

    @Override
    public void release(Hold cause) {}
  }
}
