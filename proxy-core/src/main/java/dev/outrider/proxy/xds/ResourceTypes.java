package dev.outrider.proxy.xds;

import dev.outrider.proxy.dns.DnsCaches;
import dev.outrider.proxy.xds.resource.ResourceKind;
import dev.outrider.proxy.xds.resource.ResourceType;
import dev.outrider.proxy.xds.secret.Secrets;

/// The resource types of this proxy. Main loop only.
public interface ResourceTypes {

  ResourceType<?> of(ResourceKind kind);

  /// What listeners and clusters are secured with.
  Secrets secrets();

  /// Where names are kept that requests ask for.
  DnsCaches dnsCaches();
}
