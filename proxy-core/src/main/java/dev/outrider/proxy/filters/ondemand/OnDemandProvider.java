package dev.outrider.proxy.filters.ondemand;

import com.google.protobuf.Any;
import com.google.protobuf.Empty;
import dev.outrider.proxy.extension.FilterProvider;
import dev.outrider.proxy.extension.ParseContext;
import dev.outrider.proxy.extension.Parsed;
import dev.outrider.proxy.filter.HttpFilterFactory;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/// Makes filters of `filters.http.on_demand.v3.OnDemand`. All that this can say is where clusters
/// are asked for on demand, which is refused: so it is read as a message without fields.
public final class OnDemandProvider implements FilterProvider {
  private static final String TYPE = "envoy.extensions.filters.http.on_demand.v3.OnDemand";
  private static final int ODCDS = 1;

  @Override
  public Set<String> typeUrls() {
    return Set.of(TYPE);
  }

  @Override
  public CompletionStage<Parsed<HttpFilterFactory>> parse(Any config, ParseContext context) {
    return CompletableFuture.completedFuture(
        context
            .unpack(config, Empty.parser())
            .then(
                message ->
                    message.getUnknownFields().hasField(ODCDS)
                        ? Parsed.invalid(context.problem("odcds", "is not supported"))
                        : Parsed.valid(HttpFilterFactory.of(OnDemandFilter::new))));
  }
}
