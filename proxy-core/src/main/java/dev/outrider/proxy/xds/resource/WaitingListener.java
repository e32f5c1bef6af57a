package dev.outrider.proxy.xds.resource;

import dev.outrider.proxy.config.EncodedMessage;
import java.util.Set;

/// A listener whose newest version does not serve yet, for `/init_dump`.
///
/// @param needs what has not come
public record WaitingListener(String name, EncodedMessage bytes, Set<ResourceKey> needs) {
  public WaitingListener {
    needs = Set.copyOf(needs);
  }
}
