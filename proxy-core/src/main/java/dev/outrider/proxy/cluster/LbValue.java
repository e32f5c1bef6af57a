package dev.outrider.proxy.cluster;

import java.util.List;
import java.util.Map;

/// A value of [LbMetadata], compared by content (`google.protobuf.Value`).
public sealed interface LbValue {
  record Null() implements LbValue {}

  record Bool(boolean value) implements LbValue {}

  record Numeric(double value) implements LbValue {}

  record Text(String value) implements LbValue {}

  record Items(List<LbValue> values) implements LbValue {
    public Items {
      values = List.copyOf(values);
    }
  }

  record Fields(Map<String, LbValue> values) implements LbValue {
    public Fields {
      values = Map.copyOf(values);
    }
  }
}
