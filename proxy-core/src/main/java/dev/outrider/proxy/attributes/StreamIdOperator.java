package dev.outrider.proxy.attributes;

import dev.outrider.proxy.http.HeaderNames;
import dev.outrider.proxy.stream.ProxiedId;
import dev.outrider.proxy.stream.StreamInfo;

/// `%STREAM_ID%`: the request's `x-request-id`; of a proxied connection an id of its own.
record StreamIdOperator() implements FormatOperator {
  private static final FormatOperator OF_REQUEST =
      new HeaderOperator(
          StreamInfo::requestHead, HeaderNames.X_REQUEST_ID, null, Integer.MAX_VALUE);

  @Override
  public boolean write(StreamInfo info, ValueBuffer out) {
    if (OF_REQUEST.write(info, out)) {
      return true;
    }
    var id = ProxiedId.of(info);
    out.put(id);
    return !id.isEmpty();
  }
}
