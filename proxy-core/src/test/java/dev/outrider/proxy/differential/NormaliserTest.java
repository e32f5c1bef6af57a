package dev.outrider.proxy.differential;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class NormaliserTest {
  @Test
  void takesOutWhatDiffersFromRunToRun() {
    assertThat(normal("a: 1\ndate: Sun, 22 Nov 2026 16:16:07 GMT\nb: 2"))
        .isEqualTo("a: 1\ndate: <date>\nb: 2");
    assertThat(normal("x-request-id: 454900df-95a2-454e-874d-7f02bc2d03bd"))
        .isEqualTo("x-request-id: <uuid>");
    assertThat(normal("127.0.0.1:40123 up_at_h1_a_0")).isEqualTo("127.0.0.1:<port> up");
    assertThat(normal("x-envoy-upstream-service-time: 12"))
        .isEqualTo("x-envoy-upstream-service-time: <ms>");
  }

  @Test
  void leavesAloneWhatOnlyLooksAlike() {
    assertThat(normal("date: tomorrow")).isEqualTo("date: tomorrow");
    assertThat(normal("x-request-id: mine")).isEqualTo("x-request-id: mine");
    assertThat(normal("127.0.0.1")).isEqualTo("127.0.0.1");
    assertThat(normal("x-envoy-upstream-service-time: soon"))
        .isEqualTo("x-envoy-upstream-service-time: soon");
  }

  private static String normal(String text) {
    return Normaliser.text(text, "h1_a_0");
  }
}
