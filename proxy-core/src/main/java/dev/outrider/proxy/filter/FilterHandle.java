package dev.outrider.proxy.filter;

import dev.outrider.proxy.http.BodyBuffer;
import dev.outrider.proxy.http.HeaderMap;
import dev.outrider.proxy.http.LocalReply;
import dev.outrider.proxy.http.ResetReason;
import dev.outrider.proxy.loop.Loop;
import dev.outrider.proxy.loop.SignalTarget;
import dev.outrider.proxy.routing.RouteMatch;
import dev.outrider.proxy.stream.StreamInfo;
import org.jspecify.annotations.Nullable;

/// The handle of one filter of one stream; reused with [StreamFilters].
final class FilterHandle implements StreamHandle, SignalTarget {
  private static final HttpFilter NOBODY = new HttpFilter() {};
  private static final int RESUME_REQUEST = 0;
  private static final int RESUME_RESPONSE = 1;

  private final StreamFilters filters;
  HttpFilter filter = NOBODY;
  int requestPlace;
  int responsePlace;
  private int generation;
  private boolean ended;

  FilterHandle(StreamFilters filters) {
    this.filters = filters;
  }

  void end() {
    ended = true;
    generation++;
    filter.onStreamEnd();
  }

  void recycle() {
    ended = false;
    filter = NOBODY;
  }

  @Override
  public int generation() {
    return generation;
  }

  @Override
  public void onSignal(int signal) {
    if (signal == RESUME_REQUEST) {
      filters.requestPass().resume(requestPlace);
    } else {
      filters.responsePass().resume(responsePlace);
    }
  }

  @Override
  public void onBug(Throwable bug) {
    filters.host().onBug(bug);
  }

  @Override
  public Loop loop() {
    return filters.host().loop();
  }

  @Override
  public StreamInfo info() {
    return filters.host().info();
  }

  @Override
  public void resumeRequest() {
    post(RESUME_REQUEST);
  }

  @Override
  public void resumeResponse() {
    post(RESUME_RESPONSE);
  }

  private void post(int signal) {
    if (!ended) {
      loop().turn().post(this, signal);
    }
  }

  @Override
  public void reply(LocalReply reply) {
    filters.reply(reply);
  }

  @Override
  public void reset(ResetReason why, String details) {
    filters.reset(why, details);
  }

  @Override
  public void clearRoute() {
    filters.host().clearRoute();
  }

  @Override
  public @Nullable RouteMatch route() {
    return filters.host().route();
  }

  @Override
  public @Nullable Runnable awaitRoutes() {
    var asked = generation;
    return filters
        .host()
        .askForRoutes(
            found -> {
              if (generation == asked && !ended) {
                filters.host().renewRoutes();
                if (!found || route() == null || !filters.host().showAgain()) {
                  resumeRequest();
                }
              }
            });
  }

  @Override
  public @Nullable HeaderMap requestHead() {
    return info().requestHead();
  }

  @Override
  public @Nullable HeaderMap requestTrailers() {
    return info().requestTrailers();
  }

  @Override
  public @Nullable HeaderMap responseHead() {
    return info().responseHead();
  }

  @Override
  public @Nullable HeaderMap responseTrailers() {
    return info().responseTrailers();
  }

  @Override
  public BodyBuffer requestBody() {
    return filters.requestPass().shownTo(requestPlace);
  }

  @Override
  public BodyBuffer responseBody() {
    return filters.responsePass().shownTo(responsePlace);
  }

  @Override
  public @Nullable HeaderMap addRequestTrailers() {
    if (filters.requestPass().mayAddTrailers(requestPlace) && info().requestTrailers() == null) {
      info().requestTrailers(filters.addTrailers(filters.requestPass()));
    }
    return filters.requestPass().mayAddTrailers(requestPlace) ? info().requestTrailers() : null;
  }

  @Override
  public @Nullable HeaderMap addResponseTrailers() {
    if (filters.responsePass().mayAddTrailers(responsePlace) && info().responseTrailers() == null) {
      info().responseTrailers(filters.addTrailers(filters.responsePass()));
    }
    return filters.responsePass().mayAddTrailers(responsePlace) ? info().responseTrailers() : null;
  }
}
