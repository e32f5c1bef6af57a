package dev.outrider.proxy.config;

import dev.outrider.proxy.listener.ChainTree;
import dev.outrider.proxy.stream.ConnectionInfo;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/// The filter chains of a listener. Chains are told apart by identity: one that did not change is
/// the same object in the next version.
public final class FilterChains {
  private final List<FilterChain> matched;
  private final @Nullable FilterChain fallback;
  private final ChainTree<FilterChain> tree;

  private FilterChains(
      List<FilterChain> matched,
      @Nullable FilterChain fallback,
      BiConsumer<FilterChain, FilterChain> overlap) {
    this.matched = List.copyOf(matched);
    this.fallback = fallback;
    this.tree =
        ChainTree.of(
            matched.stream().map(chain -> new ChainTree.Entry<>(chain.match(), chain)).toList(),
            overlap);
  }

  /// Of any number.
  ///
  /// @param matched for the connections that they ask for
  /// @param fallback for those that no other is for
  /// @param overlap told of every two chains that ask for the same
  public static FilterChains of(
      List<FilterChain> matched,
      @Nullable FilterChain fallback,
      BiConsumer<FilterChain, FilterChain> overlap) {
    return new FilterChains(matched, fallback, overlap);
  }

  /// One for every connection.
  public static FilterChains of(FilterChain only) {
    return of(List.of(), only, (_, _) -> {});
  }

  /// The chain for a connection; null if it is to be closed.
  public @Nullable FilterChain find(ConnectionInfo connection) {
    var chain = tree.find(connection);
    return chain == null ? fallback : chain;
  }

  /// All of them, the fallback last.
  public List<FilterChain> all() {
    var all = new ArrayList<>(matched);
    if (fallback != null) {
      all.add(fallback);
    }
    return all;
  }

  /// For those that no other is for.
  public @Nullable FilterChain fallback() {
    return fallback;
  }
}
