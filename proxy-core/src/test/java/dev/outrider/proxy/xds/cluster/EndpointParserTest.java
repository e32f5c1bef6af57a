package dev.outrider.proxy.xds.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import dev.outrider.proxy.cluster.Assignment;
import dev.outrider.proxy.cluster.EndpointCheck;
import dev.outrider.proxy.cluster.EndpointSpec;
import dev.outrider.proxy.cluster.HealthStatus;
import dev.outrider.proxy.cluster.HostPort;
import dev.outrider.proxy.cluster.Locality;
import dev.outrider.proxy.xds.Yaml;
import dev.outrider.proxy.xds.resource.Resource;
import dev.outrider.proxy.xds.resource.Resource.EndpointsResource;
import dev.outrider.proxy.xds.resource.ResourceKind;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class EndpointParserTest {

  private static Assignment assignment(String yaml) {
    return ((EndpointsResource) Yaml.valid(ResourceKind.ENDPOINTS, yaml)).assignment();
  }

  @Test
  void readsEverythingThatIsActedOn() {
    var assignment =
        assignment(
            """
            cluster_name: s
            policy: {overprovisioning_factor: 200}
            endpoints:
            - locality: {region: r, zone: z, sub_zone: sz}
              priority: 1
              lb_endpoints:
              - endpoint:
                  address: {socket_address: {address: 10.0.0.1, port_value: 80}}
                  hostname: h
                health_status: DRAINING
                load_balancing_weight: 3
            - lb_endpoints:
              - endpoint: {address: {socket_address: {address: "::1", port_value: 81}}}
            """);

    assertThat(assignment.clusterName()).isEqualTo("s");
    assertThat(assignment.policy().overprovisioningFactor()).isEqualTo(200);
    assertThat(assignment.endpoints())
        .containsExactly(
            new EndpointSpec(
                new HostPort("10.0.0.1", 80),
                "h",
                3,
                1,
                new Locality("r", "z", "sz"),
                HealthStatus.DRAINING),
            new EndpointSpec(new HostPort("::1", 81)));
  }

  @Test
  void keepsWhatIsSaidAboutEndpointsAndTheirLocality() {
    var endpoint =
        assignment(
                """
                cluster_name: s
                endpoints:
                - metadata: {filter_metadata: {a: {}}}
                  lb_endpoints:
                  - endpoint: {address: {socket_address: {address: "::1", port_value: 81}}}
                    metadata: {filter_metadata: {b: {}}}
                """)
            .endpoints()
            .getFirst();

    assertThat(endpoint.metadata().ofLocality()).isEqualTo(Yaml.metadata("a"));
    assertThat(endpoint.metadata().own()).isEqualTo(Yaml.metadata("b"));
  }

  @ParameterizedTest
  @CsvSource({"UNKNOWN", "HEALTHY", "UNHEALTHY", "DRAINING", "TIMEOUT", "DEGRADED"})
  void readsEveryHealthStatus(HealthStatus status) {
    var assignment =
        assignment(
            """
            cluster_name: s
            endpoints:
            - lb_endpoints:
              - endpoint: {address: {socket_address: {address: 10.0.0.1, port_value: 80}}}
                health_status: %s
            """
                .formatted(status));

    assertThat(assignment.endpoints().getFirst().health()).isEqualTo(status);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "socket_address: {address: localhost, port_value: 80} | socket_address.address: malformed"
            + " IP address: localhost. Consider setting resolver_name or setting cluster type to"
            + " 'STRICT_DNS' or 'LOGICAL_DNS'",
        "socket_address: {address: 10.0.0.1, port_value: 80, protocol: UDP} |"
            + " socket_address.protocol: is not supported",
        "socket_address: {address: 10.0.0.1, named_port: http} | socket_address.named_port: is not"
            + " supported",
        "envoy_internal_address: {server_listener_name: x} | envoy_internal_address: is not"
            + " supported",
      })
  void refusesAddressesThatItCannotConnectTo(String address, String problem) {
    assertThat(
            Yaml.problems(
                ResourceKind.ENDPOINTS,
                "{cluster_name: s, endpoints: [{lb_endpoints: [{endpoint: {address: {%s}}}]}]}"
                    .formatted(address)))
        .contains("endpoints[0].lb_endpoints[0].endpoint.address." + problem);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "named_endpoints: {x: {}} | named_endpoints: is not supported",
        "endpoints: [{leds_cluster_locality_config: {leds_config: {ads: {}}}}] |"
            + " endpoints[0].leds_cluster_locality_config.leds_config:  does not have a xdstp:,"
            + " http: or file: scheme",
        "endpoints: [{lb_endpoints: [{endpoint_name: x}]}] |"
            + " endpoints[0].lb_endpoints[0].endpoint_name: is not supported",
      })
  void refusesIndirections(String fields, String problem) {
    assertThat(Yaml.problems(ResourceKind.ENDPOINTS, "{cluster_name: s, %s}".formatted(fields)))
        .contains(problem);
  }

  @Test
  void findsProblemsInEveryEndpoint() {
    assertThat(
            Yaml.problems(
                ResourceKind.ENDPOINTS,
                """
                cluster_name: s
                endpoints:
                - lb_endpoints:
                  - endpoint: {address: {socket_address: {address: a, port_value: 80}}}
                  - endpoint: {address: {socket_address: {address: b, port_value: 80}}}
                """))
        .isEqualTo(
            List.of(
                "endpoints[0].lb_endpoints[0].endpoint.address.socket_address.address: malformed IP"
                    + " address: a. Consider setting resolver_name or setting cluster type to"
                    + " 'STRICT_DNS' or 'LOGICAL_DNS'",
                "endpoints[0].lb_endpoints[1].endpoint.address.socket_address.address: malformed IP"
                    + " address: b. Consider setting resolver_name or setting cluster type to"
                    + " 'STRICT_DNS' or 'LOGICAL_DNS'"));
  }

  @Test
  void readsHowAnEndpointIsChecked() {
    assertThat(check("port_value: 81"))
        .isEqualTo(new EndpointCheck(new HostPort("10.0.0.1", 81), "", false));
    assertThat(
            check(
                """
                hostname: h, disable_active_health_check: true,
                address: {socket_address: {address: 10.0.0.2, port_value: 82}}
                """))
        .isEqualTo(new EndpointCheck(new HostPort("10.0.0.2", 82), "h", true));
    assertThat(check("")).isSameAs(EndpointCheck.USUAL);
  }

  private static EndpointCheck check(String config) {
    var resource =
        (Resource.EndpointsResource)
            Yaml.valid(
                ResourceKind.ENDPOINTS,
                """
                cluster_name: c
                endpoints:
                - lb_endpoints:
                  - endpoint:
                      health_check_config: {%s}
                      address: {socket_address: {address: 10.0.0.1, port_value: 80}}
                """
                    .formatted(config));
    return resource.assignment().endpoints().getFirst().check();
  }

  @Test
  void readsFurtherAddresses() {
    var resource =
        (Resource.EndpointsResource)
            Yaml.valid(
                ResourceKind.ENDPOINTS,
                "{cluster_name: s, endpoints: [{lb_endpoints: [{endpoint: {address:"
                    + " {socket_address: {address: 10.0.0.1, port_value: 80}},"
                    + " additional_addresses: [{address: {socket_address: {address: '::1',"
                    + " port_value: 81}}}]}}]}]}");

    assertThat(resource.assignment().endpoints().getFirst().access().furtherAddresses())
        .containsExactly(new HostPort("::1", 81));
  }
}
