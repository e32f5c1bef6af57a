package dev.outrider.proxy.xds.resource;

import dev.outrider.proxy.xds.core.FactoryNames;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/// What is wrong with a filter where it stands, in Envoy's words.
public final class FilterPlaces {

  private FilterPlaces() {}

  /// Why a network filter may not stand there; null = it may.
  ///
  /// @param last of its chain
  public static @Nullable String wrong(String name, String type, boolean terminal, boolean last) {
    if (terminal == last) {
      return null;
    }
    var text =
        terminal
            ? "Error: terminal filter named %s of type %s must be the last filter in a network"
                + " filter chain."
            : "Error: non-terminal filter named %s of type %s is the last filter in a network"
                + " filter chain.";
    return text.formatted(name, FactoryNames.of(type));
  }

  /// A configuration that came is none of those that a filter may have.
  public static String wrongType(String type, Set<String> wanted) {
    return "Error: filter config has type URL %s but expect %s."
        .formatted(type, String.join(", ", new TreeSet<>(wanted)));
  }
}
