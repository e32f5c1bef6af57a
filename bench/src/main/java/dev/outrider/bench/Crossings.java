package dev.outrider.bench;

import dev.outrider.proxywasm.testkit.GuestHarness;

/// Counts how often one stream goes over the border between host and guest, either way.
final class Crossings {
  private Crossings() {}

  static long perStream(Example example) {
    try (var guest = GuestHarness.start(example.module(), example.configuration())) {
      stream(guest, example); // what is done once (a token verified, tables grown) is not counted
      long before = guest.vm().crossings();
      stream(guest, example);
      return guest.vm().crossings() - before;
    }
  }

  private static void stream(GuestHarness guest, Example example) {
    try (var exchange =
        guest.request(
            "GET",
            "/api/v1/items?page=2",
            "user-agent",
            "curl/8.5.0",
            "x-request-id",
            "7c2d2a1e-6f0a-4b1e-9a51-2f3c6d7e8f90",
            example.header(),
            example.value())) {
      if (!exchange.requestWentOn()) {
        throw new IllegalStateException(example + " refused the request: " + exchange.reply());
      }
      exchange.respond(200, "", "content-type", "application/json", "cache-control", "no-cache");
    }
  }
}
