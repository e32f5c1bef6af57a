package dev.outrider.proxy.rbac;

import dev.outrider.proxy.http.HeaderMap;
import dev.outrider.proxy.stream.StreamInfo;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Policies with what a match of one of them means (Envoy `rbac.v3.RBAC`). Immutable, any thread.
///
/// @param denies what matches is refused, and everything else allowed; otherwise the other way
///   round
/// @param policies looked at by name
public record Rbac(boolean denies, List<Policy> policies) {
  public Rbac {
    policies = policies.stream().sorted(Comparator.comparing(Policy::name)).toList();
  }

  /// The first policy that matches; null if none does.
  ///
  /// @param head null on a connection
  public @Nullable Policy match(StreamInfo info, @Nullable HeaderMap head) {
    for (var i = 0; i < policies.size(); i++) { // no iterator per request
      if (policies.get(i).matches(info, head)) {
        return policies.get(i);
      }
    }
    return null;
  }

  /// What a result of [#match] means.
  public boolean allows(@Nullable Policy matched) {
    return (matched != null) != denies;
  }

  /// Why something was refused, in Envoy's words.
  public static String details(@Nullable Policy matched) {
    var name = matched == null ? "none" : matched.name();
    return "rbac_access_denied_matched_policy[" + name.replaceAll("\\s", "_") + "]";
  }
}
