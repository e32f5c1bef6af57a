package dev.outrider.proxy.attributes;

import dev.outrider.proxy.http.HeaderMap;
import dev.outrider.proxy.http.HeaderName;
import dev.outrider.proxy.http.JoinedLines;
import dev.outrider.proxy.stream.StreamInfo;
import java.util.List;

/// Applies [HeaderEdit]s in Envoy's order: what goes, goes first; then every value is made from the
/// head as it is, and only then lines are replaced, and last added. Belongs to one worker.
public final class HeaderEdits {
  private final ValueBuffer values = new ValueBuffer();
  private int[] ends = new int[8];

  /// One level after the other, each from what the one before has left.
  public void applyAll(List<List<HeaderEdit>> levels, HeaderMap head, StreamInfo info) {
    for (var i = 0; i < levels.size(); i++) { // no iterator per request
      apply(levels.get(i), head, info);
    }
  }

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
        append(put.name(), from, length, head);
      }
      from = ends[i];
    }
  }

  /// Behind the value that is there, of the names that have one only.
  private void append(HeaderName name, int from, int length, HeaderMap head) {
    var line = JoinedLines.joins(name) ? head.find(name) : -1;
    if (line < 0) {
      head.add(name, values.array(), from, length);
      return;
    }
    var start = values.size();
    values.put(head.array(), head.valueOffset(line), head.valueLength(line));
    values.put(',');
    values.put(values.array(), from, length);
    head.set(name, values.array(), start, values.size() - start);
    values.truncate(start);
  }
}
