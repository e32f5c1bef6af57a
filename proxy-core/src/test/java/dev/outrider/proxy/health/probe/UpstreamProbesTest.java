package dev.outrider.proxy.health.probe;

import static org.assertj.core.api.Assertions.assertThat;

import dev.outrider.proxy.attributes.FormatEnvironment;
import dev.outrider.proxy.attributes.FormatString;
import dev.outrider.proxy.attributes.HeaderEdit;
import dev.outrider.proxy.cluster.Cluster;
import dev.outrider.proxy.cluster.ConnectionOptions;
import dev.outrider.proxy.cluster.Discovery;
import dev.outrider.proxy.cluster.EndpointAccess;
import dev.outrider.proxy.cluster.EndpointSpec;
import dev.outrider.proxy.cluster.FamilyOrder;
import dev.outrider.proxy.cluster.HostPort;
import dev.outrider.proxy.cluster.Metadata;
import dev.outrider.proxy.cluster.SocketMatch;
import dev.outrider.proxy.cluster.UpstreamSockets;
import dev.outrider.proxy.health.PayloadPattern;
import dev.outrider.proxy.health.ProbeSpec;
import dev.outrider.proxy.http.HeaderName;
import dev.outrider.proxy.http.HttpVersion;
import dev.outrider.proxy.tls.ClientTls;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/// That a host is asked by the connections that its requests get.
class UpstreamProbesTest {
  private static final EndpointSpec HOST = new EndpointSpec(new HostPort("10.0.0.1", 1));
  private static final ProbeSpec BYTES = new ProbeSpec.Tcp(new byte[0], PayloadPattern.ANY);

  /// Secured, but for endpoints that ask for the only match.
  private static Cluster.Builder secured() {
    return Cluster.builder("up", new Discovery.Eds("up"))
        .tls(new ClientTls("", false))
        .socketMatches(List.of(new SocketMatch("plain", Metadata.NONE, null)));
  }

  private static HeaderEdit scheme() {
    return new HeaderEdit.Put(
        HeaderName.of("x-scheme"), format("%REQ(:SCHEME)%"), HeaderEdit.Mode.OVERWRITE, false);
  }

  private static FormatString format(String text) {
    return FormatString.parse(
        text,
        FormatEnvironment.ofProcess(),
        problem -> {
          throw new AssertionError(problem);
        });
  }

  @Test
  void asksByTheTransportSocketOfTheEndpoint() {
    var secure = new ProbedHost(secured().build(), HOST, true, BYTES);
    secure.check();
    assertThat(secure.told).as("its secrets have not come").containsExactly("NETWORK");
    secure.close();

    var plain =
        new ProbedHost(secured().build(), HOST.reached(EndpointAccess.DEFAULT.by(0)), true, BYTES);
    plain.check();
    assertThat(plain.told).containsExactly("pass");
    plain.close();
  }

  @Test
  void saysTheSchemeOfTheEndpointsTransportSocket() {
    var host =
        new ProbedHost(
            secured().build(),
            HOST.reached(EndpointAccess.DEFAULT.by(0)),
            true,
            new ProbeSpec.Http(
                HttpVersion.HTTP1,
                "GET",
                "",
                "/",
                List.of(scheme()),
                new byte[0],
                PayloadPattern.ANY,
                0,
                List.of(new ProbeSpec.StatusRange(200, 201)),
                List.of(),
                null));

    host.check();

    assertThat(host.heard()).contains("x-scheme: http\r\n");
    host.close();
  }

  @Test
  void usesTheSocketsOfTheCluster() {
    var source = new UpstreamSockets.Source(new HostPort("10.9.9.9", 0), List.of());
    var sockets = new UpstreamSockets(List.of(source), List.of());
    var host =
        new ProbedHost(
            Cluster.builder("up", new Discovery.Eds("up"))
                .connections(
                    new ConnectionOptions(
                        Duration.ofSeconds(1), 0, sockets, false, false, FamilyOrder.DEFAULT, 1))
                .build(),
            HOST,
            true,
            BYTES);

    host.check();

    assertThat(host.sockets).containsExactly(sockets);
    host.close();
  }
}
