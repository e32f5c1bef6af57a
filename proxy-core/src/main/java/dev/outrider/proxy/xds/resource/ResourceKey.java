package dev.outrider.proxy.xds.resource;

import dev.outrider.proxy.config.DiscoveryService;
import dev.outrider.proxy.config.FileSource;
import dev.outrider.proxy.config.GrpcAddress;
import dev.outrider.proxy.config.RemoteSource;
import dev.outrider.proxy.config.ResourceSource;
import java.nio.charset.StandardCharsets;
import java.util.Objects;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// What a resource is known by.
///
/// @param source where it comes from; null = from the control plane, or from the bootstrap
public record ResourceKey(ResourceKind kind, String name, @Nullable ResourceSource source) {

  /// From the control plane.
  public ResourceKey(ResourceKind kind, String name) {
    this(kind, name, null);
  }

  /// The file that it comes from; null = it comes from elsewhere.
  public @Nullable FileSource file() {
    return source instanceof FileSource file ? file : null;
  }

  /// What workers know it by: as different as keys are, so that one that goes takes nothing away
  /// from another that has come in the same step.
  public String handle() {
    return handle(whence(source));
  }

  /// The same, for less.
  ///
  /// @param whence of its source
  public String handle(String whence) {
    return whence.isEmpty() ? name : kind.called(name) + whence;
  }

  /// What the handles of all that come from one place have in common. Costs a digest.
  public static String whence(@Nullable ResourceSource source) {
    return source == null ? "" : place(source) + " " + UUID.nameUUIDFromBytes(spelled(source));
  }

  /// All of a source, with the values that it does not show; never kept, since they may be tokens.
  private static byte[] spelled(ResourceSource source) {
    var text = new StringBuilder(source.toString());
    if (source instanceof DiscoveryService service) {
      var target = service.server().target();
      if (target instanceof GrpcAddress.OfUri uri && uri.security() != null) {
        text.append(uri.security().hashCode()); // of the bytes that it does not show
      }
      for (var header : service.server().call().metadata()) {
        text.append('\n').append(header.value()); // without line breaks of its own
      }
    }
    return text.toString().getBytes(StandardCharsets.UTF_8);
  }

  /// Written out, as [#equals] is: thousands are compared at the start, before what the JVM makes
  /// of a record is compiled.
  @Override
  public int hashCode() {
    return 31 * name.hashCode() + kind.hashCode() + (source == null ? 0 : 7 * source.hashCode());
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof ResourceKey that
        && kind == that.kind
        && name.equals(that.name)
        && Objects.equals(source, that.source);
  }

  @Override
  public String toString() {
    return kind.called(name) + place(source);
  }

  private static String place(@Nullable ResourceSource source) {
    return switch (source) {
      case null -> "";
      case FileSource file -> " of file '" + file.path() + "'";
      case RemoteSource service -> " of " + service.called();
    };
  }
}
