package dev.outrider.proxy.differential;

import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Message;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;

/// A message as paths and values, in which nothing is left that chance decides: ports, times, ids.
final class Flattened {
  private static final Pattern UUID =
      Pattern.compile("[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}");

  private final Map<String, String> values = new TreeMap<>();

  private Flattened() {}

  /// Of each field that is set its path and its value; of list items the place.
  static Map<String, String> of(Message message) {
    var flattened = new Flattened();
    flattened.add("", message);
    return flattened.values;
  }

  private void add(String path, Message message) {
    message
        .getAllFields()
        .forEach(
            (field, value) ->
                addValue(path.isEmpty() ? name(field) : path + "." + name(field), value));
  }

  private void addValue(String path, Object value) {
    if (value instanceof List<?> items) {
      for (var i = 0; i < items.size(); i++) {
        one(path + "[" + key(items.get(i), i) + "]", items.get(i));
      }
    } else {
      one(path, value);
    }
  }

  private void one(String path, Object value) {
    if (value instanceof Message message) {
      if (isTime(message)) {
        values.put(path, "a time");
      } else {
        add(path, message);
      }
    } else {
      values.put(path, shown(path, "" + value));
    }
  }

  /// What is the same on no two sides is shown by its kind.
  private static String shown(String path, String value) {
    if (path.endsWith("port_value") || path.endsWith("_nano")) {
      return "a number";
    }
    return path.endsWith("stream_id") && UUID.matcher(value).matches() ? "a random id" : value;
  }

  private static boolean isTime(Message message) {
    var type = message.getDescriptorForType().getFullName();
    return type.equals("google.protobuf.Timestamp") || type.equals("google.protobuf.Duration");
  }

  /// What a pair of a list is called by; of other items the place.
  private static String key(Object item, int place) {
    if (item instanceof Message message) {
      var key = message.getDescriptorForType().findFieldByName("key");
      if (key != null) {
        return "" + message.getField(key);
      }
    }
    return "" + place;
  }

  private static String name(FieldDescriptor field) {
    return field.getName();
  }
}
