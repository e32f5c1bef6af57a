package dev.outrider.proxy.routing;

import dev.outrider.proxy.http.HeadKind;
import dev.outrider.proxy.http.HeadStores;
import dev.outrider.proxy.http.HeaderMap;
import dev.outrider.proxy.http.HeaderName;
import dev.outrider.proxy.http.HeaderNames;

/// Request heads for tests.
public final class Heads {
  private Heads() {}

  /// A request by GET.
  ///
  /// @param headers names and values in turn
  public static HeaderMap request(String host, String path, String... headers) {
    var head = new HeadStores().take(HeadKind.REQUEST);
    head.add(HeaderNames.METHOD, "GET");
    head.add(HeaderNames.AUTHORITY, host);
    head.add(HeaderNames.PATH, path);
    for (var i = 0; i < headers.length; i += 2) {
      head.add(HeaderName.of(headers[i]), headers[i + 1]);
    }
    return head;
  }
}
