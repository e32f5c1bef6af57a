package dev.outrider.proxy.xds.core;

import dev.outrider.proxy.attributes.FormatString;
import dev.outrider.proxy.attributes.HeaderEdit;
import dev.outrider.proxy.http.HeaderName;
import dev.outrider.proxy.http.HeaderNames;
import io.envoyproxy.envoy.config.common.mutation_rules.v3.HeaderMutation;
import io.envoyproxy.envoy.config.core.v3.HeaderValueOption;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Reads `core.v3.HeaderValueOption`: a header that is put into a head.
public final class HeaderEditParser {
  private HeaderEditParser() {}

  /// Those that are good.
  public static List<HeaderEdit> parse(
      List<HeaderValueOption> messages, Scope scope, String field) {
    var edits = new ArrayList<HeaderEdit>();
    for (var i = 0; i < messages.size(); i++) {
      var edit = parse(messages.get(i), scope.item(field, i));
      if (edit != null) {
        edits.add(edit);
      }
    }
    return edits;
  }

  /// Those that are good, in order.
  public static List<HeaderEdit> mutations(List<HeaderMutation> messages, Scope scope) {
    return mutations(messages, scope, "mutations");
  }

  /// As above, of a field of another name.
  public static List<HeaderEdit> mutations(
      List<HeaderMutation> messages, Scope scope, String field) {
    var edits = new ArrayList<HeaderEdit>();
    for (var i = 0; i < messages.size(); i++) {
      var edit = mutation(messages.get(i), scope.item(field, i));
      if (edit != null) {
        edits.add(edit);
      }
    }
    return edits;
  }

  private static @Nullable HeaderEdit mutation(HeaderMutation message, Scope scope) {
    return switch (message.getActionCase()) {
      case APPEND -> parse(message.getAppend(), scope.field("append"));
      case REMOVE -> {
        var name = name(message.getRemove(), scope, "remove");
        yield name == null ? null : new HeaderEdit.Remove(name);
      }
      case REMOVE_ON_MATCH -> {
        scope.refuse(true, "remove_on_match");
        yield null;
      }
      case ACTION_NOT_SET -> {
        scope.problem("one of remove, append is required");
        yield null;
      }
    };
  }

  public static @Nullable HeaderEdit parse(HeaderValueOption message, Scope scope) {
    var header = message.getHeader();
    var place = scope.field("header");
    var name = name(header.getKey(), place, "key");
    if (!header.getRawValue().isEmpty() && !header.getValue().isEmpty()) {
      place.problem("only one of value and raw_value can be set");
    }
    var text =
        header.getRawValue().isEmpty() ? header.getValue() : header.getRawValue().toStringUtf8();
    var value =
        FormatString.parse(
            text, Formats.environment(false), problem -> place.problem("value", problem));
    return name == null
        ? null
        : new HeaderEdit.Put(name, value, mode(message, scope), message.getKeepEmptyValue());
  }

  /// A header that may be edited; a problem and null if it may not.
  public static @Nullable HeaderName name(String text, Scope scope, String field) {
    try {
      var name = HeaderName.of(text);
      if (!name.isPseudo() && !name.equals(HeaderNames.HOST)) {
        return name;
      }
      scope.problem(field, ":-prefixed or host headers may not be modified");
    } catch (IllegalArgumentException e) {
      scope.problem(field, String.valueOf(e.getMessage()));
    }
    return null;
  }

  /// Any header; a problem and null if it is none.
  public static @Nullable HeaderName anyName(String text, Scope scope, String field) {
    try {
      return HeaderName.of(text);
    } catch (IllegalArgumentException e) {
      scope.problem(field, String.valueOf(e.getMessage()));
      return null;
    }
  }

  @SuppressWarnings("deprecation") // `append` is still sent
  private static HeaderEdit.Mode mode(HeaderValueOption message, Scope scope) {
    if (message.hasAppend()) {
      if (message.getAppendActionValue() != 0) {
        scope.problem("Both append and append_action are set and it's not allowed");
      }
      return message.getAppend().getValue() ? HeaderEdit.Mode.APPEND : HeaderEdit.Mode.OVERWRITE;
    }
    return switch (message.getAppendAction()) {
      case APPEND_IF_EXISTS_OR_ADD -> HeaderEdit.Mode.APPEND;
      case ADD_IF_ABSENT -> HeaderEdit.Mode.ADD_IF_ABSENT;
      case OVERWRITE_IF_EXISTS_OR_ADD -> HeaderEdit.Mode.OVERWRITE;
      case OVERWRITE_IF_EXISTS -> HeaderEdit.Mode.OVERWRITE_IF_EXISTS;
      case UNRECOGNIZED -> {
        scope.problem("append_action", "value must be one of the defined enum values");
        yield HeaderEdit.Mode.APPEND;
      }
    };
  }
}
