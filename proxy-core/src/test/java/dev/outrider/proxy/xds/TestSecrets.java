package dev.outrider.proxy.xds;

import dev.outrider.proxy.extension.schema.Schema;
import dev.outrider.proxy.extension.text.ConfigReader;
import dev.outrider.proxy.loop.Loop;
import dev.outrider.proxy.metrics.MetricRegistry;
import dev.outrider.proxy.xds.resource.IntakeSpec;
import dev.outrider.proxy.xds.secret.Secrets;
import java.util.List;

/// The secrets of a proxy that does at once what others do in the background.
public final class TestSecrets {
  private TestSecrets() {}

  public static Secrets on(Loop loop, MetricRegistry metrics) {
    return new Secrets(
        new IntakeSpec(
            loop, Runnable::run, metrics, new ConfigReader(Schema.load()), (_, _, _) -> List.of()));
  }
}
