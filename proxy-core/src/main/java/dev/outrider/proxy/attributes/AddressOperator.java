package dev.outrider.proxy.attributes;

import dev.outrider.proxy.cluster.HostPort;
import dev.outrider.proxy.stream.StreamInfo;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// An address with its port, or one of the two.
record AddressOperator(Function<StreamInfo, @Nullable HostPort> address) implements FormatOperator {
  private static final String WITHOUT_PORT = "_ADDRESS_WITHOUT_PORT";

  /// Null if no such operator has that name.
  static @Nullable FormatOperator find(OperatorSpec spec, Consumer<String> problems) {
    var name = spec.name();
    var address =
        switch (name.replaceFirst("(_ADDRESS_WITHOUT_PORT|_ADDRESS|_PORT)$", "")) {
          case "DOWNSTREAM_REMOTE" -> new AddressOperator(StreamInfo::remote);
          case "DOWNSTREAM_DIRECT_REMOTE" ->
              new AddressOperator(info -> info.connection().directRemote());
          case "DOWNSTREAM_LOCAL", "DOWNSTREAM_DIRECT_LOCAL" ->
              new AddressOperator(info -> info.connection().local());
          case "UPSTREAM_REMOTE" -> new AddressOperator(AddressOperator::connected);
          case "UPSTREAM_LOCAL" -> new AddressOperator(info -> info.upstream().localAddress());
          default -> null;
        };
    if (address == null) {
      return name.equals("UPSTREAM_HOST")
          ? new AddressOperator(info -> info.upstream().host())
          : null;
    }
    if (name.endsWith(WITHOUT_PORT)) {
      return address.host(spec, problems);
    }
    if (name.endsWith("_PORT")) {
      return address.port();
    }
    return name.endsWith("_ADDRESS") ? address : null;
  }

  /// The other end of the connection, once there is one.
  private static @Nullable HostPort connected(StreamInfo info) {
    return info.upstream().connectionId() == 0 ? null : info.upstream().host();
  }

  @Override
  public boolean write(StreamInfo info, ValueBuffer out) {
    var value = address.apply(info);
    if (value == null) {
      return false;
    }
    out.put(value.textBytes());
    return true;
  }

  /// The IP, or with an argument the network of as many bits that it is in, as `10.1.0.0/16`.
  private FormatOperator host(OperatorSpec spec, Consumer<String> problems) {
    if (spec.argumentOrEmpty().isEmpty()) {
      return (info, out) -> {
        var value = address.apply(info);
        if (value != null) {
          out.put(value.host());
        }
        return value != null && !value.host().isEmpty();
      };
    }
    if (!spec.argumentOrEmpty().matches("\\d{1,3}")
        || Integer.parseInt(spec.argumentOrEmpty()) > 128) {
      problems.accept("operator " + spec + " needs the bits of a network, 0 to 128");
      return (_, _) -> false;
    }
    var bits = Integer.parseInt(spec.argumentOrEmpty());
    return (info, out) -> {
      var value = address.apply(info);
      if (value == null || value.isPipe()) {
        return false;
      }
      var network = Math.min(bits, value.ip().width());
      out.put(value.ip().masked(network).text());
      out.put('/');
      out.putDecimal(network);
      return true;
    };
  }

  /// Empty for a pipe, as in Envoy.
  private FormatOperator port() {
    return new Port(address);
  }

  private record Port(Function<StreamInfo, @Nullable HostPort> address) implements FormatOperator {
    @Override
    public boolean write(StreamInfo info, ValueBuffer out) {
      var value = address.apply(info);
      if (value != null && !value.isPipe()) {
        out.putDecimal(value.port());
      }
      return value != null;
    }

    @Override
    public boolean writeJson(StreamInfo info, ValueBuffer out) {
      var value = address.apply(info);
      return value != null && !value.isPipe() && write(info, out);
    }
  }
}
