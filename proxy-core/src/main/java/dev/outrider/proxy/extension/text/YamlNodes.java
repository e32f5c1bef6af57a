package dev.outrider.proxy.extension.text;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.api.lowlevel.Parse;
import org.snakeyaml.engine.v2.common.Anchor;
import org.snakeyaml.engine.v2.common.ScalarStyle;
import org.snakeyaml.engine.v2.events.AliasEvent;
import org.snakeyaml.engine.v2.events.Event;
import org.snakeyaml.engine.v2.events.MappingStartEvent;
import org.snakeyaml.engine.v2.events.NodeEvent;
import org.snakeyaml.engine.v2.events.ScalarEvent;
import org.snakeyaml.engine.v2.events.SequenceStartEvent;
import org.snakeyaml.engine.v2.exceptions.Mark;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;

/// Builds the nodes of one YAML document from the parser's events. Of a key given twice the last
/// counts; `<<` merges.
final class YamlNodes {
  private final Iterator<Event> events;
  private final ReaderLimits limits;
  private final Map<Anchor, ConfigNode> anchors = new HashMap<>();
  private int aliases;

  private YamlNodes(Iterator<Event> events, ReaderLimits limits) {
    this.events = events;
    this.limits = limits;
  }

  static ConfigNode read(String text, ReaderLimits limits) {
    var settings = LoadSettings.builder().setCodePointLimit(limits.maxChars()).build();
    try {
      return new YamlNodes(new Parse(settings).parseString(text).iterator(), limits).document();
    } catch (MarkedYamlEngineException e) {
      throw e.getProblemMark()
          .map(mark -> problem(sentence(e), mark))
          .orElseGet(() -> new TextProblem(sentence(e), 0, 0));
    } catch (YamlEngineException e) {
      throw new TextProblem("not valid YAML: " + e.getMessage(), 0, 0);
    }
  }

  private ConfigNode document() {
    ConfigNode root = new ConfigNode.Nothing(1, 1);
    boolean found = false;
    while (events.hasNext()) {
      var event = events.next();
      if (event instanceof NodeEvent) {
        if (found) {
          throw problem("more than one YAML document", start(event));
        }
        found = true;
        root = node(event, 0);
      }
    }
    return root;
  }

  private ConfigNode node(Event event, int depth) {
    var mark = start(event);
    if (depth > limits.maxDepth()) {
      throw problem("nested more than " + limits.maxDepth() + " deep", mark);
    }
    int line = mark.getLine() + 1;
    int column = mark.getColumn() + 1;
    var node =
        switch (event) {
          case AliasEvent alias -> alias(alias, mark);
          case ScalarEvent scalar -> scalar(scalar, line, column);
          case SequenceStartEvent _ -> new ConfigNode.Sequence(items(depth), line, column);
          case MappingStartEvent _ -> new ConfigNode.Mapping(entries(depth), line, column);
          default -> throw problem("unexpected " + event.getEventId(), mark);
        };
    if (!(event instanceof AliasEvent)) {
      ((NodeEvent) event).getAnchor().ifPresent(anchor -> anchors.put(anchor, node));
    }
    return node;
  }

  private ConfigNode alias(AliasEvent event, Mark mark) {
    if (++aliases > limits.maxAliases()) {
      throw problem("more than " + limits.maxAliases() + " aliases", mark);
    }
    var target = anchors.get(event.getAlias());
    if (target == null) {
      throw problem("alias *" + event.getAlias() + " has no complete anchor before it", mark);
    }
    return target;
  }

  private static ConfigNode scalar(ScalarEvent event, int line, int column) {
    boolean quoted =
        event.getScalarStyle() != ScalarStyle.PLAIN
            || event.getTag().filter("!"::equals).isPresent();
    return quoted
        ? new ConfigNode.Text(event.getValue(), line, column)
        : YamlScalars.plain(event.getValue(), line, column);
  }

  private List<ConfigNode> items(int depth) {
    var items = new ArrayList<ConfigNode>();
    for (var event = events.next();
        event.getEventId() != Event.ID.SequenceEnd;
        event = events.next()) {
      items.add(node(event, depth + 1));
    }
    return items;
  }

  private List<ConfigNode.Entry> entries(int depth) {
    var own = new LinkedHashMap<String, ConfigNode.Entry>();
    var merged = new LinkedHashMap<String, ConfigNode.Entry>();
    for (var event = events.next();
        event.getEventId() != Event.ID.MappingEnd;
        event = events.next()) {
      var mark = start(event);
      var key = key(event, mark);
      var value = node(events.next(), depth + 1);
      if (key.equals("<<")) {
        merge(value, merged);
      } else {
        own.put(key, new ConfigNode.Entry(key, value, mark.getLine() + 1, mark.getColumn() + 1));
      }
    }
    if (merged.isEmpty()) {
      return new ArrayList<>(own.values());
    }
    merged.putAll(own);
    return new ArrayList<>(merged.values());
  }

  private static String key(Event event, Mark mark) {
    if (event instanceof ScalarEvent scalar) {
      return scalar.getValue();
    }
    throw problem("expected a plain key", mark);
  }

  /// Of several merged mappings the first that has a key counts.
  private static void merge(ConfigNode value, Map<String, ConfigNode.Entry> merged) {
    switch (value) {
      case ConfigNode.Mapping mapping ->
          mapping.entries().forEach(e -> merged.putIfAbsent(e.key(), e));
      case ConfigNode.Sequence sequence
          when sequence.items().stream().allMatch(ConfigNode.Mapping.class::isInstance) ->
          sequence.items().forEach(item -> merge(item, merged));
      case ConfigNode other ->
          throw new TextProblem(
              "expected a mapping or a list of mappings to merge, found " + other.shown(),
              other.line(),
              other.column());
    }
  }

  private static String sentence(MarkedYamlEngineException e) {
    var context =
        Optional.ofNullable(e.getContext()).filter(c -> !c.isBlank()).map(c -> c + ", ").orElse("");
    return "not valid YAML: " + context + e.getProblem();
  }

  private static Mark start(Event event) {
    return event.getStartMark().orElseThrow();
  }

  private static TextProblem problem(String message, Mark mark) {
    return new TextProblem(message, mark.getLine() + 1, mark.getColumn() + 1);
  }
}
