package dev.outrider.proxy.rbac;

import dev.outrider.proxy.http.HeaderMap;
import dev.outrider.proxy.stream.StreamInfo;
import org.jspecify.annotations.Nullable;

/// Who may do what (Envoy `rbac.v3.Policy`). Immutable, any thread.
///
/// @param name among the policies of its rules
/// @param permission what is wanted
/// @param principal who asks
public record Policy(String name, Rule permission, Rule principal) {
  boolean matches(StreamInfo info, @Nullable HeaderMap head) {
    return permission.matches(info, head) && principal.matches(info, head);
  }
}
