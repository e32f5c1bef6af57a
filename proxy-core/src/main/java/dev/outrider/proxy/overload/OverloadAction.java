package dev.outrider.proxy.overload;

import org.jspecify.annotations.Nullable;

/// What can be done against overload.
public enum OverloadAction {
  STOP_ACCEPTING_REQUESTS,
  DISABLE_HTTP_KEEPALIVE,
  REJECT_INCOMING_CONNECTIONS,
  STOP_ACCEPTING_CONNECTIONS,
  REDUCE_TIMEOUTS;

  private static final String ALL = "envoy.overload_actions.";

  private final String envoyName;

  OverloadAction() {
    var lower = new StringBuilder(ALL);
    for (var i = 0; i < name().length(); i++) {
      lower.append(Character.toLowerCase(name().charAt(i)));
    }
    envoyName = lower.toString();
  }

  /// As in Envoy: `envoy.overload_actions.stop_accepting_requests`.
  public String envoyName() {
    return envoyName;
  }

  /// Null if it is none of these.
  public static @Nullable OverloadAction of(String envoyName) {
    for (var action : values()) {
      if (action.envoyName.equals(envoyName)) {
        return action;
      }
    }
    return null;
  }
}
