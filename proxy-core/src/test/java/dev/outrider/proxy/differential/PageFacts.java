package dev.outrider.proxy.differential;

import com.google.gson.JsonElement;
import com.google.gson.JsonParser;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;

/// What a page of the admin interface says, one fact a line, without what no two proxies have in
/// common: ports, times, ids.
final class PageFacts {
  private static final Pattern ADDRESS = Pattern.compile("127\\.0\\.0\\.1([_:])\\d+");
  private static final Pattern PORT = Pattern.compile("(port_value=)\\d+");
  private static final Pattern SERIES = Pattern.compile("(\\w+)\\{(.*)} \\S+");
  private static final Pattern LABEL = Pattern.compile("(\\w+)=\"(?:[^\"\\\\]|\\\\.)*\"");
  private static final Pattern CHANGING =
      Pattern.compile(
          "(?s)(\\.(?:last_updated|uptime_\\w+|version|config_path|admin_address_path))=.*");

  private PageFacts() {}

  /// The names of `/stats`.
  static SortedSet<String> statNames(String page) {
    return lines(page, line -> line.substring(0, line.indexOf(": ")));
  }

  /// The types of `/stats/prometheus`, and of each series its name and the names of its labels.
  static SortedSet<String> series(String page) {
    return lines(
        page,
        line -> {
          var series = SERIES.matcher(line);
          return series.matches()
              ? series.group(1) + "{" + LABEL.matcher(series.group(2)).replaceAll("$1") + "}"
              : line;
        });
  }

  /// Every line.
  static SortedSet<String> lines(String page) {
    return lines(page, line -> line);
  }

  private static SortedSet<String> lines(String page, UnaryOperator<String> fact) {
    var facts = new TreeSet<String>();
    page.lines()
        .filter(line -> !line.isEmpty())
        .forEach(
            line -> facts.add(ADDRESS.matcher(fact.apply(line)).replaceAll("127.0.0.1$1PORT")));
    return facts;
  }

  /// Every value of a JSON page with the path to it; an array's elements have no order, and pairs
  /// of name and value are one fact.
  static SortedSet<String> values(String page) {
    var facts = new TreeSet<String>();
    walk("", JsonParser.parseString(page), facts::add);
    return facts;
  }

  private static void walk(String path, JsonElement node, Consumer<String> facts) {
    if (node.isJsonObject()) {
      var object = node.getAsJsonObject();
      var name = object.get("name");
      var place =
          name != null && name.isJsonPrimitive() ? path + "[" + name.getAsString() + "]" : path;
      if (object.isEmpty()) {
        facts.accept(place + "={}");
      }
      object.entrySet().forEach(each -> walk(place + "." + each.getKey(), each.getValue(), facts));
    } else if (node.isJsonArray()) {
      if (node.getAsJsonArray().isEmpty()) {
        facts.accept(path + "=[]");
      }
      node.getAsJsonArray().forEach(each -> walk(path + "[]", each, facts));
    } else {
      var fact = ADDRESS.matcher(path + "=" + node.getAsString()).replaceAll("127.0.0.1$1PORT");
      fact = PORT.matcher(fact).replaceAll("$1PORT");
      facts.accept(CHANGING.matcher(fact).replaceAll("$1=(any)"));
    }
  }
}
