package dev.outrider.proxy.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import dev.outrider.proxy.config.PathOptions;
import dev.outrider.proxy.config.PathOptions.EscapedSlashes;
import dev.outrider.proxy.http.HeadKind;
import dev.outrider.proxy.http.HeadStores;
import dev.outrider.proxy.http.HeaderNames;
import java.util.SplittableRandom;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PathNormalizationTest {
  private final HeadStores stores = new HeadStores();

  @AfterEach
  void nothingIsLeftOver() {
    assertThat(stores.outstanding()).isZero();
  }

  private String apply(PathOptions options, String path) {
    return apply(new PathNormalization(options), path);
  }

  private String apply(PathNormalization normalization, String path) {
    var head = stores.take(HeadKind.REQUEST);
    head.set(HeaderNames.PATH, path);
    var outcome = normalization.apply(head);
    var result = head.path();
    head.release();
    return switch (outcome) {
      case CONTINUE -> String.valueOf(result);
      case REJECT -> "rejected";
      case REDIRECT -> "redirected to " + result;
    };
  }

  @ParameterizedTest
  @CsvSource({
    "/a/b?c, /a/b?c",
    "/a/./b, /a/b",
    "/a/../b, /b",
    "/../../a, /a",
    "/a/b/.., /a/",
    "/a/., /a/",
    "/a/.../b, /a/.../b",
    "/a/%2e%2E/b, /b",
    "/a/.%2e/b/%2e./c, /c",
    "/a\\b\\..\\c, /a/c",
    "/a%2fb%5c, /a%2fb%5c",
    "//a//b, //a//b",
    "/%41%7a%30%2d, /Az0-",
    "/%21%c3%A4, /%21%c3%A4",
    "/%/%a/%zz, /%/%a/%zz",
    "/%%34%31, /%2541",
    "/%4%31x, /%2541x",
    "/%%341, /%2541",
    "/a%00b, rejected",
    "/<>, /%3C%3E",
    "/a/../b?/../%41, /b?/../%41",
    "/a?%00, /a?%00",
    "/.., /",
  })
  void bringsAPathIntoCanonicalForm(String path, String expected) {
    assertThat(apply(new PathOptions(true, false, EscapedSlashes.KEEP), path)).isEqualTo(expected);
  }

  @ParameterizedTest
  @CsvSource({
    "/a/b, /a/b",
    "//a////b//, /a/b/",
    "//, //",
    "///, //",
    "/a//b?c//d, /a/b?c//d",
    "/a/../b, /a/../b",
  })
  void makesOneSlashOfMany(String path, String expected) {
    assertThat(apply(new PathOptions(false, true, EscapedSlashes.KEEP), path)).isEqualTo(expected);
  }

  @ParameterizedTest
  @CsvSource({
    "REJECT, /a%2Fb, rejected",
    "REJECT, /a?b=%2f, /a?b=%2f",
    "REDIRECT, /a%2fb%5Cc?d=%2f, redirected to /a/b\\c?d=%2f",
    "FORWARD, /a%2fb%5cc, /a/b\\c",
    "FORWARD, /a%252fb, /a%252fb",
    "KEEP, /a%2fb, /a%2fb",
  })
  void doesWithEscapedSlashesWhatItIsTold(EscapedSlashes action, String path, String expected) {
    assertThat(apply(new PathOptions(false, false, action), path)).isEqualTo(expected);
  }

  @Test
  void unescapesSlashesBeforeDotsAndMergesLast() {
    var all = new PathOptions(true, true, EscapedSlashes.REDIRECT);

    assertThat(apply(all, "/a%2f..%5cb//%2e/c")).isEqualTo("redirected to /b/c");
  }

  /// Whatever came before, a normal form is its own normal form, and the objects keep nothing of
  /// the path before.
  @Test
  void aNormalFormStaysAsItIs() {
    var random = new SplittableRandom(7);
    var normalization = new PathNormalization(new PathOptions(true, true, EscapedSlashes.FORWARD));
    var letters = "/./..%2fe2EaZ0%5c\\4<?";

    for (var i = 0; i < 20_000; i++) {
      var path = new StringBuilder("/");
      for (var length = random.nextInt(24); length > 0; length--) {
        path.append(letters.charAt(random.nextInt(letters.length())));
      }
      var once = apply(normalization, path.toString());
      var canonical = new PathNormalization(new PathOptions(true, true, EscapedSlashes.KEEP));
      assertThat(apply(canonical, once)).as(path.toString()).isEqualTo(once);
    }
  }
}
