package dev.outrider.proxy.extension.text;

import java.util.List;

/// A value of a text after YAML's or JSON's own rules, with the place where it starts. Line and
/// column count from 1.
sealed interface ConfigNode {
  int line();

  int column();

  /// As a problem's text shows it.
  String shown();

  record Nothing(int line, int column) implements ConfigNode {
    @Override
    public String shown() {
      return "null";
    }
  }

  record Flag(boolean value, int line, int column) implements ConfigNode {
    @Override
    public String shown() {
      return Boolean.toString(value);
    }
  }

  /// A number in JSON's notation.
  record Digits(String digits, int line, int column) implements ConfigNode {
    @Override
    public String shown() {
      return digits;
    }
  }

  record Text(String value, int line, int column) implements ConfigNode {
    @Override
    public String shown() {
      return "'" + (value.length() <= 60 ? value : value.substring(0, 60) + "...") + "'";
    }
  }

  record Sequence(List<ConfigNode> items, int line, int column) implements ConfigNode {
    @Override
    public String shown() {
      return "a list";
    }
  }

  record Mapping(List<Entry> entries, int line, int column) implements ConfigNode {
    @Override
    public String shown() {
      return "a mapping";
    }
  }

  /// A key with its value; the place is the key's.
  record Entry(String key, ConfigNode value, int line, int column) {}
}
