package dev.outrider.proxy.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.StringValue;
import dev.outrider.proxy.cli.SidecarBootstrap.Address;
import dev.outrider.proxy.cli.SidecarBootstrap.Filter;
import dev.outrider.proxy.config.BootstrapConfig;
import dev.outrider.proxy.extension.Parsed;
import dev.outrider.proxy.extension.check.SchemaValidator;
import dev.outrider.proxy.extension.check.SupportedFields;
import dev.outrider.proxy.extension.check.UnsupportedFields;
import dev.outrider.proxy.extension.schema.Schema;
import dev.outrider.proxy.extension.text.ConfigReader;
import dev.outrider.proxy.extension.text.ConfigText;
import dev.outrider.proxy.xds.BootstrapParser;
import dev.outrider.proxy.xds.BootstrapParser.NodeFlags;
import io.envoyproxy.envoy.config.bootstrap.v3.Bootstrap;
import io.envoyproxy.envoy.extensions.filters.http.wasm.v3.Wasm;
import io.envoyproxy.envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager;
import io.envoyproxy.envoy.extensions.filters.network.http_connection_manager.v3.HttpFilter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SidecarBootstrapTest {
  private static final String BOOTSTRAP = "envoy.config.bootstrap.v3.Bootstrap";
  private static final Schema SCHEMA = Schema.load();

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2, 5})
  void isABootstrapThatIsAcceptedAndWhollyActedOn(int filters) throws Exception {
    var chain = new ArrayList<Filter>();
    for (int i = 0; i < filters; i++) {
      chain.add(filter("f" + i, i % 2 == 0 ? null : "{\"n\": " + i + "}"));
    }

    var wire = encoded(sidecar(chain));

    assertThat(new SchemaValidator(SCHEMA).validate(BOOTSTRAP, wire, "bootstrap")).isEmpty();
    var fields = new UnsupportedFields(SCHEMA, SupportedFields.load()).find(BOOTSTRAP, wire);
    assertThat(fields.fields()).isEmpty();
    assertThat(fields.unknown()).isEmpty();
    assertThat(BootstrapParser.parse(wire, NodeFlags.NONE))
        .isInstanceOf(Parsed.Valid.class)
        .extracting(parsed -> ((Parsed.Valid<BootstrapConfig>) parsed).value())
        .satisfies(config -> assertThat(config.staticListeners()).hasSize(1))
        .satisfies(config -> assertThat(config.staticClusters()).hasSize(1));
    assertThat(httpFilters(wire)).extracting(HttpFilter::getName).hasSize(filters + 1);
  }

  @Test
  void keepsTheFiltersInOrderAndTheirConfigurationByteForByte() throws Exception {
    var odd = "{\"a\": \"x'y\\\"z\",\n\t\"b\": \"\u00e9\u0001 # no comment\"}\n";

    var filters = httpFilters(encoded(sidecar(List.of(filter("b", odd), filter("a", null)))));

    assertThat(filters)
        .extracting(HttpFilter::getName)
        .containsExactly("b", "a", "envoy.filters.http.router");
    var first = filters.getFirst().getTypedConfig().unpack(Wasm.class).getConfig();
    assertThat(first.getName()).isEqualTo("b");
    assertThat(first.getVmConfig().getCode().getLocal().getFilename()).isEqualTo("/f/b.wasm");
    assertThat(first.getConfiguration().unpack(StringValue.class).getValue()).isEqualTo(odd);
    var second = filters.get(1).getTypedConfig().unpack(Wasm.class).getConfig();
    assertThat(second.hasConfiguration()).isFalse();
  }

  @ParameterizedTest
  @CsvSource({
    "8080, 127.0.0.1, 8080",
    "0.0.0.0:80, 0.0.0.0, 80",
    "[::1]:80, ::1, 80",
    "localhost:1, localhost, 1"
  })
  void readsAnAddress(String text, String host, int port) {
    assertThat(Address.parse("--to", text, "127.0.0.1")).isEqualTo(new Address(host, port));
  }

  private static SidecarBootstrap sidecar(List<Filter> chain) {
    return new SidecarBootstrap(
        new Address("127.0.0.1", 8080),
        new Address("::1", 9000),
        new Address("127.0.0.1", 0),
        chain);
  }

  private static Filter filter(String name, @Nullable String configuration) {
    return new Filter(name, Path.of("/f", name + ".wasm"), configuration);
  }

  private static byte[] encoded(SidecarBootstrap sidecar) {
    var text = ConfigText.yaml("run", sidecar.yaml());
    return switch (new ConfigReader(SCHEMA).read(text, BOOTSTRAP)) {
      case Parsed.Valid<byte[]>(var wire) -> wire;
      case Parsed.Invalid<byte[]>(var problems) -> throw new AssertionError(problems);
    };
  }

  private static List<HttpFilter> httpFilters(byte[] wire) throws Exception {
    return Bootstrap.parseFrom(wire)
        .getStaticResources()
        .getListeners(0)
        .getFilterChains(0)
        .getFilters(0)
        .getTypedConfig()
        .unpack(HttpConnectionManager.class)
        .getHttpFiltersList();
  }
}
