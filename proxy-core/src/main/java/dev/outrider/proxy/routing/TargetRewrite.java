package dev.outrider.proxy.routing;

import org.jspecify.annotations.Nullable;

/// What becomes of the target of a request that is forwarded.
///
/// @param path null = it stays
/// @param host null = it stays
/// @param appendsHost a host that is replaced is kept in `x-forwarded-host`
public record TargetRewrite(
    @Nullable PathRewrite path, @Nullable HostRewrite host, boolean appendsHost) {
  public static final TargetRewrite NONE = new TargetRewrite(null, null, false);
}
