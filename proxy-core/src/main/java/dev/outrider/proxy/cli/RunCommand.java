package dev.outrider.proxy.cli;

import dev.outrider.proxy.cli.SidecarBootstrap.Address;
import dev.outrider.proxy.cli.SidecarBootstrap.Filter;
import dev.outrider.proxy.server.Server;
import dev.outrider.proxy.server.ServerOptions.BootstrapSource;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParseResult;

/// `outrider run`: a sidecar from one line, over the same path as `-c`.
final class RunCommand {
  private static final Pattern IP_LITERAL =
      Pattern.compile("[0-9.]+|[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*");

  private RunCommand() {}

  static CommandSpec spec() {
    var run =
        CommandSpec.create()
            .addOption(
                Flags.text("Where clients connect: PORT (on 127.0.0.1) or HOST:PORT", "--listen"))
            .addOption(Flags.text("The service: IP:PORT", "--to"))
            .addOption(
                OptionSpec.builder("--filter")
                    .type(List.class)
                    .auxiliaryTypes(String.class)
                    .paramLabel("<my.wasm[=config.json]>")
                    .description(
                        "A Wasm filter and its configuration file; repeat for a chain, in order")
                    .build())
            .addOption(Flags.text("Admin listener (default 127.0.0.1:0, a free port)", "--admin"))
            .addOption(
                Flags.flag("Print the Envoy bootstrap this stands for, and exit", "--print-config"))
            .addOption(Flags.flag("Print this help and exit", "-h", "--help"));
    run.usageMessage().description("Starts a sidecar without a configuration file.");
    Flags.addProcessFlags(run);
    return run;
  }

  static int run(ParseResult parsed, PrintStream out) {
    var bootstrap = bootstrap(parsed);
    if (parsed.hasMatchedOption("--print-config")) {
      out.print(bootstrap.yaml());
      return Main.OK;
    }
    Main.applyLogging(parsed);
    var options = Flags.read(parsed, new BootstrapSource(null, bootstrap.yaml()));
    return Main.serve(parsed, options, out, server -> out.println(line(bootstrap, server)));
  }

  /// What a person needs to know of a sidecar that runs.
  private static String line(SidecarBootstrap bootstrap, Server server) {
    var filters = bootstrap.filters().stream().map(Filter::name).toList();
    return "listening on "
        + server.listenerAddresses().get(SidecarBootstrap.LISTENER)
        + ", "
        + (filters.isEmpty() ? "no filter" : "filters " + String.join(" -> ", filters))
        + ", service at "
        + bootstrap.to()
        + "; admin on "
        + server.adminAddress();
  }

  private static SidecarBootstrap bootstrap(ParseResult parsed) {
    var admin = Flags.text(parsed, "--admin");
    List<String> filters = parsed.matchedOptionValue("--filter", List.of());
    return new SidecarBootstrap(
        required(parsed, "--listen"),
        required(parsed, "--to"),
        admin == null
            ? new Address("127.0.0.1", 0)
            : ip("--admin", Address.parse("--admin", admin, "127.0.0.1")),
        filters(filters));
  }

  private static Address required(ParseResult parsed, String flag) {
    var text = Flags.text(parsed, flag);
    if (text == null) {
      throw new UsageException(
          "run needs " + flag + ", as in: outrider run --listen 8080 --to 127.0.0.1:9000");
    }
    return ip(flag, Address.parse(flag, text, "127.0.0.1"));
  }

  /// `localhost` stands for 127.0.0.1; other names would need DNS.
  private static Address ip(String flag, Address address) {
    if (address.host().equals("localhost")) {
      return new Address("127.0.0.1", address.port());
    }
    if (!IP_LITERAL.matcher(address.host()).matches()) {
      throw new UsageException(
          flag
              + " "
              + address.host()
              + ": is not an IP address, and names are not resolved yet; give the address");
    }
    return address;
  }

  private static List<Filter> filters(List<String> arguments) {
    var filters = new ArrayList<Filter>();
    Set<String> names = new HashSet<>();
    for (var argument : arguments) {
      int equals = argument.indexOf(".wasm=");
      var module = Path.of(equals < 0 ? argument : argument.substring(0, equals + 5));
      if (!Files.isReadable(module)) {
        throw new UsageException("--filter " + argument + ": there is no readable file " + module);
      }
      filters.add(
          new Filter(
              uniqueName(module, names),
              module.toAbsolutePath().normalize(),
              equals < 0 ? null : read(Path.of(argument.substring(equals + 6)))));
    }
    return filters;
  }

  private static String uniqueName(Path module, Set<String> taken) {
    var base = String.valueOf(module.getFileName()).replaceFirst("\\.wasm$", "");
    var name = base;
    for (int n = 2; !taken.add(name); n++) {
      name = base + "-" + n;
    }
    return name;
  }

  private static String read(Path configuration) {
    try {
      return Files.readString(configuration);
    } catch (IOException failed) {
      throw new UsageException(
          "--filter configuration " + configuration + ": cannot be read (" + failed + ")");
    }
  }
}
