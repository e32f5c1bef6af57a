package dev.outrider.proxy.xds.secret;

import dev.outrider.proxy.config.ConfigOrigin;
import dev.outrider.proxy.config.EncodedMessage;
import dev.outrider.proxy.config.RemoteSource;
import dev.outrider.proxy.extension.ConfigProblem;
import dev.outrider.proxy.extension.Parsed;
import dev.outrider.proxy.metrics.StatOwner;
import dev.outrider.proxy.tls.SocketFactoryStats;
import dev.outrider.proxy.xds.core.Scope;
import dev.outrider.proxy.xds.file.FolderWatch;
import dev.outrider.proxy.xds.resource.FailedUpdate;
import dev.outrider.proxy.xds.resource.Held;
import dev.outrider.proxy.xds.resource.IntakeSpec;
import dev.outrider.proxy.xds.resource.Resource.InitTarget;
import dev.outrider.proxy.xds.resource.Resource.SecretResource;
import dev.outrider.proxy.xds.resource.ResourceKey;
import dev.outrider.proxy.xds.resource.ResponseHandler;
import dev.outrider.proxy.xds.resource.TlsAssembly;
import dev.outrider.proxy.xds.stream.AdsClient;
import dev.outrider.proxy.xds.stream.ControlPlaneStats;
import io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.Secret;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Every secret that a held listener or cluster is made with, and who is made of it. When one
/// changes, contexts are made again in the background and new connections use them; connections
/// that are there stay as they are. Main loop only.
public final class Secrets {
  private static final Logger LOG = LoggerFactory.getLogger("secret");

  /// Who waits for secrets.
  public interface Waiting {

    /// The secret has come, and contexts are made of it.
    void onSecret(ResourceKey key);

    /// What has come cannot be used.
    void onNoSecret(ResourceKey key);
  }

  private final IntakeSpec spec;
  private final FolderWatch folders = new FolderWatch();
  private final Map<ResourceKey, WatchedSecret> held = new LinkedHashMap<>();
  private final Map<TlsAssembly, User> users = new HashMap<>();
  private StaticSecrets fixed = StaticSecrets.NONE;
  private volatile @Nullable Services services; // asked in the background as well
  private @Nullable Waiting waiting;

  public Secrets(IntakeSpec spec) {
    this.spec = spec;
  }

  /// The services that secrets can come from.
  public interface Services {

    /// Whether there is such a service. Any thread.
    boolean reaches(RemoteSource source);

    /// A conversation with it that has not begun.
    AdsClient client(RemoteSource source, ControlPlaneStats stats, ResponseHandler handler);
  }

  /// To be said before a held version is made of secrets of services.
  public void reach(Services newServices) {
    services = newServices;
  }

  /// True as long as nobody has said which can be reached. Any thread.
  boolean reaches(RemoteSource source) {
    var known = services;
    return known == null || known.reaches(source);
  }

  @Nullable Services services() {
    return services;
  }

  /// Told what comes, in tasks of its own.
  public void tell(Waiting newWaiting) {
    waiting = newWaiting;
  }

  /// Those of the bootstrap.
  public void fix(StaticSecrets secrets) {
    fixed = secrets;
  }

  public StaticSecrets fixed() {
    return fixed;
  }

  public IntakeSpec spec() {
    return spec;
  }

  public FolderWatch folders() {
    return folders;
  }

  /// Ends the watch of files. Any thread.
  public void close() {
    folders.close();
  }

  /// A held version is made of secrets: from now on they are kept up to date.
  public void use(TlsAssembly assembly) {
    var stats = spec.metrics().owner(SocketFactoryStats.TEMPLATE, assembly.statPrefix());
    users.put(assembly, new User(assembly, stats));
    for (var need : assembly.needs()) {
      held.computeIfAbsent(need.key(), key -> new WatchedSecret(key, this)).addUser(assembly);
    }
    var _ = remake(assembly).thenAccept(Secrets::log);
  }

  private static void log(List<ConfigProblem> problems) {
    for (var problem : problems) {
      LOG.warn("no context could be made: {}", problem.text());
    }
  }

  /// No held version is made with it any more.
  public void drop(TlsAssembly assembly) {
    var user = users.remove(assembly);
    if (user != null) {
      user.stats.release();
    }
    for (var need : assembly.needs()) {
      held.computeIfPresent(need.key(), (_, secret) -> secret.removeUser(assembly) ? secret : null);
    }
  }

  /// Whether there is nothing to wait for.
  public boolean present(ResourceKey key) {
    var secret = held.get(key);
    return secret != null && secret.held() != null && !secret.busy();
  }

  /// The version last accepted.
  public @Nullable Held<SecretResource> newest(ResourceKey key) {
    var secret = held.get(key);
    return secret == null ? null : secret.held();
  }

  /// Every secret that is asked for, with its version; a version is missing as long as none has
  /// come.
  public Map<ResourceKey, @Nullable Held<SecretResource>> all() {
    var all = new LinkedHashMap<ResourceKey, @Nullable Held<SecretResource>>();
    held.forEach((key, secret) -> all.put(key, secret.held()));
    return all;
  }

  /// Of those that come from files and services of their own, what was refused and not replaced
  /// since.
  public Map<ResourceKey, FailedUpdate> failed() {
    var all = new LinkedHashMap<ResourceKey, FailedUpdate>();
    held.forEach(
        (key, secret) -> {
          var failed = secret.failed();
          if (failed != null) {
            all.put(key, failed);
          }
        });
    return all;
  }

