package dev.outrider.proxy.downstream;

import dev.outrider.proxy.http.LocalReply;
import dev.outrider.proxy.metrics.StatCells;
import dev.outrider.proxy.stream.ResponseFlag;

/// What happens to an exchange when one of its clocks has run out.
///
/// @param cells of [HttpStats]
record StreamExpiry(HttpStream stream, StatCells cells) implements StreamTimeouts.Expiry {
  private static final int DEADLINE_EXCEEDED = 4;

  @Override
  public void onIdle() {
    cells.inc(HttpStats.RQ_IDLE_TIMEOUT);
    stream.info().flags().raise(ResponseFlag.STREAM_IDLE_TIMEOUT);
    var status = stream.requestEnded() ? 504 : 408;
    stream.onFilterReply(LocalReply.of(status, "stream timeout", "stream_idle_timeout"));
  }

  @Override
  public void onRequestTooSlow() {
    cells.inc(HttpStats.RQ_TIMEOUT);
    stream.onFilterReply(LocalReply.of(408, "request timeout", "request_overall_timeout"));
  }

  @Override
  public void onTooLong() {
    cells.inc(HttpStats.RQ_MAX_DURATION_REACHED);
    var status = stream.requestEnded() ? 504 : 408;
    stream.onFilterReply(
        LocalReply.of(status, "downstream duration timeout", "max_duration_timeout")
            .withGrpcStatus(DEADLINE_EXCEEDED));
  }
}
