package dev.outrider.proxy.conversation;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.outrider.proxy.xds.resource.ResourceKind;
import io.envoyproxy.envoy.config.core.v3.Node;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/// One stream in one protocol, as the server sees it. One thread.
sealed interface Talk permits SotwTalk, DeltaTalk {

  /// A message of the proxy.
  ///
  /// @param kind of what it speaks
  /// @param line what it says, without what cannot be the same twice
  /// @param nonce that it answers; empty = none, or one that it has answered before
  /// @param asks whether there is something to be sent for it
  record Heard(ResourceKind kind, String line, String nonce, boolean asks) {}

  Heard hear(byte[] request) throws InvalidProtocolBufferException;

  /// Whether the proxy wants to know what becomes of a kind.
  boolean follows(ResourceKind kind);

  /// The response that brings the proxy to what there is; null if there is nothing to say.
  byte @Nullable [] say(ResourceKind kind, World world, String nonce);

  /// A message as a line: what is empty is left out.
  final class Line {
    private final List<String> parts = new ArrayList<>();

    Line(ResourceKind kind) {
      parts.add(kind.name());
    }

    Line names(String what, Collection<String> names) {
      return text(what, String.join(",", new TreeSet<>(names)));
    }

    Line text(String what, String value) {
      if (!value.isEmpty()) {
        parts.add(what + "=" + value);
      }
      return this;
    }

    Line error(boolean there, int code) {
      return there ? text("error", "" + code) : this;
    }

    Line node(boolean there, Node node) {
      return there ? text("node", node.getId() + "/" + node.getCluster()) : this;
    }

    @Override
    public String toString() {
      return String.join(" ", parts);
    }
  }
}
