package dev.outrider.proxy.tls;

import dev.outrider.proxy.metrics.StatOwner;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/// One end of connections: the contexts that new ones get, which rotate under it. They go back to
/// the system when others take their place, or when nobody may ask for them any more, and the
/// engines made from them have ended. Any thread.
public abstract sealed class TlsEnd permits ServerTls, ClientTls {
  private final AtomicInteger users = new AtomicInteger(1); // who made it
  private final AtomicReference<List<TlsContext>> current;
  private final AtomicReference<List<StatOwner>> told = new AtomicReference<>(List.of());

  TlsEnd(List<TlsContext> first) {
    this.current = new AtomicReference<>(first);
  }

  /// Somebody more may ask for contexts, until a [#release].
  public final void retain() {
    users.incrementAndGet();
  }

  /// To be called once by who made it and once for each [#retain].
  public final void release() {
    if (users.decrementAndGet() == 0) {
      replace(List.of());
      tell(List.of());
    }
  }

  /// Takes the statistics of what it shows now, in place of those before.
  public final void tell(List<StatOwner> statistics) {
    told.getAndSet(statistics).forEach(StatOwner::release);
    if (!statistics.isEmpty() && users.get() == 0) {
      told.getAndSet(List.of()).forEach(StatOwner::release);
    }
  }

  /// What it has is not to be used any more: as long as nothing takes its place, no new connection
  /// can be secured.
  public final void clear() {
    replace(List.of());
  }

  /// Whether there are contexts: all secrets have come.
  public final boolean ready() {
    return !current.get().isEmpty();
  }

  /// What new connections show and trust now; empty as long as secrets are missing.
  public final List<ShownCertificate> certificates() {
    var all = current.get();
    return all.isEmpty() ? List.of() : all.getFirst().shown();
  }

  final void replace(List<TlsContext> next) {
    current.getAndSet(next).forEach(TlsContext::retire);
    if (!next.isEmpty() && users.get() == 0) {
      current.getAndSet(List.of()).forEach(TlsContext::retire);
    }
  }

  final @Nullable TlsContext lease(int index) {
    for (var all = current.get(); !all.isEmpty(); all = current.get()) {
      var context = all.get(index);
      if (context.tryRetain()) {
        return context;
      }
    }
    return null;
  }
}
