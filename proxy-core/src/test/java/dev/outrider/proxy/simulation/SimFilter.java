package dev.outrider.proxy.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import dev.outrider.proxy.filter.BodyStatus;
import dev.outrider.proxy.filter.HeadStatus;
import dev.outrider.proxy.filter.HttpFilter;
import dev.outrider.proxy.filter.StreamHandle;
import dev.outrider.proxy.filter.TrailersStatus;
import dev.outrider.proxy.http.BodyBuffer;
import dev.outrider.proxy.http.HeaderMap;
import dev.outrider.proxy.http.LocalReply;
import dev.outrider.proxy.http.ResetReason;
import java.util.SplittableRandom;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// Holds, resumes, answers, resets and calls out at random; never changes a byte.
final class SimFilter implements HttpFilter {
  private final StreamHandle handle;
  private final SplittableRandom random;
  private final BooleanSupplier calm;
  private final Function<Runnable, @Nullable SimCallout> calls;
  private @Nullable SimCallout call;
  private boolean ended;

  /// @param calls starts a call; null if that cannot be
  SimFilter(
      StreamHandle handle,
      SplittableRandom random,
      BooleanSupplier calm,
      Function<Runnable, @Nullable SimCallout> calls) {
    this.handle = handle;
    this.random = random;
    this.calm = calm;
    this.calls = calls;
  }

  boolean ended() {
    return ended;
  }

  /// Something that this filter waited for has come.
  void calloutDone() {
    if (ended) {
      return;
    }
    if (random.nextInt(12) == 0) {
      handle.reply(LocalReply.of(403, "late", "sim_late"));
    }
    handle.resumeRequest();
    handle.resumeResponse();
  }

  void resume() {
    handle.resumeRequest();
    handle.resumeResponse();
  }

  @Override
  public HeadStatus onRequestHead(HeaderMap head, boolean end) {
    if (!calm.getAsBoolean() && random.nextInt(6) == 0) {
      call = calls.apply(this::calloutDone);
      if (call != null && random.nextInt(8) > 0) {
        return random.nextBoolean() ? HeadStatus.HOLD_HEAD : HeadStatus.HOLD_ALL_BACKPRESSURE;
      }
    }
    return head();
  }

  @Override
  public BodyStatus onRequestBody(BodyBuffer body, boolean end) {
    return body();
  }

  @Override
  public TrailersStatus onRequestTrailers(HeaderMap trailers) {
    return trailers();
  }

  @Override
  public HeadStatus onResponseHead(HeaderMap head, boolean end) {
    return head();
  }

  @Override
  public BodyStatus onResponseBody(BodyBuffer body, boolean end) {
    return body();
  }

  @Override
  public TrailersStatus onResponseTrailers(HeaderMap trailers) {
    return trailers();
  }

  @Override
  public void onStreamEnd() {
    assertThat(ended).as("told twice of the end").isFalse();
    ended = true;
    if (call != null) {
      call.cancel();
    }
  }

  private HeadStatus head() {
    assertThat(ended).as("shown something after the end").isFalse();
    if (calm.getAsBoolean()) {
      return HeadStatus.CONTINUE;
    }
    switch (random.nextInt(60)) {
      case 0 -> handle.reply(LocalReply.of(401, "no", "sim_reply"));
      case 1 -> handle.reset(ResetReason.LOCAL_RESET, "sim_reset");
      case 2 -> handle.clearRoute();
      default -> {}
    }
    return switch (random.nextInt(24)) {
      case 0, 1 -> HeadStatus.HOLD_HEAD;
      case 2 -> HeadStatus.HOLD_ALL_LIMITED;
      case 3, 4, 5 -> HeadStatus.HOLD_ALL_BACKPRESSURE;
      default -> HeadStatus.CONTINUE;
    };
  }

  private BodyStatus body() {
    assertThat(ended).as("shown something after the end").isFalse();
    if (calm.getAsBoolean()) {
      return BodyStatus.CONTINUE;
    }
    if (random.nextInt(80) == 0) {
      handle.reply(LocalReply.of(418, "", "sim_reply"));
    }
    return switch (random.nextInt(24)) {
      case 0 -> BodyStatus.HOLD_AND_SHOW_ALL;
      case 1, 2 -> BodyStatus.HOLD_AND_SHOW_NEW;
      default -> BodyStatus.CONTINUE;
    };
  }

  private TrailersStatus trailers() {
    assertThat(ended).as("shown something after the end").isFalse();
    return !calm.getAsBoolean() && random.nextInt(4) == 0
        ? TrailersStatus.HOLD
        : TrailersStatus.CONTINUE;
  }
}
