package dev.outrider.proxy.xds;

import com.google.protobuf.Any;
import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import dev.outrider.proxy.cluster.Metadata;
import dev.outrider.proxy.config.BootstrapConfig;
import dev.outrider.proxy.config.ConfigOrigin;
import dev.outrider.proxy.config.ServiceIdentity;
import dev.outrider.proxy.dns.FakeNames;
import dev.outrider.proxy.extension.ConfigProblem;
import dev.outrider.proxy.extension.NetworkFilterProvider;
import dev.outrider.proxy.extension.ParseContext;
import dev.outrider.proxy.extension.Parsed;
import dev.outrider.proxy.extension.ProviderRegistry;
import dev.outrider.proxy.extension.check.SchemaValidator;
import dev.outrider.proxy.extension.check.SupportedFields;
import dev.outrider.proxy.extension.check.UnsupportedFields;
import dev.outrider.proxy.extension.schema.Schema;
import dev.outrider.proxy.extension.text.ConfigReader;
import dev.outrider.proxy.extension.text.ConfigText;
import dev.outrider.proxy.filter.HttpFilterFactory;
import dev.outrider.proxy.filter.network.NetworkFilter;
import dev.outrider.proxy.filter.network.NetworkFilterFactory;
import dev.outrider.proxy.loop.FakeClock;
import dev.outrider.proxy.loop.FakeLoop;
import dev.outrider.proxy.metrics.MetricRegistry;
import dev.outrider.proxy.network.tcp_proxy.TcpProxyProvider;
import dev.outrider.proxy.xds.BootstrapParser.NodeFlags;
import dev.outrider.proxy.xds.accesslog.AccessLogParser;
import dev.outrider.proxy.xds.accesslog.RecordingLogs;
import dev.outrider.proxy.xds.resource.Resource;
import dev.outrider.proxy.xds.resource.ResourceKind;
import dev.outrider.proxy.xds.resource.ResourceType;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/// Configuration as its users write it, taken the whole way that a resource takes: reader, schema,
/// parser.
public final class Yaml {
  private static final Schema SCHEMA = Schema.load();

  private Yaml() {}

  /// The wire bytes of a message.
  public static byte[] bytes(String messageName, String yaml) {
    return switch (new ConfigReader(SCHEMA).read(ConfigText.yaml("test.yaml", yaml), messageName)) {
      case Parsed.Valid<byte[]>(var bytes) -> bytes;
      case Parsed.Invalid<byte[]>(var problems) -> throw new AssertionError(texts(problems));
    };
  }

  static SchemaCheck check(FieldReport report, MetricRegistry metrics) {
    return new SchemaCheck(
        new SchemaValidator(SCHEMA),
        new UnsupportedFields(SCHEMA, SupportedFields.load()),
        report,
        SchemaCheck.UnknownFields.DEFAULT,
        metrics);
  }

  /// A bootstrap, with the problems of text, schema and meaning as a process would find them.
  public static Parsed<BootstrapConfig> bootstrap(String yaml, NodeFlags flags) {
    return new ConfigReader(SCHEMA)
        .read(ConfigText.yaml("bootstrap.yaml", yaml), "envoy.config.bootstrap.v3.Bootstrap")
        .then(bytes -> bootstrap(bytes, flags));
  }

  private static Parsed<BootstrapConfig> bootstrap(byte[] bytes, NodeFlags flags) {
    var problems =
        new LinkedHashSet<>(check(new FieldReport(), new MetricRegistry(1)).bootstrap(bytes));
    var parsed = BootstrapParser.parse(bytes, flags);
    problems.addAll(parsed.problems());
    return problems.isEmpty() ? parsed : new Parsed.Invalid<>(List.copyOf(problems));
  }

  /// A resource that came from a control plane.
  public static Parsed<? extends Resource> parse(ResourceKind kind, String yaml) {
    return parse(kind, yaml, new Proxy.SlowFilters());
  }

