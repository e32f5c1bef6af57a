package dev.outrider.proxywasm.conformance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/// The library passes its own suite.
class LibraryConformanceTest {
  @TestFactory
  Stream<DynamicTest> doesWhatTheScriptSays() {
    return ConformanceSuite.scripts().stream()
        .map(
            script ->
                dynamicTest(
                    script.name(),
                    () ->
                        assertThat(script.problems(Host.OUTRIDER, LibraryHost.run(script)))
                            .isEmpty()));
  }
}
