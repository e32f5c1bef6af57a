package dev.outrider.proxy.extension;

import com.google.protobuf.Any;
import java.util.Set;
import java.util.concurrent.CompletionStage;

/// Makes one kind of extension (an HTTP filter, an access logger) from its typed configuration.
///
/// Called on the main loop and must not block it: a native provider returns a completed stage, one
/// that has to fetch or compile completes from the background executor. The ACK or NACK of the
/// response waits for the stage.
///
/// @param <F> what the extension's data path is made from
public interface ExtensionProvider<F> {

  /// Full names of the configuration messages it accepts, without the `type.googleapis.com/`
  /// prefix.
  Set<String> typeUrls();

  /// The factory for `config`, whose type is one of [#typeUrls()].
  CompletionStage<Parsed<F>> parse(Any config, ParseContext context);
}
