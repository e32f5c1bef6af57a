package dev.outrider.proxy.xds.secret;

import com.google.protobuf.Any;
import com.google.protobuf.InvalidProtocolBufferException;
import dev.outrider.proxy.config.RemoteSource;
import dev.outrider.proxy.extension.ConfigProblem;
import dev.outrider.proxy.extension.Parsed;
import dev.outrider.proxy.xds.core.Scope;
import dev.outrider.proxy.xds.resource.ResourceKey;
import dev.outrider.proxy.xds.resource.ResourceKind;
import dev.outrider.proxy.xds.resource.ResponseHandler;
import dev.outrider.proxy.xds.stream.AdsClient;
import dev.outrider.proxy.xds.stream.ControlPlaneStats;
import io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.Secret;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The conversation about one secret with the service that it comes from: as in Envoy a
/// subscription, and so a stream, of its own. Main loop only.
final class SecretStream implements ResponseHandler {
  private static final Logger LOG = LoggerFactory.getLogger("secret");

  private final ResourceKey key;
  private final WatchedSecret secret;
  private final AdsClient client;
  private final ControlPlaneStats stats;

  private SecretStream(
      ResourceKey key, RemoteSource source, WatchedSecret secret, Secrets.Services services) {
    this.key = key;
    this.secret = secret;
    this.stats = new ControlPlaneStats(secret.metrics(), "sds." + key.name());
    this.client = services.client(source, stats, this);
  }

  static SecretStream open(
      ResourceKey key, RemoteSource source, WatchedSecret secret, Secrets.Services services) {
    var stream = new SecretStream(key, source, secret, services);
    stream.client.subscribe(ResourceKind.SECRET.typeUrl(), Set.of(key.name()), Set.of(), false);
    stream.client.start();
    return stream;
  }

  void close() {
    client.close();
    stats.hide();
  }

  @Override
  public void onResponse(Response response, Consumer<Verdict> verdict) {
    var scope = Scope.of(key.toString());
    var _ =
        taken(response, scope)
            .exceptionally(this::failed)
            .thenAccept(
                problems ->
                    verdict.accept(
                        problems.isEmpty()
                            ? new Verdict.Accepted()
                            : new Verdict.Refused(text(problems))));
  }

  /// A response is answered, whatever went wrong.
  private List<ConfigProblem> failed(Throwable failure) {
    LOG.error("taking {} failed", key, failure);
    return List.of(new ConfigProblem(key.toString(), "", "internal error: " + failure));
  }

  private CompletionStage<List<ConfigProblem>> taken(Response response, Scope scope) {
    var removed = response.removed();
    if (removed != null && response.resources().isEmpty()) {
      if (removed.contains(key.name())) {
        secret.absent();
      }
      return CompletableFuture.completedFuture(List.of());
    }
    if (removed == null && response.resources().isEmpty()) {
      return CompletableFuture.completedFuture(List.of()); // as in Envoy: it says nothing about it
    }
    var resources =
        response.resources().stream().map(Packed::resource).filter(Objects::nonNull).toList();
    if (resources.isEmpty() && !response.resources().isEmpty()) {
      return CompletableFuture.completedFuture(List.of()); // it is as it was
    }
    return switch (only(key, resources, scope)) {
      case Parsed.Valid<Secret>(var message) -> secret.takeSent(response.version(), message);
      case Parsed.Invalid<Secret>(var problems) -> {
        secret.refuseSent(response.version(), problems);
        yield CompletableFuture.completedFuture(problems);
      }
    };
  }

  private static String text(List<ConfigProblem> problems) {
    return String.join("\n", problems.stream().map(ConfigProblem::text).toList());
  }

  /// What is held stays, as it does when the service takes it away.
  @Override
  public void onExpired(String typeUrl, Set<String> names) {}

  @Override
  public void onUnreadable(List<ConfigProblem> problems) {
    secret.refuseSent("", problems);
  }

  @Override
  public void onDisconnect() {
    secret.disconnected();
  }

  /// The one secret that was asked for, and nothing else.
  static Parsed<Secret> only(ResourceKey key, List<Any> resources, Scope scope) {
    if (resources.size() != 1) {
      scope.problem(
          resources.isEmpty()
              ? "Missing SDS resources for " + key.name()
              : "Unexpected SDS secrets length: " + resources.size());
      return new Parsed.Invalid<>(scope.problems());
    }
    var resource = resources.getFirst();
    var type = resource.getTypeUrl();
    if (!type.equals(ResourceKind.SECRET.typeUrl())) {
      scope.problem("holds a resource of type " + type);
      return new Parsed.Invalid<>(scope.problems());
    }
    try {
      var message = Secret.parseFrom(resource.getValue());
      if (!message.getName().equals(key.name())) {
        scope.problem(
            "Unexpected SDS secret (expecting %s): %s".formatted(key.name(), message.getName()));
      }
      return scope.result(message);
    } catch (InvalidProtocolBufferException e) {
      scope.problem(String.valueOf(e.getMessage()));
      return new Parsed.Invalid<>(scope.problems());
    }
  }
}
