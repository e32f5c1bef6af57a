package dev.outrider.proxy.server;

import java.lang.management.ManagementFactory;
import java.util.HashMap;
import java.util.Map;
import java.util.regex.Pattern;
import javax.management.JMException;
import javax.management.ObjectName;

/// What is on the heap of this process after a full collection. Unlike the heap in use it does not
/// depend on when the collector ran, or on how it cut the heap up.
///
/// @param instances of our classes, by name; the names of all would weigh more than what is looked
///   for
/// @param bytes of all classes together
record LiveObjects(Map<String, Long> instances, long bytes) {
  private static final Pattern OURS = Pattern.compile("(\\[+L)?dev\\.outrider\\..*");

  /// Collects garbage and counts the rest: what `jcmd GC.class_histogram` prints.
  static LiveObjects counted() {
    try {
      var histogram =
          ManagementFactory.getPlatformMBeanServer()
              .invoke(
                  new ObjectName("com.sun.management:type=DiagnosticCommand"),
                  "gcClassHistogram",
                  new Object[] {new String[0]},
                  new String[] {String[].class.getName()});
      return parsed((String) histogram);
    } catch (JMException e) {
      throw new IllegalStateException("this JVM gives no histogram of its classes", e);
    }
  }

  /// Lines are `12: instances bytes class (module)`; a class loaded twice has two.
  private static LiveObjects parsed(String histogram) {
    var instances = new HashMap<String, Long>();
    var bytes = 0L;
    for (var line : histogram.lines().toList()) {
      var words = line.strip().split("\\s+", -1);
      if (words.length >= 4 && words[0].matches("\\d+:")) {
        if (OURS.matcher(words[3]).matches()) {
          instances.merge(words[3], Long.valueOf(words[1]), Long::sum);
        }
        bytes += Long.parseLong(words[2]);
      }
    }
    return new LiveObjects(Map.copyOf(instances), bytes);
  }
}
