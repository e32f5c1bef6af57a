package dev.outrider.proxy.extension;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.Any;
import com.google.protobuf.StringValue;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.junit.jupiter.api.Test;

class ProviderRegistryTest {
  private static final ParseContext CONTEXT =
      new ParseContext("listener 'main'", "http_filters[0].typed_config", "mine");

  /// Makes the length of the type URL.
  private static final class Lengths implements ExtensionProvider<Integer> {
    @Override
    public Set<String> typeUrls() {
      return Set.of("google.protobuf.StringValue");
    }

    @Override
    public CompletionStage<Parsed<Integer>> parse(Any config, ParseContext context) {
      return CompletableFuture.completedFuture(Parsed.valid(config.getTypeUrl().length()));
    }
  }

  private final ProviderRegistry<Integer> registry = new ProviderRegistry<>(List.of(new Lengths()));

  @Test
  void handsAConfigurationToTheProviderOfItsType() {
    var config = Any.pack(StringValue.of("x"));

    var parsed = registry.parse(config, CONTEXT).toCompletableFuture();

    assertThat(parsed)
        .isCompletedWithValue(
            Parsed.valid("type.googleapis.com/google.protobuf.StringValue".length()));
    assertThat(registry.knows(config)).isTrue();
  }

  @Test
  void refusesAnUnknownTypeInEnvoysWords() {
    var config = Any.newBuilder().setTypeUrl("type.googleapis.com/no.Such").build();

    var parsed = registry.parse(config, CONTEXT).toCompletableFuture();

    assertThat(parsed)
        .isCompletedWithValue(
            Parsed.invalid(
                new ConfigProblem(
                    "listener 'main'",
                    "http_filters[0].typed_config",
                    "Didn't find a registered implementation for 'mine' with type URL:"
                        + " 'no.Such'")));
    assertThat(registry.knows(config)).isFalse();
  }

  @Test
  void refusesTwoProvidersForOneType() {
    assertThatThrownBy(() -> new ProviderRegistry<>(List.of(new Lengths(), new Lengths())))
        .hasMessage("two providers for google.protobuf.StringValue");
  }

  @Test
  void writesAProblemAsOneLine() {
    assertThat(CONTEXT.problem("config.name", "is empty").text())
        .isEqualTo("listener 'main': http_filters[0].typed_config.config.name: is empty");
    assertThat(new ConfigProblem("cluster 'a'", "", "is gone").text())
        .isEqualTo("cluster 'a': is gone");
    assertThat(new ConfigProblem("", "", "is gone").text()).isEqualTo("is gone");
  }
}
