package dev.outrider.proxy.differential;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SortedSet;
import java.util.regex.Pattern;

/// The facts of admin pages in which the two proxies are meant to differ, each with a reason: lines
/// `page side expression or expression -- reason`, where the side is the proxy that alone has the
/// fact. Every expression has to be needed.
final class PageDifferences {
  static final Path FILE = Path.of("src/test/resources/differential/admin/pages.differences");
  private static final Pattern LINE =
      Pattern.compile("(\\S+) (envoy|outrider) (\\S.*?) -- (\\S.*)");

  private final List<Listed> listed;

  private PageDifferences(List<Listed> listed) {
    this.listed = listed;
  }

  private record Listed(String page, String side, Pattern fact) {
    @Override
    public String toString() {
      return page + " " + side + " " + fact;
    }
  }

  /// @throws IllegalArgumentException for a line that is none
  static PageDifferences read(Path file) throws IOException {
    return of(Files.readAllLines(file));
  }

  static PageDifferences of(List<String> lines) {
    var listed = new ArrayList<Listed>();
    for (var line : lines) {
      if (!line.isBlank() && !line.startsWith("#")) {
        var parts = LINE.matcher(line);
        if (!parts.matches()) {
          throw new IllegalArgumentException(
              "not 'page side expression [or expression]... -- reason': " + line);
        }
        for (var expression : parts.group(3).split(" or ", -1)) {
          listed.add(new Listed(parts.group(1), parts.group(2), Pattern.compile(expression)));
        }
      }
    }
    return new PageDifferences(listed);
  }

  /// What is wrong with a page: differences that nobody has listed, and listed ones that are gone.
  List<String> problems(String page, SortedSet<String> envoy, SortedSet<String> outrider) {
    var used = new HashSet<Listed>();
    var problems = new ArrayList<String>();
    unlisted(page, "envoy", envoy, outrider, used, problems);
    unlisted(page, "outrider", outrider, envoy, used, problems);
    for (var entry : listed) {
      if (entry.page.equals(page) && !used.contains(entry)) {
        problems.add("listed, but there is no such difference: " + entry);
      }
    }
    return problems;
  }

  private void unlisted(
      String page,
      String side,
      SortedSet<String> mine,
      SortedSet<String> others,
      Set<Listed> used,
      List<String> problems) {
    for (var fact : mine) {
      if (others.contains(fact)) {
        continue;
      }
      var entry =
          listed.stream()
              .filter(each -> each.page.equals(page) && each.side.equals(side))
              .filter(each -> each.fact.matcher(fact).matches())
              .findFirst();
      entry.ifPresentOrElse(
          used::add,
          () -> problems.add("only " + side + " has, and nobody listed: " + page + " " + fact));
    }
  }
}
