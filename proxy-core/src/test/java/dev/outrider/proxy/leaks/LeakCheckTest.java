package dev.outrider.proxy.leaks;

import static org.junit.platform.engine.discovery.DiscoverySelectors.selectClass;

import io.netty.buffer.Unpooled;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.platform.testkit.engine.EngineTestKit;

/// Proves that a leaked buffer fails the build, by leaking one on purpose in a class run by an
/// engine of its own.
class LeakCheckTest {
  private static final String INNER_RUN = "outrider.leaks.inner";

  @Test
  void failsTheClassThatLeaksABuffer() {
    System.setProperty(INNER_RUN, "true");
    try {
      var results =
          EngineTestKit.engine("junit-jupiter")
              .configurationParameter("junit.jupiter.extensions.autodetection.enabled", "true")
              .selectors(selectClass(Leaky.class))
              .execute();

      results.containerEvents().assertStatistics(stats -> stats.failed(1));
      results.testEvents().assertStatistics(stats -> stats.succeeded(1));
    } finally {
      System.clearProperty(INNER_RUN);
    }
  }

  @Test
  void acceptsTheClassThatReleasesItsBuffers() {
    System.setProperty(INNER_RUN, "true");
    try {
      var results =
          EngineTestKit.engine("junit-jupiter")
              .configurationParameter("junit.jupiter.extensions.autodetection.enabled", "true")
              .selectors(selectClass(Tidy.class))
              .execute();

      results.containerEvents().assertStatistics(stats -> stats.failed(0));
    } finally {
      System.clearProperty(INNER_RUN);
    }
  }

  @EnabledIfSystemProperty(
      named = INNER_RUN,
      matches = "true",
      disabledReason = "run by its outer class only")
  static class Leaky {
    @Test
    void leaks() {
      Unpooled.directBuffer(16).writeInt(1).touch("leaked on purpose");
    }
  }

  @EnabledIfSystemProperty(
      named = INNER_RUN,
      matches = "true",
      disabledReason = "run by its outer class only")
  static class Tidy {
    @Test
    void releases() {
      Unpooled.directBuffer(16).writeInt(1).release();
    }
  }
}
