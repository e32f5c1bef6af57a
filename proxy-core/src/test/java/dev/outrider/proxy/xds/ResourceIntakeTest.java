package dev.outrider.proxy.xds;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Any;
import com.google.protobuf.ByteString;
import dev.outrider.proxy.config.ConfigOrigin;
import dev.outrider.proxy.config.EncodedMessage;
import dev.outrider.proxy.extension.ConfigProblem;
import dev.outrider.proxy.extension.Parsed;
import dev.outrider.proxy.loop.FakeLoop;
import dev.outrider.proxy.xds.resource.Delivery;
import dev.outrider.proxy.xds.resource.Delivery.Outcome;
import dev.outrider.proxy.xds.resource.Resource;
import dev.outrider.proxy.xds.resource.ResourceKey;
import dev.outrider.proxy.xds.resource.ResourceKind;
import dev.outrider.proxy.xds.resource.ResourceType;
import dev.outrider.proxy.xds.resource.ResponseHandler;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ResourceIntakeTest {
  private final FakeLoop loop = new FakeLoop();
  private final ArrayDeque<Runnable> background = new ArrayDeque<>();
  private final ResourceIntake intake =
      new ResourceIntake(loop, background::add, new NothingKnown());
  private final List<Outcome> outcomes = new ArrayList<>();

  private void take(ResourceKind kind, String content) {
    var body =
        Any.newBuilder()
            .setTypeUrl(kind.typeUrl())
            .setValue(ByteString.copyFromUtf8(content))
            .build();
    var packed = new ResponseHandler.Packed("r", "", body);
    intake.take(
        new Refusing(kind),
        new Delivery(kind, null, ConfigOrigin.STATIC, "", List.of(packed), null),
        outcomes::add);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "x %CEL(request.path)% y",
        "%TYPED_CEL(request.size)%",
        "t/envoy.extensions.access_loggers.filters.cel.v3.ExpressionFilter"
      })
  void loadsInTheBackgroundWhatTheFirstExpressionNeeds(String content) {
    take(ResourceKind.LISTENER, content);
    assertThat(outcomes).isEmpty();

    background.remove().run();
    loop.runTasks();
    assertThat(outcomes).hasSize(1);

    take(ResourceKind.ROUTES, content);
    assertThat(outcomes).as("once it is loaded").hasSize(2);
  }

  @Test
  void judgesAtOnceWhatHoldsNoExpression() {
    take(ResourceKind.LISTENER, "%REQ(:path)%");
    take(ResourceKind.ENDPOINTS, "%CEL(request.path)%");

    assertThat(outcomes).hasSize(2);
    assertThat(background).isEmpty();
  }

  /// Takes any bytes for a message, and wants none.
  private record Refusing(ResourceKind kind) implements ResourceType<Resource> {
    @Override
    public Message<Resource> decode(ByteString bytes) {
      return new Message<>() {
        @Override
        public String name() {
          return "r";
        }

        @Override
        public CompletionStage<Parsed<Resource>> parse(
            ConfigOrigin origin, @Nullable Resource previous) {
          return CompletableFuture.completedFuture(
              Parsed.invalid(new ConfigProblem("r", "", "of a test")));
        }
      };
    }
  }

  private static final class NothingKnown implements ResourceIntake.Known {
    @Override
    public boolean holds(ResourceKey key, EncodedMessage bytes) {
      return false;
    }

    @Override
    public @Nullable Resource newest(ResourceKey key) {
      return null;
    }

    @Override
    public boolean wants(ResourceKey key) {
      return true;
    }
  }
}
