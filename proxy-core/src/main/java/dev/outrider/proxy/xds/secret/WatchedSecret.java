package dev.outrider.proxy.xds.secret;

import dev.outrider.proxy.config.FileSource;
import dev.outrider.proxy.config.RemoteSource;
import dev.outrider.proxy.extension.ConfigProblem;
import dev.outrider.proxy.extension.Parsed;
import dev.outrider.proxy.loop.Timer;
import dev.outrider.proxy.metrics.MetricRegistry;
import dev.outrider.proxy.xds.core.Scope;
import dev.outrider.proxy.xds.file.FolderWatch;
import dev.outrider.proxy.xds.file.WatchedFile;
import dev.outrider.proxy.xds.resource.FailedUpdate;
import dev.outrider.proxy.xds.resource.Held;
import dev.outrider.proxy.xds.resource.Resource.SecretResource;
import dev.outrider.proxy.xds.resource.ResourceKey;
import dev.outrider.proxy.xds.resource.SubscriptionStats;
import dev.outrider.proxy.xds.resource.TlsAssembly;
import io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.Secret;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// One secret that is asked for: its version, who is made of it, and the files in which it may
/// change (its own, if it comes from one, and those that it names). Main loop only.
final class WatchedSecret {
  private static final Logger LOG = LoggerFactory.getLogger("secret");

  /// A file is told of when it appears, which may be before it is written.
  private static final long LOOK_AGAIN_MILLIS = 1_000;

  private final ResourceKey key;
  private final Secrets home;
  private final SubscriptionStats stats;
  private final Set<TlsAssembly> users = new LinkedHashSet<>();
  private final List<FolderWatch.Watch> contentWatches = new ArrayList<>();
  private final @Nullable WatchedFile file;
  private Set<String> watched = Set.of();
  private @Nullable Held<SecretResource> held; // contexts are made of it
  private @Nullable FailedUpdate failed;
  private @Nullable Held<SecretResource> good; // the last that everybody could use
  private int working;
  private final Timer contentAgain;
  private List<ConfigProblem> fileProblems = List.of();
  private List<ConfigProblem> contentProblems = List.of();
  private boolean reading;
  private boolean readAgain;
  private boolean refreshing;
  private boolean refreshAgain;
  private boolean ended;
  private final @Nullable SecretStream stream;

  WatchedSecret(ResourceKey key, Secrets home) {
    this.key = key;
    this.home = home;
    this.stats =
        SubscriptionStats.ofSecret(home.spec().metrics(), "sds." + key.name(), home.spec().loop());
    this.contentAgain = home.spec().loop().timers().newTimer(() -> refresh(true));
    var source = key.file();
    this.file =
        source == null
            ? null
            : WatchedFile.open(
                source,
                home.folders(),
                home.spec().background(),
                home.spec().loop(),
                again -> readFile(source, again));
    var services = home.services();
    if (key.source() instanceof RemoteSource service && services != null) {
      stats.asked();
      this.stream = SecretStream.open(key, service, this, services);
    } else {
      this.stream = null;
    }
  }

  void addUser(TlsAssembly assembly) {
    users.add(assembly);
  }

  /// False if there are no more, and this is the end.
  boolean removeUser(TlsAssembly assembly) {
    users.remove(assembly);
    if (!users.isEmpty()) {
      return true;
    }
    ended = true;
    contentAgain.cancel();
    if (file != null) {
      file.end();
    }
    if (stream != null) {
      stream.close();
    }
    contentWatches.forEach(FolderWatch.Watch::end);
    stats.release();
    return false;
  }

  @Nullable Held<SecretResource> held() {
    return held;
  }

  MetricRegistry metrics() {
    return home.spec().metrics();
  }

  /// What came from its own file or service, was refused and not replaced since.
  @Nullable FailedUpdate failed() {
    return failed;
  }

  /// Whether contexts are being made of it, or it is not decided whether they can be.
  boolean busy() {
    return working > 0;
  }

  void workBegun() {
    working++;
  }

  /// If it was the last, whoever waits can go on.
  void workDone() {
    working--;
    if (working == 0 && !ended) {
      home.onSecret(key);
    }
  }

