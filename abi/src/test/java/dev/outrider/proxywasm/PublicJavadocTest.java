package dev.outrider.proxywasm;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/// What strangers may call is documented: every type and method of the exported packages.
class PublicJavadocTest {
  private static final Path SOURCES = Path.of("src/main/java/dev/outrider/proxywasm");
  private static final Pattern TYPE =
      Pattern.compile("^public .*?\\b(class|record|interface|enum) (\\w+).*");
  private static final Pattern METHOD = Pattern.compile("^  (public )?[\\w<@].*\\(.*");
  private static final Pattern THREAD =
      Pattern.compile("(?is).*(thread|immutable|no state|shared|any time).*");

  @Test
  void everyTypeAndMethodSaysWhatItIs() {
    assertThat(sources().flatMap(PublicJavadocTest::undocumented)).isEmpty();
  }

  @Test
  void everyClassSaysWhichThreadMayUseIt() {
    assertThat(
            sources()
                .filter(source -> isClassWithState(source))
                .filter(source -> !THREAD.matcher(typeComment(source)).matches())
                .map(Path::getFileName))
        .isEmpty();
  }

  @Test
  void everyPackageSaysWhichThreadRunsIt() {
    for (var folder : List.of("", "host", "shared")) {
      assertThat(read(SOURCES.resolve(folder).resolve("package-info.java"))).contains("thread");
    }
  }

  private static Stream<Path> sources() {
    return Stream.of("", "host", "shared")
        .flatMap(folder -> files(SOURCES.resolve(folder)).stream())
        .filter(path -> !path.endsWith("package-info.java"))
        .filter(path -> lines(path).stream().anyMatch(line -> TYPE.matcher(line).matches()));
  }

  private static List<Path> files(Path folder) {
    try (var files = Files.list(folder)) {
      return files.filter(path -> path.toString().endsWith(".java")).toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// Exceptions, records and enums speak for themselves.
  private static boolean isClassWithState(Path source) {
    return lines(source).stream()
        .anyMatch(line -> line.startsWith("public final class") && !line.contains(" extends "));
  }

  private static String typeComment(Path source) {
    var lines = lines(source);
    int type = 0;
    while (!TYPE.matcher(lines.get(type)).matches()) {
      type++;
    }
    var comment = new StringBuilder();
    for (int i = type - 1; i >= 0 && !lines.get(i).isEmpty(); i--) {
      comment.insert(0, lines.get(i) + "\n");
    }
    return comment.toString();
  }

  private static Stream<String> undocumented(Path source) {
    var lines = lines(source);
    boolean isInterface =
        lines.stream().anyMatch(line -> line.matches("^public .*\\binterface .*"));
    var found = new ArrayList<String>();
    for (int i = 0; i < lines.size(); i++) {
      if (isPublic(lines.get(i), isInterface) && !isDocumented(lines, i)) {
        found.add(source.getFileName() + ": " + lines.get(i).strip());
      }
    }
    return found.stream();
  }

  private static boolean isPublic(String line, boolean inAnInterface) {
    var method = METHOD.matcher(line);
    return TYPE.matcher(line).matches()
        || (method.matches()
            && !line.startsWith("  private")
            && !line.startsWith("  static")
            && !line.startsWith("  @")
            && (inAnInterface || method.group(1) != null));
  }

  private static boolean isDocumented(List<String> lines, int at) {
    for (int i = at - 1; i >= 0; i--) {
      var line = lines.get(i).strip();
      if (line.startsWith("///") || line.equals("@Override")) {
        return true;
      }
      if (!line.startsWith("@")) {
        return false;
      }
    }
    return false;
  }

  private static List<String> lines(Path source) {
    return read(source).lines().toList();
  }

  private static String read(Path source) {
    try {
      return Files.readString(source);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
