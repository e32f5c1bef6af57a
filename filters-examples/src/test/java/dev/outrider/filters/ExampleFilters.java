package dev.outrider.filters;

import dev.outrider.proxywasm.FilterModule;
import dev.outrider.proxywasm.testkit.GuestHarness;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/// Finds and loads the modules under test: the committed ones, or with `-Dfilters.variant=build`
/// the rebuilt ones.
final class ExampleFilters {
  private static final Map<String, FilterModule> LOADED = new ConcurrentHashMap<>();

  private ExampleFilters() {}

  static FilterModule module(String name) {
    return LOADED.computeIfAbsent(name, _ -> GuestHarness.load(path(name)));
  }

  private static Path path(String name) {
    var folder = Path.of(System.getProperty("outrider.filters", "")).resolve(name);
    return "build".equals(System.getProperty("outrider.filters.variant"))
        ? folder.resolve("build").resolve(name + ".wasm")
        : folder.resolve(name + ".wasm");
  }
}
