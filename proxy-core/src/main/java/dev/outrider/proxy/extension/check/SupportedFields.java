package dev.outrider.proxy.extension.check;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;

/// The fields that Outrider acts on. Immutable.
///
/// The committed table has a line `[full message name]` for each message, followed by a line for
/// each field: its name, and the test class (below `dev.outrider.proxy`) that proves that it is
/// acted on. `#` starts a comment.
public final class SupportedFields {
  private static final String RESOURCE = "/dev/outrider/proxy/supported-fields.txt";

  private final Map<String, String> tests;

  private SupportedFields(Map<String, String> tests) {
    this.tests = Map.copyOf(tests);
  }

  /// Reads the committed table.
  public static SupportedFields load() {
    try (var in = SupportedFields.class.getResourceAsStream(RESOURCE)) {
      if (in == null) {
        throw new IllegalStateException(RESOURCE + " is not on the class path");
      }
      return parse(new String(in.readAllBytes(), StandardCharsets.UTF_8));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// Reads a table; a line that is none of the three kinds, or a field given twice, is a mistake of
  /// ours.
  public static SupportedFields parse(String table) {
    var tests = new LinkedHashMap<String, String>();
    var message = "";
    for (var raw : table.lines().toList()) {
      int comment = raw.indexOf('#');
      var line = (comment < 0 ? raw : raw.substring(0, comment)).strip();
      if (line.isEmpty()) {
        continue;
      }
      if (line.startsWith("[") && line.endsWith("]")) {
        message = line.substring(1, line.length() - 1);
        continue;
      }
      // Read at every start: an expression to split by costs more than all the rest.
      int blank = line.indexOf(' ');
      var test = line.substring(blank + 1).strip();
      if (blank < 0
          || test.indexOf(' ') >= 0
          || message.isEmpty()
          || tests.putIfAbsent(message + "." + line.substring(0, blank), test) != null) {
        throw new IllegalStateException("supported fields: '" + raw + "' under [" + message + "]");
      }
    }
    return new SupportedFields(tests);
  }

  public boolean contains(String message, String field) {
    return tests.containsKey(message + "." + field);
  }

  /// Each field (`message.field`) with the test that proves it.
  public Map<String, String> tests() {
    return tests;
  }
}
