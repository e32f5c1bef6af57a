package dev.outrider.proxy.attributes;

import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import org.jspecify.annotations.Nullable;

/// Attributes that are the same for every stream of a plugin: its names, and the node. Immutable,
/// any thread.
public final class AttributeRoots {
  private final ByteRangeMap<byte[]> values;

  /// @param node the serialised Envoy core.v3.Node
  /// @param listenerDirection the number of the listener's Envoy core.v3.TrafficDirection
  public AttributeRoots(
      String pluginName, String rootId, String vmId, byte[] node, int listenerDirection) {
    var byPath = new HashMap<String, byte[]>();
    byPath.put("plugin_name", bytes(pluginName));
    byPath.put("plugin_root_id", bytes(rootId));
    byPath.put("plugin_vm_id", bytes(vmId));
    byPath.put("xds\0node", node.clone());
    var direction = new ValueBuffer(8);
    direction.putLongLittleEndian(listenerDirection);
    byPath.put("xds\0listener_direction", direction.toBytes());
    values = new ByteRangeMap<>(byPath);
  }

  byte @Nullable [] get(byte[] path, int from, int to, int hash) {
    return values.get(path, from, to, hash);
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
