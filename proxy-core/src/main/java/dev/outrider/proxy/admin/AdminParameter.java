package dev.outrider.proxy.admin;

import java.util.List;

/// A query parameter of an endpoint, as `/help` tells of it.
///
/// @param choices the values it takes; empty = any text
/// @param flag that it is there says all
record AdminParameter(String name, String help, List<String> choices, boolean flag) {
  static AdminParameter any(String name, String help) {
    return new AdminParameter(name, help, List.of(), false);
  }

  static AdminParameter flag(String name, String help) {
    return new AdminParameter(name, help, List.of(), true);
  }

  static AdminParameter oneOf(String name, String help, String... choices) {
    return new AdminParameter(name, help, List.of(choices), false);
  }

  /// As Envoy: indented under its endpoint.
  String line() {
    var values = choices.isEmpty() ? "" : "; One of (" + String.join(", ", choices) + ")";
    return "      " + name + ": " + help + values + "\n";
  }
}
