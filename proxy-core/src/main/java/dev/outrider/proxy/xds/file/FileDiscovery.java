package dev.outrider.proxy.xds.file;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.outrider.proxy.config.FileSource;
import dev.outrider.proxy.extension.ConfigProblem;
import dev.outrider.proxy.extension.Parsed;
import dev.outrider.proxy.extension.text.ConfigReader;
import dev.outrider.proxy.extension.text.ConfigText;
import dev.outrider.proxy.xds.core.DataSources;
import dev.outrider.proxy.xds.core.Scope;
import dev.outrider.proxy.xds.resource.IntakeSpec;
import dev.outrider.proxy.xds.resource.ResourceKind;
import dev.outrider.proxy.xds.resource.ResponseHandler;
import io.envoyproxy.envoy.service.discovery.v3.DiscoveryResponse;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// All resources of one kind from a file (Envoy `core.v3.PathConfigSource`), for as long as the
/// process lives. What cannot be read or used changes nothing. Main loop only; reads in the
/// background.
public final class FileDiscovery {
  private static final Logger LOG = LoggerFactory.getLogger("config");
  private static final String RESPONSE = "envoy.service.discovery.v3.DiscoveryResponse";

  private final ResourceKind kind;
  private final FileSource file;
  private final IntakeSpec spec;
  private final ResponseHandler handler;
  private final Runnable onUnreadable;
  private @Nullable DiscoveryResponse last;
  private List<ConfigProblem> problems = List.of();
  private @Nullable WatchedFile watched;
  private boolean closed;
  private boolean busy;
  private boolean readAgain;

  /// @param onUnreadable told when there is nothing to hand over
  public FileDiscovery(
      ResourceKind kind,
      FileSource file,
      IntakeSpec spec,
      ResponseHandler handler,
      Runnable onUnreadable) {
    this.kind = kind;
    this.file = file;
    this.spec = spec;
    this.handler = handler;
    this.onUnreadable = onUnreadable;
  }

  /// Reads, and again whenever the file may be another.
  public void start(FolderWatch folders) {
    watched = WatchedFile.open(file, folders, spec.background(), spec.loop(), this::read);
  }

  /// Nothing is read any more.
  public void close() {
    closed = true;
    if (watched != null) {
      watched.end();
    }
  }

  private void read(boolean again) {
    if (busy) {
      readAgain = true;
      return;
    }
    busy = true;
    CompletableFuture.supplyAsync(() -> read(file, spec.reader()), spec.background())
        .exceptionally(this::bug)
        .thenAcceptAsync(read -> take(read, again), spec.loop()::execute);
  }

  /// What a file says; touches the disk.
  public static Parsed<DiscoveryResponse> read(FileSource file, ConfigReader reader) {
    var scope = Scope.of("file '" + file.path() + "'");
    var bytes = DataSources.file(file.path(), scope);
    if (bytes == null) {
      return new Parsed.Invalid<>(scope.problems());
    }
    var text = new String(bytes.bytes(), StandardCharsets.UTF_8);
    return reader
        .read(ConfigText.ofFile(file.path(), text), RESPONSE)
        .then(wire -> response(wire, scope));
  }

  private static Parsed<DiscoveryResponse> response(byte[] wire, Scope scope) {
    try {
      return scope.result(DiscoveryResponse.parseFrom(wire));
    } catch (InvalidProtocolBufferException e) {
      scope.problem(String.valueOf(e.getMessage()));
      return new Parsed.Invalid<>(scope.problems());
    }
  }

  private Parsed<DiscoveryResponse> bug(Throwable failure) {
    LOG.error("reading file '{}' failed", file.path(), failure);
    return Parsed.invalid(
        new ConfigProblem("file '" + file.path() + "'", "", "internal error: " + failure));
  }

  private void take(Parsed<DiscoveryResponse> read, boolean again) {
    if (closed) {
      return;
    }
    switch (read) {
      case Parsed.Valid<DiscoveryResponse>(var response) -> {
        problems = List.of();
        if (again && response.equals(last)) {
          done();
          return;
        }
        last = response;
        handler.onResponse(
            ResponseHandler.Response.all(
                kind.typeUrl(), response.getVersionInfo(), response.getResourcesList()),
            this::conclude);
      }
      case Parsed.Invalid<DiscoveryResponse>(var found) -> {
        if (!again || !found.equals(problems)) {
          found.forEach(
              problem -> LOG.warn("{}; what was configured before stays", problem.text()));
          onUnreadable.run();
        }
        problems = found;
        done();
      }
    }
  }

  private void conclude(ResponseHandler.Verdict verdict) {
    switch (verdict) {
      case ResponseHandler.Verdict.Accepted _ -> {}
      case ResponseHandler.Verdict.Refused(var text) ->
          LOG.warn("configuration in file '{}' refused: {}", file.path(), text.strip());
    }
    done();
  }

  private void done() {
    busy = false;
    if (readAgain) {
      readAgain = false;
      read(false);
    }
  }
}
