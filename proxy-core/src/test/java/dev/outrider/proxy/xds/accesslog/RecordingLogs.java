package dev.outrider.proxy.xds.accesslog;

import com.google.protobuf.Any;
import com.google.protobuf.InvalidProtocolBufferException;
import dev.outrider.proxy.config.AccessLogConfig;
import dev.outrider.proxy.config.LineFormat;
import dev.outrider.proxy.extension.ExtensionProvider;
import dev.outrider.proxy.extension.ParseContext;
import dev.outrider.proxy.extension.Parsed;
import dev.outrider.proxy.extension.ProviderRegistry;
import dev.outrider.proxy.stream.AccessLogger;
import dev.outrider.proxy.stream.StreamInfo;
import io.envoyproxy.envoy.extensions.access_loggers.wasm.v3.WasmAccessLog;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/// Access loggers that only remember how they were configured. The format `%BAD%` is refused; a
/// Wasm logger is one of an extension, and refused if its plugin is called `bad`.
public final class RecordingLogs implements AccessLogOpener {

  record Opened(AccessLogConfig config) implements AccessLogger {

    @Override
    public void log(StreamInfo info) {}
  }

  @Override
  public Parsed<AccessLogger> open(AccessLogConfig config, ParseContext context) {
    return config.format().equals(new LineFormat.Text("%BAD%"))
        ? Parsed.invalid(context.problem("", "unknown operator BAD"))
        : Parsed.valid(new Opened(config));
  }

  /// What an extension made.
  record Extension(String plugin) implements AccessLogger {

    @Override
    public void log(StreamInfo info) {}
  }

  @Override
  public ProviderRegistry<AccessLogger> extensions() {
    return new ProviderRegistry<>(List.of(new WasmLogs()));
  }

  private static final class WasmLogs implements ExtensionProvider<AccessLogger> {

    @Override
    public Set<String> typeUrls() {
      return Set.of("envoy.extensions.access_loggers.wasm.v3.WasmAccessLog");
    }

    @Override
    public CompletionStage<Parsed<AccessLogger>> parse(Any config, ParseContext context) {
      try {
        var name = WasmAccessLog.parseFrom(config.getValue()).getConfig().getName();
        return CompletableFuture.completedFuture(
            name.equals("bad")
                ? Parsed.invalid(context.problem("config", "the guest refuses"))
                : Parsed.valid(new Extension(name)));
      } catch (InvalidProtocolBufferException e) {
        throw new AssertionError(e);
      }
    }
  }
}