  // ---- versions

  /// It is the one to use when all who use it can; else everybody has the last such one back.
  CompletionStage<List<ConfigProblem>> take(Held<SecretResource> next) {
    held = next;
    workBegun();
    CompletionStage<List<ConfigProblem>> all = CompletableFuture.completedFuture(List.of());
    for (var user : List.copyOf(users)) {
      all = all.thenCombine(home.remake(user), WatchedSecret::both);
    }
    return all.thenCompose(problems -> concluded(problems, next))
        .whenComplete((_, _) -> workDone());
  }

  private static List<ConfigProblem> both(List<ConfigProblem> one, List<ConfigProblem> other) {
    var all = new ArrayList<>(one);
    all.addAll(other);
    return all;
  }

  @SuppressWarnings("ReferenceEquality") // this very version
  private CompletionStage<List<ConfigProblem>> concluded(
      List<ConfigProblem> problems, Held<SecretResource> next) {
    if (held != next) {
      return CompletableFuture.completedFuture(problems); // a newer one has come
    }
    if (problems.isEmpty()) {
      good = next;
      watchContent(next.value().folders());
      return CompletableFuture.completedFuture(problems);
    }
    held = good;
    CompletionStage<List<ConfigProblem>> all = CompletableFuture.completedFuture(problems);
    for (var user : List.copyOf(users)) {
      all = all.thenCombine(home.rollBack(user), (found, _) -> found);
    }
    return all;
  }

  // ---- its own file

  private Runnable inLoop(Runnable task) {
    return () ->
        home.spec()
            .loop()
            .execute(
                () -> {
                  if (!ended) {
                    task.run();
                  }
                });
  }

  /// @param again nothing is told if it is as it was
  private void readFile(FileSource from, boolean again) {
    if (reading) {
      readAgain = true;
      return;
    }
    reading = true;
    var spec = home.spec();
    var source = new SecretFile(key, from, spec.reader());
    var startNanos = spec.loop().clock().nanoTime();
    CompletableFuture.supplyAsync(source::read, spec.background())
        .thenComposeAsync(this::parse, spec.loop()::execute)
        .thenComposeAsync(this::takeRead, spec.loop()::execute)
        .exceptionally(this::bug)
        .thenAcceptAsync(
            done -> {
              reading = false;
              if (!ended) {
                if (!again || done.changed || !done.problems.equals(fileProblems)) {
                  onRead(done, startNanos);
                }
                fileProblems = done.problems;
                if (readAgain) {
                  readAgain = false;
                  readFile(from, false);
                }
              }
            },
            spec.loop()::execute);
  }

  /// What came of reading.
  private record Done(String version, boolean changed, List<ConfigProblem> problems) {}

  private record Read(String version, Parsed<SecretResource> secret) {}

  private CompletionStage<Read> parse(Parsed<SecretFile.Content> content) {
    return switch (content) {
      case Parsed.Valid<SecretFile.Content>(var found) ->
          home.parse(found.message(), home.checked(key, found.message()))
              .thenApply(parsed -> new Read(found.version(), parsed));
      case Parsed.Invalid<SecretFile.Content> invalid ->
          CompletableFuture.completedFuture(new Read("", invalid.as()));
    };
  }

  private CompletionStage<Done> takeRead(Read read) {
    return switch (read.secret) {
      case Parsed.Valid<SecretResource>(var secret) -> {
        var changed = held == null || !held.value().secret().equals(secret.secret());
        yield take(home.held(secret, read.version))
            .thenApply(problems -> new Done(read.version, changed, problems));
      }
      case Parsed.Invalid<SecretResource>(var problems) ->
          CompletableFuture.completedFuture(new Done(read.version, false, problems));
    };
  }

  private Done bug(Throwable failure) {
    LOG.error("reading {} failed", key, failure);
    return new Done(
        "", false, List.of(new ConfigProblem(key.toString(), "", "internal error: " + failure)));
  }

