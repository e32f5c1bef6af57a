package dev.outrider.proxy.filter;

/// A filter's answer to trailers.
public enum TrailersStatus {
  CONTINUE,
  HOLD
}
