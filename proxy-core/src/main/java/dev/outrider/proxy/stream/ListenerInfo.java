package dev.outrider.proxy.stream;

import dev.outrider.proxy.cluster.Metadata;

/// What streams tell about the listener they came in by.
///
/// @param direction the number of its Envoy core.v3.TrafficDirection
public record ListenerInfo(int direction, Metadata metadata) {
  public static final ListenerInfo NONE = new ListenerInfo(0, Metadata.NONE);
}
