package dev.outrider.proxy.attributes;

import dev.outrider.proxy.http.HeaderMap;
import dev.outrider.proxy.stream.StreamInfo;
import java.util.List;

/// Applies [HeaderEdit]s in Envoy's order: what goes, goes first; then every value is made from the
/// head as it is, and only then lines are replaced, and last added. Belongs to one worker.
public final class HeaderEdits {
  private final ValueBuffer values = new ValueBuffer();
  private int[] ends = new int[8];

  /// Names of the edits must be those of this kind of head. A value that may not stand in a head is
  /// left out.
  public void apply(List<HeaderEdit> edits, HeaderMap head, StreamInfo info) {
    if (edits.isEmpty()) {
      return;
    }
    for (var i = 0; i < edits.size(); i++) { // no iterator per request
      if (edits.get(i) instanceof HeaderEdit.Remove(var name)) {
        head.remove(name);
      }
    }
    evaluate(edits, head, info);
    put(edits, head, true);
    put(edits, head, false);
  }

  /// Leaves for each edit where its value ends; one that does nothing ends before it begins.
  private void evaluate(List<HeaderEdit> edits, HeaderMap head, StreamInfo info) {
    values.clear();
    if (ends.length < edits.size()) {
      ends = new int[edits.size()];
    }
    for (var i = 0; i < edits.size(); i++) {
      ends[i] = -1;
      if (edits.get(i) instanceof HeaderEdit.Put put && wanted(put, head)) {
        var from = values.size();
        put.value().write(info, values, "");
        ends[i] = values.size() > from || put.keepEmpty() ? values.size() : -1;
      }
    }
  }

  private static boolean wanted(HeaderEdit.Put put, HeaderMap head) {
    return switch (put.mode()) {
      case APPEND, OVERWRITE -> true;
      case ADD_IF_ABSENT -> !head.contains(put.name());
      case OVERWRITE_IF_EXISTS -> head.contains(put.name());
    };
  }

  private void put(List<HeaderEdit> edits, HeaderMap head, boolean replacing) {
    var from = 0;
    for (var i = 0; i < edits.size(); i++) {
      if (ends[i] < 0 || !(edits.get(i) instanceof HeaderEdit.Put put)) {
        continue;
      }
      var length = ends[i] - from;
      var replaces =
          put.mode() == HeaderEdit.Mode.OVERWRITE
              || put.mode() == HeaderEdit.Mode.OVERWRITE_IF_EXISTS;
      if (replaces && replacing) {
        head.remove(put.name()); // what replaces stands last, as in Envoy
        head.add(put.name(), values.array(), from, length);
      } else if (!replaces && !replacing) {
        head.add(put.name(), values.array(), from, length);
      }
      from = ends[i];
    }
  }
}
