package dev.outrider.proxy.cli;

import dev.outrider.proxy.extension.text.Spelling;
import dev.outrider.proxy.server.Server;
import dev.outrider.proxy.server.ServerOptions;
import dev.outrider.proxy.server.StartupException;
import dev.outrider.proxy.server.Version;
import java.io.PrintStream;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.slf4j.LoggerFactory;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.UnmatchedArgumentException;

/// The program: parses the command line, runs one command, and ends with its exit code.
///
/// Exit codes as Envoy's: 0 for a clean end, 1 for anything that was asked wrongly or cannot start.
public final class Main {
  static final int OK = 0;
  static final int FAILED = 1;

  private Main() {}

  /// Entry point of the launcher.
  public static void main(String[] args) {
    int status = run(List.of(args), System.out, System.err);
    System.out.flush();
    System.exit(status);
  }

  /// Runs one command line and returns its exit code. Blocks for as long as the proxy serves.
  static int run(List<String> args, PrintStream out, PrintStream err) {
    var parser = new CommandLine(commands());
    try {
      var parsed = parser.parseArgs(own(args).toArray(String[]::new));
      return dispatch(parsed, parser, out);
    } catch (ParameterException wrong) {
      err.println("outrider: " + sentence(wrong));
      err.println("Run 'outrider --help' for the flags and commands.");
    } catch (UsageException wrong) {
      err.println("outrider: " + wrong.getMessage());
    } catch (StartupException failed) {
      failed.problems().forEach(problem -> err.println("outrider: " + problem));
    }
    return FAILED;
  }

  /// What stands behind `--` is for somebody else, as in Envoy: control planes mark their processes
  /// with it.
  private static List<String> own(List<String> args) {
    int end = args.indexOf("--");
    return end < 0 ? args : args.subList(0, end);
  }

  private static CommandSpec commands() {
    var main =
        CommandSpec.create()
            .name("outrider")
            .addOption(Flags.flag("Print the version and exit", "--version"))
            .addOption(Flags.flag("Print this help and exit", "-h", "--help"));
    main.usageMessage()
        .description("A sidecar L7 proxy with WebAssembly filters, configured as Envoy is.")
        .footer(
            "",
            "Start with:  outrider demo    or    outrider run --listen 8080 --to 127.0.0.1:9000");
    Flags.addBootstrapFlags(main);
    Flags.addProcessFlags(main);
    return main.addSubcommand("run", RunCommand.spec())
        .addSubcommand("demo", DemoCommand.spec())
        .addSubcommand("control-plane", ControlPlaneCommand.spec())
        .addSubcommand("completion", CompletionCommand.spec());
  }

  private static int dispatch(ParseResult parsed, CommandLine parser, PrintStream out) {
    if (parsed.hasMatchedOption("--help")) {
      parser.usage(out);
      return OK;
    }
    if (parsed.hasMatchedOption("--version")) {
      out.println("outrider  version: " + Version.current().text());
      return OK;
    }
    if (parsed.hasMatchedOption("--hot-restart-version")) {
      out.println("disabled");
      return OK;
    }
    if (!parsed.hasSubcommand()) {
      return serveOrValidate(parsed, out);
    }
    var command = parsed.subcommand();
    if (command.hasMatchedOption("--help")) {
      command.commandSpec().commandLine().usage(out);
      return OK;
    }
    return switch (command.commandSpec().name()) {
      case "run" -> RunCommand.run(command, out);
      case "demo" -> DemoCommand.run(command, out);
      case "control-plane" -> ControlPlaneCommand.run(command, out);
      case "completion" -> CompletionCommand.run(parser, out);
      default -> throw new UsageException("unknown command " + command.commandSpec().name());
    };
  }

  private static int serveOrValidate(ParseResult parsed, PrintStream out) {
    applyLogging(parsed);
    var options = Flags.read(parsed, Flags.readBootstrap(parsed));
    var mode = Flags.text(parsed, "--mode");
    return switch (mode == null ? "serve" : mode) {
      case "serve" -> serve(parsed, options, out, _ -> {});
      case "validate" -> validate(options, out);
      case "init_only" -> {
        Server.start(options).close();
        yield OK;
      }
      default ->
          throw new UsageException(
              "--mode " + mode + ": the modes are serve, validate and init_only");
    };
  }

  private static int validate(ServerOptions options, PrintStream out) {
    Server.validate(options);
    var path = options.bootstrap().path();
    out.println("configuration '" + (path == null ? "" : path) + "' OK");
    return OK;
  }

  /// Starts a proxy and waits until it has been told to stop and has drained.
  ///
  /// @param started told once, when the proxy serves
  static int serve(
      ParseResult parsed, ServerOptions options, PrintStream out, Consumer<Server> started) {
    ForeignFlag.tell(parsed);
    var predecessor = predecessor(parsed);
    try (var server = Server.start(options);
        var _ = OrderlyEnd.of(server::close, out);
        var _ = TakenSignal.take("USR1", server::reopenLogs);
        var _ = TakenSignal.take("HUP", Main::onHangUp)) {
      server.awaitLive();
      started.accept(server);
      predecessor.ifPresent(ProcessHandle::destroy);
      server.awaitStopped();
    }
    return OK;
  }

  /// Who is to end, by SIGTERM, when this process serves.
  private static Optional<ProcessHandle> predecessor(ParseResult parsed) {
    int pid = Flags.number(parsed, "--take-over", 0, Integer.MAX_VALUE, 0);
    if (pid == 0) {
      return Optional.empty();
    }
    var found = ProcessHandle.of(pid).filter(ProcessHandle::isAlive);
    if (found.isEmpty() || pid == ProcessHandle.current().pid()) {
      throw new UsageException("--take-over " + pid + ": there is no other process of that number");
    }
    return found;
  }

  /// As Envoy, which is often started by a terminal that goes.
  private static void onHangUp() {
    LoggerFactory.getLogger("main").warn("caught and eating SIGHUP; see --take-over");
  }

  static void applyLogging(ParseResult parsed) {
    LogOutput.apply(parsed);
    LogLevels.apply(Flags.text(parsed, "-l"), Flags.text(parsed, "--component-log-level"));
  }

  /// What is wrong, and for a word that is unknown what may have been meant.
  private static String sentence(ParameterException wrong) {
    if (!(wrong instanceof UnmatchedArgumentException unmatched)) {
      return String.valueOf(wrong.getMessage());
    }
    var spec = wrong.getCommandLine().getCommandSpec();
    var word = unmatched.getUnmatched().getFirst();
    boolean flag = word.startsWith("-");
    var known =
        flag
            ? spec.options().stream().flatMap(option -> Stream.of(option.names())).toList()
            : List.copyOf(spec.subcommands().keySet());
    return "unknown "
        + (flag ? "flag " : "command ")
        + word
        + Spelling.nearest(word, known).map(name -> ". Did you mean " + name + "?").orElse("");
  }
}
