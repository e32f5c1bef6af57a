package dev.outrider.proxy.xds;

/// Names one resource among all kinds.
public record ResourceKey(ResourceKind kind, String name) {

  @Override
  public String toString() {
    return kind.called(name);
  }
}