  private void onRead(Done done, long startNanos) {
    if (done.problems.isEmpty()) {
      failed = null;
      stats.accepted(done.version, startNanos, done.changed);
      home.onSecret(key);
    } else {
      stats.refused();
      var now = home.spec().loop().clock().epochMicros();
      failed = new FailedUpdate(done.version, text(done.problems), now);
      LOG.warn("{} refused{}: {}", key, rest(), text(done.problems));
      home.onNoSecret(key);
    }
  }

  /// One line for whoever has to mend it.
  private String text(List<ConfigProblem> problems) {
    var all = new ArrayList<String>();
    for (var problem : problems) {
      all.add(
          problem.resource().equals(key.toString())
              ? new ConfigProblem("", problem.field(), problem.message()).text()
              : problem.text());
    }
    return String.join("; ", all);
  }

  private String rest() {
    return held == null ? "" : ", the version before stays";
  }

  // ---- the service that it comes from

  /// Takes what was sent. Completes on the main loop, with the reasons if it cannot be used.
  CompletionStage<List<ConfigProblem>> takeSent(String version, Secret message) {
    var loop = home.spec().loop();
    var startNanos = loop.clock().nanoTime();
    return home.parse(message, home.checked(key, message))
        .thenComposeAsync(parsed -> takeRead(new Read(version, parsed)), loop::execute)
        .exceptionally(this::bug)
        .thenApplyAsync(
            done -> {
              if (!ended) {
                onRead(done, startNanos);
              }
              return done.problems;
            },
            loop::execute);
  }

  /// The service does not have it, or not any more: nobody waits for it, and what is held stays.
  void absent() {
    home.onNoSecret(key);
  }

  /// What was sent is no secret.
  void refuseSent(String version, List<ConfigProblem> problems) {
    onRead(new Done(version, false, problems), 0);
  }

  void disconnected() {
    stats.disconnected();
  }

  // ---- the files that it names

  private void watchContent(Set<String> folders) {
    if (folders.equals(watched) || ended) {
      return;
    }
    watched = folders;
    contentWatches.forEach(FolderWatch.Watch::end);
    contentWatches.clear();
    var changed =
        inLoop(
            () -> {
              refresh(false);
              contentAgain.arm(LOOK_AGAIN_MILLIS);
            });
    for (var folder : folders) {
      home.spec()
          .background()
          .execute(
              () -> {
                var watch = home.folders().watch(Path.of(folder), null, changed);
                home.spec().loop().execute(() -> keep(watch, folders));
              });
    }
  }

  @SuppressWarnings("ReferenceEquality") // the folders of this very watch
  private void keep(FolderWatch.Watch watch, Set<String> folders) {
    if (ended || watched != folders) {
      watch.end();
    } else {
      contentWatches.add(watch);
      refresh(false); // what changed before anybody looked
    }
  }

  /// Reads the files again; nothing happens if they say the same.
  ///
  /// @param again nothing is told if it is as it was
  private void refresh(boolean again) {
    var now = held;
    if (now == null) {
      return;
    }
    if (refreshing) {
      refreshAgain = true;
      return;
    }
    refreshing = true;
    var spec = home.spec();
    home.parse(now.value().message(), Scope.of(key.toString()))
        .thenComposeAsync(parsed -> takeRefreshed(now, parsed), spec.loop()::execute)
        .exceptionally(this::bug)
        .thenAcceptAsync(
            done -> {
              refreshing = false;
              if (!ended) {
                if (!again || !done.problems.equals(contentProblems)) {
                  onRefreshed(done);
                }
                contentProblems = done.problems;
                if (refreshAgain) {
                  refreshAgain = false;
                  refresh(false);
                }
              }
            },
            spec.loop()::execute);
  }

  private CompletionStage<Done> takeRefreshed(
      Held<SecretResource> old, Parsed<SecretResource> parsed) {
    var now = held;
    if (now == null || !now.value().message().equals(old.value().message())) {
      return CompletableFuture.completedFuture(new Done("", false, List.of())); // came by itself
    }
    return takeRead(new Read(old.version(), parsed));
  }

  private void onRefreshed(Done done) {
    if (!done.problems.isEmpty()) {
      stats.rotationFailed();
      LOG.warn(
          "{}: its files have changed and cannot be used, the version before stays: {}",
          key,
          text(done.problems));
    }
  }
}
