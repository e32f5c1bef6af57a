package dev.outrider.proxy.xds.resource;

import dev.outrider.proxy.config.ConfigOrigin;
import dev.outrider.proxy.config.ResourceSource;
import dev.outrider.proxy.extension.ConfigProblem;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Resources of one kind that came together: in one response, or in a bootstrap.
///
/// @param source where it came from; null = from the control plane, or from the bootstrap
/// @param version of the response; empty for static resources
/// @param removed names that are gone; null if the delivery says all there is
public record Delivery(
    ResourceKind kind,
    @Nullable ResourceSource source,
    ConfigOrigin origin,
    String version,
    List<ResponseHandler.Packed> resources,
    @Nullable Set<String> removed) {

  /// The key of a resource of this name in it.
  public ResourceKey key(String name) {
    return new ResourceKey(kind, name, kind.fromOnePlace() ? null : source);
  }

  /// What a delivery held.
  ///
  /// @param arrived new values by name, in order
  /// @param unchanged names whose bytes are what was accepted before
  /// @param refused problems by name, in order; a name that came twice is one of them
  /// @param broken why the delivery cannot be used at all
  public record Outcome(
      Map<String, Held<?>> arrived,
      Set<String> unchanged,
      Map<String, List<ConfigProblem>> refused,
      @Nullable String broken) {

    /// Of nothing.
    public static final Outcome EMPTY = new Outcome(Map.of(), Set.of(), Map.of(), null);

    public static Outcome broken(String why) {
      return new Outcome(Map.of(), Set.of(), Map.of(), why);
    }

    /// The same, but that one is refused if there are problems.
    public Outcome but(String name, List<ConfigProblem> problems) {
      if (problems.isEmpty()) {
        return this;
      }
      var good = new LinkedHashMap<>(arrived);
      good.remove(name);
      var bad = new LinkedHashMap<>(refused);
      bad.put(name, problems);
      return new Outcome(good, unchanged, bad, broken);
    }

    /// Names that came and are good.
    public Set<String> good() {
      var names = new HashSet<>(arrived.keySet());
      names.addAll(unchanged);
      return names;
    }

    /// Every name that came.
    public Set<String> all() {
      var names = good();
      names.addAll(refused.keySet());
      return names;
    }
  }
}