  public static Parsed<? extends Resource> parse(
      ResourceKind kind, String yaml, Proxy.SlowFilters filters) {
    try {
      return types(filters)
          .of(kind)
          .decode(ByteString.copyFrom(bytes(kind.messageName(), yaml)))
          .parse(ConfigOrigin.DYNAMIC, null)
          .toCompletableFuture()
          .join();
    } catch (InvalidProtocolBufferException e) {
      throw new AssertionError(e);
    }
  }

  /// TCP proxies, and a filter for the middle of a chain. `tcp_proxy`, which ends chains, and one
  /// of the type of `wasm`, which does not.
  static ProviderRegistry<NetworkFilterFactory> networkFilters() {
    return new ProviderRegistry<NetworkFilterFactory>(
        List.of(
            new TcpProxyProvider(
                new MetricRegistry(1), new AccessLogParser(new RecordingLogs(), Runnable::run)),
            new MiddleFilters()));
  }

  /// Accepts its configuration, whatever it is.
  private static final class MiddleFilters implements NetworkFilterProvider {
    @Override
    public Set<String> typeUrls() {
      return Set.of("envoy.extensions.filters.network.wasm.v3.Wasm");
    }

    @Override
    public CompletionStage<Parsed<NetworkFilterFactory>> parse(Any config, ParseContext context) {
      return CompletableFuture.completedFuture(
          Parsed.valid(NetworkFilterFactory.of(_ -> new NetworkFilter() {})));
    }
  }

  /// The value; fails with the problems if it was refused.
  public static Resource valid(ResourceKind kind, String yaml) {
    return switch (parse(kind, yaml)) {
      case Parsed.Valid<? extends Resource>(var value) -> value;
      case Parsed.Invalid<? extends Resource>(var problems) ->
          throw new AssertionError(texts(problems));
    };
  }

  /// The next version of a listener.
  public static Resource.ListenerResource next(Resource.ListenerResource previous, String yaml) {
    var type = types(new Proxy.SlowFilters()).of(ResourceKind.LISTENER);
    @SuppressWarnings("unchecked") // what the type of that kind is made for
    var listeners = (ResourceType<Resource.ListenerResource>) type;
    try {
      var decoded =
          listeners.decode(ByteString.copyFrom(bytes(ResourceKind.LISTENER.messageName(), yaml)));
      var parsed = decoded.parse(ConfigOrigin.DYNAMIC, previous).toCompletableFuture().join();
      return switch (parsed) {
        case Parsed.Valid<Resource.ListenerResource>(var value) -> value;
        case Parsed.Invalid<Resource.ListenerResource>(var problems) ->
            throw new AssertionError(texts(problems));
      };
    } catch (InvalidProtocolBufferException e) {
      throw new AssertionError(e);
    }
  }

  private static EnvoyResourceTypes types(Proxy.SlowFilters filters) {
    return new EnvoyResourceTypes(
        check(new FieldReport(), new MetricRegistry(1)),
        new ServiceIdentity("own-cluster", "own-node"),
        new ProviderRegistry<HttpFilterFactory>(List.of(filters)),
        networkFilters(),
        new AccessLogParser(new RecordingLogs(), Runnable::run),
        TestDnsCaches.on(new FakeLoop(), new MetricRegistry(1), new FakeNames()),
        TestSecrets.on(new FakeLoop(0, new FakeClock()), new MetricRegistry(1)));
  }

  /// As it is kept if all that it says is an empty `filter_metadata` of that name.
  public static Metadata metadata(String name) {
    return Metadata.of(
        bytes("envoy.config.core.v3.Metadata", "{filter_metadata: {%s: {}}}".formatted(name)));
  }

  /// Every problem as `field: message`.
  public static List<String> problems(ResourceKind kind, String yaml) {
    return texts(parse(kind, yaml).problems());
  }

  public static List<String> texts(List<ConfigProblem> problems) {
    return problems.stream()
        .map(each -> each.field().isEmpty() ? each.message() : each.field() + ": " + each.message())
        .toList();
  }
}
