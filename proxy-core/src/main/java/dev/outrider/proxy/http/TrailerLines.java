package dev.outrider.proxy.http;

import org.jspecify.annotations.Nullable;

/// Which fields may stand in trailers: RFC 9110 6.5.1. The others (framing, routing,
/// authentication, the form of the content) are dropped, since a reader that merges trailers into
/// the head would act on them.
final class TrailerLines implements HeadReader.Lines {
  private static final boolean[] FORBIDDEN = forbidden();

  static boolean forbidden(int key) {
    return key > 0 && FORBIDDEN[key];
  }

  @Override
  public @Nullable MessageError startLine(HeadLines head, int from, int end) {
    return null;
  }

  @Override
  public @Nullable MessageError field(HeadLines head, int key, int valueOffset, int valueLength) {
    return null;
  }

  @Override
  public boolean keeps(int key) {
    return !forbidden(key);
  }

  private static boolean[] forbidden() {
    var table = new boolean[HeaderNames.count() + 1];
    for (var name :
        new HeaderName[] {
          HeaderNames.HOST,
          HeaderNames.CONTENT_LENGTH,
          HeaderNames.TRANSFER_ENCODING,
          HeaderNames.CONNECTION,
          HeaderNames.UPGRADE,
          HeaderNames.EXPECT,
          HeaderNames.KEEP_ALIVE,
          HeaderNames.PROXY_CONNECTION,
          HeaderNames.TE,
          HeaderNames.TRAILER,
          HeaderNames.HTTP2_SETTINGS,
          HeaderNames.AUTHORIZATION,
          HeaderNames.PROXY_AUTHORIZATION,
          HeaderNames.COOKIE,
          HeaderNames.SET_COOKIE,
          HeaderNames.CACHE_CONTROL,
          HeaderNames.CONTENT_ENCODING,
          HeaderNames.CONTENT_RANGE,
          HeaderNames.CONTENT_TYPE,
          HeaderNames.MAX_FORWARDS,
          HeaderNames.RANGE
        }) {
      table[name.key()] = true;
    }
    return table;
  }
}
