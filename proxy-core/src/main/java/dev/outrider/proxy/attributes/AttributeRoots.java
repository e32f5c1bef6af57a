package dev.outrider.proxy.attributes;

import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Attributes that are the same for every stream of a plugin, and outside of streams: its names,
/// and the node. Immutable, any thread.
public final class AttributeRoots {
  private static final String NODE = "xds\0node";

  private final ByteRangeMap<Fixed> values;
  private final byte[] node;

  /// One value.
  @SuppressWarnings("ArrayRecordComponent") // never compared
  record Fixed(AttributeKind kind, byte[] value) {}

  /// @param node the serialised Envoy core.v3.Node
  public AttributeRoots(String pluginName, String rootId, String vmId, byte[] node) {
    this.node = node.clone();
    values =
        new ByteRangeMap<>(
            Map.of(
                "plugin_name",
                text(pluginName),
                "plugin_root_id",
                text(rootId),
                "plugin_vm_id",
                text(vmId),
                NODE,
                new Fixed(AttributeKind.MESSAGE, this.node)));
  }

  @Nullable Fixed get(byte[] path, int from, int to, int hash) {
    return values.get(path, from, to, hash);
  }

  /// The node, if that is its path; else null.
  byte @Nullable [] node(byte[] path, int from, int to) {
    var found = values.get(path, from, to);
    return found != null && found.kind() == AttributeKind.MESSAGE ? node : null;
  }

  private static Fixed text(String text) {
    return new Fixed(AttributeKind.TEXT, text.getBytes(StandardCharsets.UTF_8));
  }
}
