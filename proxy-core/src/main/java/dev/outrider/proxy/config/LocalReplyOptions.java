package dev.outrider.proxy.config;

import dev.outrider.proxy.attributes.HeaderEdit;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// How the answers that the proxy gives itself look (Envoy `LocalReplyConfig`).
///
/// @param mappers the first that matches is applied
/// @param format of bodies that no mapper formats; null = as they are
public record LocalReplyOptions(List<Mapper> mappers, @Nullable BodyFormat format) {
  /// Envoy's default: they stay as they are.
  public static final LocalReplyOptions NONE = new LocalReplyOptions(List.of(), null);

  public LocalReplyOptions {
    mappers = List.copyOf(mappers);
  }

  /// What becomes of the replies that its filter matches (Envoy `ResponseMapper`).
  ///
  /// @param status 0 = unchanged
  /// @param body null = unchanged
  /// @param format null = that of all replies
  public record Mapper(
      LogFilter filter,
      int status,
      @Nullable String body,
      List<HeaderEdit> headers,
      @Nullable BodyFormat format) {
    public Mapper {
      headers = List.copyOf(headers);
    }
  }
}
