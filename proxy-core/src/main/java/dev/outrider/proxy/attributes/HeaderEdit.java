package dev.outrider.proxy.attributes;

import dev.outrider.proxy.http.HeaderName;

/// One change to a head (Envoy `core.v3.HeaderValueOption` and `HeaderMutation`). Immutable, any
/// thread. See [HeaderEdits].
public sealed interface HeaderEdit {
  HeaderName name();

  /// Every line with that name goes.
  record Remove(HeaderName name) implements HeaderEdit {}

  /// A value, made for each stream.
  ///
  /// @param keepEmpty whether an empty value counts; else nothing is done
  record Put(HeaderName name, FormatString value, Mode mode, boolean keepEmpty)
      implements HeaderEdit {}

  /// What becomes of lines that are there.
  enum Mode {
    /// They stay, the new one comes behind them.
    APPEND,
    /// They stay, and nothing comes.
    ADD_IF_ABSENT,
    /// They are replaced.
    OVERWRITE,
    /// They are replaced if there are any; else nothing comes.
    OVERWRITE_IF_EXISTS
  }
}