  /// The secrets of these names; null if one of them has not come.
  @Nullable Map<ResourceKey, Secret> known(List<InitTarget> needs) {
    var known = new HashMap<ResourceKey, Secret>();
    for (var need : needs) {
      var newest = newest(need.key());
      if (newest == null) {
        return null;
      }
      known.put(need.key(), newest.value().secret());
    }
    return known;
  }

  /// Takes a new version. Completes on the main loop when new connections use it, or with the
  /// reasons why that cannot be: then the version before stays.
  public CompletionStage<List<ConfigProblem>> take(ResourceKey key, Held<SecretResource> next) {
    spec.loop().assertOnLoop();
    var secret = held.get(key);
    return secret == null ? CompletableFuture.completedFuture(List.of()) : secret.take(next);
  }

  /// Makes the contexts of one anew, if all its secrets are there and they are not made of these.
  CompletionStage<List<ConfigProblem>> remake(TlsAssembly assembly) {
    var user = users.get(assembly);
    if (user == null) {
      return CompletableFuture.completedFuture(List.of());
    }
    var known = known(assembly.needs());
    if (known == null || (!user.making() && assembly.isMadeOf(known))) {
      return CompletableFuture.completedFuture(List.of());
    }
    return user.make();
  }

  /// One has the contexts again that he had before a version was refused. Completes on the main
  /// loop.
  CompletionStage<?> rollBack(TlsAssembly assembly) {
    var user = users.get(assembly);
    if (user == null) {
      return CompletableFuture.completedFuture(List.of());
    }
    return known(assembly.needs()) == null
        ? user.unmake()
        : remake(assembly).thenAccept(Secrets::log);
  }

  private void made(List<WatchedSecret> madeOf) {
    for (var secret : madeOf) {
      secret.workDone();
    }
  }

  void onSecret(ResourceKey key) {
    if (waiting != null && present(key)) { // else there is more to come
      waiting.onSecret(key);
    }
  }

  void onNoSecret(ResourceKey key) {
    if (waiting != null) {
      waiting.onNoSecret(key);
    }
  }

  /// A secret with everything in it, in the background; completes on the main loop.
  public CompletionStage<Parsed<SecretResource>> parse(Secret message, Scope scope) {
    return CompletableFuture.supplyAsync(
        () -> SecretParser.parse(message, scope), spec.background());
  }

  /// What a message says of itself, held against the schema.
  Scope checked(ResourceKey key, Secret message) {
    var scope = Scope.of(key.toString());
    scope
        .problems()
        .addAll(spec.check().problems(key, ConfigOrigin.DYNAMIC, message.toByteString()));
    return scope;
  }

  public Held<SecretResource> held(SecretResource secret, String version) {
    return new Held<>(
        secret,
        EncodedMessage.take(secret.message().toByteArray()),
        ConfigOrigin.DYNAMIC,
        version,
        spec.loop().clock().epochMicros());
  }

  /// One who is made of secrets: his contexts are made one after the other, so that the newest
  /// secrets are the last to be used.
  private final class User {
    private final TlsAssembly assembly;
    private final StatOwner stats;
    private CompletableFuture<List<ConfigProblem>> last =
        CompletableFuture.completedFuture(List.of());

    User(TlsAssembly assembly, StatOwner stats) {
      this.assembly = assembly;
      this.stats = stats;
    }

    boolean making() {
      return !last.isDone();
    }

    CompletionStage<List<ConfigProblem>> make() {
      var madeOf = new ArrayList<WatchedSecret>();
      for (var need : assembly.needs()) {
        var secret = held.get(need.key());
        if (secret != null) {
          secret.workBegun();
          madeOf.add(secret);
        }
      }
      last =
          last.thenComposeAsync(_ -> begin(), spec.loop()::execute)
              .exceptionally(this::failed)
              .thenApplyAsync(
                  problems -> {
                    made(madeOf);
                    return problems;
                  },
                  spec.loop()::execute)
              .exceptionally(this::failed);
      return last;
    }

    CompletionStage<?> unmake() {
      last =
          last.thenApplyAsync(
              problems -> {
                if (known(assembly.needs()) == null) { // else the next has come
                  assembly.unmake();
                }
                return problems;
              },
              spec.loop()::execute);
      return last;
    }

    private CompletableFuture<List<ConfigProblem>> begin() {
      var known = known(assembly.needs());
      if (known == null) {
        return CompletableFuture.completedFuture(List.of());
      }
      if (assembly.isMadeOf(known)) {
        return CompletableFuture.completedFuture(List.of());
      }
      return CompletableFuture.supplyAsync(() -> assembly.make(known), spec.background())
          .thenApplyAsync(this::count, spec.loop()::execute);
    }

    private List<ConfigProblem> count(List<ConfigProblem> problems) {
      if (problems.isEmpty() && this.equals(users.get(assembly))) {
        stats.add(SocketFactoryStats.SSL_CONTEXT_UPDATE_BY_SDS, 1);
      }
      return problems;
    }

    private List<ConfigProblem> failed(Throwable failure) {
      LOG.error("making a TLS context failed", failure);
      return List.of(new ConfigProblem("tls", "", "internal error: " + failure));
    }
  }
}
