package dev.outrider.proxy.runtime;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/// The values of one layer at one moment, by key.
public record RuntimeLayer(String name, Map<String, RuntimeValue> values) {
  public RuntimeLayer {
    values = Collections.unmodifiableMap(new LinkedHashMap<>(values));
  }
}
